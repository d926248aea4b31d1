/** PagerDuty's clock and ours differ: a page that ended just after somebody took the incident seems to have ended before. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IncidentState } from '../../src/domain/incident.ts';
import { changeState } from '../../src/flow/incident-state.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createFollowPages } from '../../src/flow/reconcile/follow-pages.ts';
import { createReceivePage } from '../../src/flow/receive-page.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { alert, policy, service } from './alerts.ts';
import { snapshot } from './page-stories.ts';

describe('an incident that was taken, and whose page PagerDuty resolved', () => {
  let opened: TestLedger;
  let runs = 0;
  let page: string;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    page = `QSKEW${++runs}`;
  });

  const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);
  const say = (secondsBack: number, status: 'triggered' | 'resolved') =>
    createReceivePage({
      ledger: opened.ledger,
      services: [service('shop', { pager: { service: 'PSHOP' } })],
      people: {},
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
    })(
      {
        id: `${page}-${status}`,
        at: secondsAgo(secondsBack),
        type: `incident.${status}`,
        kind: 'page',
        page: snapshot({ id: page, status, createdAt: secondsAgo(3_600) }),
      },
      { key: `${page}-${status}` },
    );
  const incident = () =>
    opened.ledger.transaction(async (tx) => {
      const found = await tx.latestIncident(`shop|pagerduty:${page}`);
      if (!found) throw new Error('the page opened it');
      return found;
    });
  const change = async (secondsBack: number, to: IncidentState) => {
    const now = await incident();
    await opened.ledger.transaction((tx) =>
      changeState(tx, newId, now, { to, at: secondsAgo(secondsBack), actor: 'U0ALICE', acknowledgedBy: 'U0ALICE' }),
    );
  };
  const follow = () => createFollowPages({ ledger: opened.ledger, newId, log: silent })();

  it('is resolved after some minutes, once', async () => {
    await say(3_600, 'triggered');
    await change(600, 'acknowledged');
    await say(603, 'resolved');
    const before = (await incident()).state;

    const found = [await follow(), await follow()];

    expect(before).toBe('acknowledged');
    expect(found).toEqual([1, 0]);
    expect(await incident()).toMatchObject({ state: 'resolved', acknowledgedBy: 'U0ALICE' });
  });

  it.each<[string, { readonly takenAgo: number; readonly endedAgo: number; act?: () => Promise<void> }]>([
    ['it was taken a moment ago', { takenAgo: 60, endedAgo: 63 }],
    ['it was taken long after', { takenAgo: 600, endedAgo: 1_200 }],
    [
      'an alert is firing',
      {
        takenAgo: 600,
        endedAgo: 603,
        act: async () => {
          const { id, key } = await incident();
          await opened.ledger.transaction((tx) => tx.putAlerts(key, id, [alert({ fingerprint: 'fires' })]));
        },
      },
    ],
    [
      'somebody reopened it in the chat and took it again',
      {
        takenAgo: 600,
        endedAgo: 603,
        act: async () => {
          await change(602, 'resolved');
          await change(601, 'open');
          await change(600, 'acknowledged');
        },
      },
    ],
  ])('stays as it is when %s', async (_, { takenAgo, endedAgo, act }) => {
    await say(3_600, 'triggered');
    await change(takenAgo, 'acknowledged');
    await say(endedAgo, 'resolved');
    await act?.();

    expect(await follow()).toBe(0);
    expect(await incident()).toMatchObject({ state: 'acknowledged' });
  });

  it('is left alone while another page of it waits', async () => {
    await say(3_600, 'triggered');
    await change(600, 'acknowledged');
    await say(603, 'resolved');
    const { id } = await incident();
    await opened.ledger.transaction((tx) =>
      tx.putPage({ ...snapshot({ id: `${page}B` }), incidentId: id, asOf: secondsAgo(900), asOfEvent: 'e' }),
    );

    expect(await follow()).toBe(0);
  });
});
