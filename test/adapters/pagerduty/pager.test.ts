import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createPager } from '../../../src/adapters/pagerduty/pager.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import type { Pager } from '../../../src/flow/ports.ts';
import type { FaultKind } from '../../../src/sandbox/pagerduty/faults.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../../src/sandbox/pagerduty/start.ts';
import { createRecordingLog } from '../recording-log.ts';

/** For tests in which no answer comes; the others have the time that a busy machine may need. */
const impatientMs = 300;
const patientMs = 10_000;
const log = createRecordingLog();
const silent: ReadonlySet<FaultKind> = new Set<FaultKind>(['hang', 'lost-in-time']);

async function failure(asked: Promise<unknown>): Promise<OperationError> {
  const error: unknown = await asked.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OperationError)) throw error;
  return error;
}

describe('on the stand-in', () => {
  let pagerduty: SandboxPagerDuty;
  let pager: Pager;
  let pagerWith: (timeoutMs: number) => Pager;
  let page: string;
  beforeEach(async () => {
    pagerduty = await startPagerDuty();
    const { apiUrl, token } = pagerduty;
    pagerWith = (timeoutMs) =>
      createPager({ token, apiUrl: `${apiUrl}/`, from: 'firebreak@example.com', timeoutMs, log });
    pager = pagerWith(patientMs);
    page = pagerduty.trigger().id;
  });
  afterEach(() => pagerduty.stop());

  it.each<[FaultKind, code: string, done: boolean]>([
    ['lost-reply', 'pager-ambiguous', true],
    ['lost-in-time', 'pager-ambiguous', true],
    ['not-json', 'pager-ambiguous', true],
    ['hang', 'pager-ambiguous', false],
    ['reset', 'pager-ambiguous', false],
    ['status-500', 'pager-ambiguous', false],
    ['rate-limited', 'pager-rate-limited', false],
  ])('a write that meets %s is sent once and is %s', async (kind, code, done) => {
    pagerduty.faults.add({ kind, method: 'POST' });

    const error = await failure(pagerWith(silent.has(kind) ? impatientMs : patientMs).addNote(page, 'Restarted.'));

    expect(error).toMatchObject({ code, retryable: true });
    expect(pagerduty.audit).toHaveLength(1);
    expect(pagerduty.incident(page).notes).toHaveLength(done ? 1 : 0);
    expect(pagerduty.faults.waiting()).toEqual([]);
  });

  it.each<[FaultKind, code: string]>([
    ['lost-reply', 'pager-unavailable'],
    ['not-json', 'pager-unavailable'],
    ['hang', 'pager-unavailable'],
    ['reset', 'pager-unavailable'],
    ['status-500', 'pager-unavailable'],
    ['rate-limited', 'pager-rate-limited'],
  ])('a read that meets %s is sent once and is %s', async (kind, code) => {
    pagerduty.faults.add({ kind, method: 'GET' });

    const error = await failure(pagerWith(silent.has(kind) ? impatientMs : patientMs).page(page));

    expect(error).toMatchObject({ code, retryable: true });
    expect(pagerduty.audit).toHaveLength(1);
  });

  it('waits for PagerDuty no longer than its time-out', async () => {
    pagerduty.faults.add({ kind: 'hang' });
    const start = performance.now();

    await failure(pagerWith(impatientMs).page(page));

    expect(performance.now() - start).toBeLessThan(impatientMs + 3_000);
  });

  it.each<[resetSeconds: number | null, retryAfterMs: number]>([
    [7, 7_000],
    [0, 1_000],
    [86_400, 300_000],
    [null, 30_000],
  ])('asks to wait when the rate limit is reset in %s s', async (resetSeconds, retryAfterMs) => {
    pagerduty.faults.add({ kind: 'rate-limited', resetSeconds });

    const error = await failure(pager.setStatus(page, 'acknowledged'));

    expect(error).toMatchObject({ code: 'pager-rate-limited', retryAfterMs });
    expect(pagerduty.incident(page).status).toBe('triggered');
  });

  it('says who is asked to do what when the token is wrong', async () => {
    const stranger = createPager({ token: 'guessed', apiUrl: pagerduty.apiUrl, log });

    const error = await failure(stranger.page(page));

    expect(error).toMatchObject({ code: 'pager-rejected', retryable: false });
    expect(error.message).toContain('PAGERDUTY_TOKEN');
    expect(error.message).not.toContain('guessed');
  });

  it.each<[string, string | undefined]>([
    ['nobody', undefined],
    ['somebody who is not in PagerDuty', 'eve@example.com'],
    ['an address that would be two headers', 'eve@example.com\r\nAuthorization: x'],
    ['an address in other letters', 'ève@example.com'],
  ])('refuses to write in the name of %s', async (_, from) => {
    const nameless = createPager({ token: pagerduty.token, apiUrl: pagerduty.apiUrl, log });

    const error = await failure(nameless.addNote(page, 'Hello', from));

    expect(error).toMatchObject({ code: 'pager-rejected', retryable: false });
    expect(error.message).toContain('PAGERDUTY_FROM');
    expect(pagerduty.incident(page).notes).toEqual([]);
  });

  it('asks nothing when there are no services to ask for', async () => {
    expect(await pager.pagesSince([], new Date(0))).toEqual([]);
    expect(pagerduty.audit).toEqual([]);
  });

  it('reads page after page of a long list, and no more than have changed', async () => {
    for (let count = 0; count < 230; count++) pagerduty.trigger();
    const since = new Date(Date.now() + 60_000);
    for (const { id } of [...pagerduty.account.incidents.values()].slice(0, 120)) pagerduty.automation.resolve(id);

    const pages = await pager.pagesSince(['PLARGEF'], since);

    expect(pages).toHaveLength(111);
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set(['triggered']));
    expect(pagerduty.audit).toHaveLength(3);
  });

  it('escapes what becomes part of an address', async () => {
    expect(await pager.page('../users/PALICE1?x=')).toBeUndefined();

    expect(pagerduty.audit.map(({ path }) => path)).toEqual(['/incidents/..%2Fusers%2FPALICE1%3Fx%3D']);
  });
});

