import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { eventually } from '../eventually.ts';
import { startAlertmanager } from './alertmanager.ts';
import type { RealAlertmanager } from './alertmanager.ts';

const Webhook = z.object({
  version: z.string(),
  groupKey: z.string(),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string(),
  groupLabels: z.record(z.string(), z.string()),
  truncatedAlerts: z.number(),
  alerts: z.array(
    z.object({
      status: z.enum(['firing', 'resolved']),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      startsAt: z.string(),
      endsAt: z.string(),
      generatorURL: z.string(),
      fingerprint: z.string(),
    }),
  ),
});

type Delivery = { headers: IncomingHttpHeaders; path: string; body: z.infer<typeof Webhook> };

let deliveries: Delivery[];
let statuses: number[];
let alertmanager: RealAlertmanager;
const closes: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  deliveries = [];
  statuses = [];
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Webhook.parse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      deliveries.push({ headers: request.headers, path: request.url ?? '', body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  }).listen(0, '127.0.0.1');
  closes.push(async () => {
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  alertmanager = await startAlertmanager({
    webhookUrl: `http://127.0.0.1:${port}/webhooks/alertmanager`,
    token: 'right-token',
    groupBy: ['alertname', 'namespace'],
  });
  closes.push(() => alertmanager.stop());
});
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close();
});

const alert = {
  labels: { alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical', pod: 'api-1' },
  annotations: { summary: 'too many errors' },
  generatorUrl: 'http://prometheus.example/graph',
};

describe("Debian's Alertmanager", () => {
  it('delivers a group as a v4 webhook with the bearer token', async () => {
    await alertmanager.fire([alert, { labels: { ...alert.labels, pod: 'api-2' } }]);

    const delivery = await eventually('the webhook', () => deliveries[0]);

    expect(delivery.path).toBe('/webhooks/alertmanager');
    expect(delivery.headers).toMatchObject({ authorization: 'Bearer right-token', 'content-type': 'application/json' });
    expect(delivery.body).toMatchObject({
      version: '4',
      groupKey: '{}:{alertname="HighErrorRate", namespace="largeforge"}',
      status: 'firing',
      receiver: 'firebreak',
      truncatedAlerts: 0,
    });
    expect(delivery.body.alerts).toHaveLength(2);
    expect(delivery.body.alerts[0]).toMatchObject({
      labels: alert.labels,
      annotations: alert.annotations,
      generatorURL: alert.generatorUrl,
      endsAt: '0001-01-01T00:00:00Z',
    });
  });

  it('delivers the end of a group', async () => {
    await alertmanager.fire([alert]);
    await eventually('the webhook', () => deliveries.length > 0);

    await alertmanager.resolve([alert]);
    const end = await eventually('the end', () => deliveries.find(({ body }) => body.status === 'resolved'));

    expect(end.body.alerts[0]?.status).toBe('resolved');
    expect(Date.parse(end.body.alerts[0]?.endsAt ?? '')).toBeLessThanOrEqual(Date.now());
  });

  it('delivers again what was answered with 503', async () => {
    statuses = [503];

    await alertmanager.fire([alert]);
    await eventually('a second delivery', () => deliveries.length === 2);

    expect(deliveries[1]?.body).toEqual(deliveries[0]?.body);
  });

  it('leaves no process behind when stopped', async () => {
    const { pid } = alertmanager;

    await alertmanager.stop();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('says why it does not start', async () => {
    const broken = startAlertmanager({ webhookUrl: 'not a url', token: 't', groupBy: [] });

    await expect(broken).rejects.toThrow(/did not start: it ended with 1: .*unsupported scheme/s);
  });
});
