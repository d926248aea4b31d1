/** Whose turn it is: by Slack's tiers, by lane, in order, and without a clock of its own. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPace, type PacedCall } from '../../../src/adapters/slack/pace.ts';
import type { Lane } from '../../../src/domain/work.ts';
import { createRateLimits } from '../../../src/sandbox/slack/rate-limits.ts';

const update = (key: string, lane: Lane = 'decision'): PacedCall => ({
  method: 'chat.update',
  channel: 'C1',
  lane,
  key,
});
const post = (key: string, channel = 'C1', lane: Lane = 'decision'): PacedCall => ({
  method: 'chat.postMessage',
  channel,
  lane,
  key,
});
const create = (key: string): PacedCall => ({ method: 'conversations.create', lane: 'decision', key });
const many = (count: number, call: (key: string) => PacedCall): PacedCall[] =>
  Array.from({ length: count }, (_, at) => call(`k${at}`));

/** Lets each come back when it was told to, for ever or until `untilMs`; gives when each had its turn, in that order. */
function played(pace: ReturnType<typeof createPace>, calls: readonly PacedCall[], untilMs = 600_000, startMs = 0) {
  const agenda = calls.map((call) => ({ call, atMs: startMs }));
  const turns: { key: string; lane: Lane; atMs: number }[] = [];
  let asked = 0;
  while (agenda.length > 0) {
    agenda.sort((a, b) => a.atMs - b.atMs);
    const [next] = agenda.splice(0, 1);
    if (!next || next.atMs > untilMs) break;
    const waitMs = pace.ask(next.call, next.atMs);
    asked += 1;
    if (waitMs === 0) turns.push({ key: next.call.key, lane: next.call.lane, atMs: next.atMs });
    else agenda.push({ call: next.call, atMs: next.atMs + waitMs });
  }
  return { turns, asked };
}

