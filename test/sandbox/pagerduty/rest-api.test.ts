import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '../../../src/sandbox/pagerduty/account.ts';
import { createManualClock, type ManualClock } from '../../../src/sandbox/kubernetes/clock.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { call } from './call.ts';

const dayMs = 86_400_000;

let pagerduty: SandboxPagerDuty;
let clock: ManualClock;
let page: Incident;
beforeEach(async () => {
  clock = createManualClock(Date.parse('2026-11-22T06:00:00Z'));
  pagerduty = await startPagerDuty({ clock });
  page = pagerduty.trigger({ title: 'The server is on fire.', key: 'fire', priority: 'P2' });
});
afterEach(() => pagerduty.stop());

const put = (incident: object, headers = {}, id = page.id) =>
  call(pagerduty, 'PUT', `/incidents/${id}`, {
    body: { incident: { type: 'incident_reference', ...incident } },
    headers,
  });
const types = () => pagerduty.events.map(({ event }) => event.event_type);

describe('an incident', () => {
  it('is written as in the reference', async () => {
    const { status, body } = await call(pagerduty, 'GET', `/incidents/${page.id}`);

    expect(status).toBe(200);
    expect(body['incident']).toMatchObject({
      id: page.id,
      type: 'incident',
      summary: '[#1] The server is on fire.',
      html_url: `https://sandbox.pagerduty.com/incidents/${page.id}`,
      incident_number: 1,
      title: 'The server is on fire.',
      created_at: '2026-11-22T06:00:00Z',
      status: 'triggered',
      incident_key: 'fire',
      service: { id: 'PLARGEF', type: 'service_reference', summary: 'Largeforge' },
      escalation_policy: { id: 'PLADDER', type: 'escalation_policy_reference' },
      priority: { id: 'PPRIO02', type: 'priority_reference', summary: 'P2' },
      assigned_via: 'escalation_policy',
      assignments: [{ assignee: { id: 'PALICE1', type: 'user_reference', summary: 'Alice Okafor' } }],
      acknowledgements: [],
      urgency: 'high',
    });
  });

  it('can be named by its number', async () => {
    expect((await call(pagerduty, 'GET', '/incidents/1')).body).toMatchObject({ incident: { id: page.id } });
  });

  it.each<[string, (id: string) => void, object, object, string[]]>([
    [
      'acknowledged',
      () => undefined,
      { status: 'acknowledged' },
      { status: 'acknowledged', acknowledgements: [{ acknowledger: { id: 'PALICE1' } }] },
      ['incident.acknowledged'],
    ],
    [
      'unacknowledged',
      (id) => pagerduty.as('PBOB001').acknowledge(id),
      { status: 'triggered' },
      { status: 'triggered', acknowledgements: [] },
      ['incident.unacknowledged'],
    ],
    ['triggered again, which changes nothing', () => undefined, { status: 'triggered' }, { status: 'triggered' }, []],
    [
      'resolved',
      () => undefined,
      { status: 'resolved', resolution: 'Restarted' },
      { status: 'resolved', assignments: [], resolved_at: '2026-11-22T06:00:00Z' },
      ['incident.resolved'],
    ],
    [
      'reopened by a late acknowledge',
      (id) => pagerduty.as('PBOB001').resolve(id),
      { status: 'acknowledged' },
      {
        status: 'acknowledged',
        assignments: [{ assignee: { id: 'PALICE1' } }],
        assigned_via: 'direct_assignment',
        resolved_at: null,
      },
      ['incident.reopened'],
    ],
    [
      'reopened to its escalation policy',
      (id) => pagerduty.as('PBOB001').resolve(id),
      { status: 'triggered' },
      { status: 'triggered', assignments: [{ assignee: { id: 'PALICE1' } }], assigned_via: 'escalation_policy' },
      ['incident.reopened'],
    ],
    [
      'escalated',
      () => undefined,
      { escalation_level: 2 },
      { assignments: [{ assignee: { id: 'PCAROL1' } }] },
      ['incident.escalated'],
    ],
    [
      'escalated away from who had it',
      (id) => pagerduty.as('PALICE1').acknowledge(id),
      { escalation_level: 2 },
      { status: 'triggered', acknowledgements: [] },
      ['incident.escalated'],
    ],
    [
      'reassigned',
      () => undefined,
      { assignments: [{ assignee: { id: 'PBOB001', type: 'user_reference' } }] },
      { assignments: [{ assignee: { id: 'PBOB001' } }], assigned_via: 'direct_assignment' },
      ['incident.reassigned'],
    ],
    [
      'delegated',
      () => undefined,
      { escalation_policy: { id: 'PLADDER', type: 'escalation_policy_reference' } },
      { assignments: [{ assignee: { id: 'PALICE1' } }] },
      ['incident.delegated'],
    ],
    [
      'of another priority',
      () => undefined,
      { priority: { id: 'PPRIO01', type: 'priority_reference' } },
      { priority: { summary: 'P1' } },
      ['incident.priority_updated'],
    ],
    [
      'of another priority by name',
      () => undefined,
      { priority: 'P5' },
      { priority: { summary: 'P5' } },
      ['incident.priority_updated'],
    ],
    [
      'of another title and urgency, of which there is no event',
      () => undefined,
      { title: 'Out', urgency: 'low' },
      { title: 'Out', urgency: 'low' },
      [],
    ],
  ])('is %s', async (_, before, change, after, events) => {
    before(page.id);
    const known = types().length;

    const { status, body } = await put(change);

    expect(status).toBe(200);
    expect(body).toMatchObject({ incident: after });
    expect(types().slice(known)).toEqual(events);
  });

  it.each<[string, () => void, object, status: number, code: number]>([
    ['resolved twice', () => pagerduty.automation.resolve(page.id), { status: 'resolved' }, 400, 1001],
    ['acknowledged twice', () => pagerduty.automation.acknowledge(page.id), { status: 'acknowledged' }, 400, 1002],
    ['given a status that is none', () => undefined, { status: 'snoozed' }, 400, 1003],
    ['escalated beyond its policy', () => undefined, { escalation_level: 3 }, 400, 1006],
    ['escalated by a half', () => undefined, { escalation_level: 1.5 }, 400, 1006],
    ['assigned to nobody known', () => undefined, { assignments: [{ assignee: { id: 'PNOBODY' } }] }, 400, 1007],
    ['given to a policy that is none', () => undefined, { escalation_policy: { id: 'PNONE' } }, 400, 1014],
    [
      'given a priority that is none',
      () => undefined,
      { priority: { id: 'PNONE', type: 'priority_reference' } },
      400,
      1020,
    ],
    ['given an urgency that is none', () => undefined, { urgency: 'severe' }, 400, 2001],
    ['escalated when it is resolved', () => pagerduty.automation.resolve(page.id), { escalation_level: 2 }, 400, 1001],
    ['changed without a type', () => undefined, { type: undefined, status: 'resolved' }, 400, 2001],
  ])('cannot be %s', async (_, before, change, status, code) => {
    before();
    const known = types().length;

    const refused = await put({ title: 'Half done', ...change });

    expect(refused.status).toBe(status);
    expect(refused.body).toMatchObject({ error: { code, message: expect.any(String) } });
    expect(types()).toHaveLength(known);
    expect(page.title).toBe('The server is on fire.');
  });

  it.each<[string, string, string]>([
    ['GET', '/incidents/QNONE', ''],
    ['PUT', '/incidents/QNONE', '{"incident":{"type":"incident","status":"resolved"}}'],
    ['POST', '/incidents/QNONE/notes', '{"note":{"content":"x"}}'],
    ['GET', '/users/PNONE', ''],
    ['GET', '/escalation_policies/PNONE', ''],
    ['POST', '/webhook_subscriptions/PNONE/enable', ''],
    ['GET', '/nothing/at/all', ''],
  ])('%s %s is not found', async (method, path, body) => {
    const missing = await call(pagerduty, method, path, body === '' ? {} : { body });

    expect(missing).toMatchObject({ status: 404, body: { error: { code: 2100, message: 'Not Found' } } });
  });
});

