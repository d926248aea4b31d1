/** Orders of one page's events, as the ledger keeps them; test/domain/page-fold.test.ts has all of them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { groupScope } from '../../src/flow/incident-key.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { ReceiveAlert } from '../../src/flow/receive-alert.ts';
import { createReceivePage, type ReceivePage } from '../../src/flow/receive-page.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { alert, delivery, group, policy, receiverOn, service } from './alerts.ts';
import { eventOf, histories, type History, historyOf } from './page-stories.ts';

let opened: TestLedger;
let receiveAlert: ReceiveAlert;
let receive: ReceivePage;
beforeAll(async () => {
  opened = await openTestLedger();
  receiveAlert = receiverOn(opened.ledger);
  receive = createReceivePage({
    ledger: opened.ledger,
    services: [service('shop', { pager: { service: 'PSHOP' } })],
    people: { 'alice@example.com': { slack: 'U0ALICE', pagerduty: 'PALICE' } },
    policy,
    clock: { now: () => new Date() },
    newId,
    log: silent,
    failpoint: () => undefined,
  });
});
afterAll(() => opened.close());

describe('events in any order', () => {
  let runs = 0;

  /** What is left in the ledger when the history has been told in this order. */
  async function ends(history: History, order: readonly number[], alerted?: number) {
    const id = `QRUN${++runs}`;
    const groupKey = `{}:{run="${runs}"}`;
    const { news } = historyOf(history, { id, incidentKey: groupScope(groupKey) });
    const acts = order.map((index) => async () => {
      const told = news[index];
      if (!told) return;
      const event = eventOf(told);
      await receive(event, { key: event.id });
    });
    const alerts = async () => void (await receiveAlert(group(groupKey, [alert({ fingerprint: 'a' })]), delivery()));
    for (const act of alerted === undefined ? acts : acts.toSpliced(alerted, 0, alerts)) await act();

    const incidents = await opened.db
      .selectFrom('incident')
      .selectAll()
      .where('key', '=', `shop|${groupScope(groupKey)}`)
      .execute();
    const page = await opened.ledger.transaction((tx) => tx.page(id));
    const notes = await opened.db
      .selectFrom('journal')
      .select('id')
      .where('kind', '=', 'page.note')
      .where('incidentId', '=', incidents[0]?.id ?? '')
      .execute();
    return {
      incidents: incidents.map(({ state, stateAt, severity, acknowledgedBy, resolvedAt, title }) => ({
        state,
        stateAt,
        severity,
        acknowledgedBy,
        resolvedAt,
        // Whoever comes first gives the title when there are two sources.
        ...(alerted === undefined && { title }),
      })),
      page: JSON.stringify({ ...page, id: '', incidentId: '', incidentKey: '' }).replaceAll(id, ''),
      notes: notes.length,
    };
  }
  const inOrder = (history: History) => history.news.map((_, index) => index);

  it.each(histories.map((history) => [history.name, history] as const))(
    'with repeats leave %s as the ordered run does, with one incident',
    async (_, history) => {
      const expected = await ends(history, inOrder(history));
      const told = fc
        .array(fc.nat(history.news.length - 1), { maxLength: 2 })
        .map((repeats) => [...inOrder(history), ...repeats])
        .chain((all) => fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }));

      await fc.assert(
        fc.asyncProperty(told, async (order) => {
          expect(await ends(history, order)).toEqual(expected);
        }),
        { numRuns: 8 },
      );
      expect(expected.incidents).toHaveLength(1);
    },
  );

  it.each(
    histories.filter(({ ends: { state } }) => state !== 'resolved').map((history) => [history.name, history] as const),
  )('with a webhook of Alertmanager anywhere between leave %s as the ordered run does', async (_, history) => {
    const expected = await ends(history, inOrder(history), 0);
    const order = fc.shuffledSubarray(inOrder(history), { minLength: history.news.length });

    await fc.assert(
      fc.asyncProperty(order, fc.nat(history.news.length), async (shuffled, place) => {
        expect(await ends(history, shuffled, place)).toEqual(expected);
      }),
      { numRuns: 8 },
    );
    expect(expected.incidents).toHaveLength(1);
  });
});
