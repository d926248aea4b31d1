/**
 * What the stand-in remembers. Messages, bookmarks and views are kept in the shapes that Slack puts on the
 * wire, so that a test reads here what an app would read there. Every change is announced once, which is what
 * `waitFor` listens to.
 */
import { createListeners } from '../listeners.ts';

/** Any JSON object of which only some fields matter here. */
export type JsonObject = { [field: string]: unknown };

/** One person or bot, as the workspace's administrator sees it. */
export interface User {
  id: string;
  /** The handle, without `@`. */
  name: string;
  realName: string;
  email: string | undefined;
  teamId: string;
  isBot: boolean;
  deleted: boolean;
  isRestricted: boolean;
  isUltraRestricted: boolean;
  /** From another organisation, seen through a shared channel. */
  isStranger: boolean;
}

export interface UserGroup {
  id: string;
  handle: string;
  name: string;
  users: string[];
  disabled: boolean;
}

/** A Block Kit block as stored: Slack has given it a `block_id`. */
export interface Block extends JsonObject {
  type: string;
  block_id: string;
}

/** A message in Slack's wire shape. `ts` is its id within the channel. */
export interface Message extends JsonObject {
  type: 'message';
  subtype?: string;
  user: string;
  bot_id?: string;
  app_id?: string;
  ts: string;
  text: string;
  blocks?: Block[];
  thread_ts?: string;
  metadata?: { event_type: string; event_payload: JsonObject };
  edited?: { user: string; ts: string };
  /** Kept for `activeMentions`; Slack does not give them back. */
  parsing: { linkNames: boolean; parse: 'none' | 'full' | 'default'; unfurlLinks: boolean; unfurlMedia: boolean };
}

/** A message that one person sees until they reload. No Web API method reads or changes it. */
export interface EphemeralMessage extends Message {
  /** Who sees it. */
  shownTo: string;
}

export interface Bookmark extends JsonObject {
  id: string;
  channel_id: string;
  title: string;
  link: string;
  type: 'link';
}

export interface Channel {
  id: string;
  name: string;
  isPrivate: boolean;
  isArchived: boolean;
  isExtShared: boolean;
  creator: string;
  createdAtMs: number;
  topic: string;
  purpose: string;
  members: Set<string>;
  messages: Message[];
  ephemerals: EphemeralMessage[];
  pins: { ts: string; by: string; atMs: number }[];
  bookmarks: Bookmark[];
}

/** A modal or a home page in Slack's wire shape. */
export interface View extends JsonObject {
  id: string;
  type: 'modal' | 'home';
  blocks: Block[];
  hash: string;
  callback_id: string;
  private_metadata: string;
  root_view_id: string;
  previous_view_id: string | null;
}

export interface StoredFile {
  id: string;
  name: string;
  title: string;
  length: number;
  /** Empty until the upload came. */
  bytes: Buffer | undefined;
  completed: boolean;
}

export interface Workspace {
  team: { id: string; name: string; domain: string };
  /** The app installed here, which owns the bot token. */
  app: { id: string; botUserId: string; botId: string };
  users: Map<string, User>;
  userGroups: Map<string, UserGroup>;
  channels: Map<string, Channel>;
  /** Open modals per person, the one in front last. */
  modals: Map<string, View[]>;
  homes: Map<string, View>;
  files: Map<string, StoredFile>;
  /** Milliseconds since 1970, from the clock given to `startSlack`. */
  now(): number;
  /** A new id, such as `C0SBX0001` for prefix `C`. */
  nextId(prefix: string): string;
  /** A message timestamp that no other message has; they only grow. */
  nextTs(): string;
  changed(): void;
  /** Calls back after each change, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

export interface Found<Place> {
  channel: Channel;
  message: Place;
}

/** Finds a channel by id, or by name for tests; archived ones too. */
export function findChannel(workspace: Workspace, idOrName: string): Channel | undefined {
  return (
    workspace.channels.get(idOrName) ??
    [...workspace.channels.values()].findLast((channel) => channel.name === idOrName)
  );
}

/** The message with that timestamp in that channel, public or ephemeral. */
export function findMessage(workspace: Workspace, ref: MessageRef): Found<Message | EphemeralMessage> | undefined {
  const channel = findChannel(workspace, ref.channel);
  const message =
    channel?.messages.find((one) => one.ts === ref.ts) ?? channel?.ephemerals.find((one) => one.ts === ref.ts);
  return channel && message ? { channel, message } : undefined;
}

/** Where a message is. */
export interface MessageRef {
  channel: string;
  ts: string;
}

export function isEphemeral(message: Message): message is EphemeralMessage {
  return 'shownTo' in message;
}

/** The open view with that id, with its owner. */
export function findView(workspace: Workspace, viewId: string): { userId: string; view: View } | undefined {
  for (const [userId, stack] of workspace.modals) {
    const view = stack.find((one) => one.id === viewId);
    if (view) return { userId, view };
  }
  for (const [userId, view] of workspace.homes) if (view.id === viewId) return { userId, view };
  return undefined;
}

export function createWorkspace(seed: Pick<Workspace, 'team' | 'app' | 'now'>): Workspace {
  const listeners = createListeners();
  let lastId = 0;
  let lastMicros = 0n;
  return {
    ...seed,
    users: new Map(),
    userGroups: new Map(),
    channels: new Map(),
    modals: new Map(),
    homes: new Map(),
    files: new Map(),
    nextId(prefix) {
      lastId += 1;
      return `${prefix}0SBX${String(lastId).padStart(5, '0')}`;
    },
    nextTs() {
      const micros = BigInt(Math.floor(seed.now())) * 1000n;
      lastMicros = micros > lastMicros ? micros : lastMicros + 1n;
      return `${lastMicros / 1_000_000n}.${String(lastMicros % 1_000_000n).padStart(6, '0')}`;
    },
    changed: listeners.tell,
    onChange: listeners.add,
  };
}

/** A channel with nothing in it yet; it is put into the workspace. */
export function addChannel(
  workspace: Workspace,
  facts: { id?: string; name: string; isPrivate?: boolean; isExtShared?: boolean; creator: string; members: string[] },
): Channel {
  const channel: Channel = {
    id: facts.id ?? workspace.nextId('C'),
    name: facts.name,
    isPrivate: facts.isPrivate ?? false,
    isArchived: false,
    isExtShared: facts.isExtShared ?? false,
    creator: facts.creator,
    createdAtMs: workspace.now(),
    topic: '',
    purpose: '',
    members: new Set(facts.members),
    messages: [],
    ephemerals: [],
    pins: [],
    bookmarks: [],
  };
  workspace.channels.set(channel.id, channel);
  return channel;
}
