import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createStore, type Store, type StreamListener } from '../../../../src/sandbox/demo/page/store.ts';
import { single } from '../../../../src/sandbox/demo/page/table.ts';

type Opened = { readonly address: string; readonly listener: StreamListener; isClosed: boolean };

let streams: Opened[];
let isVisible: boolean;
let changeVisibility: (to: boolean) => void;
let strangers: number;
let store: Store;
let answers: (() => Promise<Response>)[];
let asked: string[];
const realFetch = globalThis.fetch;

const open = () => streams.filter(({ isClosed }) => !isClosed);
const newest = (): Opened => {
  const stream = streams.at(-1);
  if (stream === undefined) throw new Error('No stream was opened.');
  return stream;
};
const patch = (set: Record<string, unknown>) => newest().listener.onPatch(JSON.stringify({ set, gone: [] }));

/** Resolves once `holds` does; fails after 5 s. */
async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`It never came to ${holds.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

beforeEach(() => {
  streams = [];
  strangers = 0;
  isVisible = true;
  answers = [];
  asked = [];
  let onVisibility = (): void => undefined;
  changeVisibility = (to) => {
    isVisible = to;
    onVisibility();
  };
  globalThis.fetch = jest.fn<typeof fetch>((address) => {
    asked.push(typeof address === 'string' ? address : '');
    return answers.shift()?.() ?? Promise.reject(new TypeError('fetch failed'));
  });
  store = createStore({
    openStream: (address, listener) => {
      const stream = { address, listener, isClosed: false };
      streams.push(stream);
      return {
        close: () => {
          stream.isClosed = true;
        },
      };
    },
    visibility: {
      isVisible: () => isVisible,
      onChange: (listener) => {
        onVisibility = listener;
      },
    },
    onStranger: () => {
      strangers += 1;
    },
    onChange: () => undefined,
    againAfterMs: 1,
  });
});

afterEach(() => {
  changeVisibility(false);
  globalThis.fetch = realFetch;
});

describe('the page’s stream', () => {
  it('is given back while nobody looks, and had again with everything in its first patch', () => {
    store.follow('U0ALICE');
    patch({ 'channel/C1': { id: 'C1' }, home: null });

    changeVisibility(false);
    expect(open()).toEqual([]);
    expect(store.connection()).toBe('live');
    expect(store.table().has('channel/C1')).toBe(true);

    changeVisibility(true);
    expect(open()).toMatchObject([{ address: '/live?as=U0ALICE' }]);
    patch({ home: null });
    expect([...store.table().keys()]).toEqual(['home']);
  });

  it('is not opened by a page in the background', () => {
    changeVisibility(false);
    store.follow('U0ALICE');
    expect(streams).toEqual([]);

    changeVisibility(true);
    expect(open()).toHaveLength(1);
  });

  it('is one at a time, and an older one is not heard any more', () => {
    store.follow('U0ALICE');
    const before = newest();
    store.follow('U0BOB');
    patch({ me: { id: 'U0BOB' } });
    before.listener.onPatch(JSON.stringify({ set: { me: { id: 'U0ALICE' } }, gone: [] }));

    expect(open()).toHaveLength(1);
    expect(single(store.table(), 'me')?.id).toBe('U0BOB');
  });

  it('says what the server answers instead of it, until the server streams again', async () => {
    answers = [async () => new Response('16 pages look already.\n', { status: 503 })];
    store.follow('U0ALICE');
    newest().listener.onError(true);

    await until(() => store.connection() === 'refused');
    expect(store.refusal()).toBe('16 pages look already.');
    expect(asked).toEqual(['/live?as=U0ALICE']);
    expect(strangers).toBe(0);

    await until(() => streams.length === 2);
    patch({ home: null });
    expect(store.connection()).toBe('live');
    expect(store.refusal()).toBe('');
  });

  it('tells of a stranger only when the server knows nobody by the id', async () => {
    answers = [async () => new Response('Nobody can look as "U0NOBODY".', { status: 404 })];
    store.follow('U0NOBODY');
    newest().listener.onError(true);

    await until(() => strangers === 1);
    expect(store.connection()).toBe('connecting');
  });

  it('is tried again when nobody answers', async () => {
    store.follow(undefined);
    newest().listener.onError(true);

    await until(() => streams.length === 2);
    expect(newest().address).toBe('/live');
    expect(store.connection()).toBe('connecting');
  });
});

describe('a gesture', () => {
  it('gives up on a server that does not answer, and does not say that nothing happened', async () => {
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());

    const outcome = await store.act('U0ALICE', { do: 'home' });

    expect(outcome).toMatchObject({ ok: false, text: expect.stringContaining('may still happen') });
    const [, init] = jest.mocked(globalThis.fetch).mock.calls[0] ?? [];
    expect(init?.signal).toBe(timeout.mock.results[0]?.value);
    timeout.mockRestore();
  });

  it('says that the demo is gone when nobody is there', async () => {
    expect(await store.act('U0ALICE', { do: 'home' })).toMatchObject({
      ok: false,
      text: expect.stringContaining('still running'),
    });
  });
});
