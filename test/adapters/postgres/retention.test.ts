/** What retention leaves is what the flows need: an old incident is neither reopened nor told again. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { groupScope } from '../../../src/flow/incident-key.ts';
import { alert, delivery, group, receiverOn } from '../../flow/alerts.ts';
import { openTestLedger, type TestLedger } from '../../ledger.ts';

const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened.close());

it('does not reopen an incident, resolved by hand long ago, when its alert is repeated', async () => {
  const { ledger } = opened;
  const receive = receiverOn(ledger);
  const dog = alert({ fingerprint: 'f', startsAt: daysAgo(200) });
  const repeat = () => receive(group('{}:{watchdog}', [dog]), delivery());
  const latest = () => ledger.transaction((tx) => tx.latestIncident(`shop|${groupScope('{}:{watchdog}')}`));
  await repeat();
  const id = (await latest())?.id ?? '';
  await ledger.transaction((tx) =>
    tx.updateIncident(id, { state: 'resolved', stateAt: daysAgo(100), resolvedAt: daysAgo(100) }),
  );

  const { incidents } = await ledger.prune({ days: 90 });
  await repeat();

  expect(incidents).toBe(1);
  expect(await latest()).toMatchObject({ id, state: 'resolved' });
});

it('forgets who has not opened the App Home for 30 days', async () => {
  const { ledger, db } = opened;
  await ledger.transaction((tx) => tx.seeHome('U0ALICE'));
  await ledger.transaction((tx) => tx.seeHome('U0BOB'));
  const openedAt = daysAgo(31);
  await db.updateTable('homeViewer').set({ openedAt }).where('slackUser', '=', 'U0BOB').execute();

  const { viewers } = await ledger.prune({ days: 90 });

  expect(viewers).toBe(1);
  expect(await ledger.transaction((tx) => tx.homeViewers(daysAgo(90), 10))).toEqual(['U0ALICE']);
});
