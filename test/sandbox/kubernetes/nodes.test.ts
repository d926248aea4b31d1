import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { startSandbox } from './sandbox.ts';

const pods = ({ world }: SandboxKubernetes, node?: string) =>
  world.pods('shop', { app: 'web' }).filter(({ spec }) => node === undefined || spec.nodeName === node);
const ready = (sandbox: SandboxKubernetes) =>
  sandbox.world.get('deployments', 'shop', 'web')?.status.availableReplicas ?? 0;
const taints = ({ world }: SandboxKubernetes) =>
  (world.get('nodes', '', 'gpu-1')?.spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
const readiness = ({ world }: SandboxKubernetes) =>
  world.get('nodes', '', 'gpu-1')?.status.conditions.find(({ type }) => type === 'Ready')?.status;

/** Four pods, two of them on gpu-1. */
async function twoNodes(): Promise<SandboxKubernetes> {
  const sandbox = await startSandbox({ evictMs: 5000 });
  sandbox.world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '4' } });
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 4 });
  await sandbox.settle();
  expect(pods(sandbox, 'gpu-1')).toHaveLength(2);
  return sandbox;
}

describe('a node that nobody reaches', () => {
  it('is tainted, and its pods are not ready, evicted after a while, and replaced elsewhere', async () => {
    const sandbox = await twoNodes();

    sandbox.world.breakNode('gpu-1');
    sandbox.advance(4900);
    expect([readiness(sandbox), ready(sandbox), pods(sandbox).length]).toEqual(['Unknown', 2, 4]);
    expect(taints(sandbox)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    await sandbox.settle();

    expect(ready(sandbox)).toBe(4);
    expect(pods(sandbox, 'node-1')).toHaveLength(4);
    const lost = pods(sandbox, 'gpu-1');
    expect(lost.map(({ metadata }) => metadata.deletionTimestamp)).toEqual([expect.any(String), expect.any(String)]);
    expect(lost[0]?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager' }),
    );
    expect(sandbox.world.list('events', 'shop').map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['NodeNotReady', 'TaintManagerEviction']),
    );
  });

  it('ends what was evicted when it is back, and keeps what was not', async () => {
    const sandbox = await twoNodes();
    sandbox.world.breakNode('gpu-1');
    sandbox.advance(1000);
    expect(ready(sandbox)).toBe(2);

    sandbox.world.mendNode('gpu-1');
    await sandbox.settle();
    expect([readiness(sandbox), taints(sandbox), ready(sandbox)]).toEqual(['True', [], 4]);

    sandbox.world.breakNode('gpu-1');
    sandbox.advance(10_000);
    sandbox.world.mendNode('gpu-1');
    await sandbox.settle();
    expect([pods(sandbox).length, pods(sandbox, 'gpu-1').length]).toEqual([4, 0]);
  });

  it('runs on without a word: nothing restarts there, no metrics come from there, and no log', async () => {
    const sandbox = await twoNodes();
    const [pod] = pods(sandbox, 'gpu-1');
    sandbox.world.breakNode('gpu-1');
    sandbox.advance(10);

    const log = await fetch(`${sandbox.url}/api/v1/namespaces/shop/pods/${pod?.metadata.name}/log`);
    expect(log.status).toBe(500);
    expect(await log.text()).toContain('10250');
    const usage = await fetch(`${sandbox.url}/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods`);
    expect(await usage.json()).toMatchObject({ items: [{}, {}] });
  });

  it('keeps a pod that tolerates it for good, and loses one at once that does not tolerate it at all', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    world.node('gpu-1');
    world.namespace('shop');
    const pod = (name: string, toleration: { [key: string]: string | number }) =>
      world.create('pods', {
        metadata: { namespace: 'shop', name },
        spec: {
          containers: [{ name: 'app', image: 'shop/app:v1' }],
          nodeSelector: { 'kubernetes.io/hostname': 'gpu-1' },
          tolerations: [{ operator: 'Exists', effect: 'NoExecute', ...toleration }],
        },
      });
    pod('loyal', {});
    pod('fickle', { tolerationSeconds: 0 });
    await sandbox.settle();

    world.breakNode('gpu-1', 'not-ready');
    await sandbox.settle();

    expect(world.list('pods', 'shop').map(({ metadata }) => metadata.name)).toEqual(['loyal']);
    expect(taints(sandbox)).toContain('node.kubernetes.io/not-ready:NoExecute');
  });
});

it('evicts nothing while no node is ready: more likely the control plane is cut off', async () => {
  const sandbox = await twoNodes();
  sandbox.world.breakNode('gpu-1');
  sandbox.world.breakNode('node-1');
  sandbox.advance(60_000);

  expect(taints(sandbox)).toEqual(['node.kubernetes.io/unreachable:NoSchedule']);
  expect(ready(sandbox)).toBe(0);
  expect(pods(sandbox).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
});

describe('a node that loses its devices', () => {
  it('keeps the pods that have one, and takes no new one until it is mended', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '4' } });
    const limits = { 'nvidia.com/gpu': '1' };
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 2, limits });
    await sandbox.settle();

    world.loseDevices('gpu-1');
    world.remove('pods', 'shop', pods(sandbox)[0]?.metadata.name ?? '');
    await sandbox.settle();

    expect(world.get('nodes', '', 'gpu-1')?.status).toMatchObject({
      capacity: { 'nvidia.com/gpu': '4' },
      allocatable: { 'nvidia.com/gpu': '0' },
    });
    expect(ready(sandbox)).toBe(1);
    expect(world.list('events', 'shop').find(({ reason }) => reason === 'FailedScheduling')?.message).toBe(
      '0/2 nodes are available: 2 Insufficient nvidia.com/gpu.',
    );
    world.mendNode('gpu-1');
    await sandbox.settle();
    expect(ready(sandbox)).toBe(2);
  });
});
