/**
 * The page's end of `/live` and `/do`. A browser allows a server six connections for all of its windows together, so
 * a page holds its stream only while somebody looks at it. No DOM in here, so that it can be tested by itself.
 */
import type { Outcome, Patch } from '../protocol.ts';
import type { GestureWithoutAs } from './slack/context.ts';
import { patched, type Table } from './table.ts';

/** `gone`: nobody answers for a while now. `refused`: the server answers, and says why not. The page goes on trying. */
export type Connection = 'connecting' | 'live' | 'gone' | 'refused';

export type StreamListener = {
  onOpen(): void;
  onPatch(text: string): void;
  /** @param isOver it will not be tried again by itself */
  onError(isOver: boolean): void;
};

export type OpenStream = (address: string, listener: StreamListener) => { close(): void };

export type Visibility = { isVisible(): boolean; onChange(listener: () => void): void };

export type StoreOptions = {
  readonly openStream: OpenStream;
  readonly visibility: Visibility;
  /** The server knows nobody by the id that was followed. */
  readonly onStranger: () => void;
  readonly onChange: () => void;
  /** For tests. */
  readonly againAfterMs?: number;
};

export type Store = {
  table(): Table;
  connection(): Connection;
  /** What the server said when it refused; empty while it does not. */
  refusal(): string;
  /** Sees with another person's eyes from now on; the first person the server knows without one. */
  follow(as: string | undefined): void;
  act(as: string, gesture: GestureWithoutAs): Promise<Outcome>;
};

const goneAfterMs = 2_000;
/** Longer than any gesture takes. */
const answerWithinMs = 20_000;
const askWithinMs = 5_000;

export function createStore(options: StoreOptions): Store {
  const { openStream, visibility, onStranger, onChange, againAfterMs = 1_500 } = options;
  let table: Table = new Map();
  let connection: Connection = 'connecting';
  let refusal = '';
  let stream: { close(): void } | undefined;
  let as: string | undefined;
  let isFollowing = false;
  let patience: ReturnType<typeof setTimeout> | undefined;
  /** Which stream is the one in use: what an older one still says is not heard. */
  let turn = 0;

  const told = (now: Connection, why = ''): void => {
    clearTimeout(patience);
    patience = undefined;
    if (connection === now && refusal === why) return;
    connection = now;
    refusal = why;
    onChange();
  };

  function disconnect(): void {
    turn += 1;
    clearTimeout(patience);
    patience = undefined;
    stream?.close();
    stream = undefined;
  }

  function connect(): void {
    disconnect();
    if (!isFollowing || !visibility.isVisible()) return;
    const mine = turn;
    const address = as === undefined ? '/live' : `/live?as=${encodeURIComponent(as)}`;
    let startsAnew = true;
    stream = openStream(address, {
      onOpen: () => {
        startsAnew = true;
      },
      onPatch: (text) => {
        if (mine !== turn) return;
        // The server is of the same version and writes patches alone.
        table = patched(table, JSON.parse(text) as Patch, startsAnew);
        startsAnew = false;
        told('live');
        onChange();
      },
      onError: (isOver) => {
        if (mine !== turn) return;
        patience ??= setTimeout(() => told('gone'), goneAfterMs);
        if (isOver) void askWhy(address, mine);
      },
    });
  }

  /** A stream does not tell what the server answered instead of it, so it is asked once more without one. */
  async function askWhy(address: string, mine: number): Promise<void> {
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(askWithinMs) });
      const why = answer.ok ? '' : (await answer.text()).trim();
      // A stream by now: the next attempt will have it.
      if (answer.ok) await answer.body?.cancel();
      if (mine !== turn) return;
      if (answer.status === 404 && as !== undefined) return onStranger();
      if (!answer.ok) told('refused', why || `The demo’s server answered ${answer.status}.`);
    } catch {
      // Nobody there: the page says so when its patience ends.
    }
    setTimeout(() => {
      if (mine === turn) connect();
    }, againAfterMs);
  }

  visibility.onChange(() => {
    if (!visibility.isVisible()) disconnect();
    else if (stream === undefined) connect();
  });

  return {
    table: () => table,
    connection: () => connection,
    refusal: () => refusal,
    follow: (person) => {
      if (isFollowing && person === as) return;
      as = person;
      isFollowing = true;
      connect();
    },
    act: async (person, gesture) => {
      const limit = AbortSignal.timeout(answerWithinMs);
      try {
        const answer = await fetch('/do', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...gesture, as: person }),
          signal: limit,
        });
        // The server answers with outcomes, whatever the status says.
        return (await answer.json()) as Outcome;
      } catch {
        return { ok: false, text: limit.aborted ? late : noAnswer };
      }
    },
  };
}

const late = `Firebreak’s demo has not answered for ${answerWithinMs / 1000} seconds. What you did may still happen.`;
const noAnswer = 'Firebreak’s demo did not answer. Is it still running in the terminal?';
