/** The cluster sees who approved: the person is chosen from the votes that count, and stays the same. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { renderRun } from '../../src/adapters/slack/render/run.ts';
import type { ClusterChange, SeveralAction } from '../../src/domain/change-action.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createOperator } from '../../src/flow/operate.ts';
import { newId } from '../../src/flow/new-id.ts';
import { silent } from '../ledger.ts';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
let cluster: Cluster;
beforeAll(async () => {
  desk = await openDesk();
  cluster = connectCluster({
    name: 'main',
    log: silent,
    kubeconfigText: desk.kubernetes.kubeconfig(),
    impersonate: { prefix: 'oidc:', groups: ['oncall'] },
  });
});
beforeEach(async () => {
  await desk.reset();
  desk.reconfigure({ cluster });
  writesBefore = desk.writes().length;
});
afterAll(async () => {
  await cluster.close();
  await desk.close();
});

let writesBefore = 0;
const sentBy = (): unknown[] =>
  desk
    .writes()
    .slice(writesBefore)
    .map(({ impersonatedUser }) => impersonatedUser?.username);
const runOf = (plan: Plan) => desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
const bob = { user: 'oidc:bob@example.com', groups: ['oncall'] };

function scaleOf(name: string, action: ClusterChange): SeveralAction<string>['changes'][number] {
  if (action.type !== 'scale') throw new Error('the step scales');
  return { ...action, target: { resource: 'deployments', name } };
}

async function approved(command: string, ...voters: string[]): Promise<Plan> {
  const plan = await desk.plan(command);
  for (const voter of voters) await desk.vote(voter, plan);
  await desk.work('decide-plan');
  return plan;
}

it('a change is sent in the name of who approved it, which the run, its message and the journal say', async () => {
  const plan = await approved('deployment/web --replicas=5', 'U0BOB');
  await desk.work('apply-plan');

  const run = await runOf(plan);
  const entries = await desk.db.selectFrom('journal').select(['kind', 'data']).where('planId', '=', plan.id).execute();
  expect(sentBy()).toEqual([bob.user]);
  expect(run).toMatchObject({ outcome: 'succeeded', actingAs: bob });
  expect((await desk.attemptsOf(plan))[0]?.request.as).toEqual(bob);
  expect(entries.find(({ kind }) => kind === 'run.started')?.data).toMatchObject({ as: bob.user });
  if (!run) throw new Error('there is a run');
  expect(JSON.stringify(renderRun({ kind: 'run', run, plan, undoAvailable: false }))).toContain(
    'as `oidc:bob@example.com`',
  );
});

it('a destructive change is sent in the name of the approver that it needed, not of whoever clicked last', async () => {
  await approved('deployment/web --replicas=1', 'U0CAROL', 'U0BOB');
  await desk.work('apply-plan');

  expect(sentBy()).toEqual(['oidc:carol@example.com']);
});

it('who has no e-mail address acts for nobody', async () => {
  const plan = await approved('deployment/web --replicas=5', 'U0NOMAIL');
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({
    state: 'cancelled',
    reason: expect.stringContaining('no e-mail address is known of them'),
  });
  expect(sentBy()).toEqual([]);
});

it('an approver without the right is told before anything is sent', async () => {
  const plan = await approved('deployment/web --replicas=5', 'U0BOB');
  desk.kubernetes.deny.push({ verb: 'patch', resource: 'deployments', user: bob.user });
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({
    state: 'cancelled',
    reason: expect.stringContaining('oidc:bob@example.com may not patch deployments in shop'),
  });
  expect(sentBy()).toEqual([]);
});

it('a request that is sent again is sent as the same person, gone from the chat or not', async () => {
  const plan = await approved('deployment/web --replicas=5', 'U0BOB');
  desk.kubernetes.faults.add({
    kind: 'status',
    code: 503,
    method: 'PATCH',
    dryRun: false,
    onStrike: () => desk.people.delete('U0BOB'),
  });
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  expect(sentBy()).toEqual([bob.user, bob.user]);
});

it('a worker that takes over re-sends the stored request as the stored person', async () => {
  const plan = await approved('deployment/web --replicas=5', 'U0BOB');
  const killed = new Error('the worker ended here');
  desk.reconfigure({ cluster: { ...cluster, send: () => Promise.reject(killed) } });
  await desk.work('apply-plan').catch(() => undefined);
  expect(sentBy()).toEqual([]);

  // It starts again with a firebreak.yaml that impersonates nobody.
  desk.reconfigure({ cluster: { ...desk.cluster } });
  await desk.dueNow('apply-plan');
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded' });
  expect(sentBy()).toEqual([bob.user]);
});

it('every object of a plan is changed by the same person', async () => {
  desk.kubernetes.world.remove('deployments', 'shop', 'api');
  desk.kubernetes.world.deployment({ namespace: 'shop', name: 'api', image: 'workload:v1', replicas: 3 });
  desk.reconfigure({
    cluster: {
      resolve: (action, context) =>
        cluster.resolve({ type: 'several', changes: [scaleOf('web', action), scaleOf('api', action)] }, context),
    },
  });
  const plan = await approved('deployment/web --replicas=5', 'U0BOB');
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'succeeded', text: '2 of 2 objects done' });
  expect(sentBy()).toEqual([bob.user, bob.user]);
});

it('an operator is nobody else', async () => {
  const operator = createOperator({
    cluster,
    clock: { now: () => new Date() },
    newId,
    journal: { started: async () => undefined, ended: async () => undefined },
  });
  const planned = await operator.plan(
    { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 4 },
    'shop',
  );
  if (planned.kind !== 'planned') throw new Error(planned.text);

  expect(await operator.apply(planned.plan)).toMatchObject({ outcome: 'succeeded' });
  expect(sentBy()).toEqual([undefined]);
});
