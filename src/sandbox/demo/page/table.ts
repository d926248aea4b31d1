/** What the server has said so far: entities by key. No DOM in here, so that it can be tested by itself. */
import type { Channel, Message, Patch, Single } from '../protocol.ts';

export type Table = ReadonlyMap<string, unknown>;

/** After a gap the first patch holds everything, so that nothing older may stay. */
export function patched(table: Table, patch: Patch, startsAnew: boolean): Table {
  const next = new Map(startsAnew ? [] : table);
  for (const key of patch.gone) next.delete(key);
  for (const [key, value] of Object.entries(patch.set)) next.set(key, value);
  return next;
}

/** The table with the types of the protocol: the server is of the same version and wrote the values by them. */
export function single<K extends keyof Single>(table: Table, key: K): Single[K] | undefined {
  return table.get(key) as Single[K] | undefined;
}

/** Newest first. */
export function channelsOf(table: Table): Channel[] {
  // By the protocol these keys hold channels.
  return under(table, 'channel/')
    .map((value) => value as Channel)
    .sort((a, b) => b.createdAtMs - a.createdAtMs);
}

export function channelOf(table: Table, id: string): Channel | undefined {
  // By the protocol this key holds a channel.
  return table.get(`channel/${id}`) as Channel | undefined;
}

/** Oldest first, those of threads among them. */
export function messagesOf(table: Table, channel: string): Message[] {
  // By the protocol these keys hold messages.
  return under(table, `message/${channel}/`)
    .map((value) => value as Message)
    .sort(byTs);
}

/** The timestamp of the newest message, `0` when there is none. */
export function newestTs(table: Table): string {
  let newest = '0';
  for (const key of table.keys()) {
    if (!key.startsWith('message/')) continue;
    const ts = key.slice(key.lastIndexOf('/') + 1);
    if (isLater(ts, newest)) newest = ts;
  }
  return newest;
}

/** Slack's timestamps: seconds and a six-digit count, compared as numbers. */
export function isLater(ts: string, than: string): boolean {
  return Number(ts) > Number(than);
}

function byTs(a: Message, b: Message): number {
  return Number(a.ts) - Number(b.ts);
}

function under(table: Table, prefix: string): unknown[] {
  const found: unknown[] = [];
  for (const [key, value] of table) if (key.startsWith(prefix)) found.push(value);
  return found;
}
