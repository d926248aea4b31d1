/** What the demo's page gets and sends, without a browser. */
import type { ClusterLook, Gesture, JournalLook, Outcome, Patch, StoryLook } from '../../src/sandbox/demo/protocol.ts';
import { eventually } from '../eventually.ts';

export type Seen = {
  readonly journal: JournalLook;
  readonly stories: readonly StoryLook[];
  readonly cluster: ClusterLook;
};

export type Page = {
  /** Resolves with the first truthy answer. */
  see<T>(what: string, look: (seen: Seen) => T | undefined | false): Promise<Exclude<T, undefined | false>>;
  /** Throws when it is refused. */
  act(gesture: Gesture): Promise<void>;
  close(): Promise<void>;
};

/** @param address as printed, with its key when there is one */
export async function openPage(address: string, as: string): Promise<Page> {
  const closing = new AbortController();
  const url = new URL('/', address).href;
  const entered = await fetch(address, { redirect: 'manual' });
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';');
  const answer = await fetch(`${url}live?as=${as}`, { signal: closing.signal, headers: { cookie } });
  if (!answer.ok || !answer.body) throw new Error(`/live answered ${answer.status}`);
  const table: Record<string, unknown> = {};
  const reading = readInto(table, answer.body).catch(() => undefined);
  return {
    see: (what, look) =>
      // Keys and types as in protocol.ts; the first patch brings all of them.
      eventually(what, () => ('journal' in table ? look(table as unknown as Seen) : undefined), 60_000),
    async act(gesture) {
      const done = await fetch(`${url}do`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: new URL(url).origin, cookie },
        body: JSON.stringify(gesture),
      });
      // What /do answers, by protocol.ts.
      const outcome = (await done.json()) as Outcome;
      if (!outcome.ok) throw new Error(outcome.text);
    },
    async close() {
      closing.abort();
      await reading;
    },
  };
}

async function readInto(table: Record<string, unknown>, body: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5))
        .join('\n');
      if (data === '') continue;
      // What /live sends, by protocol.ts.
      const { set, gone } = JSON.parse(data) as Patch;
      Object.assign(table, set);
      for (const key of gone) delete table[key];
    }
  }
}
