import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { createLedger } from '../src/adapters/postgres/ledger.ts';
import { createMetrics, type Metrics } from '../src/metrics.ts';
import { openTestLedger, silent, type TestLedger } from './ledger.ts';

let opened: TestLedger;
let registry: Registry;
let metrics: Metrics;
let ledger: TestLedger['ledger'];

beforeAll(async () => {
  opened = await openTestLedger();
  registry = new Registry();
  ledger = createLedger({
    db: opened.db,
    log: silent,
    onEnqueued: () => undefined,
    onCommitted: (what) => metrics.committed(what),
  });
  metrics = createMetrics({ registry, ledger, log: silent });
});
afterAll(() => opened.close());

const lines = async (start: string): Promise<readonly string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(start));

it('counts what was committed, and not what was rolled back or had come before', async () => {
  const journal = { kind: 'run.succeeded', actor: 'firebreak', data: {} };
  const accept = () =>
    ledger.transaction(async (tx) => {
      if (await tx.acceptDelivery({ source: 'pagerduty', key: 'E1', summary: {} })) await tx.journal(journal);
    });

  await accept();
  await accept();
  await ledger
    .transaction(async (tx) => {
      await tx.journal(journal);
      throw new Error('rolled back');
    })
    .catch(() => undefined);

  expect(await lines('firebreak_journal_entries_total')).toEqual([
    'firebreak_journal_entries_total{kind="run.succeeded"} 1',
  ]);
  expect(await lines('firebreak_deliveries_total')).toEqual(['firebreak_deliveries_total{source="pagerduty"} 1']);
  expect(await lines('firebreak_delivery_timestamp_seconds')).toHaveLength(1);
});

it('says how much work is due and how old it is, by lane', async () => {
  await ledger.transaction((tx) => tx.enqueue({ kind: 'apply-plan', subject: 'plan-1', lane: 'decision' }));

  expect(await lines('firebreak_work_due{lane="decision"}')).toEqual(['firebreak_work_due{lane="decision"} 1']);
  expect(await lines('firebreak_work_lag_seconds{lane="decision"}')).toHaveLength(1);
});

it('says until when each source was checked', async () => {
  const checkedAt = new Date('2026-03-01T12:00:00Z');

  await ledger.transaction((tx) => tx.putSourceCheck('pagerduty', { checkedAt }));

  expect(await lines('firebreak_source_checked_timestamp_seconds')).toEqual([
    `firebreak_source_checked_timestamp_seconds{source="pagerduty"} ${checkedAt.getTime() / 1000}`,
  ]);
});

it('times answers by route and status', async () => {
  metrics.answered({ path: '/slack/events', status: 200, tookMs: 40 });

  expect(await lines('firebreak_http_request_duration_seconds_count')).toEqual([
    'firebreak_http_request_duration_seconds_count{path="/slack/events",status="200"} 1',
  ]);
});

it('counts calls of Slack by outcome, and times those that were sent', async () => {
  metrics.called({ method: 'chat.update', lane: 'status', outcome: 'ok', tookMs: 80 });
  metrics.called({ method: 'chat.update', lane: 'chatter', outcome: 'postponed', tookMs: 0 });

  expect(await lines('firebreak_slack_calls_total')).toEqual([
    'firebreak_slack_calls_total{method="chat.update",lane="status",outcome="ok"} 1',
    'firebreak_slack_calls_total{method="chat.update",lane="chatter",outcome="postponed"} 1',
  ]);
  expect(await lines('firebreak_slack_call_duration_seconds_count')).toEqual([
    'firebreak_slack_call_duration_seconds_count{method="chat.update"} 1',
  ]);
});

it('says how many messages wait for Slack, and how long', async () => {
  await ledger.transaction((tx) =>
    tx.putMessage({ key: 'notice:1', kind: 'notice', subject: '1', channel: 'C1', text: 'x' }, 'status'),
  );

  expect(await lines('firebreak_outbox_waiting{lane="status"}')).toEqual(['firebreak_outbox_waiting{lane="status"} 1']);
  expect(await lines('firebreak_outbox_lag_seconds{lane="status"}')).toHaveLength(1);
});
