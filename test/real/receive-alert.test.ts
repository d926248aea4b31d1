/** What one embedded session cannot show: deliveries that are really under way at the same time. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alert, at, delivery, group, receiverOn } from '../flow/alerts.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import { openRealLedger } from './databases.ts';

describe('receive-alert on a real PostgreSQL, many deliveries at once', () => {
  let opened: Awaited<ReturnType<typeof openRealLedger>>;
  beforeAll(async () => {
    opened = await openRealLedger({ connectionsMax: 16 });
  });
  afterAll(() => opened?.close());

  const incidentsOf = async (groupKey: string) =>
    (await opened.db.selectFrom('incident').selectAll().execute()).filter(({ key }) =>
      key.endsWith(`|${groupScope(groupKey)}`),
    );

  it('opens one incident for each group and service', async () => {
    const receive = receiverOn(opened.ledger);
    const sent = Array.from({ length: 120 }, (_, index) =>
      receive(
        group(`group-${index % 4}`, [
          alert({ fingerprint: `f-${index % 10}` }),
          alert({ fingerprint: `g-${index % 10}`, labels: { alertname: 'HighErrorRate', namespace: 'bank' } }),
        ]),
        delivery(),
      ),
    );

    const received = await Promise.all(sent);

    expect(received.every(({ incidents }) => incidents.length === 2)).toBe(true);
    for (let index = 0; index < 4; index++) expect(await incidentsOf(`group-${index}`)).toHaveLength(2);
    const journaled = await opened.db
      .selectFrom('journal')
      .select('id')
      .where('kind', '=', 'incident.opened')
      .execute();
    expect(journaled).toHaveLength(8);
  });

  it('takes the same bytes from two peers once', async () => {
    const receive = receiverOn(opened.ledger);
    const said = group('same-bytes', [alert({ fingerprint: 'a' })]);

    const received = await Promise.all(Array.from({ length: 20 }, () => receive(said, { key: 'the same bytes' })));

    expect(received.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await incidentsOf('same-bytes')).toHaveLength(1);
  });

  it('ends in the newest state when firing and resolved race', async () => {
    const receive = receiverOn(opened.ledger);
    const story = [
      alert({ fingerprint: 'a', startsAt: at(0) }),
      alert({ fingerprint: 'a', status: 'resolved', startsAt: at(0), endsAt: at(3) }),
      alert({ fingerprint: 'a', startsAt: at(5) }),
      alert({ fingerprint: 'a', status: 'resolved', startsAt: at(5), endsAt: at(8) }),
    ];
    for (let round = 0; round < 15; round++) {
      const groupKey = `race-${round}`;
      await Promise.all([...story, ...story].map((one) => receive(group(groupKey, [one]), delivery())));

      const rows = await opened.db
        .selectFrom('alert')
        .selectAll()
        .where('scope', '=', `shop|${groupScope(groupKey)}`)
        .execute();
      expect(rows).toMatchObject([{ status: 'resolved', startsAt: at(5), endsAt: at(8) }]);
      const incidents = await incidentsOf(groupKey);
      expect(incidents.length).toBeLessThanOrEqual(1);
      for (const { clearedAt } of incidents) expect(clearedAt).not.toBeNull();
    }
  });

  it('reopens a resolved incident once', async () => {
    const receive = receiverOn(opened.ledger);
    await receive(group('reopen', [alert({ fingerprint: 'a' })]), delivery());
    const [incident] = await incidentsOf('reopen');
    await opened.ledger.transaction((tx) =>
      tx.updateIncident(incident?.id ?? '', { state: 'resolved', resolvedAt: at(5) }),
    );
    const again = Array.from({ length: 16 }, (_, index) =>
      receive(group('reopen', [alert({ fingerprint: `r-${index}`, startsAt: at(10) })]), delivery()),
    );
    await Promise.all(again);

    expect(await incidentsOf('reopen')).toMatchObject([{ state: 'open' }]);
    const reopened = await opened.db
      .selectFrom('journal')
      .select('id')
      .where('kind', '=', 'incident.reopened')
      .execute();
    expect(reopened).toHaveLength(1);
  });
});
