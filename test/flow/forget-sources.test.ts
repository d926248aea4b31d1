import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { forgetSources } from '../../src/flow/reconcile/forget-sources.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';

const all = [
  'alertmanager:http://am',
  'alertmanager:http://am:9093',
  'pagerduty',
  'pagerduty:subscription',
  'slack-socket',
];
let store: TestLedger;
beforeAll(async () => {
  store = await openTestLedger();
});
afterAll(() => store.close());
beforeEach(() =>
  store.ledger.transaction(async (tx) => {
    for (const source of all) await tx.putSourceCheck(source, { checkedAt: new Date(0) });
  }),
);

it.each([
  ['nothing', ['alertmanager:http://am', 'alertmanager:http://am:9093', 'pagerduty'], all],
  ['an Alertmanager', ['alertmanager:http://am', 'pagerduty'], all.filter((source) => !source.endsWith('9093'))],
  ['PagerDuty and its subscription', all.slice(0, 2), [...all.slice(0, 2), 'slack-socket']],
  ['all that is asked', [], ['slack-socket']],
])('a start after %s was taken out of firebreak.yaml forgets until when that was checked', async (_, asked, left) => {
  const known = await store.ledger.transaction(async (tx) => {
    await forgetSources(tx, asked);
    return tx.sourceChecks();
  });

  expect(known.map(({ source }) => source)).toEqual(left);
});
