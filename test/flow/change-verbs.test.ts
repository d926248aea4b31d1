/** From a vote to a verified change, for each kind of request, with answers that get lost on the way. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/domain/plan.ts';
import type { Fault } from '../../src/sandbox/kubernetes/faults.ts';
import { type Desk, openDesk } from './desk.ts';

const image = 'kubectl set image deployment/web web=workload:v2';
const back = 'kubectl rollout undo deployment/web';
const pause = 'kubectl rollout pause deployment/web';
const deletePod = 'kubectl delete pod db-0';
const cordon = 'kubectl cordon node-1';
const commands = [image, back, pause, deletePod, cordon] as const;

describe('a change', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    const { world } = desk.kubernetes;
    // What the removed deployments of the test before left behind.
    for (const kind of ['replicasets', 'pods'] as const) {
      for (const { metadata } of world.list(kind)) world.remove(kind, metadata.namespace ?? '', metadata.name);
    }
    world.change('nodes', '', 'node-1', (node) => ({ ...node, spec: {} }));
    await desk.kubernetes.settle();
    // Something to go back to.
    world.edit('deployments', 'shop', 'web', (web) =>
      Object.assign(template(web).containers[0] ?? {}, { resources: { limits: { cpu: '1' } } }),
    );
    if (!world.get('statefulsets', 'shop', 'db')) {
      const labels = { app: 'db' };
      world.create('statefulsets', {
        metadata: { namespace: 'shop', name: 'db' },
        spec: {
          replicas: 1,
          serviceName: 'db',
          selector: { matchLabels: { ...labels } },
          template: {
            metadata: { labels: { ...labels } },
            spec: { containers: [{ name: 'db', image: 'workload:v1' }] },
          },
        },
      });
    }
    await desk.kubernetes.settle();
    desk.reconfigure({ policy: { clusterScoped: ['nodes'] } });
    writesBefore = desk.writes().length;
  });
  afterAll(() => desk.close());

  // The stand-in's deployments have this shape.
  const template = (web: object) =>
    (web as { spec: { template: { spec: { containers: object[] } } } }).spec.template.spec;
  const approved = async (command: string): Promise<Plan> => {
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };
  const verified = async (plan: Plan) => {
    await desk.kubernetes.settle();
    await desk.dueNow('verify-plan');
    await desk.work('verify-plan');
    return (await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id)))?.verification;
  };
  /** At most one effect, each write an attempt of its own (I1, I6). */
  async function expectOneEffect(plan: Plan, effects: 0 | 1): Promise<void> {
    const attempts = await desk.attemptsOf(plan);
    const writes = desk.writes().slice(writesBefore);
    expect(writes.filter(({ responseStatus }) => responseStatus.code === 200)).toHaveLength(effects);
    expect(new Set(writes.map(({ auditID }) => auditID)).size).toBe(writes.length);
    for (const { auditID } of writes) expect(attempts.map(({ auditId }) => auditId)).toContain(auditID);
  }

  describe.each(commands)('%s', (command) => {
    const onWrite = { method: command === deletePod ? 'DELETE' : 'PATCH', dryRun: false } as const;

    it('is planned, approved by one person, done once and verified', async () => {
      const plan = await approved(command);
      expect(desk.writes()).toHaveLength(writesBefore);
      await desk.work('apply-plan');

      expect(plan.content).toMatchObject({ class: 'change', preview: { kind: 'dry-run' } });
      expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
      await expectOneEffect(plan, 1);
      expect(await verified(plan)).toBe('passed');
    });

    it.each<[string, Fault[], number]>([
      ['the answer is lost', [{ kind: 'lost-reply', ...onWrite }], 1],
      ['the connection breaks before', [{ kind: 'reset-before', ...onWrite }], 2],
      [
        'the server is overloaded, then the answer is lost',
        [
          { kind: 'status', code: 503, ...onWrite },
          { kind: 'lost-reply', ...onWrite },
        ],
        2,
      ],
    ])('is done once when %s', async (_, faults, attempts) => {
      const plan = await approved(command);
      for (const fault of faults) desk.kubernetes.faults.add(fault);
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
      expect(await desk.attemptsOf(plan)).toHaveLength(attempts);
      await expectOneEffect(plan, 1);
    });

    it('is refused, with no effect, when the server says no', async () => {
      const plan = await approved(command);
      desk.kubernetes.faults.add({ kind: 'status', code: 403, ...onWrite });
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'refused' });
      await expectOneEffect(plan, 0);
    });
  });

  it('of an image outside its repository needs two people', async () => {
    const plan = await approved('web=registry.example.com/web:v9');

    expect(plan.content).toMatchObject({
      class: 'destructive',
      classReason: expect.stringContaining('another repository'),
    });
    expect((await desk.stateOf(plan)).state).toBe('proposed');
  });

  it('of a node is no plan unless the policy allows nodes', async () => {
    desk.reconfigure({ policy: { clusterScoped: [] } });
    const proposalId = await desk.ask('U0ALICE', cordon);
    await desk.work('propose-plan');

    expect(await desk.ledger.transaction((tx) => tx.proposal(proposalId))).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('policy.clusterScoped'),
    });
  });

  it('of a node is cancelled when the policy allows nodes no more', async () => {
    const plan = await approved(cordon);
    desk.reconfigure({ policy: { clusterScoped: [] } });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('does not allow changes of nodes'),
      outcome: undefined,
    });
    await expectOneEffect(plan, 0);
  });

  it.each<[string, (desk: Desk) => unknown, RegExp]>([
    [
      image,
      ({ kubernetes }) =>
        kubernetes.world.edit('deployments', 'shop', 'web', (web) => {
          const { containers } = template(web);
          Object.assign(containers[0] ?? {}, { image: 'workload:v3' });
        }),
      /image \(container web\) is not as it was/,
    ],
    [
      back,
      ({ kubernetes }) =>
        kubernetes.world.edit('deployments', 'shop', 'web', (web) =>
          Object.assign(template(web), { terminationGracePeriodSeconds: 7 }),
        ),
      /pod template is not as it was/,
    ],
    [deletePod, ({ kubernetes }) => kubernetes.world.remove('pods', 'shop', 'db-0'), /is gone|made anew/],
    [
      deletePod,
      ({ kubernetes }) =>
        kubernetes.world.change('pods', 'shop', 'db-0', (pod) => ({
          ...pod,
          metadata: { ...pod.metadata, ownerReferences: [] },
        })),
      /pod db-0 is not as it was/,
    ],
  ])('%s is cancelled when the object moved since the plan', async (command, happens, reason) => {
    const plan = await approved(command);
    happens(desk);
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringMatching(reason),
      outcome: undefined,
    });
    await expectOneEffect(plan, 0);
  });

  it('whose lost request meets a pod that somebody else deleted ended as approved, and says so', async () => {
    const plan = await approved(deletePod);
    desk.kubernetes.faults.add({ kind: 'reset-before', method: 'DELETE', dryRun: false });
    desk.reconfigure({
      cluster: {
        readBack: async (...args) => {
          desk.kubernetes.world.remove('pods', 'shop', 'db-0');
          return desk.cluster.readBack(...args);
        },
      },
    });
    await desk.work('apply-plan');

    const { outcome, text } = await desk.stateOf(plan);
    expect(outcome).toBe('succeeded');
    expect(text).toContain("by this request or by somebody else's");
    await expectOneEffect(plan, 0);
  });

  it('that is a rollback shows no value that looks secret, in the plan’s details either', async () => {
    desk.kubernetes.world.edit('deployments', 'shop', 'web', (web) => {
      const { containers } = template(web);
      Object.assign(containers[0] ?? {}, { env: [{ name: 'API_TOKEN', value: 'hunter2hunter2' }] });
    });
    await desk.kubernetes.settle();
    const plan = await desk.plan(back);

    const { lines } = await desk.interactions.planDetails({ user: 'U0ALICE', planId: plan.id }).then((details) => {
      if (!('lines' in details)) throw new Error('refused');
      return details;
    });

    expect(lines.join('\n')).toContain('env API_TOKEN (container web): •••• → not set');
    expect(lines.join('\n')).not.toContain('hunter2');
  });
});
