import { describe, expect, it } from '@jest/globals';
import { alertmanagerRoute } from '../../../src/adapters/alertmanager/route.ts';
import type { AlertGroup } from '../../../src/domain/alert.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { createRecordingLog } from '../recording-log.ts';

const zeroTime = '0001-01-01T00:00:00Z';

function anAlert(more: object = {}) {
  return {
    status: 'firing',
    labels: { alertname: 'HighErrorRate', namespace: 'largeforge' },
    annotations: { summary: 'Many errors' },
    startsAt: '2026-11-22T06:00:00.123456789Z',
    endsAt: zeroTime,
    generatorURL: 'http://prometheus/graph',
    fingerprint: 'f1',
    ...more,
  };
}

function aBody(more: object = {}, alerts: readonly object[] = [anAlert()]) {
  return {
    version: '4',
    groupKey: '{}:{alertname="HighErrorRate"}',
    status: 'firing',
    receiver: 'firebreak',
    groupLabels: {},
    commonLabels: {},
    externalURL: 'http://alertmanager',
    truncatedAlerts: 0,
    alerts,
    ...more,
  };
}

function setUp(receive?: (group: AlertGroup) => Promise<void>) {
  const received: { group: AlertGroup; key: string }[] = [];
  const log = createRecordingLog();
  const route = alertmanagerRoute({
    token: 'the-token',
    log,
    async receive(group, { key }) {
      await receive?.(group);
      received.push({ group, key });
      return { duplicate: false, incidents: [7], unmatched: 0 };
    },
  });
  const send = (body: object | string | Buffer, authorization: string | undefined = 'Bearer the-token') => {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const rawBody = Buffer.isBuffer(text) ? text : Buffer.from(text);
    return route.handle({ headers: authorization ? { authorization } : {}, rawBody, remote: '127.0.0.1' });
  };
  return { route, send, received, log };
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('who may send alerts', () => {
  it.each([
    ['the bearer token', 'Bearer the-token', 202],
    ['a bearer token in lower case', 'bearer the-token', 202],
    ['the token as a password', basic('am:the-token'), 202],
    ['another token', 'Bearer the-token2', 401],
    ['a beginning of the token', 'Bearer the-toke', 401],
    ['an empty token', 'Bearer ', 401],
    ['another password', basic('am:nope'), 401],
    ['the token as a user name', basic('the-token:'), 401],
    ['a password without a colon', basic('the-token'), 401],
    ['another scheme', 'Digest the-token', 401],
    ['nothing', '', 401],
  ])('%s', async (_name, authorization, status) => {
    const { send, received } = setUp();

    const answer = await send(aBody(), authorization);

    expect(answer.status).toBe(status);
    expect(received).toHaveLength(status === 202 ? 1 : 0);
  });

  it('never starts with an empty token', () => {
    const start = () =>
      alertmanagerRoute({
        token: '',
        receive: async () => ({ duplicate: false, incidents: [], unmatched: 0 }),
        log: createRecordingLog(),
      });

    expect(start).toThrow('empty Alertmanager token');
  });
});

describe('an Alertmanager notification', () => {
  it('becomes a group of alerts', async () => {
    const { send, received } = setUp();
    const resolved = anAlert({ status: 'resolved', endsAt: '2026-11-22T08:00:00+02:00', fingerprint: 'f2' });

    const answer = await send(aBody({}, [anAlert(), resolved]));

    expect(JSON.parse(answer.body ?? '')).toEqual({ accepted: 2, duplicate: false, incidents: [7], unmatched: 0 });
    expect(received[0]?.group).toEqual({
      source: 'alertmanager',
      groupKey: '{}:{alertname="HighErrorRate"}',
      receiver: 'firebreak',
      groupLabels: {},
      status: 'firing',
      externalUrl: 'http://alertmanager',
      truncatedAlerts: 0,
      alerts: [
        {
          fingerprint: 'f1',
          name: 'HighErrorRate',
          status: 'firing',
          labels: { alertname: 'HighErrorRate', namespace: 'largeforge' },
          annotations: { summary: 'Many errors' },
          startsAt: new Date('2026-11-22T06:00:00.123Z'),
          generatorUrl: 'http://prometheus/graph',
        },
        expect.objectContaining({ status: 'resolved', endsAt: new Date('2026-11-22T06:00:00Z') }),
      ],
    });
  });

  it.each([
    ['any label values', { labels: { alertname: '<!channel>\u0000', '': '', '\u202e': 'x' } }, '<!channel>\u0000'],
    ['no alertname', { labels: {} }, 'unnamed alert'],
    ['an empty alertname', { labels: { alertname: '' } }, 'unnamed alert'],
    ['no annotations', { annotations: undefined }, 'HighErrorRate'],
    ['no endsAt', { endsAt: undefined }, 'HighErrorRate'],
    ['an unknown field', { futureField: { deep: [1] } }, 'HighErrorRate'],
  ])('may have %s', async (_name, more, name) => {
    const { send, received } = setUp();

    const answer = await send(aBody({}, [anAlert(more)]));

    expect(answer.status).toBe(202);
    expect(received[0]?.group.alerts[0]?.name).toBe(name);
    expect(received[0]?.group.alerts[0]).not.toHaveProperty('endsAt');
  });

  it.each([
    ['a bad startsAt', aBody({}, [anAlert(), anAlert({ startsAt: 'yesterday' })]), 'alerts.1.startsAt'],
    ['a startsAt that is a number', aBody({}, [anAlert({ startsAt: 5 })]), 'alerts.0.startsAt'],
    ['a day that does not exist', aBody({}, [anAlert({ startsAt: '2026-13-45T00:00:00Z' })]), 'alerts.0.startsAt'],
    ['a label that is no text', aBody({}, [anAlert({ labels: { alertname: 1 } })]), 'alerts.0.labels.alertname'],
    ['another status', aBody({}, [anAlert({ status: 'maybe' })]), 'alerts.0.status'],
    ['no fingerprint', aBody({}, [anAlert({ fingerprint: undefined })]), 'alerts.0.fingerprint'],
    ['no alerts', aBody({}, []), 'alerts'],
    ['no groupKey', aBody({ groupKey: undefined }), 'groupKey'],
    ['an array', '[]', 'the body'],
    ['half a body', JSON.stringify(aBody()).slice(0, -5), 'not JSON'],
    ['nothing', '', 'not JSON'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00]), 'not JSON'],
  ])('with %s is refused for good, names the field and is logged', async (_name, body, named) => {
    const { send, received, log } = setUp();

    const answer = await send(body);

    expect(answer.status).toBe(400);
    expect(answer.body).toContain(named);
    expect(received).toEqual([]);
    expect(log.lines).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  it('that comes twice in the same bytes has the same key, and another one has another', async () => {
    const { send, received } = setUp();

    await send(aBody());
    await send(aBody());
    await send(aBody({ receiver: 'from the other peer' }));

    const [first, repeat, peer] = received.map(({ key }) => key);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(repeat).toBe(first);
    expect(peer).not.toBe(first);
  });

  it('may hold 10,000 alerts', async () => {
    const { send, received } = setUp();
    const alerts = Array.from({ length: 10_000 }, (_, n) => anAlert({ fingerprint: `f${n}` }));

    const answer = await send(aBody({}, alerts));

    expect(answer.status).toBe(202);
    expect(received[0]?.group.alerts).toHaveLength(10_000);
  });

  it('that is large waits its turn with a 503, and the next one is taken', async () => {
    const release = Promise.withResolvers<void>();
    const { send } = setUp(() => release.promise);
    const large = aBody({}, [anAlert({ annotations: { summary: 'x'.repeat(5_000_000) } })]);

    const first = send(large);
    const second = await send(large);
    release.resolve();

    expect(second.status).toBe(503);
    expect((await first).status).toBe(202);
    expect((await send(large)).status).toBe(202);
  });

  it('passes trouble of the ledger on, so that it is sent again', async () => {
    const { send } = setUp(() => Promise.reject(new OperationError('ledger-unavailable', 'down', { retryable: true })));

    await expect(send(aBody())).rejects.toMatchObject({ code: 'ledger-unavailable', retryable: true });
  });
});
