import { expect, it } from '@jest/globals';
import type { LedgerTransaction } from '../../src/flow/ledger.ts';
import { leastPage } from './ledger-pager.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import {
  firing,
  leastIncident,
  leastPlan,
  leastPosting,
  leastProposal,
  leastReading,
  leastRun,
  mostRun,
  uid,
} from './samples.ts';

const dayMs = 86_400_000;
const keep = { days: 90 };
const daysAgo = (days: number): Date => new Date(Date.now() - days * dayMs);

const ended = (fingerprint: string) => firing(fingerprint, { status: 'resolved', endsAt: daysAgo(1) });

export function holdsRetention(subject: () => LedgerUnderTest): void {
  const run = <T>(act: (tx: LedgerTransaction) => Promise<T>): Promise<T> => subject().ledger.transaction(act);

  /** An incident with one of everything; `resolvedAt` absent: still open. */
  async function history(over: { resolvedAt?: Date; runEnded?: boolean } = {}) {
    const { resolvedAt, runEnded = true } = over;
    const channel = uid('C');
    const incident = leastIncident({ channel, ...(resolvedAt && { state: 'resolved', resolvedAt }) });
    const posting = leastPosting({ incidentId: incident.id, channel });
    const proposal = leastProposal({ postingId: posting.id });
    const reading = leastReading({ postingId: posting.id });
    const plan = leastPlan({ proposalId: proposal.id, incidentId: incident.id });
    const effect = runEnded ? mostRun(plan.id) : leastRun(plan.id);
    const auditId = uid('audit');
    await run(async (tx) => {
      await tx.insertIncident(incident);
      await tx.putAlerts(incident.key, incident.id, [ended(uid('fp'))]);
      await tx.insertPosting(posting);
      await tx.insertReading(reading);
      await tx.insertProposal(proposal);
      await tx.insertPlan(plan);
      await tx.insertVote({ planId: plan.id, voter: 'U0ALICE', verdict: 'approve' });
      await tx.insertRun(effect);
      await tx.insertAttempt({
        auditId,
        runId: effect.id,
        part: 0,
        request: { method: 'PATCH', path: '/x', contentType: 'application/json-patch+json', body: '[]', generation: 1 },
        startedAt: effect.startedAt,
      });
      await tx.insertCapture(effect.id, { part: 0, capturedAt: effect.startedAt, pods: [], missing: ['logs'] });
      await tx.putMessage(
        { key: `posting:${posting.id}`, kind: 'runbook-card', subject: posting.id, channel },
        'status',
      );
      await tx.journal({ kind: 'test.history', incidentId: incident.id, actor: 'firebreak', data: {} });
    });
    const left = () =>
      run(async (tx) => ({
        alerts: (await tx.alertsOf(incident.id, 5)).total,
        postings: (await tx.postingsOf(incident.id)).length,
        reading: (await tx.reading(reading.id)) !== undefined,
        plan: (await tx.plan(plan.id)) !== undefined,
        votes: (await tx.votesOf(plan.id)).length,
        attempts: (await tx.attemptsOf(effect.id)).length,
        captures: (await tx.capturesOf(effect.id)).length,
        message: (await tx.message(`posting:${posting.id}`)) !== undefined,
      }));
    return { incident, left };
  }
  const told = { reading: true, plan: true, message: true };
  const everything = { alerts: 1, postings: 1, votes: 1, attempts: 1, captures: 1, ...told };
  const untold = { reading: false, plan: false, message: false };
  const nothing = { alerts: 0, postings: 0, votes: 0, attempts: 0, captures: 0, ...untold };

  it('takes the details of an incident that was resolved long ago, and leaves it and its journal', async () => {
    const old = await history({ resolvedAt: daysAgo(91) });

    const pruned = await subject().ledger.prune(keep);
    const again = await subject().ledger.prune(keep);

    expect(pruned.incidents).toBeGreaterThanOrEqual(1);
    expect(again.incidents).toBe(0);
    expect(await old.left()).toEqual(nothing);
    const [incident, timeline] = await run(async (tx) => [
      await tx.incident(old.incident.id),
      await tx.timeline(old.incident.id, 5),
    ]);
    expect(incident).toMatchObject({ id: old.incident.id, state: 'resolved' });
    expect(timeline).toHaveLength(1);
  });

  it.each([
    ['open', {}],
    ['resolved lately', { resolvedAt: daysAgo(89) }],
    ['with a run whose end nobody knows', { resolvedAt: daysAgo(91), runEnded: false }],
  ])('leaves an incident that is %s', async (_, over) => {
    const kept = await history(over);

    await subject().ledger.prune(keep);

    expect(await kept.left()).toEqual(everything);
  });

  it('leaves what still fires of an old incident, so that its next repeat is no news', async () => {
    const old = await history({ resolvedAt: daysAgo(91) });
    const alert = firing(uid('fp'), { startsAt: daysAgo(200) });
    await run((tx) => tx.putAlerts(old.incident.key, old.incident.id, [alert]));

    await subject().ledger.prune(keep);

    const known = await run((tx) => tx.knownAlerts(old.incident.key, [alert.fingerprint]));
    expect([...known.keys()]).toEqual([alert.fingerprint]);
    expect(await old.left()).toEqual({ ...nothing, alerts: 1 });
  });

  it('takes what resolves in an incident without details, 30 days later', async () => {
    const old = await history({ resolvedAt: daysAgo(200) });
    await subject().ledger.prune(keep);
    const lately = firing(uid('fp'), { status: 'resolved', endsAt: daysAgo(29) });
    const before = firing(uid('fp'), { status: 'resolved', endsAt: daysAgo(31) });
    await run((tx) => tx.putAlerts(old.incident.key, old.incident.id, [lately, before]));

    await subject().ledger.prune(keep);

    const left = await run((tx) => tx.alertsOf(old.incident.id, 5));
    expect(left.alerts.map(({ fingerprint }) => fingerprint)).toEqual([lately.fingerprint]);
  });

  it('takes the details again of an incident that was reopened in between', async () => {
    const old = await history({ resolvedAt: daysAgo(200) });
    await subject().ledger.prune(keep);
    await run((tx) => tx.updateIncident(old.incident.id, { state: 'open', resolvedAt: null }));
    await run((tx) => tx.insertPosting(leastPosting({ incidentId: old.incident.id })));
    await run((tx) => tx.updateIncident(old.incident.id, { state: 'resolved', resolvedAt: daysAgo(91) }));

    await subject().ledger.prune(keep);

    expect(await old.left()).toEqual(nothing);
  });

  it('takes messages of the channel that an old incident has left, too', async () => {
    const old = await history({ resolvedAt: daysAgo(91) });
    const key = uid('notice');
    const former = uid('C');
    await run(async (tx) => {
      await tx.putMessage({ key, kind: 'notice', subject: key, channel: former, text: 'x' }, 'status');
      const data = { channel: former };
      await tx.journal({ kind: 'incident.channel', incidentId: old.incident.id, actor: 'firebreak', data });
    });

    await subject().ledger.prune(keep);

    expect(await run((tx) => tx.message(key))).toBeUndefined();
  });

  it('takes the notes of an old incident’s pages, and leaves the pages', async () => {
    const old = await history({ resolvedAt: daysAgo(91) });
    const page = leastPage({ incidentId: old.incident.id });
    await run((tx) => tx.putPage(page));
    await run((tx) => tx.putNote({ id: uid('N'), pageId: page.id, at: daysAgo(91), text: 'restarted it' }));

    await subject().ledger.prune(keep);

    expect(await run((tx) => tx.notesOf(page.id))).toEqual([]);
    expect(await run((tx) => tx.page(page.id))).toEqual(page);
  });

  it('takes notes without a page after 30 days, and no others', async () => {
    const ours = leastPage({ incidentId: (await history()).incident.id });
    const strange = uid('Q');
    await run(async (tx) => {
      await tx.putPage(ours);
      await tx.putNote({ id: uid('N'), pageId: ours.id, at: daysAgo(31), text: 'ours' });
      await tx.putNote({ id: uid('N'), pageId: strange, at: daysAgo(31), text: 'another team’s' });
      await tx.putNote({ id: uid('N'), pageId: strange, at: daysAgo(29), text: 'its page may come' });
    });

    await subject().ledger.prune(keep);

    const texts = async (page: string) => (await run((tx) => tx.notesOf(page))).map(({ text }) => text);
    expect(await texts(ours.id)).toEqual(['ours']);
    expect(await texts(strange)).toEqual(['its page may come']);
  });

  it('takes alerts that match no service 30 days after they were resolved, and none that fires', async () => {
    const scope = uid('unmatched');
    const fires = firing(uid('fp'), { startsAt: daysAgo(60) });
    const gone = firing(uid('fp'), { status: 'resolved', startsAt: daysAgo(60), endsAt: daysAgo(31) });
    const lately = firing(uid('fp'), { status: 'resolved', startsAt: daysAgo(60), endsAt: daysAgo(29) });
    await run((tx) => tx.putAlerts(scope, undefined, [fires, gone, lately]));

    await subject().ledger.prune(keep);

    const known = await run((tx) =>
      tx.knownAlerts(
        scope,
        [fires, gone, lately].map(({ fingerprint }) => fingerprint),
      ),
    );
    expect([...known.keys()].toSorted()).toEqual([fires.fingerprint, lately.fingerprint].toSorted());
  });

  it('leaves deliveries and work that are new, so that nothing is accepted or done twice', async () => {
    const key = uid('key');
    await run((tx) => tx.acceptDelivery({ source: 'test', key, summary: {} }));
    await run((tx) => tx.enqueue({ kind: 'read-step', subject: key, lane: 'status' }));
    const { offers, ledger } = subject();

    await ledger.prune(keep);

    expect(await run((tx) => tx.acceptDelivery({ source: 'test', key, summary: {} }))).toBe(false);
    expect(await ledger.claimWork(offers.at(-1)?.id ?? '', 1_000)).toMatchObject({ subject: key });
  });
}
