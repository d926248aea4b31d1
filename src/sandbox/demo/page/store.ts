/** The page's end of `/live` and `/do`. */
import type { Outcome, Patch } from '../protocol.ts';
import type { GestureWithoutAs } from './slack/context.ts';
import { patched, type Table } from './table.ts';

/** `gone`: nobody answers for a while now; the page goes on trying. */
export type Connection = 'connecting' | 'live' | 'gone';

export type Store = {
  table(): Table;
  connection(): Connection;
  /** Sees with another person's eyes from now on; the first person the server knows without one. */
  follow(as: string | undefined): void;
  act(as: string, gesture: GestureWithoutAs): Promise<Outcome>;
};

const goneAfterMs = 2_000;
const againAfterMs = 1_500;

/** @param onStranger the server knows nobody by the id that was followed */
export function createStore(onChange: () => void, onStranger: () => void): Store {
  let table: Table = new Map();
  let connection: Connection = 'connecting';
  let source: EventSource | undefined;
  let as: string | undefined;
  const known = new Set<string | undefined>([undefined]);
  let patience: ReturnType<typeof setTimeout> | undefined;

  const told = (now: Connection): void => {
    clearTimeout(patience);
    patience = undefined;
    if (connection === now) return;
    connection = now;
    onChange();
  };

  function connect(): void {
    source?.close();
    let startsAnew = true;
    const mine = new EventSource(as === undefined ? '/live' : `/live?as=${encodeURIComponent(as)}`);
    source = mine;
    mine.addEventListener('open', () => {
      startsAnew = true;
    });
    const take = (event: MessageEvent<string>): void => {
      if (mine !== source) return;
      // The server is of the same version and writes patches alone.
      table = patched(table, JSON.parse(event.data) as Patch, startsAnew);
      startsAnew = false;
      known.add(as);
      told('live');
      onChange();
    };
    mine.addEventListener('patch', take);
    mine.addEventListener('error', () => {
      if (mine !== source) return;
      patience ??= setTimeout(() => told('gone'), goneAfterMs);
      // A browser gives up for good after an answer that is no stream.
      if (mine.readyState !== EventSource.CLOSED) return;
      if (!known.has(as)) return onStranger();
      setTimeout(() => {
        if (mine === source) connect();
      }, againAfterMs);
    });
  }

  return {
    table: () => table,
    connection: () => connection,
    follow: (person) => {
      if (source !== undefined && person === as) return;
      as = person;
      connect();
    },
    act: async (person, gesture) => {
      try {
        const answer = await fetch('/do', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...gesture, as: person }),
        });
        // The server answers with outcomes, whatever the status says.
        return (await answer.json()) as Outcome;
      } catch {
        return { ok: false, text: 'Firebreak’s demo did not answer. Is it still running in the terminal?' };
      }
    },
  };
}
