/** What people ask of PagerDuty is done there once, or refused with a sentence. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import type { PagerOrder } from '../../src/domain/page.ts';
import { newId } from '../../src/flow/new-id.ts';
import { noteToPager, orderPager } from '../../src/flow/pager/order-pager.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';
import { bob, carol, createFakePager, type FakePager, snapshot } from './fake-pager.ts';
import { openPagerDesk } from './pager-desk.ts';

describe('an order to PagerDuty', () => {
  let opened: TestLedger;
  let fake: FakePager;
  let desk: ReturnType<typeof openPagerDesk>;
  let incident: Incident;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.db.updateTable('work').set({ doneAt: new Date() }).where('doneAt', 'is', null).execute();
    fake = createFakePager();
    desk = openPagerDesk(opened, fake.pager);
    fake.pages.set('Q1', snapshot('Q1'));
    incident = await desk.incident([snapshot('Q1')]);
  });

  const note = (text: string, by = 'U0ALICE'): Promise<boolean> =>
    opened.ledger.transaction((tx) => noteToPager(tx, newId, { incidentId: incident.id, by, text }));
  const order = (asked: PagerOrder['order'], by = 'U0ALICE'): Promise<boolean> =>
    opened.ledger.transaction((tx) => orderPager(tx, newId, { incidentId: incident.id, by, order: asked }));
  const stateOf = async () => {
    const newest = (await desk.orders(incident)).at(-1);
    return { state: newest?.state, reason: newest?.reason };
  };
  const kinds = async () => (await desk.journal(incident)).map(({ kind }) => kind);
  const agePast = (minutes: number) =>
    opened.db
      .updateTable('pagerOrder')
      .set({ requestedAt: new Date(Date.now() - minutes * 60_000) })
      .where('incidentId', '=', incident.id)
      .execute();

  describe('for a note', () => {
    it('adds it in the name of who wrote it, with a key to find it by', async () => {
      await note('<@U0BOB> restarted the pods & it <helped>');

      await desk.work();

      const [{ id } = { id: '' }] = await desk.orders(incident);
      expect(fake.notesOf('Q1')).toEqual([`BOB restarted the pods & it <helped>\n[firebreak:${id}]`]);
      expect(fake.sent('addNote')[0]?.from).toBe('alice@example.com');
      expect(await stateOf()).toEqual({ state: 'done', reason: undefined });
      expect(await desk.journal(incident)).toContainEqual({
        kind: 'pager.noted',
        actor: 'U0ALICE',
        data: { order: id, pages: ['Q1'] },
      });
    });

    it('adds it once when the answer was lost', async () => {
      fake.faults.push({ method: 'addNote', kind: 'lost-reply' });
      await note('it helped');

      await desk.work();
      const [row] = await desk.waiting();
      await desk.again();

      expect(Number(row?.dueAt) - Date.now()).toBeGreaterThan(3_000);
      expect(fake.notesOf('Q1')).toHaveLength(1);
      expect((await stateOf()).state).toBe('done');
    });

    it.each(['before', 'after'] as const)('adds it once when the process dies %s the answer', async (when) => {
      if (when === 'before') fake.faults.push({ method: 'addNote', kind: 'dies' });
      await note('it helped');
      await desk.workAndDie();

      await desk.work();

      expect(fake.notesOf('Q1')).toHaveLength(1);
      expect((await stateOf()).state).toBe('done');
    });

    it('adds two notes that say the same', async () => {
      await note('still down');
      await note('still down');

      await desk.work();

      expect(fake.notesOf('Q1')).toHaveLength(2);
    });

    it('goes on with the second page after a rate limit, and repeats nothing on the first', async () => {
      fake.pages.set('Q2', snapshot('Q2'));
      incident = await desk.incident([snapshot('Q1'), snapshot('Q2')]);
      fake.faults.push({ method: 'addNote', kind: 'rate-limited', nth: 2 });
      await note('it helped');

      await desk.work();
      const [row] = await desk.waiting();
      await desk.again();

      expect(Number(row?.dueAt) - Date.now()).toBeGreaterThan(25_000);
      expect([fake.notesOf('Q1').length, fake.notesOf('Q2').length]).toEqual([1, 1]);
    });

    it('goes to the newest page when none is open any more, and to nobody when there never was one', async () => {
      const early = snapshot('Q0', { status: 'resolved', createdAt: new Date('2026-11-22T05:00:00Z') });
      fake.pages.set('Q0', early).set('Q1', snapshot('Q1', { status: 'resolved' }));
      incident = await desk.incident([early, snapshot('Q1', { status: 'resolved' })]);
      await note('what we learned');
      const bare = await desk.incident();

      await desk.work();

      expect([fake.notesOf('Q0').length, fake.notesOf('Q1').length]).toEqual([0, 1]);
      const asked = await opened.ledger.transaction((tx) =>
        noteToPager(tx, newId, { incidentId: bare.id, by: 'U0ALICE', text: 'x' }),
      );
      expect(asked).toBe(false);
    });

    it('goes to the pages that are left when one of them is gone', async () => {
      incident = await desk.incident([
        snapshot('Q1'),
        snapshot('QGONE', { createdAt: new Date('2026-11-22T07:00:00Z') }),
      ]);
      await note('it helped');

      await desk.work();

      expect(fake.notesOf('Q1')).toHaveLength(1);
      expect((await stateOf()).state).toBe('done');
      expect(await desk.notices(incident)).toEqual([]);
    });

    it('is refused when the only page is gone', async () => {
      fake.pages.delete('Q1');
      await note('it helped');

      await desk.work();

      expect(await stateOf()).toEqual({ state: 'refused', reason: expect.stringContaining('not there any more') });
    });

    it('is refused for good when PagerDuty refuses it, and says so in the channel', async () => {
      fake.faults.push({ method: 'addNote', kind: 'refused' });
      await note('it helped', 'U0DAVE');

      await desk.work();

      expect(await stateOf()).toEqual({ state: 'refused', reason: expect.stringContaining('Do it in PagerDuty') });
      expect((await desk.notices(incident)).join()).toContain('PagerDuty refused it');
      expect(await kinds()).toContain('pager.refused');
    });

    it('of Firebreak itself that is refused troubles nobody in the channel', async () => {
      fake.faults.push({ method: 'addNote', kind: 'refused' });
      await note('a run ended', 'firebreak');

      await desk.work();

      expect((await stateOf()).state).toBe('refused');
      expect(await desk.notices(incident)).toEqual([]);
    });
  });

  describe('to escalate', () => {
    it('has the level called, and says so', async () => {
      await order({ kind: 'escalate', level: 2 });

      await desk.work();

      expect(fake.pages.get('Q1')?.assignees).toEqual([bob, carol]);
      expect(fake.sent('escalate')).toEqual([{ method: 'escalate', id: 'Q1', from: 'alice@example.com' }]);
      expect((await desk.notices(incident)).join()).toContain('escalated to level 2');
      expect(await kinds()).toContain('pager.escalated');
    });

    it.each(['lost-reply', 'dies'] as const)('calls nobody twice when it met %s', async (kind) => {
      fake.faults.push({ method: 'escalate', kind });
      await order({ kind: 'escalate', level: 2 });

      await desk.work();
      await desk.again();

      expect(fake.sent('escalate')).toHaveLength(1);
      expect((await stateOf()).state).toBe('done');
    });

    it('is refused when the page was resolved meanwhile, which it would not reopen', async () => {
      await order({ kind: 'escalate', level: 2 });
      fake.change('Q1', { status: 'resolved' });

      await desk.work();

      expect(fake.sent('escalate')).toEqual([]);
      expect((await stateOf()).reason).toContain('resolved there meanwhile');
    });

    it('is refused when no page is open, and when the policy has no such level', async () => {
      await order({ kind: 'escalate', level: 9 });
      await desk.work();
      const first = await stateOf();
      incident = await desk.incident([snapshot('Q1', { status: 'resolved' })]);
      await order({ kind: 'escalate', level: 2 });

      await desk.work();

      expect(first.reason).toContain('no level 9');
      expect((await stateOf()).reason).toContain('open in PagerDuty any more');
      expect(fake.sent('escalate')).toEqual([]);
    });

    it('says what was done and what was not when one of two pages refuses', async () => {
      fake.pages.set('Q2', snapshot('Q2'));
      incident = await desk.incident([snapshot('Q1'), snapshot('Q2')]);
      fake.faults.push({ method: 'escalate', kind: 'refused', nth: 1 });
      await order({ kind: 'escalate', level: 2 }, 'U0DAVE');

      await desk.work();

      expect(fake.sent('escalate').map(({ id }) => id)).toEqual(['Q2', 'Q1']);
      expect((await stateOf()).state).toBe('done');
      expect((await desk.notices(incident)).join()).toMatch(/escalated to level 2.*Not all.*PagerDuty refused it/);
      expect(await desk.journal(incident)).toContainEqual(
        expect.objectContaining({
          kind: 'pager.escalated',
          data: expect.objectContaining({ pages: ['Q1'], refused: [expect.objectContaining({ page: 'Q2' })] }),
        }),
      );
    });

    it.each<[string, PagerOrder['order'], 'escalate' | 'reassign']>([
      ['escalated', { kind: 'escalate', level: 2 }, 'escalate'],
      ['reassigned', { kind: 'reassign', users: ['PBOB'] }, 'reassign'],
    ])(
      'a page that is over by the time it would be %s in Firebreak’s own name is left alone',
      async (_, asked, method) => {
        fake.faults.push({ method, kind: 'refused', named: true });
        fake.meanwhile.act = (called) => {
          if (called === method) fake.change('Q1', { status: 'resolved' });
        };
        await order(asked);

        await desk.work();

        expect(fake.sent(method)).toHaveLength(1);
        expect((await stateOf()).reason).toContain('resolved there meanwhile');
      },
    );

    it('calls nobody long after it was asked for', async () => {
      fake.faults.push({ method: 'page', kind: 'unavailable' });
      await order({ kind: 'escalate', level: 2 });
      await desk.work();
      await agePast(11);

      await desk.again();

      expect(fake.sent('escalate')).toEqual([]);
      expect(await stateOf()).toEqual({ state: 'refused', reason: expect.stringContaining('Ask again') });
    });
  });

  describe('to reassign', () => {
    it.each(['lost-reply', 'dies', 'rate-limited'] as const)(
      'gives the page to these people once, also over %s',
      async (kind) => {
        fake.faults.push({ method: 'reassign', kind });
        await order({ kind: 'reassign', users: ['PBOB', 'PCAROL'] });

        await desk.work();
        await desk.again();

        expect(fake.pages.get('Q1')?.assignees).toEqual([bob, carol]);
        expect(fake.sent('reassign')).toHaveLength(kind === 'rate-limited' ? 2 : 1);
        expect((await stateOf()).state).toBe('done');
      },
    );

    it('sends nothing when they have it already', async () => {
      fake.change('Q1', { assignees: [carol, bob] });
      await order({ kind: 'reassign', users: ['PBOB', 'PCAROL'] });

      await desk.work();

      expect(fake.sent('reassign')).toEqual([]);
      expect((await stateOf()).state).toBe('done');
    });
  });

  it('is refused when PagerDuty is not configured', async () => {
    desk = openPagerDesk(opened, undefined);
    await order({ kind: 'escalate', level: 2 });

    await desk.work();

    expect(await stateOf()).toEqual({ state: 'refused', reason: expect.stringContaining('not configured') });
  });
});
