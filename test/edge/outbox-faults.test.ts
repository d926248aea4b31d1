/** The outbox against a Slack that limits, fails, hangs and loses replies: everything arrives, once, and the newest of it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Lane } from '../../src/domain/work.ts';
import type { Faults } from '../../src/sandbox/slack/faults.ts';
import { openOutboxDesk, type OutboxDesk } from './outbox-desk.ts';

type Fault = Parameters<Faults['add']>[0];

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kinds = [
  'rate-limited',
  'status-500',
  'done-500',
  'hang',
  'lost-reply',
  'reset',
  'error:internal_error',
] as const;
/** How many calls of a method there are at least, and how many of them are spoilt. */
const plan: Readonly<Record<string, { readonly calls: number; readonly spoilt: number }>> = {
  'conversations.create': { calls: 4, spoilt: 2 },
  'chat.postMessage': { calls: 60, spoilt: 14 },
  'chat.update': { calls: 30, spoilt: 8 },
  'pins.add': { calls: 4, spoilt: 2 },
  'bookmarks.add': { calls: 4, spoilt: 2 },
  'conversations.setTopic': { calls: 4, spoilt: 2 },
  'conversations.invite': { calls: 4, spoilt: 2 },
  'usergroups.users.list': { calls: 1, spoilt: 1 },
};

/** Spoils the nth call of the method, whoever makes it. */
function nth(method: string, n: number, kind: (typeof kinds)[number]): Fault {
  let seen = 0;
  return { method, kind, match: () => ++seen === n };
}

function spoil(faults: Faults, random: () => number): readonly Fault[] {
  const planned: Fault[] = [
    // Looking for a message is spoilt too, in a channel and in a thread; something has to be looked for.
    { method: 'chat.postMessage', kind: 'lost-reply', match: ({ thread_ts: thread }) => thread === undefined },
    { method: 'chat.postMessage', kind: 'lost-reply', match: ({ thread_ts: thread }) => thread !== undefined },
    { method: 'conversations.history', kind: 'status-500' },
    { method: 'conversations.replies', kind: 'reset' },
  ];
  for (const [method, { calls, spoilt }] of Object.entries(plan)) {
    const places = new Set<number>();
    while (places.size < spoilt) places.add(1 + Math.floor(random() * calls));
    for (const place of places) planned.push(nth(method, place, kinds[Math.floor(random() * kinds.length)] ?? 'hang'));
  }
  for (const fault of planned) faults.add(fault);
  return planned;
}

describe('the outbox', () => {
  let desk: OutboxDesk | undefined;
  afterEach(async () => {
    await desk?.close();
    desk = undefined;
  });

  it.each([1, 2])(
    'loses nothing, repeats nothing and ends with the newest state, by fault plan %i',
    async (seed) => {
      desk = await openOutboxDesk({ timeScale: 20 });
      const { ledger, publish, sandbox, openIncident, cardOf, idle, shown } = desk;
      const random = chance(seed);
      const planned = spoil(sandbox.faults, random);
      const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)];
      const lanes: readonly Lane[] = ['decision', 'status', 'chatter'];

      const incidents = await Promise.all(['Down', 'Slow', 'Full', 'Hot'].map((title) => openIncident(title)));
      const keys: string[] = [];
      for (const incident of incidents) {
        const { key: cardKey, channel } = await cardOf(incident);
        keys.push(cardKey);
        await ledger.transaction(async (tx) => {
          for (let n = 1; n <= 14; n++) {
            const key = `note:${incident.number}-${n}`;
            const thread = n > 4 ? { threadKey: n > 8 ? `note:${incident.number}-1` : cardKey } : {};
            await tx.putMessage({ key, kind: 'notice', subject: key, channel, ...thread }, pick(lanes) ?? 'status');
            keys.push(key);
          }
        });
      }
      const touchAll = async (some: readonly string[]): Promise<void> => {
        for (const [at, key] of some.entries()) {
          await ledger.transaction((tx) => tx.touchMessage(key, pick(lanes) ?? 'status'));
          if (at % 10 === 0) await publish.refresh([key]);
        }
      };
      // While they are posted, and when they are there.
      await touchAll(Array.from({ length: 90 }, () => pick(keys) ?? ''));
      await idle(60_000);
      await touchAll(keys);
      await idle(60_000);

      const rows = await desk.db.selectFrom('message').selectAll().execute();
      const channels = incidents.map((incident) => rows.find(({ subject }) => subject === incident.id)?.channel ?? '');
      const seen = channels.flatMap((channel) => shown(channel).map(({ key, message }) => ({ key, channel, message })));
      const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
      expect(
        seen.map(({ key, channel, message }) => ({ key, channel, ts: message.ts, text: message.text })).toSorted(byKey),
      ).toEqual(
        rows
          .map(({ key, channel, ts, revision }) => ({ key, channel, ts, text: `${key} r${revision}.` }))
          .toSorted(byKey),
      );
      expect(rows.length).toBe(60);
      for (const { key, message } of seen) {
        const parent = rows.find((row) => row.key === rows.find((own) => own.key === key)?.threadKey);
        // The first of a thread is in it itself.
        expect([parent?.ts, parent ? undefined : message.ts]).toContain(message.thread_ts);
        expect(Number(message.ts)).toBeGreaterThan(Number(parent?.ts ?? 0));
      }

      const live = [...sandbox.workspace.channels.values()].filter(({ name }) => name.startsWith('inc-'));
      expect(live.map(({ id }) => id).toSorted()).toEqual(channels.toSorted());
      const spoiltBookmarks = planned.filter(({ method }) => method === 'bookmarks.add').length;
      for (const { pins, topic, bookmarks, members } of live) {
        expect(pins).toHaveLength(1);
        expect(topic).toContain('P1');
        expect(new Set(bookmarks.map(({ link }) => link))).toEqual(new Set(['https://grafana.example/shop']));
        expect(members).toEqual(new Set(['U0BOT', 'U0ALICE', 'U0BOB', 'U0CAROL']));
      }
      expect(live.flatMap(({ bookmarks }) => bookmarks).length).toBeLessThanOrEqual(live.length + spoiltBookmarks);

      expect(sandbox.faults.waiting()).toEqual([]);
      const failed = await desk.db.selectFrom('work').selectAll().where('failedAt', 'is not', null).execute();
      expect(failed).toEqual([]);
      const limited = sandbox.requests.filter(({ status }) => status === 429).length;
      const plannedLimits = planned.filter(({ kind }) => kind === 'rate-limited').length;
      expect(limited - plannedLimits).toBeLessThanOrEqual(2);
    },
    90_000,
  );
});
