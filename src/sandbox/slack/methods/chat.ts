import type { Channel, JsonObject, Message, Workspace } from '../workspace.ts';
import { type Call, channelOf, type Method } from './method.ts';
import { type Content, contentArguments, hasContent, readContent } from './message.ts';
import { SlackRefusal } from './refusal.ts';

const postTextMax = 40_000;
const updateTextMax = 4000;

/** A message as Slack gives it back: without what only this stand-in keeps. */
export function messageOnWire(message: Message, withMetadata: boolean): JsonObject {
  const { parsing: _parsing, metadata, shownTo: _shownTo, ...seen } = message;
  return structuredClone(withMetadata && metadata ? { ...seen, metadata } : seen);
}

/** A message of the app, not yet put anywhere. */
export function ownMessage(workspace: Workspace, content: Content, threadTs: string | undefined): Message {
  return {
    type: 'message',
    user: workspace.app.botUserId,
    bot_id: workspace.app.botId,
    app_id: workspace.app.id,
    team: workspace.team.id,
    ts: workspace.nextTs(),
    text: content.text ?? '',
    ...(content.blocks ? { blocks: content.blocks } : {}),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(content.metadata && content.metadata !== 'none' ? { metadata: content.metadata } : {}),
    parsing: content.parsing,
  };
}

/** Adds a message to its channel and counts it at its thread's parent. */
export function addMessage(channel: Channel, message: Message): void {
  channel.messages.push(message);
  const parent = threadParent(channel, message.thread_ts);
  if (!parent || parent === message) return;
  const replies = channel.messages.filter((one) => one.thread_ts === parent.ts && one !== parent);
  const users = [...new Set(replies.map((one) => one.user))];
  Object.assign(parent, {
    thread_ts: parent.ts,
    reply_count: replies.length,
    reply_users: users,
    reply_users_count: users.length,
    latest_reply: message.ts,
  });
  message.parent_user_id = parent.user;
}

function threadParent(channel: Channel, threadTs: string | undefined): Message | undefined {
  return threadTs === undefined ? undefined : channel.messages.find((one) => one.ts === threadTs);
}

