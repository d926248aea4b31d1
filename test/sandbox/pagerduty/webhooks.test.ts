import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createManualClock, type ManualClock } from '../../../src/sandbox/kubernetes/clock.ts';
import { type PagerDutyOptions, type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import type { WebhookBody } from '../../../src/sandbox/pagerduty/webhooks.ts';
import { call } from './call.ts';

const hourMs = 3_600_000;

let clock: ManualClock;
let pagerduty: SandboxPagerDuty;
let app: Server;
let url: string;
let heard: { headers: IncomingHttpHeaders; text: string; body: WebhookBody }[];
/** What the app answers; 0 never. */
let answer: (body: WebhookBody) => number;

beforeEach(async () => {
  heard = [];
  answer = () => 202;
  app = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const body: WebhookBody = JSON.parse(text);
      heard.push({ headers: request.headers, text, body });
      const status = answer(body);
      if (status > 0) response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const address = app.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url = `http://127.0.0.1:${address.port}/hook`;
});
afterEach(async () => {
  await pagerduty.stop();
  await new Promise<void>((resolve) => {
    app.close(() => resolve());
    app.closeAllConnections();
  });
});

async function start(options: PagerDutyOptions = {}) {
  clock = createManualClock(Date.parse('2026-11-22T06:00:00Z'));
  pagerduty = await startPagerDuty({ clock, ...options });
  return pagerduty.connect(url);
}
/** The stand-in's events about an incident hold one. */
const dataOf = ({ event }: WebhookBody) => event['data'] as { id: string; status: string };
const types = () => heard.map(({ body }) => body.event.event_type);
/** Lets time pass until `look` holds. */
async function pass(ms: number, attempts: number): Promise<void> {
  clock.advance(ms);
  await pagerduty.waitFor(() => pagerduty.attempts.length >= attempts);
}

describe('a webhook', () => {
  it('is written and signed as in the documentation', async () => {
    await start();

    const page = pagerduty.as('PALICE1').trigger({ title: 'Überlast 🔥', key: 'fire', priority: 'P1' });
    await pagerduty.delivered();

    const [{ headers, text, body } = { headers: {}, text: '', body: undefined }] = heard;
    const hmac = createHmac('sha256', 'sandbox-webhook-secret').update(Buffer.from(text)).digest('hex');
    expect(headers).toMatchObject({
      'x-pagerduty-signature': `v1=${hmac}`,
      'x-webhook-id': expect.any(String),
      'content-type': 'application/json',
    });
    expect(body).toEqual({
      event: {
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        event_type: 'incident.triggered',
        resource_type: 'incident',
        occurred_at: '2026-11-22T06:00:00.000Z',
        agent: expect.objectContaining({ id: 'PALICE1', type: 'user_reference', summary: 'Alice Okafor' }),
        client: { name: 'PagerDuty' },
        data: expect.objectContaining({
          id: page.id,
          type: 'incident',
          number: 1,
          status: 'triggered',
          incident_key: 'fire',
          title: 'Überlast 🔥',
          created_at: '2026-11-22T06:00:00Z',
          service: expect.objectContaining({ id: 'PLARGEF' }),
          assignees: [expect.objectContaining({ id: 'PALICE1' })],
          priority: expect.objectContaining({ summary: 'P1' }),
          urgency: 'high',
        }),
      },
    });
  });

  it('is signed with each secret while one is rotated', async () => {
    const subscription = await start();
    subscription.secrets.push('the-next');

    pagerduty.trigger();
    await pagerduty.delivered();

    expect(heard[0]?.headers['x-pagerduty-signature']).toMatch(/^v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
  });

  it('tells what was, although the page has changed since', async () => {
    await start();

    const page = pagerduty.trigger();
    pagerduty.automation.resolve(page.id);
    pagerduty.automation.reopen(page.id);
    await pagerduty.delivered();

    expect(heard.map(({ body }) => [body.event.event_type, dataOf(body).status])).toEqual([
      ['incident.triggered', 'triggered'],
      ['incident.resolved', 'resolved'],
      ['incident.reopened', 'triggered'],
    ]);
  });

  it('goes to the subscriptions of its service and of the account', async () => {
    const all = await start();
    const other = pagerduty.connect(url, { service: 'PNONE' });
    const same = pagerduty.connect(url, { service: 'PLARGEF' });

    pagerduty.trigger();
    await pagerduty.delivered();

    expect(pagerduty.attempts.map(({ subscription }) => subscription).toSorted()).toEqual([all.id, same.id].toSorted());
    expect(other.drops).toBe(0);
  });

  it('may be a ping, asked for over the API', async () => {
    const { id } = await start();

    const { status } = await call(pagerduty, 'POST', `/webhook_subscriptions/${id}/ping`);
    await pagerduty.delivered();

    expect(status).toBe(202);
    expect(types()).toEqual(['pagey.ping']);
  });

  it('is only recorded when the test wants to send it itself, in its own order', async () => {
    await start({ deliver: 'hold' });
    const page = pagerduty.trigger();
    pagerduty.automation.resolve(page.id);

    for (const body of pagerduty.events.toReversed()) await pagerduty.send(body);
    const [first] = pagerduty.attempts;
    if (first) await pagerduty.replay(first);

    expect(types()).toEqual(['incident.resolved', 'incident.triggered', 'incident.resolved']);
    expect(heard[2]).toEqual({
      ...heard[0],
      headers: expect.objectContaining({ 'x-webhook-id': heard[0]?.headers['x-webhook-id'] }),
    });
  });
});

describe('what is not taken', () => {
  it.each([500, 503, 429])(
    'with %i is sent again, and holds back what follows of the same page only',
    async (status) => {
      await start();
      const first = pagerduty.trigger();
      answer = (body) => (dataOf(body).id === first.id ? status : 202);
      await pagerduty.waitFor(() => pagerduty.attempts.length === 1);
      pagerduty.automation.acknowledge(first.id);
      pagerduty.trigger();
      await pagerduty.waitFor(() => pagerduty.attempts.length >= 2);

      await pass(10_000, 3);
      await pass(20_000, 4);
      answer = () => 202;
      clock.advance(40_000);
      await pagerduty.delivered();

      const ofFirst = heard.filter(({ body }) => dataOf(body).id === first.id);
      expect(ofFirst.map(({ body }) => body.event.event_type)).toEqual([
        ...Array.from({ length: 4 }, () => 'incident.triggered'),
        'incident.acknowledged',
      ]);
      expect(pagerduty.webhooks.dropped).toEqual([]);
    },
  );

  it('in time is sent again with the same id and the same bytes', async () => {
    await start({ answerMs: 1_000 });
    answer = () => 0;

    pagerduty.trigger();
    await pagerduty.waitFor(() => pagerduty.attempts.length === 1);
    answer = () => 202;
    clock.advance(10_000);
    await pagerduty.delivered();

    expect(pagerduty.attempts).toMatchObject([
      { number: 1, status: 0, failure: 'timeout' },
      { number: 2, status: 202 },
    ]);
    expect(heard[0]?.text).toBe(heard[1]?.text);
    expect(heard[0]?.headers['x-webhook-id']).toBe(heard[1]?.headers['x-webhook-id']);
  });

  it('for 48 hours is dropped', async () => {
    await start();
    answer = () => 500;

    pagerduty.trigger();
    await pagerduty.waitFor(() => pagerduty.attempts.length === 1);
    await pass(48 * hourMs, 2);
    await pagerduty.delivered();

    expect(pagerduty.webhooks.dropped).toHaveLength(1);
  });

  it.each([400, 401, 404, 410, 302])(
    'with %i is dropped, and three in a row end the subscription for a day',
    async (status) => {
      const subscription = await start();
      answer = () => status;
      pagerduty.trigger();
      pagerduty.trigger();
      await pagerduty.delivered();
      expect(pagerduty.webhooks.isDisabled(subscription)).toBe(false);

      pagerduty.trigger();
      await pagerduty.delivered();
      answer = () => 202;
      pagerduty.trigger();
      await pagerduty.delivered();

      expect(heard).toHaveLength(3);
      expect(pagerduty.webhooks.dropped).toHaveLength(4);
      expect((await call(pagerduty, 'GET', '/webhook_subscriptions')).body).toMatchObject({
        webhook_subscriptions: [{ active: true, delivery_method: { url, temporarily_disabled: true, secret: null } }],
      });
      clock.advance(24 * hourMs);
      pagerduty.trigger();
      await pagerduty.delivered();
      expect(heard).toHaveLength(4);
    },
  );

  it('in a row only counts without a success between', async () => {
    const subscription = await start();
    const answers = [400, 400, 202, 400, 400];
    answer = () => answers.shift() ?? 202;

    for (let count = 0; count < 5; count++) {
      pagerduty.trigger();
      await pagerduty.delivered();
    }

    expect(pagerduty.webhooks.isDisabled(subscription)).toBe(false);
    expect(subscription.drops).toBe(2);
  });

  it('comes again after the subscription is enabled over the API', async () => {
    const { id } = await start();
    answer = () => 403;
    for (let count = 0; count < 3; count++) pagerduty.trigger();
    await pagerduty.delivered();
    answer = () => 202;

    const enabled = await call(pagerduty, 'POST', `/webhook_subscriptions/${id}/enable`);
    pagerduty.trigger();
    await pagerduty.delivered();

    expect(enabled).toMatchObject({
      status: 200,
      body: { webhook_subscription: { id, delivery_method: { temporarily_disabled: false } } },
    });
    expect(heard).toHaveLength(4);
  });
});
