import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { OperationError } from '../../src/domain/errors.ts';
import type { Plan, PlanPart } from '../../src/domain/plan.ts';
import { type Desk, openDesk } from './desk.ts';

const names = ['web', 'api', 'jobs'] as const;

/** The plan scales three deployments; what one command finds is the cluster's business and is tested there. */
describe('applying a plan of several objects', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.ledger.transaction(async (tx) => {
      for (const { scope } of await tx.freezes()) await tx.liftFreeze(scope);
    });
    for (const name of names) {
      if (desk.kubernetes.world.get('deployments', 'shop', name))
        desk.kubernetes.world.remove('deployments', 'shop', name);
      desk.kubernetes.world.deployment({ namespace: 'shop', name, image: 'workload:v1', replicas: 3 });
    }
    writesBefore = desk.writes().length;
    desk.reconfigure({ cluster: { resolve: resolveAll } });
  });
  afterAll(() => desk.close());

  const resolveAll: Desk['cluster']['resolve'] = async (action, context) => {
    if (action.type !== 'scale') return desk.cluster.resolve(action, context);
    const parts: PlanPart[] = [];
    let last: Awaited<ReturnType<Desk['cluster']['resolve']>> | undefined;
    for (const name of names) {
      const one = { ...action, target: { ...action.target, name } };
      last = await desk.cluster.resolve(one, context);
      if (last.kind !== 'resolved') return last;
      parts.push({ action: one, target: last.facts.target, changes: last.facts.changes });
    }
    const [first] = parts;
    if (last?.kind !== 'resolved' || !first) throw new Error('nothing was resolved');
    return { kind: 'resolved', facts: { ...last.facts, target: first.target, changes: [], parts } };
  };

  const approved = async (): Promise<Plan> => {
    const plan = await desk.plan('deployment/web --replicas=5');
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };
  const replicas = (): unknown[] =>
    names.map((name) => desk.kubernetes.world.get('deployments', 'shop', name)?.spec.replicas);
  const runOf = (plan: Plan) => desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));

  /** Each part at most once, each write an attempt of the right part (I1, I6). */
  async function expectHonest(plan: Plan): Promise<void> {
    const attempts = await desk.attemptsOf(plan);
    for (const { auditID, requestURI } of desk.writes().slice(writesBefore)) {
      const of = attempts.filter(({ auditId }) => auditId === auditID);
      expect(of).toHaveLength(1);
      expect(requestURI).toContain(`/deployments/${names[of[0]?.part ?? -1] ?? '?'}`);
    }
    const run = await runOf(plan);
    for (const [part, name] of names.entries()) {
      const landed = desk
        .writes()
        .slice(writesBefore)
        .filter(
          ({ requestURI, responseStatus }) =>
            requestURI.includes(`/deployments/${name}`) && responseStatus.code === 200,
        );
      // What a part says of itself is what the cluster says (I4); of an unknown one either may be.
      const mayHaveLanded = { succeeded: [1], refused: [0], failed: [0], unknown: [0, 1], untried: [0] };
      expect(mayHaveLanded[run?.parts?.[part]?.outcome ?? 'untried']).toContain(landed.length);
    }
  }

  it('carries out one part after the other, each with its own request and marker', async () => {
    const plan = await approved();
    await desk.work('apply-plan');

    expect(replicas()).toEqual([5, 5, 5]);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded', text: '3 of 3 objects done' });
    expect((await desk.attemptsOf(plan)).map(({ part }) => part)).toEqual([0, 1, 2]);
    expect(desk.kubernetes.world.get('deployments', 'shop', 'jobs')?.metadata.annotations).toMatchObject({
      'firebreak.dev/plan': `${plan.id}.2`,
    });
    await expectHonest(plan);
  });

  it('goes on past an object that moved or is gone, and says which', async () => {
    const plan = await approved();
    desk.kubernetes.world.remove('deployments', 'shop', 'web');
    desk.kubernetes.world.edit('deployments', 'shop', 'api', (api) =>
      Object.assign(api['spec'] ?? {}, { replicas: 4 }),
    );
    await desk.work('apply-plan');

    expect(replicas()).toEqual([undefined, 4, 5]);
    const { outcome, text } = await desk.stateOf(plan);
    expect(outcome).toBe('partial');
    expect(text).toMatch(
      /^1 of 3 objects done; Deployment shop\/web refused: .* gone.*; Deployment shop\/api refused: /,
    );
    expect((await desk.attemptsOf(plan)).map(({ part }) => part)).toEqual([2]);
    await expectHonest(plan);
  });

  it('stops where nobody knows what happened', async () => {
    const plan = await approved();
    desk.kubernetes.faults.add({ kind: 'lost-reply', method: 'PATCH', dryRun: false });
    desk.reconfigure({
      cluster: { readBack: async () => ({ kind: 'moved', text: 'Somebody else changed it.' }) },
    });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      outcome: 'unknown',
      text: expect.stringMatching(/^0 of 3 objects done; Deployment shop\/web unknown: .*; 2 not tried$/),
    });
    expect(replicas().slice(1)).toEqual([3, 3]);
  });

  it('goes on where a process ended, and reads back what it may have sent', async () => {
    const plan = await approved();
    // The second part's request lands, and then the process is no more.
    let sent = 0;
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          const answer = await desk.cluster.send(...args);
          if (++sent === 2)
            throw new OperationError('cluster-unavailable', 'the process ended here', { retryable: true });
          return answer;
        },
      },
    });
    await desk.work('apply-plan');
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: undefined });
    desk.reconfigure({ cluster: { send: (...args) => desk.cluster.send(...args) } });
    await desk.dueNow('apply-plan');
    await desk.work('apply-plan');

    expect(replicas()).toEqual([5, 5, 5]);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    expect((await desk.attemptsOf(plan)).map(({ part }) => part)).toEqual([0, 1, 2]);
    await expectHonest(plan);
  });

  it('stops at a freeze that is set between two parts', async () => {
    const plan = await approved();
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          const answer = await desk.cluster.send(...args);
          await desk.interactions.incidentCommand({ ...desk.gesture('U0ALICE'), text: 'freeze shop' });
          return answer;
        },
      },
    });
    await desk.work('apply-plan');

    expect(replicas()).toEqual([5, 3, 3]);
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'partial' });
    await expectHonest(plan);
  });

  it('stops at a policy that changed between two parts', async () => {
    const plan = await approved();
    let sent = 0;
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          const answer = await desk.cluster.send(...args);
          if (++sent === 1) desk.reconfigure({ policy: { digest: 'another', protectedNamespaces: ['shop'] } });
          return answer;
        },
      },
    });
    await desk.work('apply-plan');

    expect(replicas()).toEqual([5, 3, 3]);
    const { outcome, text } = await desk.stateOf(plan);
    expect(outcome).toBe('partial');
    expect(text).toContain('the policy changed after the vote');
    await expectHonest(plan);
  });

  it('ends parts of a cluster that cannot be asked for long, and the run with them', async () => {
    const plan = await approved();
    let asked = 0;
    desk.reconfigure({
      cluster: {
        prepare: async (effect) => {
          if (++asked === 1) return desk.cluster.prepare(effect);
          throw new OperationError('cluster-unavailable', 'The cluster is away.', { retryable: true });
        },
      },
    });
    for (let tries = 0; tries < 20; tries++) {
      await desk.work('apply-plan');
      await desk.dueNow('apply-plan');
    }

    expect(await desk.stateOf(plan)).toMatchObject({
      outcome: 'partial',
      text: expect.stringContaining('The cluster is away. Nothing was sent.'),
    });
    expect(replicas()).toEqual([5, 3, 3]);
    await expectHonest(plan);
  });

  it('sends nothing of a part when the time of the run is over', async () => {
    const plan = await approved();
    desk.reconfigure({
      cluster: {
        send: async (...args) => {
          const answer = await desk.cluster.send(...args);
          await sql`update run set deadline_at = now() - interval '1 second' where plan_id = ${plan.id}`.execute(
            desk.db,
          );
          return answer;
        },
      },
    });
    await desk.work('apply-plan');

    expect(replicas()).toEqual([5, 3, 3]);
    expect((await desk.stateOf(plan)).text).toContain('the time of the run was over');
  });

  it('counts as done what is as it should be without us', async () => {
    const plan = await approved();
    let asked = 0;
    desk.reconfigure({
      cluster: {
        prepare: async (effect) =>
          ++asked === 2 ? { kind: 'landed', text: 'it was gone already' } : desk.cluster.prepare(effect),
      },
    });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    expect((await desk.attemptsOf(plan)).map(({ part }) => part)).toEqual([0, 2]);
  });

  it('watches what was carried out, and only that', async () => {
    const plan = await approved();
    desk.kubernetes.world.remove('deployments', 'shop', 'api');
    await desk.work('apply-plan');
    await desk.kubernetes.settle();
    await desk.dueNow('verify-plan');
    await desk.work('verify-plan');

    expect(await runOf(plan)).toMatchObject({
      verification: 'passed',
      verificationText: '2 of 2 objects are as they should be',
    });
  });

  it('gives the watching up when nobody can be asked any more', async () => {
    const plan = await approved();
    await desk.work('apply-plan');
    desk.reconfigure({
      cluster: {
        observe: () =>
          Promise.reject(new OperationError('not-configured', 'It is not in firebreak.yaml.', { retryable: false })),
      },
    });
    await desk.dueNow('verify-plan');
    await desk.work('verify-plan');

    expect(await runOf(plan)).toMatchObject({
      verification: 'gave-up',
      verificationText: 'It is not in firebreak.yaml.',
    });
  });
});
