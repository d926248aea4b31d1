import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { type HttpServer, startHttp } from '../../src/adapters/http/server.ts';
import { pagerdutyRoute } from '../../src/adapters/pagerduty/route.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { PageEvent } from '../../src/domain/page.ts';
import { signWebhook } from '../../src/sandbox/pagerduty/signature.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import type { SendOptions, WebhookBody } from '../../src/sandbox/pagerduty/webhooks.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { eventually } from '../eventually.ts';

const ledgerAway = new OperationError('ledger-unavailable', 'the ledger is away', { retryable: true });
const secrets = ['of-this-month', 'of-last-month'];

describe('POST /webhooks/pagerduty', () => {
  let pagerduty: SandboxPagerDuty;
  let http: HttpServer;
  let received: { event: PageEvent; key: string }[];
  let receive: (event: PageEvent) => Promise<void>;
  let log: ReturnType<typeof createRecordingLog>;
  beforeEach(async () => {
    received = [];
    receive = async () => undefined;
    log = createRecordingLog();
    pagerduty = await startPagerDuty({ webhookSecrets: ['of-this-month'], retryMs: 10 });
    const route = pagerdutyRoute({
      secrets,
      log,
      answerWithin: 200,
      async receive(event, { key }) {
        await receive(event);
        received.push({ event, key });
      },
    });
    http = await startHttp({ host: '127.0.0.1', port: 0, routes: [route], log });
  });
  afterEach(async () => {
    await http.close(1_000);
    await pagerduty.stop();
  });

  const url = () => `${http.url}/webhooks/pagerduty`;
  /** An honest event, held back so that the test can send it as it likes. */
  function held(): WebhookBody {
    pagerduty.trigger({ title: 'Error rate over 5 %' });
    const body = pagerduty.events.at(-1);
    if (!body) throw new Error('a trigger publishes an event');
    pagerduty.connect(url());
    return body;
  }
  const post = async (body: string | Buffer, signature = signWebhook(secrets.slice(0, 1), body.toString())) => {
    const answer = await fetch(url(), { method: 'POST', body, headers: { 'x-pagerduty-signature': signature } });
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') };
  };

  it('takes what PagerDuty sends, keyed by the signed id of the event', async () => {
    pagerduty.connect(url());

    const page = pagerduty.as('PALICE1').trigger();
    pagerduty.as('PBOB001').acknowledge(page.id);
    pagerduty.as('PBOB001').note(page.id, 'On it.');
    pagerduty.ping();
    await pagerduty.delivered();

    expect(pagerduty.attempts.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
    expect(received.map(({ key }) => key).toSorted()).toEqual(pagerduty.events.map(({ event }) => event.id));
    const ofPage = received.filter(({ event }) => event.kind !== 'ping');
    expect(ofPage.map(({ event }) => [event.type, event.kind, event.agent?.name])).toEqual([
      ['incident.triggered', 'page', 'Alice Okafor'],
      ['incident.acknowledged', 'page', 'Bob Lindqvist'],
      ['incident.annotated', 'note', 'Bob Lindqvist'],
    ]);
    expect(log.lines.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  it.each<[string, SendOptions]>([
    ['the secret of last month', { secrets: ['of-last-month'] }],
    ['a secret to come and one of ours', { secrets: ['of-next-month', 'of-this-month'] }],
    ['both of ours', { secrets }],
  ])('takes what is signed with %s', async (_, options) => {
    const answer = await pagerduty.send(held(), options);

    expect(answer.status).toBe(202);
    expect(received).toHaveLength(1);
  });

  describe('refuses with 401, and does nothing of,', () => {
    it.each<[string, SendOptions]>([
      ['a body without a signature', { signature: 'none' }],
      ['an empty signature', { signature: '' }],
      ['a signature of another secret', { secrets: ['guessed'] }],
      ['a signature of the empty secret', { secrets: [''] }],
      ['a signature of another version only', { signature: `v2=${'a'.repeat(64)}` }],
      ['a body that was changed', { sentBody: '{"event":{"id":"forged"}}' }],
      ['a body that was cut off', { sentBody: '' }],
      ['the token of another integration', { signature: 'none', headers: { authorization: 'Bearer the-token' } }],
    ])('%s', async (_, options) => {
      const answer = await pagerduty.send(held(), options);

      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.answer)).toEqual({ error: expect.stringContaining('PAGERDUTY_WEBHOOK_SECRETS') });
      expect(received).toEqual([]);
      expect(log.lines).toMatchObject([{ level: 'warn' }]);
      expect(JSON.stringify(log.lines)).not.toContain('month');
    });
  });

  it.each<[string, string | Buffer]>([
    ['nothing', ''],
    ['text', 'hello'],
    ['half of an event', '{"event":{"id":"01'],
    ['null', 'null'],
    ['a list', '[1,2]'],
    ['an event of version 2', '{"messages":[{"event":"incident.trigger"}]}'],
    [
      'an event without data',
      '{"event":{"id":"01X","event_type":"incident.triggered","occurred_at":"2026-11-22T06:00:00Z"}}',
    ],
    [
      'an unknown type',
      '{"event":{"id":"01X","event_type":"moon.landed","occurred_at":"2026-11-22T06:00:00Z","data":{}}}',
    ],
    [
      'a type to come',
      '{"event":{"id":"01X","event_type":"incident.x.y.z","occurred_at":"2026-11-22T06:00:00Z","data":{"type":"incident"}}}',
    ],
    ['much of nothing', `"${'x'.repeat(900_000)}"`],
  ])('accepts a signed body of %s, once the ledger has it, for a 4xx would be counted against us', async (_, body) => {
    const answer = await post(body);

    expect(answer.status).toBe(202);
    expect(received).toMatchObject([
      { event: { kind: 'other' }, key: expect.stringMatching(/^(01X|sha256:[0-9a-f]{64})$/) },
    ]);
  });

  it('gives bytes that say nothing the same key each time', async () => {
    await post('hello');
    await post('hello');
    await post('hello?');

    const [first, second, third] = received.map(({ key }) => key);
    expect(first).toBe(second);
    expect(third).not.toBe(first);
  });

  it('refuses what is larger than PagerDuty sends, whoever signed it', async () => {
    const answer = await post('x'.repeat(1024 * 1024 + 1));

    expect(answer.status).toBe(413);
    expect(received).toEqual([]);
  });

  it('refuses bytes that were not signed as these bytes', async () => {
    const bytes = randomBytes(64);

    expect((await post(bytes, signWebhook(secrets.slice(0, 1), bytes.toString('latin1')))).status).toBe(401);
  });

  it('has an event sent again while the ledger is away, in order, and loses none', async () => {
    let times = 0;
    receive = async () => {
      times += 1;
      if (times < 4) throw ledgerAway;
    };
    pagerduty.connect(url());

    const page = pagerduty.trigger();
    pagerduty.automation.resolve(page.id);
    await pagerduty.delivered();

    expect(pagerduty.attempts.map(({ status }) => status)).toEqual([503, 503, 503, 202, 202]);
    expect(received.map(({ event }) => event.type)).toEqual(['incident.triggered', 'incident.resolved']);
    expect(pagerduty.webhooks.dropped).toEqual([]);
  });

  it('says when to come back', async () => {
    receive = async () => {
      throw ledgerAway;
    };

    const answer = await post('hello');

    expect(answer).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
    expect(answer.text).not.toContain('ledger');
  });

  it('answers before PagerDuty gives up on a ledger that takes too long, and records it all the same', async () => {
    let go = (): void => undefined;
    receive = () => new Promise((resolve) => (go = resolve));
    const body = held();

    const answer = await pagerduty.send(body);
    go();

    expect(answer.status).toBe(503);
    expect(answer.elapsedMs).toBeLessThan(2_000);
    await eventually('it is recorded late', () => received.length === 1);
  });

  it('does not end the process when a late event fails', async () => {
    let fail = (): void => undefined;
    receive = () => new Promise((_, reject) => (fail = () => reject(ledgerAway)));

    expect((await post('hello')).status).toBe(503);
    fail();

    await eventually('the failure is logged', () =>
      log.lines.some(({ message }) => message.includes('after its time')),
    );
    receive = async () => undefined;
    expect((await post('hello')).status).toBe(202);
  });

  it('takes no more at once than it can record', async () => {
    const waiting: (() => void)[] = [];
    receive = () => new Promise((resolve) => waiting.push(resolve));

    const answers = await Promise.all(Array.from({ length: 80 }, (_, at) => post(`event ${at}`)));
    const refused = answers.filter(({ text }) => text.includes('as many events as it can'));
    for (const resolve of waiting) resolve();

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused.length).toBe(80 - waiting.length);
    expect(waiting.length).toBeLessThanOrEqual(64);
  });

  it('keeps its subscription through an hour of unknown types', async () => {
    const subscription = pagerduty.connect(url());
    const page = pagerduty.trigger();

    for (let count = 0; count < 5; count++) {
      pagerduty.webhooks.publish({
        type: `incident.future_${count}`,
        agent: undefined,
        resource: page.id,
        service: page.service,
        data: { type: 'incident_future' },
      });
    }
    await pagerduty.delivered();

    expect(subscription).toMatchObject({ drops: 0, disabledUntilMs: undefined });
    expect(received.filter(({ event }) => event.kind === 'other')).toHaveLength(5);
  });

  it('loses its subscription when the secret is wrong, and says in the log what is wrong', async () => {
    const subscription = pagerduty.connect(url(), { secrets: ['of-another-subscription'] });

    for (let count = 0; count < 4; count++) pagerduty.trigger();
    await pagerduty.delivered();

    expect(pagerduty.webhooks.isDisabled(subscription)).toBe(true);
    expect(log.lines.at(-1)?.message).toContain('wrong or no signature');
  });
});

describe('the route', () => {
  it.each([[[]], [['']], [['one', '']]])('does not start with the secrets %j, which would let everybody in', (some) => {
    const start = () => pagerdutyRoute({ secrets: some, receive: async () => undefined, log: createRecordingLog() });

    expect(start).toThrow('webhook secret');
  });
});
