/** An undo is valid only while nobody changed what its change made: it would write over what somebody wants now. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/domain/plan.ts';
import { type Desk, openDesk } from './desk.ts';

describe('an undo', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    desk.kubernetes.world.change('nodes', '', 'node-1', (node) => ({ ...node, spec: {} }));
    desk.reconfigure({ policy: { clusterScoped: ['nodes'] } });
  });
  afterAll(() => desk.close());

  type Web = {
    metadata: { labels?: object; annotations?: object };
    spec: { replicas: number; paused?: boolean; template: { spec: { containers: object[] } } };
  };
  const edit = (meddle: (web: Web) => void): void => {
    // The stand-in's deployments have this shape.
    desk.kubernetes.world.edit('deployments', 'shop', 'web', (web) => meddle(web as unknown as Web));
  };
  const first = ({ spec }: Web): object => spec.template.spec.containers[0] ?? {};

  async function done(command: string): Promise<Plan> {
    const plan = await desk.plan(command);
    for (const user of ['U0BOB', 'U0CAROL']) await desk.vote(user, plan);
    await desk.work('decide-plan', 'apply-plan');
    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
    return plan;
  }
  /** Undo is pressed: what became of it. */
  async function undone(plan: Plan): Promise<{ state: string; reason: string | null }> {
    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    const asked = await desk.interactions.undo({ ...desk.gesture('U0ALICE'), runId: run?.id ?? '' });
    expect(asked.kind).toBe('accepted');
    await desk.work('propose-plan');
    return desk.db
      .selectFrom('proposal')
      .select(['state', 'reason'])
      .where('undoOf', '=', run?.id ?? '')
      .executeTakeFirstOrThrow();
  }

  const env = (value: string) => (web: Web) => Object.assign(first(web), { env: [{ name: 'BATCH', value }] });
  const cases: readonly [string, (web: Web) => void, RegExp][] = [
    ['kubectl scale deployment/web --replicas=5', (web) => Object.assign(web.spec, { replicas: 7 }), /replicas is 7/],
    ['kubectl set env deployment/web BATCH=50', env('60'), /env BATCH .* is "60", not "50"/],
    [
      'kubectl set image deployment/web web=workload:v2',
      (web) => Object.assign(first(web), { image: 'workload:v3' }),
      /image .* is "workload:v3", not "workload:v2"/,
    ],
    [
      'kubectl annotate deployment/web note=checked',
      (web) => Object.assign(web.metadata.annotations ?? {}, { note: 'mine' }),
      /annotation note is "mine", not "checked"/,
    ],
  ];

  it.each(cases)('of %s is refused when somebody changed it since, and says what', async (command, meddle, why) => {
    const plan = await done(command);
    edit(meddle);

    const { state, reason } = await undone(plan);

    expect({ state, reason }).toMatchObject({ state: 'refused', reason: expect.stringMatching(why) });
    expect(reason).toMatch(/Somebody changed Deployment web since: .* An undo would write over that/);
  });

  it.each(cases)('of %s is planned when somebody changed something else', async (command) => {
    const plan = await done(command);
    edit((web) => {
      web.metadata.labels = { ...web.metadata.labels, team: 'else' };
      const list = (first(web) as { env?: object[] }).env ?? [];
      Object.assign(first(web), { env: [{ name: 'FIRST', value: 'new' }, ...list] });
    });

    expect(await undone(plan)).toMatchObject({ state: 'planned' });
  });

  it('is refused for an object that was made anew', async () => {
    const plan = await done('kubectl scale deployment/web --replicas=5');
    const { world } = desk.kubernetes;
    world.remove('deployments', 'shop', 'web');
    world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 5 });

    expect(await undone(plan)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('Deployment web was deleted and made anew since.'),
    });
  });

  it('is no change when somebody did it already', async () => {
    const plan = await done('kubectl scale deployment/web --replicas=5');
    edit((web) => Object.assign(web.spec, { replicas: 3 }));

    expect(await undone(plan)).toMatchObject({ reason: expect.stringContaining('already asks for 3 replicas') });
  });

  it('is planned although a webhook made something else of it then', async () => {
    const plan = await done('kubectl set image deployment/web web=workload:v2');
    edit((web) => Object.assign(first(web), { image: 'workload:v2@sha256:00' }));
    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    const differences = ['image (container web) is "workload:v2@sha256:00", not "workload:v2" as planned.'];
    await desk.ledger.transaction((tx) => tx.updateRun(run?.id ?? '', { differences }));

    expect(await undone(plan)).toMatchObject({ state: 'planned' });
  });
});
