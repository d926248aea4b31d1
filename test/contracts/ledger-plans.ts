import { expect, it } from '@jest/globals';
import type { Capture } from '../../src/domain/capture.ts';
import type { EffectRequest } from '../../src/domain/outcome.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { LedgerUnderTest } from './ledger-subject.ts';
import { later, leastPlan, leastRun, mostPlan, mostRun, noon, uid } from './samples.ts';

export function holdsPlanRecords(subject: () => LedgerUnderTest): void {
  const stored = async (plan: Plan = leastPlan()): Promise<Plan> => {
    await subject().ledger.transaction((tx) => tx.insertPlan(plan));
    return plan;
  };

  it.each([
    ['least', leastPlan()],
    ['most', mostPlan()],
  ])('loads a plan with the %s keys exactly as it was, by every way to it', async (_, plan) => {
    await stored(plan);

    await subject().ledger.transaction(async (tx) => {
      expect(await tx.plan(plan.id)).toStrictEqual(plan);
      expect(await tx.planForUpdate(plan.id)).toStrictEqual(plan);
      expect(await tx.planOfProposal(plan.proposalId)).toStrictEqual(plan);
      expect(await tx.planOfNonce(plan.nonces.approve)).toStrictEqual(plan);
      expect(await tx.planOfNonce(plan.nonces.deny)).toStrictEqual(plan);
      expect(await tx.planOfNonce('')).toBeUndefined();
      expect(await tx.plan('none')).toBeUndefined();
      expect(await tx.planForUpdate('none')).toBeUndefined();
    });
  });

  it('lists the plans of an incident in order and changes one', async () => {
    const { ledger } = subject();
    const incidentId = uid('inc');
    const first = await stored(leastPlan({ incidentId }));
    const second = await stored(leastPlan({ incidentId, id: `0-${uid('plan')}` }));

    await ledger.transaction((tx) =>
      tx.updatePlan(first.id, { state: 'approved', approvalExpiresAt: later, decidedAt: noon }),
    );

    expect(await ledger.transaction((tx) => tx.plansOf(incidentId))).toStrictEqual([
      { ...first, state: 'approved', approvalExpiresAt: later, decidedAt: noon },
      second,
    ]);
  });

  it('lists what waits for votes, oldest first', async () => {
    const { ledger } = subject();
    const service = uid('svc');
    const first = await stored(leastPlan({ service }));
    const decided = await stored(leastPlan({ service }));
    const second = await stored(leastPlan({ service, id: `0-${uid('plan')}` }));
    await ledger.transaction((tx) => tx.updatePlan(decided.id, { state: 'denied', decidedAt: noon }));

    const waiting = await ledger.transaction((tx) => tx.proposedPlans(10_000));

    expect(waiting.filter((plan) => plan.service === service)).toStrictEqual([first, second]);
    expect(await ledger.transaction((tx) => tx.proposedPlans(1))).toHaveLength(1);
  });

  it('locks the approved plans of some services that hold still and have no run', async () => {
    const { ledger } = subject();
    const [service, other] = [uid('svc'), uid('svc')];
    const now = await ledger.transaction((tx) => tx.now());
    const approvedUntil = (minutes: number) =>
      ({ state: 'approved', approvalExpiresAt: new Date(now.getTime() + minutes * 60_000) }) as const;
    const holds = await stored(leastPlan({ service, ...approvedUntil(5) }));
    const ranOut = await stored(leastPlan({ service, ...approvedUntil(-1) }));
    const began = await stored(leastPlan({ service, ...approvedUntil(5) }));
    const elsewhere = await stored(leastPlan({ service: other, ...approvedUntil(5) }));
    const proposed = await stored(leastPlan({ service }));
    await ledger.transaction((tx) => tx.insertRun(leastRun(began.id)));
    const lockedOf = (...services: string[]) => ledger.transaction((tx) => tx.approvedPlansForUpdate(services));

    expect(await lockedOf(service)).toStrictEqual([holds]);
    expect(await lockedOf(service, other)).toStrictEqual([holds, elsewhere]);
    expect(await lockedOf()).toEqual([]);
    expect([ranOut.state, proposed.state]).toEqual(['approved', 'proposed']);
  });

  it('refuses a second plan for one proposal and a nonce that is in use', async () => {
    const { ledger } = subject();
    const plan = await stored();

    for (const other of [leastPlan({ proposalId: plan.proposalId }), leastPlan({ nonces: plan.nonces })]) {
      await expect(ledger.transaction((tx) => tx.insertPlan(other))).rejects.toMatchObject({ code: 'ledger-conflict' });
    }
  });

  it('takes one vote from each voter, in order, and says whether it counted', async () => {
    const { ledger } = subject();
    const { id: planId } = await stored();
    const vote = (voter: string, verdict: 'approve' | 'deny') =>
      ledger.transaction((tx) => tx.insertVote({ planId, voter, verdict }));

    expect(await vote('U2', 'approve')).toBe(true);
    expect(await vote('U1', 'deny')).toBe(true);
    expect(await vote('U2', 'deny')).toBe(false);
    await ledger.transaction((tx) => tx.updateVote(planId, 'U1', { counted: false, reason: 'a guest' }));

    const votes = await ledger.transaction((tx) => tx.votesOf(planId));
    expect(votes.map(({ at: _at, ordinal: _ordinal, ...vote }) => vote)).toStrictEqual([
      { planId, voter: 'U2', verdict: 'approve' },
      { planId, voter: 'U1', verdict: 'deny', counted: false, reason: 'a guest' },
    ]);
    expect(votes.every(({ at }) => at instanceof Date)).toBe(true);
    expect(votes[1]?.ordinal).toBeGreaterThan(votes[0]?.ordinal ?? Infinity);
  });

  it('gives a plan one run', async () => {
    const { ledger } = subject();
    const plan = await stored(mostPlan());
    const run = mostRun(plan.id);

    expect(await ledger.transaction((tx) => tx.insertRun(run))).toBe(true);
    expect(await ledger.transaction((tx) => tx.insertRun(leastRun(plan.id)))).toBe(false);

    await ledger.transaction(async (tx) => {
      expect(await tx.run(run.id)).toStrictEqual(run);
      expect(await tx.runOfPlan(plan.id)).toStrictEqual(run);
      expect(await tx.runsOf(plan.incidentId ?? '')).toStrictEqual([run]);
      expect(await tx.run('none')).toBeUndefined();
      expect(await tx.runOfPlan('none')).toBeUndefined();
    });
  });

  it('records how a run goes', async () => {
    const { ledger } = subject();
    const plan = await stored();
    const run = leastRun(plan.id);
    await ledger.transaction((tx) => tx.insertRun(run));
    expect(await ledger.transaction((tx) => tx.run(run.id))).toStrictEqual(run);

    await ledger.transaction((tx) => tx.updateRun(run.id, { outcome: 'unknown', finishedAt: later }));
    await ledger.transaction((tx) => tx.updateRun(run.id, { differences: ['one', 'two'] }));

    expect(await ledger.transaction((tx) => tx.run(run.id))).toStrictEqual({
      ...run,
      outcome: 'unknown',
      finishedAt: later,
      differences: ['one', 'two'],
    });
  });

  it('counts the runs of a service in the last hour without undos', async () => {
    const { ledger } = subject();
    const service = uid('service');
    const now = await ledger.transaction((tx) => tx.now());
    const started = async (over: Partial<Plan>, minutesAgo: number): Promise<void> => {
      const plan = await stored(leastPlan({ service, ...over }));
      const startedAt = new Date(now.getTime() - minutesAgo * 60_000);
      await ledger.transaction((tx) => tx.insertRun(leastRun(plan.id, { startedAt })));
    };

    await started({}, 1);
    await started({}, 59);
    await started({}, 61);
    await started({ undoOf: uid('run') }, 1);
    await started({ service: uid('service') }, 1);

    expect(await ledger.transaction((tx) => tx.runsInLastHour(service))).toBe(2);
  });

  it('numbers the attempts of a run and keeps the exact bytes', async () => {
    const { ledger } = subject();
    const run = leastRun((await stored()).id);
    const request: EffectRequest = {
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      contentType: 'application/json-patch+json',
      body: '[{"op":"test","path":"/metadata/uid","value":"\\u0000 \\ud800"}]',
      generation: 7,
    };
    const [first, second] = [uid('audit'), uid('audit')];

    await ledger.transaction(async (tx) => {
      await tx.insertRun(run);
      await tx.insertAttempt({ auditId: first, runId: run.id, part: 0, request, startedAt: noon });
    });
    await ledger.transaction((tx) => tx.answerAttempt(first, 'ambiguous', 503));
    await ledger.transaction((tx) =>
      tx.insertAttempt({ auditId: second, runId: run.id, part: 1, request, startedAt: later }),
    );

    expect(await ledger.transaction((tx) => tx.attemptsOf(run.id))).toStrictEqual([
      { auditId: first, runId: run.id, ordinal: 1, part: 0, request, startedAt: noon, answer: 'ambiguous' },
      { auditId: second, runId: run.id, ordinal: 2, part: 1, request, startedAt: later },
    ]);
  });

  it('keeps what pods left behind for each part once, hostile text too, with the attempt or not at all', async () => {
    const { ledger } = subject();
    const run = leastRun((await stored()).id);
    const pod = {
      namespace: 'shop',
      name: 'web-1',
      state: 'Running',
      events: ['\0'],
      logs: [{ container: 'app', previous: true as const, text: 'a\0b \ud800 <!channel>' }],
      missing: [],
    };
    const second: Capture = { part: 1, capturedAt: later, pods: [pod], missing: [] };
    const first: Capture = { part: 0, capturedAt: noon, pods: [], missing: ['logs of web-0: gone'] };
    await ledger.transaction(async (tx) => {
      await tx.insertRun(run);
      for (const capture of [second, first]) await tx.insertCapture(run.id, capture);
    });
    const twice = ledger.transaction((tx) => tx.insertCapture(run.id, first));

    await expect(twice).rejects.toMatchObject({ code: 'ledger-conflict' });
    expect(await ledger.transaction((tx) => tx.capturesOf(run.id))).toStrictEqual([first, second]);
    expect(await ledger.transaction((tx) => tx.capturesOf('run-none'))).toEqual([]);
  });
}
