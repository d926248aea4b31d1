import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createManualClock, type ManualClock } from '../../../src/sandbox/kubernetes/clock.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { call } from './call.ts';

const routingKey = 'sandboxintegrationkey00000000000';
const payload = { summary: 'Error rate over 5 %', source: 'largeforge', severity: 'critical' };

let pagerduty: SandboxPagerDuty;
let clock: ManualClock;
beforeEach(async () => {
  clock = createManualClock(Date.parse('2026-11-22T06:00:00Z'));
  pagerduty = await startPagerDuty({ clock });
});
afterEach(() => pagerduty.stop());

const enqueue = (event: unknown) =>
  call(pagerduty, 'POST', '/v2/enqueue', { body: event, headers: { authorization: '' } });
const event = (event_action: string, more: object = {}) => ({
  routing_key: routingKey,
  event_action,
  dedup_key: 'group-1',
  payload,
  ...more,
});
const incidents = () => [...pagerduty.account.incidents.values()].map(({ key, status }) => [key, status]);

it('triggers, acknowledges and resolves by the key of de-duplication', async () => {
  const first = await enqueue(event('trigger'));
  await enqueue(event('trigger'));
  await enqueue(event('acknowledge'));
  await enqueue(event('resolve'));

  expect(first).toMatchObject({ status: 202, body: { status: 'success', dedup_key: 'group-1' } });
  expect(incidents()).toEqual([['group-1', 'resolved']]);
  expect(pagerduty.events.map((one) => [one.event.event_type, one.event.agent])).toEqual([
    ['incident.triggered', null],
    ['incident.acknowledged', null],
    ['incident.resolved', null],
  ]);
});

it('opens a new incident for the key of a resolved one', async () => {
  for (const action of ['trigger', 'resolve', 'trigger']) await enqueue(event(action));

  expect(incidents()).toEqual([
    ['group-1', 'resolved'],
    ['group-1', 'triggered'],
  ]);
});

it('gives a key to an event that has none', async () => {
  const { body } = await enqueue(event('trigger', { dedup_key: undefined }));

  expect(incidents()).toEqual([[body['dedup_key'], 'triggered']]);
});

it('accepts and forgets what is about nothing that is open', async () => {
  expect((await enqueue(event('resolve'))).status).toBe(202);
  expect((await enqueue(event('acknowledge'))).status).toBe(202);
  expect(incidents()).toEqual([]);
});

it.each<[string, unknown]>([
  ['nothing', ''],
  ['no JSON', '{'],
  ['an unknown key', event('trigger', { routing_key: 'x' })],
  ['no summary', event('trigger', { payload: { ...payload, summary: undefined } })],
  ['a severity that is none', event('trigger', { payload: { ...payload, severity: 'bad' } })],
  ['an action that is none', event('explode')],
  ['a resolve of no key', event('resolve', { dedup_key: undefined })],
])('refuses %s', async (_, sent) => {
  expect(await enqueue(sent)).toMatchObject({ status: 400, body: { status: 'invalid event' } });
});

it('takes about 120 events a minute for each key', async () => {
  for (let count = 0; count < 120; count++) await enqueue(event('trigger'));
  const limited = await enqueue(event('trigger'));
  clock.advance(60_000);

  expect(limited.status).toBe(429);
  expect((await enqueue(event('trigger'))).status).toBe(202);
});
