import { expect, it } from '@jest/globals';
import type { Page } from '../../src/domain/page.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import { later, noon, uid } from './samples.ts';

export const leastPage = (over: Partial<Page> = {}): Page => ({
  id: uid('Q'),
  incidentId: uid('inc'),
  service: uid('P'),
  number: 7,
  title: 'It burns',
  url: 'https://example.pagerduty.com/incidents/Q1',
  status: 'triggered',
  urgency: 'high',
  assignees: [],
  createdAt: noon,
  asOf: later,
  asOfEvent: 'E1',
  ...over,
});

export function holdsPagerRecords(subject: () => LedgerUnderTest): void {
  it('loads a page exactly as it was put, and replaces all of it', async () => {
    const { ledger } = subject();
    const most = leastPage({
      priority: 'P1',
      incidentKey: 'k'.repeat(64),
      escalationPolicy: 'PESC',
      assignees: [{ id: 'PU1', name: 'Alice', email: 'alice@example.com' }],
    });
    const { priority: _, incidentKey: _key, escalationPolicy: _policy, ...least } = { ...most, assignees: [] };

    await ledger.transaction((tx) => tx.putPage(most));
    const first = await ledger.transaction((tx) => tx.page(most.id));
    await ledger.transaction((tx) => tx.putPage(least));

    expect(first).toStrictEqual(most);
    expect(await ledger.transaction((tx) => tx.page(most.id))).toStrictEqual(least);
    expect(await ledger.transaction((tx) => tx.page('none'))).toBeUndefined();
  });

  it('lists the pages of an incident oldest first, and those of a service that are not resolved', async () => {
    const { ledger } = subject();
    const [incidentId, service] = [uid('inc'), uid('P')];
    const second = leastPage({ incidentId, service, createdAt: later });
    const first = leastPage({ incidentId, service, status: 'resolved' });
    await ledger.transaction(async (tx) => {
      await tx.putPage(second);
      await tx.putPage(first);
      await tx.putPage(leastPage());
    });

    const [ofIncident, unresolved, ofNobody] = await ledger.transaction(async (tx) => [
      await tx.pagesOf(incidentId),
      await tx.unresolvedPages([service, 'POTHER']),
      await tx.unresolvedPages([]),
    ]);

    expect(ofIncident).toStrictEqual([first, second]);
    expect(unresolved).toStrictEqual([second]);
    expect(ofNobody).toEqual([]);
  });

  it('keeps what was asked of the pager in order, and how it went', async () => {
    const { ledger } = subject();
    const incidentId = uid('inc');
    const base = { incidentId, requestedBy: 'U0ALICE', state: 'waiting' } as const;
    const note = { ...base, id: uid('order'), order: { kind: 'note', text: 'looks like DNS' } } as const;
    const escalate = { ...base, id: uid('order'), order: { kind: 'escalate', level: 2 } } as const;

    await ledger.transaction((tx) => tx.insertOrder(note));
    await ledger.transaction((tx) => tx.insertOrder(escalate));
    await ledger.transaction((tx) => tx.updateOrder(escalate.id, { state: 'refused', reason: 'no such level' }));

    const orders = await ledger.transaction((tx) => tx.ordersOf(incidentId));
    expect(orders).toStrictEqual([
      { ...note, requestedAt: expect.any(Date) },
      { ...escalate, requestedAt: expect.any(Date), state: 'refused', reason: 'no such level' },
    ]);
    expect(await ledger.transaction((tx) => tx.order(note.id))).toStrictEqual(orders[0]);
  });

  it('holds one freeze for each scope until it is lifted', async () => {
    const { ledger } = subject();
    const scope = uid('svc');
    const ofScope = async () => {
      const all = await ledger.transaction((tx) => tx.freezes());
      return all.filter((freeze) => freeze.scope === scope);
    };

    await ledger.transaction((tx) => tx.putFreeze({ scope, by: 'U0ALICE', byName: 'Alice', reason: 'sale' }));
    const first = await ofScope();
    await ledger.transaction((tx) => tx.putFreeze({ scope, by: 'U0BOB' }));
    const stands = await ofScope();
    const lifted = await ledger.transaction((tx) => tx.liftFreeze(scope));
    const again = await ledger.transaction((tx) => tx.liftFreeze(scope));

    expect(first).toStrictEqual([{ scope, by: 'U0ALICE', byName: 'Alice', reason: 'sale', since: expect.any(Date) }]);
    expect(stands).toStrictEqual([{ scope, by: 'U0BOB', since: expect.any(Date) }]);
    expect([lifted, again]).toEqual([true, false]);
    expect(await ofScope()).toEqual([]);
  });

  it('knows who opened their App Home since a time, newest first', async () => {
    const { ledger } = subject();
    const [alice, bob] = [uid('U'), uid('U')];
    const before = await ledger.transaction((tx) => tx.now());

    for (const user of [alice, bob, alice]) await ledger.transaction((tx) => tx.seeHome(user));
    // The database counts in microseconds, a Date in milliseconds.
    const after = new Date((await ledger.transaction((tx) => tx.now())).getTime() + 1);

    const seen = await ledger.transaction((tx) => tx.homeViewers(before, 10));
    expect(seen).toEqual([alice, bob]);
    expect(await ledger.transaction((tx) => tx.homeViewers(before, 1))).toEqual([alice]);
    expect(await ledger.transaction((tx) => tx.homeViewers(after, 10))).toEqual([]);
  });

  it('remembers until when a source was checked', async () => {
    const { ledger } = subject();
    const source = uid('source');

    await ledger.transaction((tx) => tx.putSourceCheck(source, { checkedAt: noon, note: 'away' }));
    const first = await ledger.transaction((tx) => tx.sourceCheck(source));
    await ledger.transaction((tx) => tx.putSourceCheck(source, { checkedAt: later }));

    expect(first).toStrictEqual({ checkedAt: noon, note: 'away' });
    expect(await ledger.transaction((tx) => tx.sourceCheck(source))).toStrictEqual({ checkedAt: later });
    expect(await ledger.transaction((tx) => tx.sourceCheck('none'))).toBeUndefined();
  });

  it('forgets the sources that are named, and no others', async () => {
    const { ledger } = subject();
    const [gone, kept] = [uid('source'), uid('source')];
    await ledger.transaction(async (tx) => {
      for (const source of [gone, kept]) await tx.putSourceCheck(source, { checkedAt: noon });
    });

    await ledger.transaction((tx) => tx.forgetSources([gone, 'none']));
    await ledger.transaction((tx) => tx.forgetSources([]));

    expect(await ledger.transaction((tx) => tx.sourceCheck(gone))).toBeUndefined();
    expect(await ledger.transaction((tx) => tx.sourceCheck(kept))).toStrictEqual({ checkedAt: noon });
  });
}
