import { expect, it } from '@jest/globals';
import type { PageMarks } from '../../src/domain/page.ts';
import type { GroupRecord } from '../../src/flow/ledger.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import { leastPage } from './ledger-pager.ts';
import { firing, later, leastIncident, noon, uid } from './samples.ts';

const marks: PageMarks = {
  status: { atMs: noon.getTime(), event: 'E1', said: 'acknowledged' },
  acknowledged: { atMs: noon.getTime(), event: 'E1', said: 'Alice' },
  waiting: { atMs: 1, event: 'E0', said: true },
  severity: { atMs: 2, event: 'E0', said: 'P1' },
};

const farFuture = new Date('2100-01-01T00:00:00Z');

export function knowsWhatSourcesSaid(subject: () => LedgerUnderTest): void {
  it('keeps what the newest events of a page said, and forgets it with the page', async () => {
    const { ledger } = subject();
    const page = leastPage({ marks });
    const { marks: _, ...without } = page;

    await ledger.transaction((tx) => tx.putPage(page));
    const kept = await ledger.transaction((tx) => tx.page(page.id));
    await ledger.transaction((tx) => tx.putPage(without));

    expect(kept?.marks).toStrictEqual(marks);
    expect(await ledger.transaction((tx) => tx.page(page.id))).toStrictEqual(without);
  });

  it('keeps a note of a page once, and lists them oldest first', async () => {
    const { ledger } = subject();
    const pageId = uid('Q');
    const first = { id: uid('N'), pageId, at: noon, by: 'Alice', text: 'one' };
    const second = { id: uid('N'), pageId, at: later, text: 'two' };

    const kept = await ledger.transaction(async (tx) => [
      await tx.putNote(second),
      await tx.putNote(first),
      await tx.putNote({ ...first, text: 'again' }),
    ]);

    expect(kept).toEqual([true, true, false]);
    expect(await ledger.transaction((tx) => tx.notesOf(pageId))).toStrictEqual([first, second]);
    expect(await ledger.transaction((tx) => tx.notesOf('none'))).toEqual([]);
  });

  it('knows a group by its hash and by its receiver and labels, as it was first written down', async () => {
    const { ledger } = subject();
    const [receiver, labels] = [uid('receiver'), uid('labels')];
    const group: GroupRecord = { hash: uid('a'), receiver, labels, scope: 's1' };
    const other: GroupRecord = { hash: uid('b'), receiver, labels, scope: 's2' };

    await ledger.transaction(async (tx) => {
      for (const one of [group, other, { ...group, scope: 'changed' }]) await tx.putAlertGroup(one);
    });

    const [byHash, like, receivers] = await ledger.transaction(async (tx) => [
      await tx.alertGroup(group.hash),
      await tx.alertGroupsLike(receiver, labels),
      await tx.alertReceivers(),
    ]);
    expect(byHash).toEqual(group);
    expect(like).toEqual([group, other]);
    expect(receivers.filter((name) => name === receiver)).toHaveLength(1);
    expect(await ledger.transaction((tx) => tx.alertGroup('none'))).toBeUndefined();
  });

  it('knows which firing alerts a source listed once and lists no more', async () => {
    const { ledger } = subject();
    const [source, name] = [uid('alertmanager'), uid('service')];
    const { id, key } = await ledger.transaction((tx) => tx.insertIncident(leastIncident({ service: name })));
    const [stays, goes, never, over] = ['stays', 'goes', 'never', 'over'].map((word) => firing(uid(word)));
    if (!stays || !goes || !never || !over) throw new Error('four of four');
    const all = [stays, goes, never, over];
    await ledger.transaction((tx) => tx.putAlerts(key, id, all));
    const list = (alerts: readonly { readonly fingerprint: string }[], services = [name]) =>
      ledger.transaction((tx) =>
        tx.noteListed(source, { services, fingerprints: alerts.map(({ fingerprint }) => fingerprint) }),
      );
    const absent = (since = farFuture, limit = 10) =>
      ledger.transaction(async (tx) =>
        (await tx.absentAlerts(source, since, limit)).map(({ scope, alert }) => [scope, alert.fingerprint]),
      );

    await list([stays, goes, over]);
    const atFirst = await absent();
    await ledger.transaction((tx) => tx.putAlerts(key, id, [{ ...over, status: 'resolved', endsAt: later }]));
    await list([stays], ['another service']);
    const ofOthers = await absent();
    await list([stays]);

    expect([atFirst, ofOthers]).toEqual([[], []]);
    expect(await absent()).toEqual([[key, goes.fingerprint]]);
    expect(await absent(new Date(0))).toEqual([]);
    expect(await absent(farFuture, 0)).toEqual([]);
    await list([stays, goes]);
    expect(await absent()).toEqual([]);
  });

  it('forgets that an alert was absent when there is news of it', async () => {
    const { ledger } = subject();
    const [source, name] = [uid('alertmanager'), uid('service')];
    const { id, key } = await ledger.transaction((tx) => tx.insertIncident(leastIncident({ service: name })));
    const one = firing(uid('one'));
    await ledger.transaction(async (tx) => {
      await tx.putAlerts(key, id, [one]);
      await tx.noteListed(source, { services: [name], fingerprints: [one.fingerprint] });
      await tx.noteListed(source, { services: [name], fingerprints: [] });
    });
    const before = await ledger.transaction((tx) => tx.absentAlerts(source, farFuture, 10));

    await ledger.transaction((tx) => tx.putAlerts(key, id, [{ ...one, startsAt: later }]));

    expect(before).toHaveLength(1);
    expect(await ledger.transaction((tx) => tx.absentAlerts(source, farFuture, 10))).toEqual([]);
  });
}
