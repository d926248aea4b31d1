/**
 * What people do in the chat, through the real adapter, to a PagerDuty that fails in every way on the road: the end is
 * always as they wanted it, no note is there twice, and nothing is ever reopened.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPager } from '../../src/adapters/pagerduty/pager.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { PagerOrder, PageSnapshot } from '../../src/domain/page.ts';
import { newId } from '../../src/flow/new-id.ts';
import { orderPager } from '../../src/flow/pager/order-pager.ts';
import { askPager } from '../../src/flow/pager/sync-pager.ts';
import type { FaultKind } from '../../src/sandbox/pagerduty/faults.ts';
import { type SandboxPagerDuty, startPagerDuty } from '../../src/sandbox/pagerduty/start.ts';
import { openTestLedger, silent, type TestLedger } from '../ledger.ts';
import { snapshot } from './fake-pager.ts';
import { openPagerDesk } from './pager-desk.ts';

const faults: readonly FaultKind[] = [
  'lost-reply',
  'hang',
  'lost-in-time',
  'reset',
  'status-500',
  'not-json',
  'rate-limited',
];
/** More tries than any of these needs. */
const triesMax = 12;

describe('through the real adapter, PagerDuty', () => {
  let opened: TestLedger;
  let sandbox: SandboxPagerDuty;
  let desk: ReturnType<typeof openPagerDesk>;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    sandbox = await startPagerDuty();
    const { token, apiUrl } = sandbox;
    const pager = createPager({ token, apiUrl, from: 'firebreak@example.com', timeoutMs: 250, log: silent });
    desk = openPagerDesk(opened, pager);
  });
  afterEach(() => sandbox.stop());

  const paged = (count = 1): Promise<Incident> => desk.incident(Array.from({ length: count }, () => asPage(sandbox)));
  const change = (incident: Incident, to: 'acknowledged' | 'resolved', by = 'U0BOB'): Promise<void> =>
    opened.ledger.transaction(async (tx) => {
      await tx.updateIncident(incident.id, { state: to });
      await askPager(tx, incident.id, by);
    });
  const order = (incident: Incident, asked: PagerOrder['order']): Promise<boolean> =>
    opened.ledger.transaction((tx) => orderPager(tx, newId, { incidentId: incident.id, by: 'U0BOB', order: asked }));
  async function toTheEnd(): Promise<void> {
    for (let tries = 0; tries < triesMax && (await desk.waiting()).length > 0; tries++) await desk.again();
    expect(await desk.waiting()).toEqual([]);
  }
  const pagesOf = async (incident: Incident) =>
    (await opened.ledger.transaction((tx) => tx.pagesOf(incident.id))).map(({ id }) => sandbox.incident(id));
  const reopened = () => sandbox.events.filter(({ event }) => event.event_type === 'incident.reopened');
  /** Requests that PagerDuty carried out. */
  const carriedOut = (method: string, part: string) =>
    sandbox.audit.filter(
      (entry) =>
        entry.method === method &&
        entry.path.includes(part) &&
        ['ok', 'lost', 'status-502'].includes(entry.answered ?? ''),
    );

  describe.each(faults)('that meets %s', (kind) => {
    it.each(['GET', 'PUT'])('on a %s has the page acknowledged, once', async (method) => {
      const incident = await paged();
      await change(incident, 'acknowledged');
      sandbox.faults.add({ kind, method, path: '/incidents/' });

      await toTheEnd();

      expect(await pagesOf(incident)).toMatchObject([{ status: 'acknowledged', acknowledgers: ['PBOB001'] }]);
      expect(carriedOut('PUT', '/incidents/')).toHaveLength(1);
      expect(sandbox.faults.waiting()).toEqual([]);
    });

    it('while the page is resolved there meanwhile, and does not reopen it', async () => {
      const incident = await paged();
      await change(incident, 'acknowledged');
      sandbox.faults.add({ kind, method: 'PUT' });
      sandbox.faults.add({ kind: 'reset', method: 'GET', path: '/incidents/', match: () => isSent(sandbox) });
      await desk.work();
      const [page] = await pagesOf(incident);
      if (page && page.status !== 'resolved') sandbox.as('PCAROL1').resolve(page.id);

      await toTheEnd();

      expect(await pagesOf(incident)).toMatchObject([{ status: 'resolved' }]);
      expect(reopened()).toEqual([]);
    });

    it('has all pages resolved', async () => {
      const incident = await paged(3);
      await change(incident, 'resolved');
      sandbox.faults.add({ kind, method: 'PUT' });
      sandbox.faults.add({ kind, method: 'PUT' });

      await toTheEnd();

      expect((await pagesOf(incident)).map(({ status }) => status)).toEqual(['resolved', 'resolved', 'resolved']);
      expect(carriedOut('PUT', '/incidents/')).toHaveLength(3);
    });

    it.each(['GET', 'POST'])('on a %s has the note there once', async (method) => {
      const incident = await paged();
      await order(incident, { kind: 'note', text: 'Restarted the pods; errors are gone.' });
      sandbox.faults.add({ kind, method, path: '/notes' });

      await toTheEnd();

      const [page] = await pagesOf(incident);
      const [asked] = await desk.orders(incident);
      expect(page?.notes.map(({ content }) => content)).toEqual([
        `Restarted the pods; errors are gone.\n[firebreak:${asked?.id}]`,
      ]);
      expect(asked?.state).toBe('done');
      expect(sandbox.faults.waiting()).toEqual([]);
    });

    it.each([
      [{ kind: 'escalate', level: 2 }, ['PCAROL1']],
      [{ kind: 'reassign', users: ['PBOB001', 'PCAROL1'] }, ['PBOB001', 'PCAROL1']],
    ] as const)('has %j done once', async (asked, assignees) => {
      const incident = await paged();
      await order(incident, asked);
      sandbox.faults.add({ kind, method: 'PUT' });

      await toTheEnd();

      expect(await pagesOf(incident)).toMatchObject([{ assignees }]);
      expect(carriedOut('PUT', '/incidents/')).toHaveLength(1);
      expect((await desk.orders(incident))[0]?.state).toBe('done');
    });
  });

  it('is waited for as long as it says', async () => {
    const incident = await paged();
    await change(incident, 'acknowledged');
    sandbox.faults.add({ kind: 'rate-limited', method: 'PUT', resetSeconds: 17 });

    await desk.work();

    const [row] = await desk.waiting();
    expect(Number(row?.dueAt) - Date.now()).toBeGreaterThan(14_000);
    await toTheEnd();
    expect(await pagesOf(incident)).toMatchObject([{ status: 'acknowledged' }]);
  });

  it('ends right for twenty incidents at once, over kills, all faults, and people who act there too', async () => {
    const incidents: Incident[] = [];
    for (let n = 0; n < 20; n++) {
      const incident = await paged(1 + (n % 2));
      incidents.push(incident);
      await order(incident, { kind: 'note', text: `note ${n}` });
      await change(incident, n % 3 === 0 ? 'acknowledged' : 'resolved');
      const [page] = await pagesOf(incident);
      if (page && n % 4 === 0) sandbox.as('PALICE1').resolve(page.id);
      for (const method of ['GET', 'PUT', 'POST']) {
        const kind = faults[n % faults.length];
        if (kind) sandbox.faults.add({ kind, method });
      }
    }
    await desk.workAndDie();

    await toTheEnd();

    for (const [n, incident] of incidents.entries()) {
      const pages = await pagesOf(incident);
      const wanted = n % 3 === 0 ? 'acknowledged' : 'resolved';
      expect(pages.map(({ status }) => status)).toEqual(
        pages.map((_, at) => (n % 4 === 0 && at === 0 ? 'resolved' : wanted)),
      );
      expect(pages.map(({ notes }) => notes.length)).toEqual(pages.map(() => 1));
    }
    expect(reopened()).toEqual([]);
  });
});

/** A page of the stand-in, as a webhook would have brought it into the ledger. */
function asPage(sandbox: SandboxPagerDuty): PageSnapshot {
  const { id, number, title, createdAtMs } = sandbox.trigger({ title: 'HighErrorRate' });
  return snapshot(id, { number, title, createdAt: new Date(createdAtMs) });
}

const isSent = ({ audit }: SandboxPagerDuty): boolean =>
  audit.some(({ method, answered }) => method === 'PUT' && answered !== undefined);