describe('on something else', () => {
  let server: Server | undefined;
  afterEach(async () => {
    const listening = server;
    server = undefined;
    if (!listening) return;
    await new Promise<void>((resolve) => {
      listening.close(() => resolve());
      listening.closeAllConnections();
    });
  });

  async function answering(answer: RequestListener, timeoutMs = patientMs): Promise<Pager> {
    const listening = createServer(answer);
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const address = listening.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return createPager({ token: 'the-token', apiUrl: `http://127.0.0.1:${address.port}`, timeoutMs, log });
  }
  const json =
    (status: number, body: unknown): RequestListener =>
    (_, response) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const secretive = { error: { message: 'token the-token in header', code: 2001, errors: ['echo: the-token'] } };

  it.each<[number, unknown, write: string, read: string]>([
    [400, secretive, 'pager-rejected', 'pager-rejected'],
    [401, {}, 'pager-rejected', 'pager-rejected'],
    [402, { error: { code: 2014 } }, 'pager-rejected', 'pager-rejected'],
    [403, { error: { code: 2010 } }, 'pager-rejected', 'pager-rejected'],
    [404, { error: { code: 2100 } }, 'pager-rejected', 'pager-rejected'],
    [408, { error: { code: 2016 } }, 'pager-ambiguous', 'pager-unavailable'],
    [409, null, 'pager-ambiguous', 'pager-unavailable'],
    [429, { error: { code: 2020 } }, 'pager-rate-limited', 'pager-rate-limited'],
    [500, secretive, 'pager-ambiguous', 'pager-unavailable'],
    [503, {}, 'pager-ambiguous', 'pager-unavailable'],
  ])('HTTP %i with %j is %s to a write and %s to a read', async (status, body, write, read) => {
    const pager = await answering(json(status, body));

    const [written, asked] = [await failure(pager.addNote('Q1', 'x')), await failure(pager.levelsOf('P1'))];

    expect([written.code, asked.code]).toEqual([write, read]);
    expect(`${written.message} ${asked.message}`).not.toContain('the-token');
  });

  it.each<[string, number]>([
    ['Incident Already Resolved', 1001],
    ['Incident Already Acknowledged', 1002],
  ])('%s is fine, as a code and as a detail of invalid input', async (detail, code) => {
    const bodies = [{ error: { code, message: detail } }, { error: { code: 2001, errors: [detail] } }];
    const pager = await answering((request, response) => json(400, bodies.shift())(request, response));

    expect(await pager.setStatus('Q1', 'acknowledged')).toBe('unchanged');
    expect(await pager.setStatus('Q1', 'acknowledged')).toBe('unchanged');
  });

  it('does not take "already acknowledged" for resolved', async () => {
    const pager = await answering(json(400, { error: { code: 1002 } }));

    expect(await failure(pager.setStatus('Q1', 'resolved'))).toMatchObject({ code: 'pager-rejected' });
  });

  it('does not carry the token to where it is redirected', async () => {
    const asked: (string | undefined)[] = [];
    const pager = await answering((request, response) => {
      asked.push(request.url);
      response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end();
    });

    expect(await failure(pager.page('Q1'))).toMatchObject({ code: 'pager-unavailable' });
    expect(asked).toEqual(['/incidents/Q1']);
  });

  it('is unavailable, and certainly nothing happened, when nobody listens', async () => {
    const pager = createPager({ token: 'the-token', apiUrl: 'http://127.0.0.1:1', log });

    expect(await failure(pager.addNote('Q1', 'x'))).toMatchObject({ code: 'pager-unavailable', retryable: true });
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['an incident that is none', { incident: { id: 7 } }],
    ['an incident of a status to come', { incident: { id: 'Q1', status: 'snoozed' } }],
  ])('is unavailable when it answers %s for a page', async (_, body) => {
    const pager = await answering(json(200, body));

    expect(await failure(pager.page('Q1'))).toMatchObject({ code: 'pager-unavailable' });
  });

  it('leaves out of a list what is not as documented, and says so', async () => {
    const user = { id: 'P1', type: 'user', name: 'Alice', email: 'Alice@Example.com' };
    const pager = await answering(json(200, { users: [null, { id: '../x' }, user], more: false }));

    expect(await pager.userByEmail('alice@example.com')).toEqual({
      id: 'P1',
      name: 'Alice',
      email: 'Alice@Example.com',
    });
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { list: 'users', odd: 2 } });
  });

  it('takes nobody for on call whom it lists for another escalation policy, or for none', async () => {
    const user = (id: string) => ({ id, type: 'user', name: id, email: `${id}@example.com` });
    const oncalls = [
      { escalation_level: 1, escalation_policy: { id: 'P1' }, user: user('PALICE') },
      { escalation_level: 1, escalation_policy: { id: 'P2' }, user: user('PBOB') },
      { escalation_level: 1, user: user('PCAROL') },
    ];
    const pager = await answering(json(200, { oncalls, more: false }));

    expect((await pager.onCall('P1')).map((one) => one.user.id)).toEqual(['PALICE']);
    expect(log.lines.at(-1)).toMatchObject({ level: 'warn', fields: { list: 'oncalls', odd: 1 } });
  });

  it('ends a list that never ends', async () => {
    let asked = 0;
    const pager = await answering((request, response) => {
      asked += 1;
      json(200, { oncalls: [], more: true })(request, response);
    });

    expect(await pager.onCall('P1')).toEqual([]);
    expect(asked).toBe(20);
  });

  it('gives up on an answer that comes drop by drop', async () => {
    const pager = await answering((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"incident":');
    }, impatientMs);

    expect(await failure(pager.page('Q1'))).toMatchObject({
      code: 'pager-unavailable',
      message: expect.stringContaining('in time'),
    });
  });
});
