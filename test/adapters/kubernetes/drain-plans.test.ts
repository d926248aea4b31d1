/** Drains that are not the usual: of several nodes, and of pods that no eviction can move. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { ClusterChange } from '../../../src/domain/change-action.ts';
import type { PlanFacts } from '../../../src/domain/plan.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { changeOf } from '../../contracts/cluster-operator.ts';
import { createRecordingLog } from '../recording-log.ts';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ clock: 'manual' });
  const { world } = sandbox;
  world.namespace('shop');
  for (const name of ['a', 'b']) {
    world.node(name);
    world.create('pods', {
      metadata: { namespace: 'shop', name: `pod-${name}`, labels: { on: name } },
      spec: { nodeName: name, containers: [{ name: 'app', image: 'workload:v1' }] },
    });
  }
  await sandbox.settle();
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
});
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

async function factsOf(command: string): Promise<PlanFacts> {
  const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
  const resolution = await cluster.resolve(changeOf(command) as ClusterChange, context);
  if (resolution.kind !== 'resolved') throw new Error(resolution.text);
  return resolution.facts;
}

it('of several nodes is undone by uncordoning them all', async () => {
  const { undo, parts } = await factsOf('kubectl drain a b --force --ignore-daemonsets');

  expect(parts?.map(({ action }) => action.type)).toEqual(['cordon', 'cordon', 'evict', 'evict']);
  expect(undo).toMatchObject({
    kind: 'action',
    action: {
      type: 'several',
      changes: [
        { type: 'uncordon', target: { name: 'b' } },
        { type: 'uncordon', target: { name: 'a' } },
      ],
    },
    text: expect.stringContaining('pods that were moved stay where they are'),
  });
});

it('of a pod with two disruption budgets does not promise that trying again helps', async () => {
  sandbox.faults.add({
    kind: 'status',
    code: 500,
    method: 'POST',
    path: /eviction/,
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  });

  expect((await factsOf('kubectl drain a --force --ignore-daemonsets')).warnings).toContainEqual(
    expect.stringMatching(/several PodDisruptionBudgets .*: it cannot be evicted until all but one of them are gone/),
  );
});
