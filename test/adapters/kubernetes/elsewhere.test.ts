/** The same address, and another cluster behind it: within the minute for which its uid is remembered. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { isSingle, type ObjectChange } from '../../../src/domain/change-action.ts';
import type { Cluster, EffectPlan } from '../../../src/flow/ports.ts';
import { isEffect } from '../../../src/sandbox/kubernetes/audit.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeEach(async () => {
  sandbox = await stand();
  cluster = connectCluster({
    name: 'main',
    kubeconfigText: sandbox.kubeconfig('shop'),
    log: createRecordingLog(),
  });
});
afterEach(async () => {
  await cluster.close();
  await sandbox.stop();
});

async function stand(port?: number): Promise<SandboxKubernetes> {
  const started = await startKubernetes({ rolloutMs: 10, terminateMs: 10, ...(port === undefined ? {} : { port }) });
  started.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 2 });
  started.programs.add({ namespace: 'shop', labels: {}, argv: ['migrate'], run: () => ({ out: 'done\n' }) });
  await started.settle();
  return started;
}

/** From now on another cluster answers there, with objects of the same names. */
async function swap(): Promise<void> {
  const { port } = sandbox;
  await sandbox.stop();
  sandbox = await stand(port);
}

const pod = (): string => sandbox.world.list('pods', 'shop')[0]?.metadata.name ?? '';
const kinds: [string, () => ObjectChange][] = [
  ['a patch', () => ({ type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 3 })],
  ['a delete', () => ({ type: 'delete', target: { resource: 'deployments', name: 'web' } })],
  ['the delete of a pod', () => ({ type: 'delete-pod', target: { resource: 'pods', name: pod() } })],
  ['an eviction', () => ({ type: 'evict', target: { resource: 'pods', name: pod() } })],
  ['a command', () => ({ type: 'exec', target: { resource: 'deployments', name: 'web' }, argv: ['migrate'] })],
  [
    'a new object',
    () => ({
      type: 'create',
      target: { resource: 'configmaps', name: 'fresh' },
      manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh' }, data: { mode: 'fast' } },
    }),
  ],
];

async function planOf(action: ObjectChange): Promise<EffectPlan> {
  const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
  const resolution = await cluster.resolve(action, context);
  if (resolution.kind !== 'resolved' || !isSingle(action)) throw new Error(JSON.stringify(resolution));
  const { target, changes, class: planClass } = resolution.facts;
  return { id: `plan-${randomUUID()}`, action, class: planClass, target, changes };
}

describe('a context that points elsewhere', () => {
  it.each(kinds)('refuses %s before anything is sent', async (_, action) => {
    const plan = await planOf(action());
    await swap();

    expect(await cluster.prepare(plan)).toEqual({
      kind: 'refused',
      text: 'main is another cluster now than the one the plan was made for. Nothing was sent.',
    });
  });

  it.each(kinds)('takes no effect from %s that is sent or sent again, and tells nothing of it', async (_, action) => {
    const plan = await planOf(action());
    const prepared = await cluster.prepare(plan);
    if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    await swap();

    const answer = await cluster.send(plan, prepared.request, { auditId: randomUUID(), timeoutMs: 10_000 });
    const readBack = cluster.readBack(plan, prepared.request);

    await expect(readBack).rejects.toThrow('another cluster now');
    expect(answer.kind).not.toBe('accepted');
    expect(sandbox.programs.ran).toEqual([]);
    expect(sandbox.audit.filter((event) => isEffect(event) && event.responseStatus.code < 300)).toEqual([]);
  });
});
