/** Whether anybody listened to the chat, and what follows when nobody did; on the embedded ledger. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createHeardSlack, createReconcileChat } from '../../src/flow/reconcile/reconcile-chat.ts';
import type { HeardSlack } from '../../src/flow/reconcile/reconcile-chat.ts';
import type { Said } from '../../src/flow/ports.ts';
import { createWorker } from '../../src/flow/work.ts';
import { leastIncident, leastPosting } from '../contracts/samples.ts';
import { openTestLedger, silent } from '../ledger.ts';
import type { TestLedger } from '../ledger.ts';

let store: TestLedger;
/** As it is told by a process whose clock is ahead of the ledger's by so much. Answers in whole seconds. */
let heard: (listened: { since: Date; at: Date }, aheadMs?: number) => ReturnType<HeardSlack>;
beforeAll(async () => {
  store = await openTestLedger();
  const tell = createHeardSlack({ ledger: store.ledger });
  heard = async ({ since, at }, aheadMs = 0) => {
    const shown = (time: Date): Date => new Date(time.getTime() + aheadMs);
    const gap = await tell({ since: shown(since), at: shown(at), now: shown(new Date()) });
    return gap && { from: second(gap.from), to: second(gap.to) };
  };
});
afterAll(() => store.close());
beforeEach(async () => {
  for (const table of ['sourceCheck', 'work', 'delivery', 'message', 'posting', 'incident'] as const) {
    await store.db.deleteFrom(table).execute();
  }
  store.offers.length = 0;
});

const minute = (n: number, seconds = 0): Date => new Date(Date.UTC(2026, 0, 1, 10, n, seconds));
/** What was told is off by the milliseconds that telling it took. */
const second = (time: Date): Date => new Date(Math.round(time.getTime() / 1_000) * 1_000);
const incidentWith = (over: Parameters<typeof leastIncident>[0]) =>
  store.ledger.transaction((tx) => tx.insertIncident(leastIncident(over)));
const subjects = async () =>
  (await store.db.selectFrom('work').select('subject').where('kind', '=', 'reconcile-chat').execute()).map(
    ({ subject }) => subject.replaceAll(/[0-9]{13}/g, (ms) => String(second(new Date(Number(ms))).getTime())),
  );

describe('a gap', () => {
  it('is not there when nobody ever listened before', async () => {
    expect(await heard({ since: minute(0), at: minute(0) })).toBeUndefined();
  });

  it('is from when we were last heard to when we listened again, and is told once', async () => {
    await heard({ since: minute(0), at: minute(1) });

    const gaps = [
      await heard({ since: minute(5), at: minute(5) }),
      await heard({ since: minute(5), at: minute(5, 5) }),
      await heard({ since: minute(5, 1), at: minute(5, 6) }),
    ];

    expect(gaps).toEqual([{ from: minute(1), to: minute(5) }, undefined, undefined]);
  });

  it('of a few seconds is none', async () => {
    await heard({ since: minute(0), at: minute(1) });

    expect(await heard({ since: minute(1, 9), at: minute(1, 9) })).toBeUndefined();
  });

  it('is none while another process listened', async () => {
    await heard({ since: minute(0), at: minute(1) });
    await heard({ since: minute(0), at: minute(4, 55) });

    expect(await heard({ since: minute(5), at: minute(5) })).toBeUndefined();
  });

  it('is none when the ledger was away and the socket was not', async () => {
    await heard({ since: minute(0), at: minute(1) });

    expect(await heard({ since: minute(0), at: minute(30) })).toBeUndefined();
  });

  it('does not begin earlier because a slower process tells later', async () => {
    await heard({ since: minute(0), at: minute(3) });
    await heard({ since: minute(0), at: minute(2) });

    expect(await heard({ since: minute(5), at: minute(5) })).toEqual({ from: minute(3), to: minute(5) });
  });

  it('is none because the clock of another process is behind', async () => {
    await heard({ since: minute(0), at: minute(1) }, -20_000);

    expect(await heard({ since: minute(1, 1), at: minute(1, 5) })).toBeUndefined();
  });

  it('begins and ends by the ledger’s clock, whatever those of the processes say', async () => {
    await heard({ since: minute(0), at: minute(1) }, 60_000);

    expect(await heard({ since: minute(5), at: minute(5) }, -60_000)).toEqual({ from: minute(1), to: minute(5) });
  });

  it('of more than a week is recorded, and told in no channel: Slack came in by another way', async () => {
    await incidentWith({ channel: 'C1' });
    await heard({ since: minute(0), at: minute(0) });

    const monthLater = minute(30 * 24 * 60);
    const gap = await heard({ since: monthLater, at: monthLater });

    expect(gap).toEqual({ from: minute(0), to: monthLater });
    expect(await subjects()).toEqual([]);
    const [newest] = await store.db
      .selectFrom('journal')
      .select('data')
      .where('kind', '=', 'chat.gap')
      .orderBy('id', 'desc')
      .execute();
    const { to } = z.object({ to: z.coerce.date() }).parse(newest?.data);
    expect(second(to)).toEqual(monthLater);
  });

  it('is looked into for each incident that is open and has a channel', async () => {
    const open = await incidentWith({ channel: 'C1' });
    await incidentWith({});
    await incidentWith({ channel: 'C2', state: 'resolved', resolvedAt: minute(0) });
    await heard({ since: minute(0), at: minute(1) });

    await heard({ since: minute(5), at: minute(5) });

    expect(await subjects()).toEqual([`${open.id}@${minute(1).getTime()}-${minute(5).getTime()}`]);
  });
});

