/** What one embedded session cannot show: pages, webhooks and looks that are really under way at the same time. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { groupScope } from '../../src/flow/incident-key.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createReceivePage } from '../../src/flow/receive-page.ts';
import { alert, delivery, group, policy, receiverOn, service } from '../flow/alerts.ts';
import { eventOf, histories, historyOf } from '../flow/page-stories.ts';
import { silent } from '../ledger.ts';
import { openRealLedger } from './databases.ts';

describe('receive-page on a real PostgreSQL, many deliveries at once', () => {
  let opened: Awaited<ReturnType<typeof openRealLedger>>;
  beforeAll(async () => {
    opened = await openRealLedger({ connectionsMax: 16 });
  });
  afterAll(() => opened?.close());

  it.each(histories.filter(({ ends }) => ends.state !== 'resolved').map((history) => [history.name, history] as const))(
    'leaves one incident of %s, as it ended, also beside the webhooks of Alertmanager',
    async (_, history) => {
      const receivePage = createReceivePage({
        ledger: opened.ledger,
        services: [service('shop', { pager: { service: 'PSHOP' } })],
        people: {},
        policy,
        clock: { now: () => new Date() },
        newId,
        log: silent,
        failpoint: () => undefined,
      });
      const receiveAlert = receiverOn(opened.ledger);
      const rounds = Array.from({ length: 12 }, (_none, round) => `{}:{round="${history.name} ${round}"}`);

      await Promise.all(
        rounds.flatMap((groupKey, round) => {
          const id = `Q${round}-${history.ends.state}`;
          const { news } = historyOf(history, { id, incidentKey: groupScope(groupKey) });
          const events = news.map(eventOf);
          return [...events, ...events]
            .map((event) => receivePage(event, { key: event.id }) as Promise<unknown>)
            .concat(
              ['a', 'b', 'a'].map((fingerprint) => receiveAlert(group(groupKey, [alert({ fingerprint })]), delivery())),
            );
        }),
      );

      for (const groupKey of rounds) {
        const key = `shop|${groupScope(groupKey)}`;
        const incidents = await opened.db.selectFrom('incident').selectAll().where('key', '=', key).execute();
        expect(incidents).toMatchObject([{ state: history.ends.state, severity: history.ends.severity }]);
      }
    },
  );
});
