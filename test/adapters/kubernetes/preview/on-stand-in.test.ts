/** What plans foretell of the stand-in cluster, and what it then does; and that no failing look makes a plan fail. */
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connectCluster } from '../../../../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../../../../src/domain/change-action.ts';
import type { Cluster, Resolution } from '../../../../src/flow/ports.ts';
import { startKubernetes, type SandboxKubernetes } from '../../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../../recording-log.ts';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ clock: 'manual' });
  const { world } = sandbox;
  world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '8' } });
  for (const namespace of ['shop', 'free']) {
    const limits = { 'nvidia.com/gpu': '1', memory: '512Mi' };
    world.deployment({ namespace, name: 'web', image: 'web:v1', replicas: 1, limits });
  }
  const hard = { 'requests.nvidia.com/gpu': '3', pods: '10' };
  world.create('resourcequotas', { metadata: { namespace: 'shop', name: 'team' }, spec: { hard } });
  await sandbox.settle();
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
});
afterEach(() => sandbox.faults.clear());
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

const resolve = (action: ObjectChange): Promise<Resolution> =>
  cluster.resolve(action, { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 500, now: new Date() });
const scale = (replicas: number, namespace = 'shop'): ObjectChange => ({
  type: 'scale',
  namespace,
  target: { resource: 'deployments', name: 'web' },
  replicas,
});
async function warningsOf(action: ObjectChange): Promise<readonly string[]> {
  const resolution = await resolve(action);
  if (resolution.kind !== 'resolved') throw new Error(resolution.text);
  return resolution.facts.warnings;
}

it('a quota lets in as many pods as foretold', async () => {
  const [first] = await warningsOf(scale(5));

  sandbox.world.edit('deployments', 'shop', 'web', (web) => {
    Object.assign(web['spec'] ?? {}, { replicas: 5 });
  });
  await sandbox.settle();
  const made = sandbox.world.pods('shop', { app: 'web' }).length;
  sandbox.world.edit('deployments', 'shop', 'web', (web) => {
    Object.assign(web['spec'] ?? {}, { replicas: 1 });
  });
  await sandbox.settle();

  expect(first).toBe(
    'ResourceQuota team leaves room for 2 of the 4 new pods (requests.nvidia.com/gpu: 1 of 3 used, each pod asks for 1). The others wait until there is room.',
  );
  expect(made).toBe(1 + 2);
});

it('the nodes take as many pods as foretold', async () => {
  const [first] = await warningsOf(scale(12, 'free'));

  sandbox.world.edit('deployments', 'free', 'web', (web) => {
    Object.assign(web['spec'] ?? {}, { replicas: 12 });
  });
  await sandbox.settle();
  const placed = sandbox.world.pods('free', { app: 'web' }).filter(({ spec }) => spec.nodeName !== undefined);
  sandbox.world.edit('deployments', 'free', 'web', (web) => {
    Object.assign(web['spec'] ?? {}, { replicas: 1 });
  });
  await sandbox.settle();

  // One of the eight is the other namespace's.
  expect(first).toMatch(/^The nodes have room for 6 of the 11 new pods: nvidia.com\/gpu is used up\. /);
  expect(placed).toHaveLength(1 + 6);
});

it('there is nothing to say where there is room', async () => {
  expect(await warningsOf(scale(2, 'free'))).toEqual([]);
});

it.each<[string, RegExp, 403 | 503, ObjectChange, RegExp]>([
  [
    'quotas',
    /\/resourcequotas/,
    403,
    scale(2),
    /namespace's quota .* not known: our account may not list ResourceQuotas\.$/,
  ],
  ['nodes', /\/api\/v1\/nodes/, 503, scale(2), /nodes have room .* not known: the cluster did not say in time\.$/],
  [
    'autoscalers',
    /horizontalpodautoscalers/,
    503,
    scale(2),
    /autoscaler will fight this is not known: the cluster did not/,
  ],
  ['pods', /\/namespaces\/shop\/pods\?/, 403, scale(0), /Which pods go is not known: our account may not list pods\.$/],
])('a plan is made without its look at %s', async (_, path, code, action, sentence) => {
  sandbox.faults.add({ kind: 'status', code, method: 'GET', path, times: 9 });

  expect(await warningsOf(action)).toContainEqual(expect.stringMatching(sentence));
});

it('a plan is made without its look at budgets', async () => {
  sandbox.faults.add({ kind: 'status', code: 503, method: 'GET', path: /poddisruptionbudgets/, times: 9 });

  expect(await resolve(scale(0))).toMatchObject({
    facts: { affected: { pods: 1, budgets: ['unknown: the cluster did not say in time'] } },
  });
});

it('a scale-down says that it asks no budget', async () => {
  sandbox.world.create('poddisruptionbudgets', {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  await sandbox.settle();

  expect(await resolve(scale(0))).toMatchObject({
    facts: { affected: { budgets: ['web: allows 0 disruptions; a scale-down does not ask it'] } },
  });
});