describe('after a gap', () => {
  const said = (at: Date, kind: Said['kind'], ts: string): Said => ({ ts, at, user: 'U0ALICE', kind });

  /** Does what is due, with what the channel would say. */
  async function reconcile(messages: readonly Said[]): Promise<{ asked: unknown[] }> {
    const asked: unknown[] = [];
    const worker = createWorker({
      ledger: store.ledger,
      handlers: {
        'reconcile-chat': createReconcileChat({
          ledger: store.ledger,
          chat: {
            async saidSince(channel, since) {
              asked.push([channel, second(since)]);
              return messages;
            },
          },
        }),
      },
      log: silent,
    });
    for (const { id } of store.offers.splice(0)) await worker.perform(id);
    return { asked };
  }
  const notices = () =>
    store.db.selectFrom('message').select(['text', 'channel']).where('kind', '=', 'notice').execute();

  async function gapIn(channel: string) {
    const incident = await incidentWith({ channel });
    await heard({ since: minute(0), at: minute(1) });
    await heard({ since: minute(5), at: minute(5) });
    return incident;
  }

  it('one notice says from when to when, and what people wrote is recorded without its text', async () => {
    await gapIn('C1');

    const { asked } = await reconcile([
      said(minute(2), 'command', '1.000001'),
      said(minute(3), 'message', '1.000002'),
      said(minute(6), 'mention', '1.000003'),
    ]);

    expect(asked).toEqual([['C1', minute(1)]]);
    expect(await notices()).toEqual([
      {
        channel: 'C1',
        text: expect.stringMatching(
          /from 2026-01-01 10:0[01]:\d\d to 2026-01-01 10:0[45]:\d\d \(UTC\).*press or send them again.*One message of that time/,
        ),
      },
    ]);
    expect(await store.db.selectFrom('delivery').select(['source', 'key', 'summary']).orderBy('key').execute()).toEqual(
      [
        { source: 'slack-history', key: 'C1:1.000001', summary: { kind: 'command', user: 'U0ALICE', channel: 'C1' } },
        { source: 'slack-history', key: 'C1:1.000002', summary: { kind: 'message', user: 'U0ALICE', channel: 'C1' } },
      ],
    );
  });

  it('the cards are drawn again', async () => {
    const incident = await gapIn('C1');
    const posting = leastPosting({ incidentId: incident.id, channel: 'C1' });
    const cards = [
      { key: `incident:${incident.id}`, kind: 'incident-card', subject: incident.id, channel: 'C1' },
      { key: `posting:${posting.id}`, kind: 'runbook-card', subject: posting.id, channel: 'C1' },
    ] as const;
    await store.ledger.transaction(async (tx) => {
      await tx.insertPosting(posting);
      for (const card of cards) await tx.putMessage(card, 'status');
    });
    const revisions = async () =>
      (await store.db.selectFrom('message').select('revision').where('kind', '<>', 'notice').execute()).map(
        ({ revision }) => revision,
      );
    const before = await revisions();

    await reconcile([]);

    expect(await revisions()).toEqual(before.map((revision) => revision + 1));
  });

  it('the same work a second time posts no second notice', async () => {
    await gapIn('C1');
    const again = [...store.offers];
    await reconcile([said(minute(2), 'command', '1.000001')]);
    await store.db.updateTable('work').set({ doneAt: null, claimedUntil: null }).execute();
    store.offers.push(...again);

    await reconcile([said(minute(2), 'command', '1.000001')]);

    expect(await notices()).toHaveLength(1);
    expect(await store.db.selectFrom('delivery').select('id').execute()).toHaveLength(1);
  });

  it('an incident that was resolved meanwhile hears nothing', async () => {
    const incident = await gapIn('C1');
    await store.ledger.transaction((tx) => tx.updateIncident(incident.id, { state: 'resolved' }));

    const { asked } = await reconcile([]);

    expect(asked).toEqual([]);
    expect(await notices()).toEqual([]);
  });
});
