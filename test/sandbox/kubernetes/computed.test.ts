/** What the stand-in works out by itself: usage, endpoint slices, leases, and the history of StatefulSets. */
import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { startSandbox, withWeb } from './sandbox.ts';

async function read(sandbox: SandboxKubernetes, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(sandbox.url + path);
  return { status: answer.status, body: await answer.json() };
}
const usage = '/apis/metrics.k8s.io/v1beta1';

describe('usage', () => {
  it('is what a story says, else half of the requests or next to nothing', async () => {
    const sandbox = await withWeb(await startSandbox(), 1);
    const { world } = sandbox;
    world.deployment({ namespace: 'shop', name: 'big', image: 'shop/big:v1', requests: { cpu: '2', memory: '1Gi' } });
    await sandbox.settle();
    const [web] = world.pods('shop', { app: 'web' });

    world.setUsage('shop', web?.metadata.name ?? '', { cpu: '250m', memory: '64Mi' });

    expect(await read(sandbox, `${usage}/namespaces/shop/pods`)).toMatchObject({
      status: 200,
      body: {
        kind: 'PodMetricsList',
        items: [
          { containers: [{ name: 'big', usage: { cpu: '1000000000n', memory: '524288Ki' } }] },
          { containers: [{ name: 'web', usage: { cpu: '250000000n', memory: '65536Ki' } }] },
        ],
      },
    });
    expect(await read(sandbox, `${usage}/nodes/node-1`)).toMatchObject({
      body: { kind: 'NodeMetrics', usage: { cpu: '1350000000n', memory: '1638400Ki' } },
    });
  });

  it('is not known of pods that do not run, of nodes that are not ready, nor without a metrics server', async () => {
    const sandbox = await startSandbox();
    sandbox.world.deployment({ namespace: 'shop', name: 'stuck', image: 'shop/missing:v1' });
    sandbox.world.change('nodes', '', 'node-1', (node) => ({
      ...node,
      status: { ...node.status, conditions: [{ type: 'Ready', status: 'False' }] },
    }));
    await sandbox.settle();

    expect(await read(sandbox, `${usage}/namespaces/shop/pods`)).toMatchObject({ body: { items: [] } });
    expect(await read(sandbox, `${usage}/nodes/node-1`)).toMatchObject({ status: 404 });
    expect(await read(await startSandbox({ metrics: false }), `${usage}/nodes`)).toMatchObject({ status: 404 });
  });
});

describe('endpoint slices', () => {
  it('follow the pods of a service, and go with it', async () => {
    const sandbox = await withWeb(await startSandbox(), 2);
    const { world } = sandbox;
    world.service('shop', 'web', { app: 'web' });
    world.service('shop', 'nobody', { app: 'nobody' });
    await sandbox.settle();

    expect(world.list('endpointslices', 'shop')).toMatchObject([
      { metadata: { labels: { 'kubernetes.io/service-name': 'nobody' } }, endpoints: null, ports: null },
      {
        metadata: { labels: { 'kubernetes.io/service-name': 'web' } },
        endpoints: [{ conditions: { ready: true } }, { conditions: { ready: true } }],
        ports: [{ name: '', port: 8080, protocol: 'TCP' }],
      },
    ]);
    await fetch(`${sandbox.url}/api/v1/namespaces/shop/services/web`, { method: 'DELETE' });
    await sandbox.settle();
    expect(world.list('endpointslices', 'shop')).toHaveLength(1);
  });
});

describe('leases', () => {
  it('are held by each node', async () => {
    const { world } = await startSandbox();
    world.node('node-2');

    expect(world.list('leases', 'kube-node-lease').map(({ spec }) => spec.holderIdentity)).toEqual([
      'node-1',
      'node-2',
    ]);
  });
});

describe('the history of a StatefulSet', () => {
  it('has a revision for each template; an old template that is back is the newest', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    const template = (image: string) => ({
      metadata: { labels: { app: 'db' } },
      spec: { containers: [{ name: 'db', image, resources: {} }] },
    });
    world.create('statefulsets', {
      metadata: { namespace: 'default', name: 'db' },
      spec: {
        serviceName: 'db',
        revisionHistoryLimit: 1,
        selector: { matchLabels: { app: 'db' } },
        template: template('db:v1'),
      },
    });
    await sandbox.settle();
    const roll = async (image: string): Promise<number[]> => {
      world.change('statefulsets', 'default', 'db', (set) => ({
        ...set,
        metadata: { ...set.metadata, generation: (set.metadata.generation ?? 1) + 1 },
        spec: { ...set.spec, template: template(image) },
      }));
      await sandbox.settle();
      return world
        .list('controllerrevisions', 'default')
        .map(({ revision }) => revision)
        .sort((a, b) => a - b);
    };

    expect(await roll('db:v2')).toEqual([1, 2]);
    expect(await roll('db:v1')).toEqual([2, 3]);
    expect(await roll('db:v3')).toEqual([3, 4]);
  });
});
