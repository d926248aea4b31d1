/** Which channels have news for whom. Slack keeps this for each person, so the page does. No DOM in here. */
import { isLater, messagesOf, type Table } from './table.ts';

export type Reads = {
  /** The newest message when the page was first opened: nothing up to it is news. */
  readonly since: string;
  /** The newest message seen, by person and channel. */
  readonly seen: Readonly<Record<string, string>>;
};

export function unreadIn(table: Table, reads: Reads, person: string, channel: string): number {
  const seen = reads.seen[`${person}/${channel}`] ?? reads.since;
  return messagesOf(table, channel).filter((one) => one.user !== person && isLater(one.ts, seen)).length;
}

/** Everything in the channel was seen; the same object when there was nothing new. */
export function seen(table: Table, reads: Reads, person: string, channel: string): Reads {
  const newest = messagesOf(table, channel).at(-1)?.ts;
  const key = `${person}/${channel}`;
  if (newest === undefined || !isLater(newest, reads.seen[key] ?? '0')) return reads;
  return { ...reads, seen: { ...reads.seen, [key]: newest } };
}