/** Whether the app may write there: in it, or a public one with `chat:write.public`. */
function writable(call: Call): Channel {
  const channel = channelOf(call);
  if (channel.isArchived) throw new SlackRefusal('is_archived');
  const open = call.scopes.has('chat:write.public') && !channel.isPrivate;
  if (!open && !channel.members.has(call.workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  return channel;
}

/** A reply to a reply joins the same thread. */
function threadOf(channel: Channel, threadTs: string | undefined): string | undefined {
  if (threadTs === undefined) return undefined;
  const parent = threadParent(channel, threadTs);
  if (!parent) throw new SlackRefusal('cannot_reply_to_message');
  return parent.thread_ts ?? parent.ts;
}

function post(call: Call): JsonObject {
  const channel = writable(call);
  const content = readContent(call.workspace, call.args, postTextMax);
  if (!hasContent(content)) throw new SlackRefusal('no_text');
  const message = ownMessage(call.workspace, content, threadOf(channel, call.args.text('thread_ts')));
  if (message.thread_ts !== undefined && call.args.flag('reply_broadcast', false)) message.subtype = 'thread_broadcast';
  addMessage(channel, message);
  return { channel: channel.id, ts: message.ts, message: messageOnWire(message, true) };
}

function ownStored(call: Call, code: string): { channel: Channel; message: Message } {
  const channel = channelOf(call);
  const ts = call.args.required('ts', 'message_not_found');
  const message = channel.messages.find((one) => one.ts === ts);
  if (!message) throw new SlackRefusal('message_not_found');
  if (message.bot_id !== call.workspace.app.botId) throw new SlackRefusal(code);
  return { channel, message };
}

/** Fields not sent stay; empty blocks or metadata remove what there was. */
function update(call: Call): JsonObject {
  const { channel, message } = ownStored(call, 'cant_update_message');
  if (channel.isArchived) throw new SlackRefusal('cant_update_message');
  const content = readContent(call.workspace, call.args, updateTextMax);
  if (content.text === undefined && content.blocks === undefined) throw new SlackRefusal('no_text');
  const next = { text: content.text ?? message.text, blocks: content.blocks ?? message.blocks };
  if (!hasContent(next)) throw new SlackRefusal('no_text');
  rewrite(message, content);
  message.edited = { user: call.workspace.app.botUserId, ts: call.workspace.nextTs() };
  return { channel: channel.id, ts: message.ts, text: message.text, message: messageOnWire(message, true) };
}

/** How many a channel keeps, the newest: nobody scrolls back further, and a demo may run for days. */
const ephemeralsMax = 1000;

/** Shows a message to one person alone. */
export function addEphemeral({ ephemerals }: Channel, message: Channel['ephemerals'][number]): void {
  ephemerals.push(message);
  if (ephemerals.length > ephemeralsMax) ephemerals.shift();
}

/** Puts new content into a message that stays where it is. */
export function rewrite(message: Message, content: Content): void {
  message.text = content.text ?? message.text;
  message.parsing = content.parsing;
  if (content.blocks) {
    if (content.blocks.length > 0) message.blocks = content.blocks;
    else delete message.blocks;
  }
  if (content.metadata === 'none') delete message.metadata;
  else if (content.metadata) message.metadata = content.metadata;
}

function postEphemeral(call: Call): JsonObject {
  const channel = writable(call);
  const userId = call.args.required('user', 'user_not_in_channel');
  if (!channel.members.has(userId)) throw new SlackRefusal('user_not_in_channel');
  const content = readContent(call.workspace, call.args, postTextMax);
  if (!hasContent(content)) throw new SlackRefusal('no_text');
  const message = ownMessage(call.workspace, content, threadOf(channel, call.args.text('thread_ts')));
  addEphemeral(channel, { ...message, shownTo: userId });
  return { message_ts: message.ts };
}

function remove(call: Call): JsonObject {
  const { channel, message } = ownStored(call, 'cant_delete_message');
  channel.messages.splice(channel.messages.indexOf(message), 1);
  channel.pins = channel.pins.filter((pin) => pin.ts !== message.ts);
  return { channel: channel.id, ts: message.ts };
}

function permalink(call: Call): JsonObject {
  const channel = channelOf(call);
  const ts = call.args.required('message_ts', 'message_not_found');
  if (!channel.messages.some((one) => one.ts === ts)) throw new SlackRefusal('message_not_found');
  return { channel: channel.id, permalink: permalinkOf(call.workspace, channel, ts) };
}

function permalinkOf(workspace: Workspace, channel: Channel, ts: string): string {
  return `https://${workspace.team.domain}.slack.com/archives/${channel.id}/p${ts.replace('.', '')}`;
}

const write = ['chat:write'];

export const chat: Record<string, Method> = {
  'chat.postMessage': {
    scopes: write,
    perMinute: 300,
    arguments: { ...contentArguments, channel: 'text', thread_ts: 'text', reply_broadcast: 'flag' },
    run: post,
  },
  'chat.update': {
    scopes: write,
    perMinute: 50,
    arguments: { ...contentArguments, channel: 'text', ts: 'text', reply_broadcast: 'flag' },
    run: update,
  },
  'chat.postEphemeral': {
    scopes: write,
    perMinute: 100,
    arguments: { ...contentArguments, channel: 'text', user: 'text', thread_ts: 'text' },
    run: postEphemeral,
  },
  'chat.delete': { scopes: write, perMinute: 50, arguments: { channel: 'text', ts: 'text' }, run: remove },
  'chat.getPermalink': {
    scopes: [],
    perMinute: 300,
    arguments: { channel: 'text', message_ts: 'text' },
    run: permalink,
  },
};
