import type { Channel, JsonObject, Message } from '../workspace.ts';
import { messageOnWire } from './chat.ts';
import { type Call, channelOf, type Method } from './method.ts';
import { cutPage } from './pages.ts';
import { SlackRefusal } from './refusal.ts';

/** Reading messages back. Timestamps are compared as text: they all have the same width. */

function readable(call: Call): Channel {
  const channel = channelOf(call);
  if (!channel.members.has(call.workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  return channel;
}

function timestamp(call: Call, name: 'oldest' | 'latest'): string | undefined {
  const value = call.args.text(name);
  if (value === undefined || value === '' || value === '0') return undefined;
  if (!/^\d{1,10}(\.\d{1,6})?$/.test(value)) throw new SlackRefusal(`invalid_ts_${name}`);
  const [whole = '', fraction = ''] = value.split('.');
  return `${whole.padStart(10, '0')}.${fraction.padEnd(6, '0')}`;
}

function withinTimes(call: Call): (message: Message) => boolean {
  const oldest = timestamp(call, 'oldest');
  const latest = timestamp(call, 'latest');
  const inclusive = call.args.flag('inclusive', false);
  return ({ ts }) =>
    (oldest === undefined || ts > oldest || (inclusive && ts === oldest)) &&
    (latest === undefined || ts < latest || (inclusive && ts === latest));
}

function onWire(call: Call, channel: Channel, messages: readonly Message[]): JsonObject[] {
  const withMetadata = call.args.flag('include_all_metadata', false);
  return messages.map((message) => ({
    ...messageOnWire(message, withMetadata),
    ...(channel.pins.some((pin) => pin.ts === message.ts) ? { pinned_to: [channel.id] } : {}),
  }));
}

/** The channel's own messages, newest first; replies only where they were broadcast. */
function history(call: Call): JsonObject {
  const channel = readable(call);
  const top = channel.messages.filter(
    (one) => one.thread_ts === undefined || one.thread_ts === one.ts || one.subtype === 'thread_broadcast',
  );
  const page = cutPage(top.filter(withinTimes(call)).toReversed(), call.args, { usual: 100, max: 999 });
  return {
    messages: onWire(call, channel, page.items),
    has_more: page.metadata.next_cursor !== '',
    pin_count: channel.pins.length,
    response_metadata: page.metadata,
  };
}

/** A thread: its parent, then its replies, oldest first. */
function replies(call: Call): JsonObject {
  const channel = readable(call);
  const ts = call.args.required('ts', 'thread_not_found');
  const asked = channel.messages.find((one) => one.ts === ts);
  if (!asked) throw new SlackRefusal('thread_not_found');
  const root = asked.thread_ts ?? asked.ts;
  const inTime = withinTimes(call);
  const thread = channel.messages.filter((one) => one.ts === root || (one.thread_ts === root && inTime(one)));
  const page = cutPage(thread, call.args, { usual: 1000, max: 1000 });
  return {
    messages: onWire(call, channel, page.items),
    has_more: page.metadata.next_cursor !== '',
    response_metadata: page.metadata,
  };
}

const shared = {
  channel: 'text',
  cursor: 'text',
  limit: 'count',
  oldest: 'text',
  latest: 'text',
  inclusive: 'flag',
  include_all_metadata: 'flag',
} as const;
const read = ['channels:history', 'groups:history'];

export const historyMethods: Record<string, Method> = {
  'conversations.history': { scopes: read, perMinute: 50, arguments: shared, run: history },
  'conversations.replies': { scopes: read, perMinute: 50, arguments: { ...shared, ts: 'text' }, run: replies },
};
