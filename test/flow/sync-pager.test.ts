/** What responders do in the chat reaches PagerDuty once, and never undoes what PagerDuty knows better. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident, IncidentState } from '../../src/domain/incident.ts';
import { askPager } from '../../src/flow/pager/sync-pager.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';
import { createFakePager, type FakePager, snapshot } from './fake-pager.ts';
import { openPagerDesk } from './pager-desk.ts';

describe('an incident whose state people change in the chat', () => {
  let opened: TestLedger;
  let fake: FakePager;
  let desk: ReturnType<typeof openPagerDesk>;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    fake = createFakePager();
    desk = openPagerDesk(opened, fake.pager);
  });

  /** The page is in PagerDuty and in the ledger. */
  async function withPages(...ids: readonly string[]): Promise<Incident> {
    const pages = ids.map((id) => snapshot(id));
    for (const page of pages) fake.pages.set(page.id, page);
    return desk.incident(pages);
  }
  const change = (incident: Incident, to: IncidentState, by = 'U0ALICE'): Promise<void> =>
    opened.ledger.transaction(async (tx) => {
      await tx.updateIncident(incident.id, { state: to });
      await askPager(tx, incident.id, by);
    });
  const statusOf = (id: string) => fake.pages.get(id)?.status;

  it.each(['acknowledged', 'resolved'] as const)('has its page %s in the name of who did it', async (to) => {
    const incident = await withPages('Q1');
    await change(incident, to);

    await desk.work();

    expect(statusOf('Q1')).toBe(to);
    expect(fake.sent('setStatus')).toEqual([{ method: 'setStatus', id: 'Q1', from: 'alice@example.com' }]);
    expect(await desk.journal(incident)).toEqual([
      { kind: 'pager.asked', actor: 'U0ALICE', data: { to } },
      { kind: `pager.${to}`, actor: 'U0ALICE', data: { page: 'Q1', result: 'changed' } },
    ]);
    expect(await desk.waiting()).toEqual([]);
  });

  it('has all of its pages follow', async () => {
    const incident = await withPages('Q1', 'Q2', 'Q3');
    await change(incident, 'resolved');

    await desk.work();

    expect(['Q1', 'Q2', 'Q3'].map(statusOf)).toEqual(['resolved', 'resolved', 'resolved']);
  });

  it('asks nothing when it has no open page', async () => {
    const incident = await desk.incident([snapshot('Q1', { status: 'resolved' })]);

    await change(incident, 'resolved');

    expect(await desk.waiting()).toEqual([]);
    expect(fake.calls).toEqual([]);
  });

  it('never reopens a page that was resolved in PagerDuty before the acknowledge got there', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.change('Q1', { status: 'resolved' });

    await desk.work();

    expect(fake.sent('setStatus')).toEqual([]);
    expect(fake.reopened()).toBe(0);
    expect(await desk.journal(incident)).toContainEqual({
      kind: 'pager.left',
      actor: 'U0ALICE',
      data: { page: 'Q1', result: 'left' },
    });
  });

  it('leaves an acknowledged page to whoever has it', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.change('Q1', { status: 'acknowledged' });

    await desk.work();

    expect(fake.sent('setStatus')).toEqual([]);
    expect(await desk.waiting()).toEqual([]);
  });

  it('does nothing any more when PagerDuty said something newer', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'resolved');
    await opened.ledger.transaction((tx) => tx.updateIncident(incident.id, { state: 'open', resolvedAt: null }));

    await desk.work();

    expect(fake.calls).toEqual([]);
    expect(statusOf('Q1')).toBe('triggered');
  });

  it('stops between two pages when PagerDuty says something newer meanwhile', async () => {
    const incident = await withPages('Q1', 'Q2');
    await change(incident, 'resolved');
    fake.meanwhile.act = async (method) => {
      if (method !== 'setStatus') return;
      await opened.ledger.transaction((tx) => tx.updateIncident(incident.id, { state: 'open', resolvedAt: null }));
    };

    await desk.work();

    expect([statusOf('Q1'), statusOf('Q2')]).toEqual(['resolved', 'triggered']);
  });

  it('takes the newest wish when two came before the first was done', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged', 'U0ALICE');
    await change(incident, 'resolved', 'U0BOB');

    await desk.work();

    expect(fake.sent('setStatus')).toEqual([{ method: 'setStatus', id: 'Q1', from: 'bob@example.com' }]);
    expect(statusOf('Q1')).toBe('resolved');
  });

  it('looks again after a lost answer, and sends nothing twice', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'lost-reply' });

    await desk.work();

    expect(fake.sent('setStatus')).toHaveLength(1);
    expect(await desk.journal(incident)).toContainEqual({
      kind: 'pager.acknowledged',
      actor: 'U0ALICE',
      data: { page: 'Q1', result: 'changed' },
    });
    expect(await desk.waiting()).toEqual([]);
  });

  it('reopens nothing when its acknowledge was lost and the page was resolved since', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'lost-reply' }, { method: 'page', kind: 'unavailable', nth: 2 });
    await desk.work();
    fake.change('Q1', { status: 'resolved' });

    await desk.again();

    expect(fake.reopened()).toBe(0);
    expect(statusOf('Q1')).toBe('resolved');
    expect(await desk.waiting()).toEqual([]);
  });

  it('ends the same when the process dies between the request and the record', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'resolved');
    await desk.workAndDie();

    await desk.work();

    expect(fake.sent('setStatus')).toHaveLength(1);
    expect(await desk.journal(incident)).toContainEqual({
      kind: 'pager.resolved',
      actor: 'U0ALICE',
      data: { page: 'Q1', result: 'already' },
    });
  });

  it('waits as long as PagerDuty’s rate limit says', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'rate-limited' });

    await desk.work();

    const [row] = await desk.waiting();
    expect(Number(row?.dueAt) - Date.now()).toBeGreaterThan(25_000);
    await desk.again();
    expect(statusOf('Q1')).toBe('acknowledged');
  });

  it('keeps what was done for one page when the next one fails, and goes on with it', async () => {
    const incident = await withPages('Q1', 'Q2');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'unavailable', nth: 2 });

    await desk.work();

    expect(await desk.journal(incident)).toContainEqual({
      kind: 'pager.acknowledged',
      actor: 'U0ALICE',
      data: { page: 'Q1', result: 'changed' },
    });
    await desk.again();
    expect([statusOf('Q1'), statusOf('Q2')]).toEqual(['acknowledged', 'acknowledged']);
    expect(fake.sent('setStatus').map(({ id }) => id)).toEqual(['Q1', 'Q2', 'Q2']);
  });

  it('is done in Firebreak’s own name for somebody whom PagerDuty does not know', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged', 'U0DAVE');

    await desk.work();

    expect(fake.sent('setStatus')).toEqual([{ method: 'setStatus', id: 'Q1' }]);
  });

  it('is done in Firebreak’s own name for somebody who may not do it there', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'refused', named: true });

    await desk.work();

    expect(fake.sent('setStatus').map(({ from }) => from)).toEqual(['alice@example.com', undefined]);
    expect(statusOf('Q1')).toBe('acknowledged');
  });

  it('is looked at again before it is done in Firebreak’s own name, and is not reopened', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'acknowledged');
    fake.faults.push({ method: 'setStatus', kind: 'refused', named: true });
    fake.meanwhile.act = (method) => {
      if (method === 'setStatus') fake.change('Q1', { status: 'resolved' });
    };

    await desk.work();

    expect(fake.reopened()).toBe(0);
    expect(statusOf('Q1')).toBe('resolved');
    expect(fake.sent('setStatus')).toHaveLength(1);
  });

  it('tells the channel when PagerDuty refuses for good', async () => {
    const incident = await withPages('Q1');
    await change(incident, 'resolved', 'U0DAVE');
    fake.faults.push({ method: 'setStatus', kind: 'refused' });

    await desk.work();

    expect(await desk.waiting()).toEqual([]);
    expect((await desk.notices(incident)).join()).toContain('its page could not be resolved');
    expect((await desk.journal(incident)).map(({ kind }) => kind)).toContain('pager.refused');
  });

  it('changes nothing there when PagerDuty is not configured any more', async () => {
    const incident = await withPages('Q1');
    desk = openPagerDesk(opened, undefined);
    await change(incident, 'resolved');

    await desk.work();

    expect(fake.calls).toEqual([]);
    expect(await desk.waiting()).toEqual([]);
  });
});