describe('the pace', () => {
  it('lets a burst through at once and then one after the other, never more than the tier in a minute', () => {
    const { turns } = played(createPace(), many(120, update));

    expect(turns.filter(({ atMs }) => atMs === 0)).toHaveLength(25);
    for (const { atMs } of turns) {
      expect(turns.filter((other) => other.atMs > atMs - 60_000 && other.atMs <= atMs).length).toBeLessThanOrEqual(50);
    }
    expect(turns.at(-1)?.atMs).toBeLessThan(150_000);
  });

  it('gives everybody a turn in the order in which they came, and asks nobody back in vain', () => {
    const { turns, asked } = played(createPace(), many(120, update));

    expect(turns.map(({ key }) => key)).toEqual(many(120, update).map(({ key }) => key));
    expect(asked).toBeLessThan(3 * 120);
  });

  it('gives a storm of incidents its twenty channels at once and the rest in the next minute', () => {
    const { turns } = played(createPace(), many(30, create));

    expect(turns.filter(({ atMs }) => atMs === 0)).toHaveLength(20);
    expect(turns.at(-1)?.atMs).toBeLessThan(62_000);
  });

  it('posts about one a second to a channel after a short burst, and other channels do not wait for it', () => {
    const pace = createPace();

    const { turns } = played(
      pace,
      many(12, (key) => post(key)),
    );
    const elsewhere = pace.ask(post('x', 'C2'), 0);

    expect(turns.filter(({ atMs }) => atMs === 0)).toHaveLength(5);
    expect(turns.at(-1)?.atMs).toBeGreaterThan(7_000);
    expect(turns.at(-1)?.atMs).toBeLessThan(8_000);
    expect(elsewhere).toBe(0);
  });

  it('lets a decision through at once in a storm of status, and status in a storm of chatter', () => {
    const pace = createPace();
    played(
      pace,
      many(200, (key) => update(key, 'chatter')),
      10_000,
    );
    played(
      pace,
      many(200, (key) => update(`s${key}`, 'status')),
      20_000,
      10_000,
    );

    const decisions = many(5, (key) => update(`d${key}`)).map((call) => pace.ask(call, 20_000));
    const status = pace.ask(update('another', 'status'), 20_001);

    expect(decisions).toEqual([0, 0, 0, 0, 0]);
    expect(status).toBeGreaterThan(0);
  });

  it('lets a message go ahead of its place when a decision changes it', () => {
    const pace = createPace();
    const storm = many(60, (key) => update(key, 'status'));
    for (const call of storm) pace.ask(call, 0);

    expect(pace.ask(update('k59', 'status'), 10)).toBeGreaterThan(10_000);
    expect(pace.ask(update('k59', 'decision'), 10)).toBe(0);
  });

  it('starves nobody: chatter that waited long goes on as status', () => {
    const pace = createPace();
    const storm = many(600, (key) => update(key, 'status')).map((call, at) => ({ call, atMs: at * 1_200 }));
    const agenda = [...storm, { call: update('chat', 'chatter'), atMs: 30_000 }];
    let chattedAtMs = Number.NaN;
    for (; agenda.length > 0; ) {
      agenda.sort((a, b) => a.atMs - b.atMs);
      const [next] = agenda.splice(0, 1);
      if (!next || next.atMs > 500_000) break;
      const waitMs = pace.ask(next.call, next.atMs);
      if (waitMs > 0) agenda.push({ call: next.call, atMs: next.atMs + waitMs });
      else if (next.call.key === 'chat') chattedAtMs = next.atMs;
    }

    expect(chattedAtMs).toBeLessThan(120_000);
  });

  it('stops a method for everybody when Slack says so, and the line goes on in its order', () => {
    const pace = createPace();
    const storm = many(40, (key) => update(key));
    for (const call of storm) pace.ask(call, 0);
    pace.stop({ method: 'chat.update', channel: 'C1' }, 30_000, 100);

    const stopped = pace.ask(update('new'), 200);
    const others = pace.ask(create('c'), 200);
    const { turns } = played(pace, storm.slice(25), 600_000, 1_000);

    expect(stopped).toBeGreaterThan(29_000);
    expect(others).toBe(0);
    expect(turns[0]?.atMs).toBeGreaterThanOrEqual(30_100);
    expect(turns.map(({ key }) => key)).toEqual(storm.slice(25).map(({ key }) => key));
  });

  it('stops one channel when posting to it was too much, and the method when a second channel was too', () => {
    const pace = createPace();

    pace.stop(post('a', 'C1'), 10_000, 0);
    const [first, second] = [pace.ask(post('a', 'C1'), 1), pace.ask(post('b', 'C2'), 1)];
    pace.stop(post('b', 'C2'), 10_000, 2);
    const third = pace.ask(post('c', 'C3'), 3);

    expect(first).toBeGreaterThan(9_000);
    expect(second).toBe(0);
    expect(third).toBeGreaterThan(9_000);
  });

  it('gives the place of whoever does not come to the next', () => {
    const pace = createPace();
    for (const call of many(60, update)) pace.ask(call, 0);

    expect(pace.ask(update('late'), 100_000)).toBe(0);
  });

  it('knows of many channels without remembering all of them', () => {
    const pace = createPace();

    const waits = Array.from({ length: 2_000 }, (_, at) => pace.ask(post('k', `C${at}`), at * 1_000));

    expect(waits.every((wait) => wait === 0)).toBe(true);
  });

  it('never makes more calls than Slack takes, whatever is asked and whenever', () => {
    const asked = fc.array(
      fc.record({
        afterMs: fc.integer({ min: 0, max: 800 }),
        what: fc.constantFrom('post', 'update', 'update', 'create'),
        channel: fc.constantFrom('C1', 'C2'),
        lane: fc.constantFrom<Lane>('decision', 'status', 'chatter'),
        key: fc.integer({ min: 0, max: 40 }).map(String),
      }),
      { minLength: 200, maxLength: 600, size: 'max' },
    );
    const perMinute = { post: 300, update: 50, create: 20 };
    const methods = { post: 'chat.postMessage', update: 'chat.update', create: 'conversations.create' };
    const property = fc.property(asked, (calls) => {
      let nowMs = 0;
      const pace = createPace();
      const slack = createRateLimits(() => nowMs, 1);
      return calls.every(({ afterMs, what, channel, lane, key }) => {
        nowMs += afterMs;
        const waitMs = pace.ask({ method: methods[what], channel, lane, key }, nowMs);
        return waitMs > 0 || slack.count(methods[what], perMinute[what], channel) === undefined;
      });
    });

    expect(fc.check(property).counterexample).toBeNull();
  });
});
