/** firebreak.yaml may change while a run waits between its parts, or between the vote and T1. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { silent } from '../ledger.ts';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
let impersonating: Cluster;
let writesBefore = 0;
beforeAll(async () => {
  desk = await openDesk();
  impersonating = connectCluster({
    name: 'main',
    log: silent,
    kubeconfigText: desk.kubernetes.kubeconfig(),
    impersonate: { prefix: '', groups: [] },
  });
});
beforeEach(async () => {
  await desk.reset();
  await desk.kubernetes.settle();
  writesBefore = desk.writes().length;
});
afterAll(async () => {
  await impersonating.close();
  await desk.close();
});

const sent = (): number => desk.writes().length - writesBefore;
async function approved(command: string, ...voters: string[]): Promise<Plan> {
  const plan = await desk.plan(command);
  for (const voter of voters) await desk.vote(voter, plan);
  await desk.work('decide-plan');
  return plan;
}
const look = async (): Promise<void> => {
  await desk.dueNow('apply-plan');
  await desk.work('apply-plan');
};
const pods = 'kubectl delete pods -l app=web';

describe('a service that is taken out while its run is under way', () => {
  it('ends the run between two parts, and says what was not tried', async () => {
    const plan = await approved(pods, 'U0BOB', 'U0CAROL');
    await desk.work('apply-plan');
    expect(sent()).toBe(1);
    desk.reconfigure({ service: { name: 'other' } });
    await look();

    expect(await desk.stateOf(plan)).toMatchObject({
      outcome: 'partial',
      text: '1 of 3 objects done; 2 not tried: shop is no longer configured',
    });
    expect(sent()).toBe(1);
  });

  it('leaves nobody to ask about a request that may have been sent', async () => {
    const plan = await approved('deployment/web --replicas=5', 'U0BOB');
    desk.reconfigure({ cluster: { send: () => Promise.reject(new Error('the process ended here')) } });
    await desk.work('apply-plan');
    desk.reconfigure({ service: { name: 'other' } });
    await look();

    expect(await desk.stateOf(plan)).toMatchObject({
      outcome: 'unknown',
      text: 'shop is no longer configured. Nobody can tell whether it was sent before.',
    });
  });
});

describe('impersonation that is', () => {
  it('switched off behind the vote sends nothing as the account: people approved it in their own name', async () => {
    desk.reconfigure({ cluster: { resolve: (...args) => impersonating.resolve(...args) } });
    const plan = await approved('deployment/web --replicas=5', 'U0BOB');
    await desk.work('apply-plan');

    expect(plan.canonical).toContain('"inNameOf":"approver"');
    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('in whose name'),
    });
    expect(sent()).toBe(0);
  });

  it('switched on behind the vote sends nothing in the name of somebody who was not told', async () => {
    const plan = await approved('deployment/web --replicas=5', 'U0BOB');
    desk.reconfigure({ cluster: impersonating });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('in whose name'),
    });
    expect(sent()).toBe(0);
  });
});

it('a namespace that the service lost behind the vote is not changed itself', async () => {
  desk.reconfigure({
    policy: { clusterScoped: ['namespaces'] },
    cluster: {
      resolve: (_, context) =>
        desk.cluster.resolve(
          {
            type: 'label',
            target: { resource: 'namespaces', name: 'shop' },
            assignments: [{ key: 'team', value: 'web' }],
          },
          context,
        ),
    },
  });
  const plan = await approved('deployment/web --replicas=5', 'U0BOB', 'U0CAROL');
  desk.reconfigure({ service: { namespaces: ['kube-system'] } });
  await desk.work('apply-plan');

  expect(await desk.stateOf(plan)).toMatchObject({
    state: 'cancelled',
    reason: 'shop no longer has the namespace shop',
  });
  expect(sent()).toBe(0);
});
