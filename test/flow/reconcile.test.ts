import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPager } from '../../src/adapters/pagerduty/pager.ts';
import { parsePageEvent } from '../../src/adapters/pagerduty/payload.ts';
import { InvariantError, OperationError } from '../../src/domain/errors.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { Pager } from '../../src/flow/ports.ts';
import { createReceivePage, type ReceivePage } from '../../src/flow/receive-page.ts';
import { createReconcile, type Reconcile } from '../../src/flow/reconcile/reconcile.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { createRecordingLog, type RecordingLog } from '../adapters/recording-log.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { policy, service } from './alerts.ts';
import { checkSource, waitingChecks } from './reconciling.ts';

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened.close());

const pagerService = 'PLARGEF';
const world = () => ({
  ledger: opened.ledger,
  people: { 'alice.mapped@example.com': { slack: 'U0ALICE', pagerduty: 'PALICE1' } },
  services: [service('shop', { pager: { service: pagerService }, alertmanager: 'http://am' }), service('bank')],
  policy,
  clock: { now: () => new Date() },
  newId,
  log: silent,
  failpoint: () => undefined,
});

const incidents = () => opened.db.selectFrom('incident').selectAll().orderBy('number').execute();
const journal = (kind: string) => opened.db.selectFrom('journal').selectAll().where('kind', '=', kind).execute();
const waiting = (subject: string) => waitingChecks(opened, subject);
const check = (reconcile: Reconcile, subject: string) => checkSource(opened, reconcile, subject);

