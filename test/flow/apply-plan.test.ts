import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Fault } from '../../src/sandbox/kubernetes/faults.ts';
import { type Desk, openDesk } from './desk.ts';

const onPatch = { method: 'PATCH', dryRun: false } as const;

describe('applying an approved plan', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    writesBefore = desk.writes().length;
  });
  afterAll(() => desk.close());

  const approved = async (command = 'deployment/web --replicas=5'): Promise<Plan> => {
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };

  /** What must hold whatever happened on the way (I1, I4, I5, I6). */
  async function expectHonest(plan: Plan): Promise<void> {
    const { outcome } = await desk.stateOf(plan);
    const attempts = await desk.attemptsOf(plan);
    const writes = desk.writes().slice(writesBefore);
    const landed = writes.filter(({ responseStatus }) => responseStatus.code === 200);
    expect(landed.length).toBeLessThanOrEqual(1);
    expect(new Set(attempts.map(({ auditId }) => auditId)).size).toBe(attempts.length);
    for (const { auditID } of writes) expect(attempts.filter(({ auditId }) => auditId === auditID)).toHaveLength(1);
    const effects = new Set(writes.map(({ auditID }) => auditID));
    expect(effects.size).toBe(writes.length);
    const mayHaveLanded = { succeeded: [1], unknown: [0, 1], failed: [0], refused: [0], partial: [] };
    expect(outcome && mayHaveLanded[outcome]).toContain(landed.length);
    expect([desk.web().marker === plan.id, 'unknown']).toContain(outcome === 'unknown' ? outcome : landed.length === 1);
  }

  it.each<[string, Fault[], Outcome, number]>([
    ['the answer is lost', [{ kind: 'lost-reply', ...onPatch }], 'succeeded', 1],
    ['the connection breaks before', [{ kind: 'reset-before', ...onPatch }], 'succeeded', 2],
    ['the server is overloaded for a moment', [{ kind: 'status', code: 503, ...onPatch }], 'succeeded', 2],
    ['the server asks to wait', [{ kind: 'status', code: 429, ...onPatch }], 'succeeded', 2],
    ['the server says no', [{ kind: 'status', code: 403, ...onPatch }], 'refused', 1],
    ['a test of the patch fails', [{ kind: 'status', code: 422, ...onPatch }], 'refused', 1],
    [
      'the answer is lost, and so is the read after it',
      [
        { kind: 'lost-reply', ...onPatch },
        { kind: 'status', code: 503, method: 'GET', path: 'deployments/web' },
      ],
      'succeeded',
      1,
    ],
    [
      'everything goes wrong once',
      [
        { kind: 'reset-before', ...onPatch },
        { kind: 'status', code: 500, ...onPatch },
        { kind: 'lost-reply', ...onPatch },
      ],
      'succeeded',
      3,
    ],
  ])('when %s, tells what happened', async (_, faults, outcome, attempts) => {
    const plan = await approved();
    const reads = faults.filter(({ method }) => method === 'GET');
    for (const fault of faults) if (!reads.includes(fault)) desk.kubernetes.faults.add(fault);
    // Only those after the request: T1 reads the object too.
    desk.reconfigure({
      cluster: {
        readBack: async (...args) => {
          for (const fault of reads.splice(0)) desk.kubernetes.faults.add(fault);
          return desk.cluster.readBack(...args);
        },
      },
    });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome });
    expect(await desk.attemptsOf(plan)).toHaveLength(attempts);
    expect(desk.web().replicas).toBe(outcome === 'succeeded' ? 5 : 3);
    await expectHonest(plan);
  });

  it('reports what a webhook made of it', async () => {
    const plan = await approved();
    desk.kubernetes.faults.add({
      kind: 'mutate',
      times: 1,
      resource: 'deployments',
      change: (web) => Object.assign(web['spec'] ?? {}, { replicas: 4 }),
    });
    await desk.work('apply-plan');

    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    expect(run).toMatchObject({ outcome: 'succeeded', differences: [expect.stringContaining('4')] });
    await expectHonest(plan);
  });

  it.each<[string, Fault, Outcome]>([
    ['answered', { kind: 'status', code: 503, times: 99, ...onPatch }, 'failed'],
    ['not answered', { kind: 'reset-before', times: 99, ...onPatch }, 'unknown'],
  ])('at the deadline with the object untouched and every request %s, says so', async (_, fault, outcome) => {
    const plan = await approved();
    desk.kubernetes.faults.add(fault);
    // The second look is after the deadline.
    let looks = 0;
    desk.reconfigure({
      cluster: {
        readBack: async (...args) => {
          if (++looks === 2) desk.skew.ms = 60_000;
          return desk.cluster.readBack(...args);
        },
      },
    });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome });
    expect(await desk.attemptsOf(plan)).toHaveLength(2);
    expect(desk.web().replicas).toBe(3);
    await expectHonest(plan);
  });

  it('says unknown when somebody changed the object after a request whose answer was lost', async () => {
    const plan = await approved();
    desk.kubernetes.faults.add({ kind: 'reset-before', ...onPatch });
    desk.reconfigure({
      cluster: {
        readBack: async (...args) => {
          desk.kubernetes.world.edit('deployments', 'shop', 'web', (web) =>
            Object.assign(web['spec'] ?? {}, { replicas: 7 }),
          );
          return desk.cluster.readBack(...args);
        },
      },
    });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'unknown' });
    expect(desk.web().replicas).toBe(7);
    await expectHonest(plan);
  });

  it('goes on where a worker that died left off, and finds what had landed', async () => {
    const plan = await approved();
    const died = new Error('the process ended here');
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          await desk.cluster.send(...args);
          throw died;
        },
      },
    });
    await desk.work('apply-plan');
    expect((await desk.stateOf(plan)).outcome).toBeUndefined();

    desk.reconfigure({ cluster: { send: (...args) => desk.cluster.send(...args) } });
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    expect(await desk.attemptsOf(plan)).toHaveLength(1);
    expect(desk.writes()).toHaveLength(writesBefore + 1);
    await expectHonest(plan);
  });

  it('sends nothing more when the work comes again after it is done', async () => {
    const plan = await approved();
    await desk.work('apply-plan');
    await desk.ledger.transaction((tx) => tx.enqueue({ kind: 'apply-plan', subject: plan.id, lane: 'decision' }));
    await desk.ledger.transaction((tx) => tx.enqueue({ kind: 'decide-plan', subject: plan.id, lane: 'decision' }));
    await desk.work('apply-plan', 'decide-plan');

    expect(desk.writes()).toHaveLength(writesBefore + 1);
    await expectHonest(plan);
  });

  it('two plans at once on one object: one changes it, the other finds it changed', async () => {
    const one = await approved();
    const other = await desk.plan('deployment/web --replicas=1');
    for (const user of ['U0BOB', 'U0CAROL']) await desk.vote(user, other);
    await desk.work('decide-plan');
    await desk.work('apply-plan');

    const ends = await Promise.all([desk.stateOf(one), desk.stateOf(other)]);
    expect(ends.map(({ outcome }) => outcome).filter((outcome) => outcome === 'succeeded')).toHaveLength(1);
    expect(new Set(ends.map(({ state }) => state))).toEqual(new Set(['approved', 'cancelled']));
    expect(desk.writes()).toHaveLength(writesBefore + 1);
  });
});
