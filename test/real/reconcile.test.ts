/** What the webhooks of Debian's Alertmanager did not say is found by asking it. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { parseAlertGroup } from '../../src/adapters/alertmanager/payload.ts';
import { createAlertmanagerSource } from '../../src/adapters/alertmanager/source.ts';
import type { AlertGroup } from '../../src/domain/alert.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createReceiveAlert } from '../../src/flow/receive-alert.ts';
import { createReconcileAlerts } from '../../src/flow/reconcile/reconcile-alerts.ts';
import { eventually } from '../eventually.ts';
import { delivery, policy, service } from '../flow/alerts.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { type RealAlertmanager, startAlertmanager } from './alertmanager.ts';

let opened: TestLedger;
let receiver: Server;
let alertmanager: RealAlertmanager;
let isDown: boolean;
let heard: AlertGroup[];
let receive: ReturnType<typeof createReceiveAlert>;
let check: () => Promise<{ missed: number; ended: number }>;

beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened.close());

beforeEach(async () => {
  isDown = false;
  heard = [];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void take(Buffer.concat(chunks)).then((status) => response.writeHead(status).end()));
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  alertmanager = await startAlertmanager({
    webhookUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    token: 'token',
    groupBy: ['alertname', 'namespace'],
    routes: [
      { matchers: ['severity="critical"', 'env!~"dev|test"'], continue: true },
      { match: { team: 'a "quoted" team' }, match_re: { namespace: 'sh.*|bank' }, group_by: ['...'] },
    ],
  });
  const world = {
    ledger: opened.ledger,
    services: [service('shop', { alertmanager: alertmanager.url })],
    policy,
    clock: { now: () => new Date() },
    newId,
    log: silent,
    failpoint: () => undefined,
  };
  receive = createReceiveAlert(world);
  const reconcile = createReconcileAlerts({ ...world, missedAfterMs: 0, endedAfterMs: 0, settlesMs: 0 });
  const source = createAlertmanagerSource({ url: alertmanager.url });
  check = () => reconcile(`alertmanager:${alertmanager.url}`, alertmanager.url, source);
});
afterEach(async () => {
  // Absent when it did not start; the receiver is closed all the same.
  await (alertmanager as RealAlertmanager | undefined)?.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function take(body: Buffer): Promise<number> {
  const parsed = await parseAlertGroup(body);
  if (parsed.kind !== 'group') throw new Error(parsed.why);
  if (isDown) return 503;
  await receive(parsed.group, delivery());
  heard.push(parsed.group);
  return 200;
}

let runs = 0;
const labels = (over: Record<string, string> = {}) => ({ alertname: `Alert${++runs}`, namespace: 'shop', ...over });
const incidentsOf = (groupKey: string) =>
  opened.db
    .selectFrom('incident')
    .selectAll()
    .where('key', '=', `shop|${groupScope(groupKey)}`)
    .execute();
const allIncidents = () => opened.db.selectFrom('incident').select('id').execute();

describe("Debian's Alertmanager", () => {
  it('lists each group with the key and the alerts that its webhook has', async () => {
    await alertmanager.fire([
      { labels: labels({ severity: 'critical', path: 'a "b"\n\\c' }) },
      { labels: labels({ severity: 'critical', team: 'a "quoted" team', pod: 'é1' }) },
      { labels: labels() },
    ]);
    await eventually('four groups by webhook', () => heard.length >= 4);

    const { groups, fingerprints } = await createAlertmanagerSource({ url: alertmanager.url }).firing();

    const listed = groups.flatMap(({ groupKeys, alerts }) => groupKeys.map((groupKey) => ({ groupKey, alerts })));
    const sorted = (all: readonly Pick<AlertGroup, 'groupKey' | 'alerts'>[]) =>
      all.map(({ groupKey, alerts }) => ({ groupKey, alerts })).toSorted((a, b) => (a.groupKey < b.groupKey ? -1 : 1));
    expect(sorted(listed)).toEqual(sorted(heard));
    expect(new Set(heard.map(({ groupKey }) => groupKey)).size).toBe(4);
    expect(fingerprints).toHaveLength(3);
  });
});

describe('an alert that fired while Firebreak was down', () => {
  it('is found, and joined by its webhook when that comes after all', async () => {
    isDown = true;
    const firing = labels({ severity: 'critical' });
    const groupKey = `{}/{env!~"dev|test",severity="critical"}:{alertname="${firing.alertname}", namespace="shop"}`;
    await alertmanager.fire([{ labels: firing, startsAt: new Date() }]);
    const before = (await allIncidents()).length;
    const found = await eventually('the alert is found', async () => {
      const { missed } = await check();
      return missed > 0 && missed;
    });

    isDown = false;
    await eventually('the webhook', () => heard.some((group) => group.groupKey === groupKey));

    expect(found).toBe(1);
    expect(await incidentsOf(groupKey)).toMatchObject([{ state: 'open', service: 'shop', severity: 'P0' }]);
    expect(await allIncidents()).toHaveLength(before + 1);
    expect(await check()).toEqual({ missed: 0, ended: 0 });
  });

  it('and ended while it was down has ended here too, but not while it is silenced', async () => {
    const firing = labels();
    await alertmanager.fire([{ labels: firing, startsAt: new Date() }]);
    await eventually('the webhook', () => heard.length > 0);
    const listed = await check();
    isDown = true;
    const silenced = await fetch(`${alertmanager.url}/api/v2/silences`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        matchers: [{ name: 'alertname', value: firing.alertname, isRegex: false, isEqual: true }],
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        createdBy: 'test',
        comment: 'test',
      }),
    });
    await silenced.text();
    const quiet = [await check(), await check()];

    await alertmanager.resolve([{ labels: firing }]);
    const over = await eventually('the end is found', async () => {
      const { ended } = await check();
      return ended > 0 && ended;
    });

    expect(silenced.status).toBe(200);
    expect([listed, ...quiet]).toEqual([1, 2, 3].map(() => ({ missed: 0, ended: 0 })));
    expect(over).toBe(1);
    const [incident] = await incidentsOf(heard[0]?.groupKey ?? '');
    expect(incident).toMatchObject({ state: 'open', clearedAt: expect.any(Date) });
  });
});
