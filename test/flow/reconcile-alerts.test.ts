import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OperationError } from '../../src/domain/errors.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import { newId } from '../../src/flow/new-id.ts';
import type { AlertSource, FiringAlerts, FiringGroup } from '../../src/flow/ports.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import { createReceiveAlert, type ReceiveAlert } from '../../src/flow/receive-alert.ts';
import { createReceivePage } from '../../src/flow/receive-page.ts';
import { createReconcile, type Reconcile } from '../../src/flow/reconcile/reconcile.ts';
import { createReconcileAlerts } from '../../src/flow/reconcile/reconcile-alerts.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { alert, delivery, group, policy, service } from './alerts.ts';
import { checkSource, waitingChecks } from './reconciling.ts';

let opened: TestLedger;
beforeAll(async () => {
  opened = await openTestLedger();
});
afterAll(() => opened.close());

const pagerService = 'PLARGEF';
const world = () => ({
  ledger: opened.ledger,
  people: {},
  services: [service('shop', { pager: { service: pagerService }, alertmanager: 'http://am' }), service('bank')],
  policy,
  clock: { now: () => new Date() },
  newId,
  log: silent,
  failpoint: () => undefined,
});

const incidents = () => opened.db.selectFrom('incident').selectAll().orderBy('number').execute();
const waiting = (subject: string) => waitingChecks(opened, subject);
const check = (reconcile: Reconcile, subject: string) => checkSource(opened, reconcile, subject);