describe('who asks', () => {
  it.each([
    ['nobody', ''],
    ['somebody with another token', 'Token token=guessed'],
    ['a bearer', 'Bearer sandbox-pagerduty-token'],
    ['the bare token', 'sandbox-pagerduty-token'],
    ['the token in another form', 'Token sandbox-pagerduty-token'],
  ])('%s is not let in', async (_, authorization) => {
    const refused = await call(pagerduty, 'GET', '/incidents', { headers: { authorization } });

    expect(refused).toMatchObject({ status: 401, body: { error: { code: 2006, message: 'Authentication failed' } } });
  });

  it.each([
    ['no address', ''],
    ['an address of nobody', 'eve@example.com'],
  ])('writes nothing with %s', async (_, from) => {
    const changed = await put({ status: 'resolved' }, { from });
    const noted = await call(pagerduty, 'POST', `/incidents/${page.id}/notes`, {
      body: { note: { content: 'x' } },
      headers: { from },
    });

    const refused = { status: 400, body: { error: { code: 1008, message: 'Requester User Not Found' } } };
    expect(changed).toMatchObject(refused);
    expect(noted).toMatchObject(refused);
    expect(page).toMatchObject({ status: 'triggered', notes: [] });
  });

  it('is named in the event', async () => {
    await put({ status: 'acknowledged' }, { from: 'Bob@Example.com' });

    expect(pagerduty.events.at(-1)?.event.agent).toMatchObject({ id: 'PBOB001', type: 'user_reference' });
  });

  it('may ask 960 times a minute, and is told how it stands', async () => {
    await pagerduty.stop();
    pagerduty = await startPagerDuty({ clock, requestsPerMinute: 3 });
    const ask = () => call(pagerduty, 'GET', '/incidents');

    const first = await ask();
    clock.advance(20_000);
    await ask();
    await ask();
    const limited = await ask();
    clock.advance(40_000);
    const later = await ask();

    const said = ({ headers }: Awaited<ReturnType<typeof ask>>) =>
      ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`));
    expect(said(first)).toEqual(['3', '2', '60']);
    expect(limited).toMatchObject({ status: 429, body: { error: { code: 2020, message: 'Rate Limit Exceeded' } } });
    expect(said(limited)).toEqual(['3', '0', '40']);
    expect(later.status).toBe(200);
  });
});

describe('lists', () => {
  const listed = async (query: string) => {
    const { status, body } = await call(pagerduty, 'GET', `/incidents?${query}`);
    // Asked for by tests that expect a list.
    const incidents = (body['incidents'] ?? []) as { incident_number: number }[];
    return { status, body, numbers: incidents.map((one) => one.incident_number) };
  };

  it('come in pages of at most 100', async () => {
    for (let count = 1; count < 130; count++) pagerduty.trigger();

    const first = await listed('limit=500&total=true');
    const second = await listed('limit=100&offset=100');

    expect(first.body).toMatchObject({ limit: 100, offset: 0, more: true, total: 130 });
    expect(second.body).toMatchObject({ limit: 100, offset: 100, more: false, total: null });
    expect(second.numbers).toHaveLength(30);
    expect((await listed('')).numbers).toHaveLength(25);
  });

  it('are filtered and sorted', async () => {
    pagerduty.automation.resolve(page.id);
    clock.advance(1_000);
    const second = pagerduty.trigger({ urgency: 'low' });
    pagerduty.trigger();
    pagerduty.automation.resolve(second.id);

    expect((await listed('statuses[]=resolved&sort_by=resolved_at:desc')).numbers).toEqual([2, 1]);
    expect((await listed('statuses[]=triggered&statuses[]=acknowledged')).numbers).toEqual([3]);
    expect((await listed('incident_key=fire')).numbers).toEqual([1]);
    expect((await listed('service_ids[]=PNONE')).numbers).toEqual([]);
    expect((await listed('sort_by=urgency:desc,incident_number:desc')).numbers).toEqual([3, 1, 2]);
  });

  it('go back a month unless told, by the time of creation', async () => {
    clock.advance(40 * dayMs);
    pagerduty.automation.acknowledge(page.id);

    expect((await listed('')).numbers).toEqual([]);
    expect((await listed('date_range=all')).numbers).toEqual([1]);
    expect((await listed('since=2026-11-20T00:00:00Z')).numbers).toEqual([1]);
    expect((await listed('since=2026-11-20&until=2026-11-21')).numbers).toEqual([]);
  });

  it.each([
    ['since=yesterday', 2004],
    ['since=2024-01-01', 2005],
    ['since=2026-11-22&until=2026-11-20', 2005],
    ['offset=9990&limit=100', 2001],
    ['limit=many', 2001],
    ['sort_by=colour', 2001],
  ])('refuse %s', async (query, code) => {
    expect(await listed(query)).toMatchObject({ status: 400, body: { error: { code } } });
  });

  it('know people by parts of their names and addresses', async () => {
    const found = async (query: string) => (await call(pagerduty, 'GET', `/users?query=${query}`)).body['users'];

    expect(await found('Okafor')).toMatchObject([{ id: 'PALICE1', type: 'user', email: 'alice@example.com' }]);
    expect(await found('bob@example')).toMatchObject([{ id: 'PBOB001' }]);
    expect(await found('nobody')).toEqual([]);
  });

  it('know who is on call, as references or whole', async () => {
    const onCalls = async (query: string) => (await call(pagerduty, 'GET', `/oncalls?${query}`)).body['oncalls'];

    expect(await onCalls('')).toMatchObject([
      { escalation_level: 1, user: { id: 'PALICE1', type: 'user_reference' } },
      { escalation_level: 2, user: { id: 'PCAROL1' } },
    ]);
    expect(await onCalls('include[]=users&escalation_policy_ids[]=PLADDER')).toMatchObject([
      { user: { type: 'user', email: 'alice@example.com' } },
      {},
    ]);
    expect(await onCalls('escalation_policy_ids[]=PNONE')).toEqual([]);
  });

  it('know the priorities and the levels of a policy', async () => {
    const priorities = await call(pagerduty, 'GET', '/priorities');
    const policy = await call(pagerduty, 'GET', '/escalation_policies/PLADDER');

    expect(priorities.body).toMatchObject({ priorities: [{ name: 'P1' }, {}, {}, {}, { name: 'P5' }] });
    expect(policy.body).toMatchObject({
      escalation_policy: { escalation_rules: [{ targets: [{ id: 'PALICE1' }] }, { targets: [{ id: 'PCAROL1' }] }] },
    });
  });
});

describe('notes', () => {
  const note = (content: unknown) =>
    call(pagerduty, 'POST', `/incidents/${page.id}/notes`, { body: { note: { content } } });

  it('are kept as often as they are sent, and listed newest first', async () => {
    for (const text of ['one', 'two', 'two']) await note(text);

    const { body } = await call(pagerduty, 'GET', `/incidents/${page.id}/notes`);

    expect(body['notes']).toMatchObject([
      { content: 'two' },
      { content: 'two' },
      { content: 'one', user: { id: 'PALICE1' }, created_at: '2026-11-22T06:00:00Z' },
    ]);
    expect(types().slice(1)).toEqual(Array.from({ length: 3 }, () => 'incident.annotated'));
  });

  it.each([
    ['nothing', ''],
    ['no text', 7],
    ['no content', undefined],
  ])('of %s are refused', async (_, content) => {
    expect(await note(content)).toMatchObject({ status: 400, body: { error: { code: 2001 } } });
  });

  it('are at most 2,000', async () => {
    for (let count = 0; count < 2_000; count++) pagerduty.automation.note(page.id, 'x');

    expect(await note('one more')).toMatchObject({ status: 400, body: { error: { code: 2001 } } });
  });
});

it('keeps what was asked, for tests to look at', async () => {
  await put({ status: 'acknowledged' });
  await call(pagerduty, 'GET', '/incidents?statuses[]=resolved&statuses[]=triggered');
  await call(pagerduty, 'PUT', `/incidents/${page.id}`, { body: 'no JSON' });

  expect(pagerduty.audit).toMatchObject([
    {
      method: 'PUT',
      path: `/incidents/${page.id}`,
      from: 'alice@example.com',
      body: { incident: { status: 'acknowledged' } },
      atMs: clock.now(),
      answered: 'ok',
      status: 200,
    },
    { method: 'GET', path: '/incidents', query: { 'statuses[]': ['resolved', 'triggered'] }, body: undefined },
    { body: undefined, answered: '2001', status: 400 },
  ]);
});
