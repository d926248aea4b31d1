/** One problem that a real Alertmanager tells us and PagerDuty, and PagerDuty (the stand-in) tells us again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertmanagerRoute } from '../../src/adapters/alertmanager/route.ts';
import { type HttpServer, startHttp } from '../../src/adapters/http/server.ts';
import { pagerdutyRoute } from '../../src/adapters/pagerduty/route.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createReceiveAlert } from '../../src/flow/receive-alert.ts';
import { createReceivePage } from '../../src/flow/receive-page.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { eventually } from '../eventually.ts';
import { policy, service } from '../flow/alerts.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { type RealAlertmanager, startAlertmanager } from './alertmanager.ts';

describe('an alert that pages', () => {
  let stores: TestLedger;
  let pagerduty: SandboxPagerDuty;
  let http: HttpServer;
  let alertmanager: RealAlertmanager;
  beforeAll(async () => {
    stores = await openTestLedger();
    pagerduty = await startPagerDuty();
    const parts = {
      ledger: stores.ledger,
      services: [service('shop', { pager: { service: 'PLARGEF' } })],
      policy,
      clock: { now: () => new Date() },
      newId,
      log: silent,
      failpoint: () => undefined,
    };
    http = await startHttp({
      host: '127.0.0.1',
      port: 0,
      log: silent,
      routes: [
        alertmanagerRoute({ token: 'the-token', receive: createReceiveAlert(parts), log: silent }),
        pagerdutyRoute({
          secrets: pagerduty.webhookSecrets,
          receive: createReceivePage({ ...parts, people: {} }),
          log: silent,
        }),
      ],
    });
    pagerduty.connect(`${http.url}/webhooks/pagerduty`);
    alertmanager = await startAlertmanager({
      webhookUrl: `${http.url}/webhooks/alertmanager`,
      token: 'the-token',
      groupBy: ['alertname', 'namespace'],
      pagerduty: { url: `${pagerduty.apiUrl}/v2/enqueue`, routingKey: 'sandboxintegrationkey00000000000' },
    });
  });
  afterAll(async () => {
    await alertmanager?.stop();
    await http?.close(1_000);
    await pagerduty?.stop();
    await stores?.close();
  });

  const incidents = () => stores.db.selectFrom('incident').selectAll().execute();
  const deliveries = async () =>
    (await stores.db.selectFrom('delivery').select('source').execute()).map(({ source }) => source).toSorted();

  it('is one incident, whichever way is faster, and ends with the alert', async () => {
    const alert = { labels: { alertname: 'HighErrorRate', namespace: 'shop', severity: 'critical' } };

    await alertmanager.fire([alert]);
    await eventually('both came', async () => (await deliveries()).join() === 'alertmanager,pagerduty');
    const fired = await incidents();
    const [page] = await stores.db.selectFrom('page').selectAll().execute();
    await alertmanager.resolve([alert]);

    expect(fired).toHaveLength(1);
    expect(page).toMatchObject({ incidentId: fired[0]?.id, status: 'triggered' });
    await eventually('all is over', async () => (await deliveries()).length === 4);
    const [incident, ...others] = await incidents();
    expect(others).toEqual([]);
    expect(incident?.state).toBe('resolved');
  });
});
