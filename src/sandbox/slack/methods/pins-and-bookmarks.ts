import type { Bookmark, Channel, JsonObject } from '../workspace.ts';
import { missing } from './arguments.ts';
import { messageOnWire } from './chat.ts';
import { type Call, channelOf, type Method, ownChannel, seconds } from './method.ts';
import { SlackRefusal } from './refusal.ts';

const pinsMax = 100;
const bookmarksMax = 100;

function addPin(call: Call): JsonObject {
  const channel = channelOf(call);
  if (!channel.members.has(call.workspace.app.botUserId)) throw new SlackRefusal('not_in_channel');
  const ts = call.args.required('timestamp', 'no_item_specified');
  if (!/^\d+\.\d+$/.test(ts)) throw new SlackRefusal('bad_timestamp');
  if (!channel.messages.some((one) => one.ts === ts)) throw new SlackRefusal('message_not_found');
  if (channel.pins.some((pin) => pin.ts === ts)) throw new SlackRefusal('already_pinned');
  if (channel.pins.length >= pinsMax) throw new SlackRefusal('too_many_pins');
  channel.pins.push({ ts, by: call.workspace.app.botUserId, atMs: call.workspace.now() });
  return {};
}

function removePin(call: Call): JsonObject {
  const channel = channelOf(call);
  const ts = call.args.required('timestamp', 'no_item_specified');
  if (!channel.pins.some((pin) => pin.ts === ts)) throw new SlackRefusal('no_pin');
  channel.pins = channel.pins.filter((pin) => pin.ts !== ts);
  return {};
}

function listPins(call: Call): JsonObject {
  const channel = channelOf(call);
  const items = channel.pins.flatMap((pin) => {
    const message = channel.messages.find((one) => one.ts === pin.ts);
    const about = { type: 'message', channel: channel.id, created: seconds(pin.atMs), created_by: pin.by };
    return message ? [{ ...about, message: messageOnWire(message, false) }] : [];
  });
  return { items };
}

function checkLink(link: string): string {
  if (!/^(https?|mailto):/.test(link) || !URL.canParse(link)) throw new SlackRefusal('invalid_link');
  return link;
}

function checkEmoji(emoji: string | undefined): { emoji?: string } {
  if (emoji === undefined || emoji === '') return {};
  if (!/^:[\w+'-]+:$/.test(emoji)) throw new SlackRefusal('invalid_emoji');
  return { emoji };
}

function addBookmark(call: Call): JsonObject {
  const { args, workspace } = call;
  const channel = ownChannel(call, 'channel_id');
  const title = args.required('title');
  const type = args.required('type');
  if (type !== 'link') throw new SlackRefusal('invalid_bookmark_type');
  const link = checkLink(args.required('link', 'invalid_link'));
  if (channel.bookmarks.length >= bookmarksMax) throw new SlackRefusal('too_many_bookmarks');
  const nowSeconds = seconds(workspace.now());
  const bookmark: Bookmark = {
    id: workspace.nextId('Bk'),
    channel_id: channel.id,
    title,
    link,
    type,
    ...checkEmoji(args.text('emoji')),
    icon_url: null,
    entity_id: null,
    date_created: nowSeconds,
    date_updated: 0,
    rank: String(channel.bookmarks.length),
    last_updated_by_user_id: workspace.app.botUserId,
    last_updated_by_team_id: workspace.team.id,
    shortcut_id: null,
    app_id: workspace.app.id,
  };
  channel.bookmarks.push(bookmark);
  return { bookmark: { ...bookmark } };
}

function storedBookmark(call: Call): { channel: Channel; bookmark: Bookmark } {
  const channel = ownChannel(call, 'channel_id');
  const id = call.args.required('bookmark_id');
  const bookmark = channel.bookmarks.find((one) => one.id === id);
  if (!bookmark) throw new SlackRefusal('not_found');
  return { channel, bookmark };
}

function editBookmark(call: Call): JsonObject {
  const { bookmark } = storedBookmark(call);
  const title = call.args.text('title');
  const link = call.args.text('link');
  if (title === '') throw missing('title');
  const next = {
    ...(title === undefined ? {} : { title }),
    ...(link === undefined ? {} : { link: checkLink(link) }),
    ...checkEmoji(call.args.text('emoji')),
    date_updated: seconds(call.workspace.now()),
  };
  Object.assign(bookmark, next);
  return { bookmark: { ...bookmark } };
}

function removeBookmark(call: Call): JsonObject {
  const { channel, bookmark } = storedBookmark(call);
  channel.bookmarks = channel.bookmarks.filter((one) => one !== bookmark);
  return {};
}

function listBookmarks(call: Call): JsonObject {
  return { bookmarks: channelOf(call, 'channel_id').bookmarks.map((one) => ({ ...one })) };
}

const pin = { channel: 'text', timestamp: 'text' } as const;
const bookmark = { channel_id: 'text', title: 'text', link: 'text', emoji: 'text' } as const;

export const pinsAndBookmarks: Record<string, Method> = {
  'pins.add': { scopes: ['pins:write'], perMinute: 20, arguments: pin, run: addPin },
  'pins.remove': { scopes: ['pins:write'], perMinute: 20, arguments: pin, run: removePin },
  'pins.list': { scopes: ['pins:read'], perMinute: 20, arguments: { channel: 'text' }, run: listPins },
  'bookmarks.add': {
    scopes: ['bookmarks:write'],
    perMinute: 20,
    arguments: { ...bookmark, type: 'text', entity_id: 'text', access_level: 'text', parent_id: 'text' },
    run: addBookmark,
  },
  'bookmarks.edit': {
    scopes: ['bookmarks:write'],
    perMinute: 20,
    arguments: { ...bookmark, bookmark_id: 'text' },
    run: editBookmark,
  },
  'bookmarks.remove': {
    scopes: ['bookmarks:write'],
    perMinute: 20,
    arguments: { channel_id: 'text', bookmark_id: 'text' },
    run: removeBookmark,
  },
  'bookmarks.list': {
    scopes: ['bookmarks:read'],
    perMinute: 20,
    arguments: { channel_id: 'text' },
    run: listBookmarks,
  },
};