describe('Alertmanager, of which no webhook arrives', () => {
  let receive: ReceiveAlert;
  let answer: FiringAlerts;
  let runs = 0;
  let groupKey: string;
  let labels: Record<string, string>;
  beforeEach(() => {
    receive = createReceiveAlert(world());
    runs += 1;
    labels = { alertname: `Missed${runs}` };
    groupKey = `{}:{alertname="Missed${runs}"}`;
    answer = { startedAt: new Date(0), fingerprints: [], groups: [] };
  });

  const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
  const tenMinutesAgo = minutesAgo(10);
  const firing = (fingerprint = `f${runs}`, startsAt = tenMinutesAgo) =>
    alert({ fingerprint, startsAt, labels: { ...labels, namespace: 'shop', severity: 'critical' } });
  const listed = (over: Partial<FiringGroup> = {}): FiringGroup => ({
    receiver: 'firebreak',
    labels,
    groupKeys: [groupKey],
    alerts: [firing()],
    ...over,
  });
  const says = (groups: readonly FiringGroup[]): void => {
    const fingerprints = groups.flatMap(({ alerts }) => alerts.map(({ fingerprint }) => fingerprint));
    answer = { ...answer, groups, fingerprints };
  };
  const source: AlertSource = { firing: async () => answer };
  const look = (limits: { endedAfterMs?: number } = {}) =>
    createReconcileAlerts({ ...world(), ...limits })(`alertmanager:${runs}`, 'http://am', source);
  const incidentsOf = async (scope: string) => (await incidents()).filter(({ key }) => key === `shop|${scope}`);
  const webhook = (over: { receiver?: string } = {}) =>
    receive({ ...group(groupKey, [firing()]), receiver: 'firebreak', groupLabels: labels, ...over }, delivery());
  const alertsOf = () =>
    opened.db.selectFrom('alert').select(['status', 'endsAt', 'scope']).where('fingerprint', '=', `f${runs}`).execute();

  it('has its alerts brought in, and the webhook joins them', async () => {
    says([listed()]);

    const found = await look();
    const again = await look();
    await webhook();

    expect([found, again]).toEqual([
      { missed: 1, ended: 0 },
      { missed: 0, ended: 0 },
    ]);
    expect(await incidentsOf(groupScope(groupKey))).toMatchObject([{ state: 'open', severity: 'P0' }]);
  });

  it('asks the ledger no more often for many groups that say nothing new than for one', async () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      listed({
        labels: { ...labels, index: String(index) },
        // The routes of some are not known.
        groupKeys: index % 2 === 0 ? [`${groupKey}/${index}`] : [],
        alerts: [firing(`many-${runs}-${index}`)],
      }),
    );
    const transactionsOf = async (groups: readonly FiringGroup[]) => {
      says(groups);
      let transactions = 0;
      const { ledger } = opened;
      const counting: Ledger = {
        ...ledger,
        transaction: (run) => {
          transactions += 1;
          return ledger.transaction(run);
        },
      };
      const found = await createReconcileAlerts({ ...world(), ledger: counting })('many', 'http://am', source);
      return { ...found, transactions };
    };
    await transactionsOf(many);

    const one = await transactionsOf(many.slice(0, 1));
    const all = await transactionsOf(many);
    const fresh = { ...listed(many[3]), alerts: [...(many[3]?.alerts ?? []), firing(`many-${runs}-new`)] };
    const news = await transactionsOf([...many.slice(0, 3), fresh, ...many.slice(4)]);

    expect(all).toEqual({ missed: 0, ended: 0, transactions: one.transactions });
    expect(news).toMatchObject({ missed: 1 });
  });

  it.each<[string, () => FiringGroup]>([
    ['go to somebody else', () => listed({ receiver: 'null' })],
    ['are so young that the webhook may still come', () => listed({ alerts: [firing('young', minutesAgo(1))] })],
    [
      'belong to a service of another Alertmanager',
      () => listed({ alerts: [{ ...firing('other'), labels: { namespace: 'bank' } }] }),
    ],
    ['belong to no service', () => listed({ alerts: [{ ...firing('stray'), labels: { namespace: 'nobody' } }] })],
  ])('leaves alone those that %s', async (_, one) => {
    says([one()]);
    const before = (await incidents()).length;

    expect(await look()).toEqual({ missed: 0, ended: 0 });
    expect(await incidents()).toHaveLength(before);
  });

  it('is believed about a receiver of any name that has delivered here', async () => {
    const name = `pager of team ${runs}`;
    await receive(
      { ...group(`{}:{other="${runs}"}`, [firing('seen')]), receiver: name, groupLabels: { other: '1' } },
      delivery(),
    );
    says([listed({ receiver: name })]);

    expect(await look()).toEqual({ missed: 1, ended: 0 });
  });

  describe('and whose routes are not known', () => {
    it('has one incident when the webhook comes later, and its page joins it too', async () => {
      says([listed({ groupKeys: [] })]);
      const before = (await incidents()).length;
      await look();

      const { incidents: joined } = await webhook();
      await look();
      const page = {
        id: `QP${runs}`,
        service: pagerService,
        number: 1,
        title: 'It burns',
        url: 'https://example.pagerduty.com',
        status: 'triggered',
        urgency: 'high',
        incidentKey: groupScope(groupKey),
        assignees: [],
        createdAt: new Date(),
      } as const;
      const paged = await createReceivePage(world())(
        { id: `EP${runs}`, at: new Date(), type: 'incident.triggered', kind: 'page', page },
        { key: `EP${runs}` },
      );

      expect(await incidents()).toHaveLength(before + 1);
      expect(paged.incident).toBe(joined[0]);
    });

    it('has one incident when the webhook came earlier', async () => {
      await webhook();
      says([listed({ groupKeys: [], alerts: [firing(), firing('second')] })]);

      const found = await look();

      expect(found).toEqual({ missed: 1, ended: 0 });
      expect(await incidentsOf(groupScope(groupKey))).toHaveLength(1);
      const { alerts } = await opened.ledger.transaction(async (tx) => {
        const latest = await tx.latestIncident(`shop|${groupScope(groupKey)}`);
        return tx.alertsOf(latest?.id ?? '', 5);
      });
      expect(alerts).toHaveLength(2);
    });

    it('does not give its incident to another group of the same labels', async () => {
      says([listed({ groupKeys: [], alerts: [firing('mine')] })]);
      await look();
      const other = `{}/{team="b"}:{alertname="Missed${runs}"}`;

      await receive({ ...group(other, [firing('theirs')]), receiver: 'firebreak', groupLabels: labels }, delivery());

      expect(await incidentsOf(groupScope(other))).toHaveLength(1);
    });

    it('is taken for the group that has one of its alerts when it may be either of two', async () => {
      const other = `{}/{team="b"}:{alertname="Missed${runs}"}`;
      await receive({ ...group(other, [firing('theirs')]), receiver: 'firebreak', groupLabels: labels }, delivery());
      await webhook();
      says([listed({ groupKeys: [groupKey, other], alerts: [firing('theirs'), firing('new')] })]);

      await look();

      const rows = await opened.db.selectFrom('alert').select('scope').where('fingerprint', '=', 'new').execute();
      expect(rows.map(({ scope }) => scope)).toContain(`shop|${groupScope(other)}`);
    });
  });

  describe('about alerts that it lists no more', () => {
    it('is believed after some minutes', async () => {
      await webhook();
      says([listed()]);
      await look();
      says([]);

      const early = await look();
      const late = await look({ endedAfterMs: 0 });

      expect([early, late]).toEqual([
        { missed: 0, ended: 0 },
        { missed: 0, ended: 1 },
      ]);
      expect(await alertsOf()).toMatchObject([{ status: 'resolved', endsAt: expect.any(Date) }]);
      expect(await incidentsOf(groupScope(groupKey))).toMatchObject([{ state: 'open', clearedAt: expect.any(Date) }]);
    });

    it('is not believed when it never listed them', async () => {
      await webhook();
      says([]);

      await look({ endedAfterMs: 0 });
      await look({ endedAfterMs: 0 });

      expect(await alertsOf()).toMatchObject([{ status: 'firing' }]);
    });

    it('is not believed right after its start', async () => {
      await webhook();
      says([listed()]);
      await look();
      says([]);
      answer = { ...answer, startedAt: minutesAgo(2) };

      await look({ endedAfterMs: 0 });
      await look({ endedAfterMs: 0 });

      expect(await alertsOf()).toMatchObject([{ status: 'firing' }]);
    });

    it('is not believed when it lists them again in between', async () => {
      await webhook();
      for (const groups of [[listed()], [], [listed()]]) {
        says(groups);
        await look();
      }

      await look({ endedAfterMs: 0 });

      expect(await alertsOf()).toMatchObject([{ status: 'firing' }]);
    });
  });

  it('changes nothing when it cannot be asked, and says so once', async () => {
    const log = createRecordingLog();
    const away: AlertSource = {
      async firing() {
        throw new OperationError('source-unavailable', 'Alertmanager is away', { retryable: true });
      },
    };
    const alertSources = new Map([['http://am', away]]);
    const reconcile = createReconcile({ ...world(), log, pager: undefined, alertSources, enableSubscription: false });

    await check(reconcile, 'alertmanager:http://am');
    await check(reconcile, 'alertmanager:http://am');

    expect(log.lines.map(({ level }) => level)).toEqual(['warn']);
    const kept = await opened.ledger.transaction((tx) => tx.sourceCheck('alertmanager:http://am'));
    expect(kept?.note).toBe('Alertmanager is away');
    expect(await waiting('alertmanager:http://am')).toHaveLength(1);
  });
});
