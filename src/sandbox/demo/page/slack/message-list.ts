/** A channel's messages as Slack lays them out: replies folded under their root, days apart, one person's runs together. */
import type { Message } from '../../protocol.ts';
import { objectIn } from './json.ts';
import { dayOf, dayTitle, type Reader } from './slack-date.ts';

export type Replies = { readonly count: number; readonly lastAt: Date; readonly people: readonly string[] };

export type ListItem =
  | { readonly kind: 'day'; readonly key: string; readonly title: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: Message;
      /** The same person went on within five minutes: no name again. */
      readonly goesOn: boolean;
      readonly replies: Replies | undefined;
    };

const runMs = 5 * 60_000;
const peopleMax = 3;

export function sentAt({ ts }: Pick<Message, 'ts'>): Date {
  return new Date(Number(ts) * 1000);
}

/** A reply that is shown in its thread alone. */
function isReply({ ts, thread_ts: root, ...message }: Message): boolean {
  return root !== undefined && root !== ts && message['subtype'] !== 'thread_broadcast';
}

/** Oldest first, by time and not by arrival. */
export function inOrder(messages: readonly Message[]): Message[] {
  return messages.toSorted((one, other) => Number(one.ts) - Number(other.ts));
}

/** Lays out the messages of one channel. */
export function layOut(messages: readonly Message[], reader: Reader): ListItem[] {
  const ordered = inOrder(messages);
  const replies = repliesByRoot(ordered);
  const known = new Set(ordered.map(({ ts }) => ts));
  const items: ListItem[] = [];
  let day = '';
  let before: Message | undefined;
  for (const message of ordered) {
    // A reply whose root is not there would be lost in a fold.
    if (isReply(message) && known.has(message.thread_ts ?? '')) continue;
    const at = sentAt(message);
    const today = dayOf(at, reader);
    if (today !== day) {
      items.push({ kind: 'day', key: `day ${today}`, title: dayTitle(at, reader) });
      before = undefined;
      day = today;
    }
    items.push({
      kind: 'message',
      key: message.ts,
      message,
      goesOn: before !== undefined && isRun(before, message),
      replies: replies.get(message.ts),
    });
    before = message;
  }
  return items;
}

/** Cards keep their heads: only short messages of people run together. */
export function isRun(before: Message, message: Message): boolean {
  return (
    before.user === message.user &&
    before.ephemeral === message.ephemeral &&
    !hasBlocks(before) &&
    !hasBlocks(message) &&
    sentAt(message).getTime() - sentAt(before).getTime() < runMs
  );
}

const hasBlocks = ({ blocks }: Message): boolean => (blocks?.length ?? 0) > 0;

function repliesByRoot(messages: readonly Message[]): Map<string, Replies> {
  const found = new Map<string, Replies>();
  for (const message of messages) {
    const root = message.thread_ts;
    if (root === undefined || root === message.ts) continue;
    const before = found.get(root);
    found.set(root, {
      count: (before?.count ?? 0) + 1,
      lastAt: sentAt(message),
      people: [...new Set([...(before?.people ?? []), message.user])].slice(0, peopleMax),
    });
  }
  return found;
}

export function wasEdited(message: Message): boolean {
  return objectIn(message, 'edited') !== undefined;
}
