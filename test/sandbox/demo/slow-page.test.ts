import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLive, patchBetween } from '../../../src/sandbox/demo/live.ts';
import type { Sight } from '../../../src/sandbox/demo/sight.ts';
import { completeUser } from '../../../src/sandbox/slack/cast.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const alice = completeUser({ id: 'U0ALICE' }, 'T0');
const sight = (entries: Record<string, unknown>): Sight =>
  new Map(Object.entries(entries).map(([key, value]) => [key, JSON.stringify(value)]));

/** A response that says when its buffer is full, and keeps what was written. */
function slowResponse() {
  const written: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    writableNeedDrain: false,
    writeHead: () => response,
    write: (text: string) => written.push(text),
    end: () => response.emit('close'),
  });
  // The stream uses these members of a response alone.
  return { response, written, asResponse: response as unknown as ServerResponse };
}

function start() {
  let now = sight({ a: 1 });
  let looks = 0;
  let changed = (): void => undefined;
  const live = createLive((listener) => {
    changed = listener;
    return { now: () => ((looks += 1), { of: () => now }), stop: () => undefined };
  });
  return {
    live,
    looks: () => looks,
    change: (entries: Record<string, unknown>): void => {
      now = sight(entries);
      changed();
    },
  };
}

describe('a stream', () => {
  it('tells many changes at once, ten times a second at most', () => {
    const { live, change, looks } = start();
    const { written, asResponse } = slowResponse();
    live.add(alice, asResponse);
    written.length = 0;

    for (let at = 2; at <= 200; at += 1) {
      change({ a: at });
      jest.advanceTimersByTime(10);
    }
    jest.advanceTimersByTime(100);
    live.stop();

    expect(looks()).toBeLessThanOrEqual(23);
    expect(written.length).toBe(looks() - 1);
    expect(written.at(-1)).toBe('event: patch\ndata: {"set":{"a":200},"gone":[]}\n\n');
  });

  it('gives a slow reader the newest state later, and never a queue', () => {
    const { live, change } = start();
    const { response, written, asResponse } = slowResponse();
    live.add(alice, asResponse);
    written.length = 0;

    response.writableNeedDrain = true;
    change({ a: 2, b: 1 });
    jest.advanceTimersByTime(20_000);
    change({ a: 3 });
    jest.advanceTimersByTime(20_000);
    const whileFull = [...written];
    response.writableNeedDrain = false;
    response.emit('drain');
    jest.advanceTimersByTime(100);
    live.stop();

    expect(whileFull).toEqual([]);
    expect(written).toEqual(['event: patch\ndata: {"set":{"a":3},"gone":[]}\n\n']);
  });

  it('shows every 15 s that it is alive, and looks at nothing while nobody is there', () => {
    const { live, change, looks } = start();
    change({ a: 2 });
    jest.advanceTimersByTime(1_000);
    const withoutReaders = looks();
    const { written, asResponse } = slowResponse();
    live.add(alice, asResponse);
    written.length = 0;

    jest.advanceTimersByTime(30_000);
    live.stop();
    jest.advanceTimersByTime(30_000);

    expect(withoutReaders).toBe(0);
    expect(written).toEqual([': still here\n\n', ': still here\n\n']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('the patch between two sights', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, undefined],
    [{}, { a: null, 'message/C/1': { text: '"\n' } }, { set: { a: null, 'message/C/1': { text: '"\n' } }, gone: [] }],
    [{ a: 1, b: 2 }, { b: 3 }, { set: { b: 3 }, gone: ['a'] }],
  ])('from %j to %j is %j', (before, after, patch) => {
    const text = patchBetween(sight(before), sight(after));

    expect(text && JSON.parse(text)).toEqual(patch);
    expect(text ?? '').not.toContain('\n');
  });
});
