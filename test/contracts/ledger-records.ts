import { expect, it } from '@jest/globals';
import type { Alert } from '../../src/domain/alert.ts';
import type { Runbook } from '../../src/domain/runbook.ts';
import type { LedgerTransaction } from '../../src/flow/ledger.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import {
  firing,
  later,
  leastIncident,
  leastPosting,
  leastProposal,
  leastReading,
  mostIncident,
  mostProposal,
  noon,
  uid,
} from './samples.ts';

export function holdsRecords(subject: () => LedgerUnderTest): void {
  it.each([
    ['least', leastIncident()],
    ['most', mostIncident()],
  ])('loads an incident with the %s keys exactly as it was, and numbered', async (_, incident) => {
    const { ledger } = subject();

    const inserted = await ledger.transaction((tx) => tx.insertIncident(incident));

    expect(inserted).toStrictEqual({ ...incident, number: inserted.number });
    expect(inserted.number).toBeGreaterThan(0);
    expect(await ledger.transaction((tx) => tx.incident(incident.id))).toStrictEqual(inserted);
    expect(await ledger.transaction((tx) => tx.latestIncident(incident.key))).toStrictEqual(inserted);
  });

  it('has at most one open incident for a key, and the newest is the latest', async () => {
    const { ledger } = subject();
    const first = leastIncident();
    const second = leastIncident({ key: first.key });
    await ledger.transaction((tx) => tx.insertIncident(first));

    const twice = ledger.transaction((tx) => tx.insertIncident(second));
    await expect(twice).rejects.toMatchObject({ code: 'ledger-conflict', retryable: true });
    await ledger.transaction((tx) => tx.updateIncident(first.id, { state: 'resolved', resolvedAt: later }));
    await ledger.transaction((tx) => tx.insertIncident(second));

    expect((await ledger.transaction((tx) => tx.latestIncident(first.key)))?.id).toBe(second.id);
    const open = await ledger.transaction((tx) => tx.openIncidents(1_000));
    expect(open.map(({ id }) => id)).toContain(second.id);
    expect(open.map(({ id }) => id)).not.toContain(first.id);
    expect(await ledger.transaction((tx) => tx.openIncidents(1))).toHaveLength(1);
  });

  it('leaves what a patch does not say and clears what it says is null', async () => {
    const { ledger } = subject();
    const incident = mostIncident();
    const before = await ledger.transaction((tx) => tx.insertIncident(incident));

    await ledger.transaction((tx) => tx.updateIncident(incident.id, { state: 'open', resolvedAt: null }));
    await ledger.transaction((tx) => tx.updateIncident(incident.id, {}));

    const { resolvedAt: _, ...rest } = before;
    expect(await ledger.transaction((tx) => tx.incident(incident.id))).toStrictEqual({ ...rest, state: 'open' });
    expect((await ledger.transaction((tx) => tx.incidentOfChannel(incident.channel ?? '')))?.id).toBe(incident.id);
    expect(await ledger.transaction((tx) => tx.incidentOfChannel(uid('C')))).toBeUndefined();
  });

  it('refuses to change what is not there', async () => {
    const { ledger } = subject();
    const id = uid('none');

    const changes: ((tx: LedgerTransaction) => Promise<unknown>)[] = [
      (tx) => tx.updateIncident(id, { state: 'resolved' }),
      (tx) => tx.updateReading(id, { state: 'done' }),
      (tx) => tx.updateProposal(id, { state: 'planned' }),
      (tx) => tx.updatePlan(id, { state: 'denied' }),
      (tx) => tx.updateRun(id, { outcome: 'failed' }),
      (tx) => tx.updateVote(id, 'U1', { counted: true }),
      (tx) => tx.answerAttempt(id, 'accepted'),
      (tx) => tx.updateMessage(id, { ts: '1.2' }),
      (tx) => tx.insertVote({ planId: id, voter: 'U1', verdict: 'deny' }),
    ];

    for (const change of changes) {
      await expect(ledger.transaction(change)).rejects.toThrow(/is not in the ledger/);
    }
  });

  it('keeps alerts by scope and fingerprint, firing first and then newest', async () => {
    const { ledger } = subject();
    const [scope, incidentId] = [uid('scope'), uid('inc')];
    const alerts: Alert[] = [
      firing('old'),
      firing('gone', { status: 'resolved', endsAt: later, startsAt: later, generatorUrl: 'http://prometheus/graph' }),
      firing('new', { startsAt: later, labels: { pod: 'half \ud800 pair', quote: `a"b'c\\d{e,f}`, nul: '\0' } }),
    ];

    await ledger.transaction((tx) => tx.putAlerts(scope, incidentId, alerts));
    await ledger.transaction((tx) => tx.putAlerts(scope, incidentId, []));
    await ledger.transaction((tx) => tx.putAlerts(uid('scope'), undefined, [firing('old')]));

    expect(await ledger.transaction((tx) => tx.alertsOf(incidentId, 10))).toStrictEqual({
      firing: 2,
      total: 3,
      alerts: [alerts[2], alerts[0], alerts[1]],
    });
    expect((await ledger.transaction((tx) => tx.alertsOf(incidentId, 1))).alerts).toHaveLength(1);
    expect(await ledger.transaction((tx) => tx.knownAlerts(scope, ['old', 'gone', 'never']))).toStrictEqual(
      new Map([
        ['old', { status: 'firing', startsAt: noon }],
        ['gone', { status: 'resolved', startsAt: later, endsAt: later }],
      ]),
    );
    expect(await ledger.transaction((tx) => tx.knownAlerts(scope, []))).toStrictEqual(new Map());
  });

  it('replaces an alert that it knows, also within one call', async () => {
    const { ledger } = subject();
    const [scope, incidentId] = [uid('scope'), uid('inc')];
    const gone = firing('a', { status: 'resolved', endsAt: later });
    await ledger.transaction((tx) => tx.putAlerts(scope, undefined, [firing('a', { generatorUrl: 'http://x' })]));

    await ledger.transaction((tx) => tx.putAlerts(scope, incidentId, [firing('a'), gone]));

    expect(await ledger.transaction((tx) => tx.alertsOf(incidentId, 10))).toStrictEqual({
      firing: 0,
      total: 1,
      alerts: [gone],
    });
  });

  it('puts 10,000 alerts at once', async () => {
    const { ledger } = subject();
    const [scope, incidentId] = [uid('scope'), uid('inc')];
    const many = Array.from({ length: 10_000 }, (_, index) => firing(`f${index}`, { labels: { pod: `web-${index}` } }));

    await ledger.transaction((tx) => tx.putAlerts(scope, incidentId, many));

    const { firing: count, total, alerts } = await ledger.transaction((tx) => tx.alertsOf(incidentId, 3));
    expect({ count, total, listed: alerts.length }).toEqual({ count: 10_000, total: 10_000, listed: 3 });
    const known = await ledger.transaction((tx) => tx.knownAlerts(scope, ['f0', 'f9999', 'f10000']));
    expect([...known.keys()].sort()).toEqual(['f0', 'f9999']);
  });

  it('saves a runbook once for its digest', async () => {
    const { ledger } = subject();
    const runbook: Runbook = {
      path: 'runbooks/shop.md',
      title: 'Shop',
      digest: uid('digest'),
      procedures: [{ id: 'INC-001', title: 'It burns', line: 3, alerts: ['HighErrorRate'], escalation: [], steps: [] }],
    };

    await ledger.transaction((tx) => tx.saveRunbook(runbook));
    await ledger.transaction((tx) => tx.saveRunbook(runbook));

    expect(await ledger.transaction((tx) => tx.runbook(runbook.digest))).toStrictEqual(runbook);
    expect(await ledger.transaction((tx) => tx.runbook('none'))).toBeUndefined();
  });

  it('loads postings, readings and proposals as they were and in the order in which they came', async () => {
    const { ledger } = subject();
    const incidentId = uid('inc');
    const posting = leastPosting({ incidentId });
    const second = leastPosting({ incidentId, id: `0-${posting.id}`, parameters: { pod: 'web "0"', __proto: '{a}' } });
    const loose = leastPosting();
    const readings = [
      leastReading({ postingId: posting.id }),
      leastReading({
        postingId: posting.id,
        state: 'done',
        text: 'NAME READY\n',
        exitCode: 0,
        truncated: false,
        tookMs: 12.5,
      }),
    ];
    const proposals = [leastProposal({ postingId: posting.id }), { ...mostProposal(), postingId: posting.id }];

    await ledger.transaction(async (tx) => {
      for (const each of [posting, second, loose]) await tx.insertPosting(each);
      for (const each of readings) await tx.insertReading(each);
      for (const each of proposals) await tx.insertProposal(each);
    });

    await ledger.transaction(async (tx) => {
      expect(await tx.postingsOf(incidentId)).toStrictEqual([posting, second]);
      expect(await tx.posting(loose.id)).toStrictEqual(loose);
      expect(await tx.readingsOf(posting.id)).toStrictEqual(readings);
      expect(await tx.reading(readings[1]?.id ?? '')).toStrictEqual(readings[1]);
      expect(await tx.proposalsOf(posting.id)).toStrictEqual(proposals);
      expect(await tx.proposal(proposals[1]?.id ?? '')).toStrictEqual(proposals[1]);
      expect(await tx.posting('none')).toBeUndefined();
      expect(await tx.reading('none')).toBeUndefined();
      expect(await tx.proposal('none')).toBeUndefined();
    });
  });

  it('stores output with NUL in it by showing a replacement character', async () => {
    const { ledger } = subject();
    const reading = leastReading();
    await ledger.transaction((tx) => tx.insertReading(reading));

    await ledger.transaction((tx) =>
      tx.updateReading(reading.id, { state: 'done', text: 'a\0b', exitCode: 1, truncated: true, tookMs: 3 }),
    );

    expect(await ledger.transaction((tx) => tx.reading(reading.id))).toStrictEqual({
      ...reading,
      state: 'done',
      text: 'a\uFFFDb',
      exitCode: 1,
      truncated: true,
      tookMs: 3,
    });
  });
}
