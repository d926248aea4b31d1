import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/domain/plan.ts';
import type { WaveSize } from '../../src/domain/waves.ts';
import { type Desk, openDesk } from './desk.ts';

const command = 'kubectl delete pods -l app=web';

describe('a plan that deletes several pods', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.kubernetes.settle();
    writesBefore = desk.writes().length;
    await desk.ledger.transaction(async (tx) => {
      for (const { scope } of await tx.freezes()) await tx.liftFreeze(scope);
    });
  });
  afterAll(() => desk.close());

  const withReplicas = async (replicas: number): Promise<void> => {
    const { world } = desk.kubernetes;
    world.remove('deployments', 'shop', 'web');
    await desk.kubernetes.settle();
    world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas });
    await desk.kubernetes.settle();
  };
  const planned = async (waves?: WaveSize): Promise<Plan> => {
    const first = await desk.plan(command);
    if (waves === undefined) return first;
    const answer = await desk.interactions.chooseWaves({ ...desk.gesture('U0ALICE'), planId: first.id, waves });
    expect(answer).toMatchObject({ kind: 'accepted' });
    await desk.work('propose-plan');
    const row = await desk.db.selectFrom('plan').select('id').orderBy('seq', 'desc').limit(1).executeTakeFirstOrThrow();
    const plan = await desk.ledger.transaction((tx) => tx.plan(row.id));
    if (!plan) throw new Error('there is no plan in waves');
    expect(await desk.stateOf(first)).toMatchObject({ state: 'superseded' });
    return plan;
  };
  const approve = async (plan: Plan): Promise<void> => {
    for (const user of ['U0BOB', 'U0CAROL']) await desk.vote(user, plan);
    await desk.work('decide-plan');
  };
  /** Names of the pods whose delete the API server has accepted. */
  const deleted = (): string[] =>
    desk
      .writes()
      .slice(writesBefore)
      .flatMap(({ requestURI, responseStatus }) =>
        responseStatus.code < 300 ? [requestURI.split('/').at(-1)?.split('?')[0] ?? ''] : [],
      );
  const look = async (): Promise<void> => {
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');
  };
  const runOf = (plan: Plan) => desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
  /** As if the last part had ended so long ago. */
  const waited = async (plan: Plan, minutes: number): Promise<void> => {
    const run = await runOf(plan);
    const at = new Date(Date.now() - minutes * 60_000).toISOString();
    await desk.ledger.transaction((tx) =>
      tx.updateRun(run?.id ?? '', { parts: (run?.parts ?? []).map((part) => ({ ...part, at })) }),
    );
  };
  const breakNewPods = () => desk.kubernetes.world.onPod(() => ({ fate: 'crash', exitCode: 1 }));

  /** Every write is one recorded attempt, and none comes twice (I1, I6). */
  async function expectHonest(plan: Plan): Promise<void> {
    const attempts = (await desk.attemptsOf(plan)).map(({ auditId }) => auditId);
    const writes = desk.writes().slice(writesBefore);
    expect(writes.every(({ auditID }) => attempts.includes(auditID))).toBe(true);
    expect(new Set(deleted()).size).toBe(deleted().length);
  }

  it('goes one at a time, each when the replacement of the one before is ready', async () => {
    const plan = await planned();
    await approve(plan);
    await desk.work('apply-plan');
    expect(deleted()).toHaveLength(1);

    await look();
    expect(deleted()).toHaveLength(1);
    expect((await runOf(plan))?.progress).toMatch(/^1 of 3 objects; next when this is done: .*web/);
    await desk.kubernetes.settle();
    await look();
    expect(deleted()).toHaveLength(2);
    await desk.kubernetes.settle();
    await look();

    expect(deleted()).toHaveLength(3);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded', text: '3 of 3 objects done' });
    expect(plan.content).toMatchObject({
      waves: 1,
      warnings: [expect.stringMatching(/^All 3 pods of .* go one at a time/)],
    });
    await expectHonest(plan);
  });

  it('goes in waves of three of seven when somebody chose that, by a plan that takes the first one’s place', async () => {
    await withReplicas(7);
    const plan = await planned(3);
    await approve(plan);
    await desk.work('apply-plan');
    const sent = [deleted().length];
    for (let wave = 1; wave < 3; wave++) {
      await look();
      sent.push(deleted().length);
      await desk.kubernetes.settle();
      await look();
      sent.push(deleted().length);
    }

    expect(sent).toEqual([3, 3, 6, 6, 7]);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded', text: '7 of 7 objects done' });
    expect(plan.content.waves).toBe(3);
    expect(plan.canonical).toContain('"waves":3');
    await expectHonest(plan);
  });

  it('goes all at once when somebody chose that, as kubectl does', async () => {
    const plan = await planned('all');
    await approve(plan);
    await desk.work('apply-plan');

    expect(deleted()).toHaveLength(3);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    expect(plan.content.warnings).toContainEqual(expect.stringMatching(/^All 3 pods of .* go at once/));
  });

  it('stops when the replacement is not ready in time, and says what was not tried', async () => {
    const plan = await planned();
    await approve(plan);
    const mend = breakNewPods();
    await desk.work('apply-plan');
    desk.kubernetes.advance(60_000);
    await look();
    expect((await desk.stateOf(plan)).outcome).toBeUndefined();
    await waited(plan, 11);
    await look();
    mend();

    expect(deleted()).toHaveLength(1);
    const { outcome, text } = await desk.stateOf(plan);
    expect(outcome).toBe('partial');
    expect(text).toMatch(/^1 of 3 objects done; 2 not tried: not ready within 10 minutes: .*web/);
    expect(await runOf(plan)).toMatchObject({ verification: 'watching' });
    await expectHonest(plan);
  });

  it('does not wait for pods that served nobody before and are still to go', async () => {
    const mend = desk.kubernetes.world.onPod(() => ({ fate: 'never-ready' }));
    await withReplicas(3);
    desk.kubernetes.advance(60_000);
    mend();
    const plan = await planned();
    await approve(plan);
    await desk.work('apply-plan');
    expect(deleted()).toHaveLength(1);
    for (let pod = 0; pod < 2; pod++) {
      desk.kubernetes.advance(60_000);
      await look();
    }

    expect(deleted()).toHaveLength(3);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  });

  it('goes on where a process ended: after a delete whose answer nobody read, and while it waited', async () => {
    const plan = await planned();
    await approve(plan);
    let sent = 0;
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          const answer = await desk.cluster.send(...args);
          if (++sent === 2) throw new Error('the process ended here');
          return answer;
        },
        observe: async (...args) => {
          if (sent === 1) throw new Error('the process ended here');
          return desk.cluster.observe(...args);
        },
      },
    });
    await desk.work('apply-plan');
    expect(deleted()).toHaveLength(1);
    desk.reconfigure({ cluster: { observe: (...args) => desk.cluster.observe(...args) } });
    await look();
    expect(deleted()).toHaveLength(1);
    await desk.kubernetes.settle();
    await look();
    expect(deleted()).toHaveLength(2);
    desk.reconfigure({ cluster: { send: (...args) => desk.cluster.send(...args) } });
    await look();
    await desk.kubernetes.settle();
    await look();

    expect(deleted()).toHaveLength(3);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    expect((await desk.attemptsOf(plan)).map(({ part }) => part)).toEqual([0, 1, 2]);
    await expectHonest(plan);
  });

  it('deletes nothing more after a freeze that comes while it waits', async () => {
    const plan = await planned();
    await approve(plan);
    await desk.work('apply-plan');
    await desk.interactions.incidentCommand({ ...desk.gesture('U0ALICE'), text: 'freeze shop' });
    await look();

    expect(deleted()).toHaveLength(1);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'partial', text: expect.stringContaining('rozen') });
  });

  it('reads back what somebody else began with meanwhile, instead of ending the run', async () => {
    const plan = await planned();
    await approve(plan);
    await desk.work('apply-plan');
    await waited(plan, 11);
    // The next part is begun by whoever had the work before, while this one decides that the time is over.
    desk.reconfigure({
      cluster: {
        observe: async () => {
          const run = await runOf(plan);
          const [first] = await desk.attemptsOf(plan);
          if (!run || !first) throw new Error('there is no run');
          const next = { ...first, auditId: 'begun-elsewhere', part: 1 };
          await desk.ledger.transaction((tx) => tx.insertAttempt(next));
          return { state: 'rolling', text: 'not yet', ready: 0, wanted: 3 };
        },
      },
    });
    await look();

    const run = await runOf(plan);
    expect(run?.parts?.map(({ part }) => part)).toContain(1);
    expect(run?.outcomeText ?? '').not.toMatch(/2 not tried/);
  });

  it.each<[string, WaveSize, string]>([
    ['the same order', 1, 'already goes one at a time'],
    ['no order at all', 0, 'one pod or more'],
  ])('is not planned again for %s', async (_, waves, text) => {
    const plan = await planned();
    const answer = await desk.interactions.chooseWaves({ ...desk.gesture('U0ALICE'), planId: plan.id, waves });

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining(text) });
  });

  it('is not planned again for a stranger, nor when it is decided', async () => {
    const plan = await planned();
    const byGuest = await desk.interactions.chooseWaves({ ...desk.gesture('U0GUEST'), planId: plan.id, waves: 2 });
    await approve(plan);
    const late = await desk.interactions.chooseWaves({ ...desk.gesture('U0ALICE'), planId: plan.id, waves: 2 });

    expect(byGuest).toMatchObject({ kind: 'refused', text: expect.stringContaining('guest') });
    expect(late).toMatchObject({ kind: 'refused', text: expect.stringContaining('already approved') });
  });

  it('has an order only when it is about pods, and more than one', async () => {
    await withReplicas(1);

    expect((await desk.plan(command)).content.waves).toBeUndefined();
    expect((await desk.plan('deployment/web --replicas=5')).content.waves).toBeUndefined();
  });
});