describe('PagerDuty, of which no webhook arrives', () => {
  let pagerduty: SandboxPagerDuty;
  let pager: Pager;
  let receive: ReceivePage;
  let log: RecordingLog;
  beforeEach(async () => {
    // Each account counts its incidents anew.
    for (const table of ['page', 'incident', 'delivery'] as const) await opened.db.deleteFrom(table).execute();
    pagerduty = await startPagerDuty({ deliver: 'hold' });
    pagerduty.connect('http://127.0.0.1:9/webhooks/pagerduty');
    const { apiUrl, token } = pagerduty;
    pager = createPager({ token, apiUrl, from: 'firebreak@example.com', log: silent, timeoutMs: 2_000 });
    receive = createReceivePage(world());
    log = createRecordingLog();
  });
  afterEach(() => pagerduty.stop());

  const reconcileWith = (over: Partial<Pager> = {}): Reconcile =>
    createReconcile({
      ...world(),
      log,
      pager: { ...pager, ...over },
      alertSources: new Map(),
      enableSubscription: false,
    });
  const sourceCheck = (source: string) => opened.ledger.transaction((tx) => tx.sourceCheck(source));
  const look = (over: Partial<Pager> = {}) => check(reconcileWith(over), 'pagerduty');
  const pageOf = (id: string) => opened.ledger.transaction((tx) => tx.page(id));
  const incidentOf = async (id: string) => {
    const page = await pageOf(id);
    return page && opened.ledger.transaction((tx) => tx.incident(page.incidentId));
  };
  /** What PagerDuty wanted to send all the time. */
  const deliverAll = async () => {
    for (const body of pagerduty.events) {
      const { event } = parsePageEvent(Buffer.from(JSON.stringify(body)), new Date());
      await receive(event, { key: event.id });
    }
  };
  const lines = (level: 'warn' | 'error' | 'info') => log.lines.filter((line) => line.level === level);

  it('has its pages opened, once', async () => {
    const { id } = pagerduty.trigger({ title: 'Disk is full', priority: 'P1' });
    const before = (await incidents()).length;

    await look();
    await look();

    expect(await incidentOf(id)).toMatchObject({ title: 'Disk is full', severity: 'P1', state: 'open' });
    expect(await incidents()).toHaveLength(before + 1);
  });

  it('has what happened to them followed, and the late webhooks change nothing', async () => {
    const { id } = pagerduty.trigger({ title: 'Disk is full' });
    await look();
    const states: (string | undefined)[] = [];

    const alice = pagerduty.as('PALICE1');
    for (const act of [
      () => alice.acknowledge(id),
      () => alice.prioritize(id, 'P1'),
      () => alice.resolve(id),
      () => alice.reopen(id),
      () => alice.resolve(id),
    ]) {
      act();
      await look();
      const { state, severity, acknowledgedBy = '' } = (await incidentOf(id)) ?? {};
      states.push(`${state} ${severity} ${acknowledgedBy}`);
    }
    const before = await incidentOf(id);
    await deliverAll();

    expect(states).toEqual([
      'acknowledged P2 U0ALICE',
      'acknowledged P1 U0ALICE',
      'resolved P1 U0ALICE',
      'open P1 ',
      'resolved P1 ',
    ]);
    expect(await incidentOf(id)).toMatchObject({ id: before?.id, state: 'resolved', severity: 'P1' });
  });

  it('is asked for a page that its list leaves out', async () => {
    const { id } = pagerduty.trigger();
    await look();
    pagerduty.automation.resolve(id);

    await look({ pagesSince: async () => [] });

    expect(await incidentOf(id)).toMatchObject({ state: 'resolved' });
  });

  it('is not believed when a webhook moved the page while it answered', async () => {
    const { id } = pagerduty.trigger();
    await look();
    pagerduty.automation.acknowledge(id);
    const stale = await pager.page(id);

    await look({
      async page() {
        pagerduty.automation.resolve(id);
        await deliverAll();
        return stale;
      },
    });

    expect(await pageOf(id)).toMatchObject({ status: 'resolved' });
    expect(await incidentOf(id)).toMatchObject({ state: 'resolved' });
  });

  it('gets no channel for a page that came and went, but the journal has it once', async () => {
    const { id } = pagerduty.trigger();
    pagerduty.automation.resolve(id);

    await look();
    await look();

    expect(await pageOf(id)).toBeUndefined();
    const unheard = (await journal('page.unheard')).filter(({ data }) => JSON.stringify(data).includes(id));
    expect(unheard).toHaveLength(1);
  });

  it('changes nothing while it cannot be asked, and the log hears of it once and of its return', async () => {
    const { id } = pagerduty.trigger();
    await look();
    const known = await opened.ledger.transaction((tx) => tx.sourceCheck('pagerduty'));
    pagerduty.automation.resolve(id);
    const away: Partial<Pager> = {
      async pagesSince() {
        throw new OperationError('pager-unavailable', 'PagerDuty is away', { retryable: true });
      },
    };

    await look(away);
    await look(away);
    const during = await opened.ledger.transaction((tx) => tx.sourceCheck('pagerduty'));
    const state = (await incidentOf(id))?.state;
    await look();

    expect(state).toBe('open');
    expect(during).toEqual({ checkedAt: known?.checkedAt, note: 'PagerDuty is away' });
    expect(lines('warn')).toMatchObject([{ fields: { source: 'pagerduty', why: 'PagerDuty is away' } }]);
    expect(lines('info').map(({ message }) => message)).toContain('a source can be asked again');
    expect(await incidentOf(id)).toMatchObject({ state: 'resolved' });
  });

  it('counts as asked about its pages when it does not tell of its subscriptions, and the log hears of it once', async () => {
    const unheard: Partial<Pager> = {
      async subscriptions() {
        throw new OperationError('pager-rejected', 'the key may not do this', { retryable: false });
      },
    };
    await look(unheard);
    const first = await sourceCheck('pagerduty');

    await look(unheard);

    const second = await sourceCheck('pagerduty');
    expect(second?.note).toBeUndefined();
    expect(second?.checkedAt.getTime()).toBeGreaterThan(first?.checkedAt.getTime() ?? Infinity);
    expect(lines('warn')).toMatchObject([{ fields: { why: 'the key may not do this' } }]);
    expect(await sourceCheck('pagerduty:subscription')).toMatchObject({
      note: expect.stringContaining('the key may not do this'),
    });
  });

  it.each([
    ['a mistake of ours', new TypeError('a bug')],
    ['a broken promise of ours', new InvariantError('this cannot be')],
  ])('is asked again after %s, and a person hears of it', async (_, error) => {
    await look();
    const known = await sourceCheck('pagerduty');
    await opened.db.deleteFrom('work').where('kind', '=', 'reconcile').execute();

    await look({ pagesSince: () => Promise.reject(error) });

    expect(await waiting('pagerduty')).toHaveLength(1);
    expect(await sourceCheck('pagerduty')).toEqual({ checkedAt: known?.checkedAt, note: expect.any(String) });
    expect(lines('error')).toHaveLength(1);
  });

  it('names who took a page as a webhook would: by their Slack account only when people says so', async () => {
    const taken = async (userId: string) => {
      const { id } = pagerduty.trigger();
      pagerduty.as(userId).acknowledge(id);
      await look({
        async page(asked) {
          const page = await pager.page(asked);
          return page && { ...page, assignees: [{ id: userId, name: 'U0ADMIN' }] };
        },
      });
      return (await incidentOf(id))?.acknowledgedBy;
    };

    expect([await taken('PALICE1'), await taken('PBOB001')]).toEqual(['U0ALICE', 'U0ADMIN (PagerDuty)']);
  });

  it('is asked again a minute later by one row of work, however often that was started', async () => {
    const reconcile = reconcileWith();
    await opened.db.deleteFrom('work').where('kind', '=', 'reconcile').execute();
    await opened.ledger.transaction(async (tx) => {
      for (const first of [...reconcile.work, ...reconcile.work]) await tx.enqueue(first);
    });
    const first = await waiting('pagerduty');
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('kind', '=', 'reconcile').execute();

    await check(reconcile, 'pagerduty');
    await opened.ledger.transaction(async (tx) => {
      for (const again of reconcile.work) await tx.enqueue(again);
    });

    expect(first).toHaveLength(1);
    expect(await waiting('pagerduty')).toHaveLength(1);
  });

  it('is not asked any more when it is not configured any more', async () => {
    await opened.db.deleteFrom('work').where('kind', '=', 'reconcile').execute();
    const without = createReconcile({
      ...world(),
      pager: undefined,
      alertSources: new Map(),
      enableSubscription: false,
    });

    await check(without, 'pagerduty');

    expect(without.work).toEqual([]);
    expect(await waiting('pagerduty')).toEqual([]);
  });
});
