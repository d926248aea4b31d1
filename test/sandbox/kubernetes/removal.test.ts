/** What goes when an object goes. */
import { describe, expect, it } from '@jest/globals';
import { startSandbox, webPath, withWeb } from './sandbox.ts';

describe('a deployment that is removed', () => {
  it('takes its ReplicaSets and pods along, and can be made anew under its name at once', async () => {
    const sandbox = await withWeb(await startSandbox());
    const { world } = sandbox;
    const before = world.pods('shop', { app: 'web' }).map(({ metadata }) => metadata.uid);

    world.remove('deployments', 'shop', 'web');
    expect(world.list('replicasets', 'shop')).toEqual([]);
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 2 });
    await sandbox.settle();

    const after = world.pods('shop', { app: 'web' });
    expect(after).toHaveLength(2);
    expect(after.filter(({ metadata }) => before.includes(metadata.uid))).toEqual([]);
    expect(world.get('deployments', 'shop', 'web')?.status.availableReplicas).toBe(2);
  });

  it('by a DELETE takes along what it owns; as an orphan it leaves it, without an owner', async () => {
    const sandbox = await withWeb(await startSandbox());
    await fetch(`${sandbox.url}${webPath}?propagationPolicy=Orphan`, { method: 'DELETE' });
    await sandbox.settle();
    const sets = sandbox.world.list('replicasets', 'shop');
    expect(sets).toMatchObject([{ metadata: { ownerReferences: [] } }]);

    const set = `/apis/apps/v1/namespaces/shop/replicasets/${sets[0]?.metadata.name}`;
    await fetch(sandbox.url + set, { method: 'DELETE' });
    await sandbox.settle();

    expect(sandbox.world.list('pods', 'shop')).toEqual([]);
  });
});

describe('a pod that is taken away at once', () => {
  it('in the middle of its start or of a crash loop is not waited for any more', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:bad', replicas: 2 });
    sandbox.advance(10);

    for (const name of ['namespaces', 'deployments'] as const) {
      for (const { metadata } of world.list(name, name === 'namespaces' ? '' : 'shop')) {
        if (metadata.name === 'shop' || name === 'deployments')
          world.remove(name, metadata.namespace ?? '', metadata.name);
      }
    }

    await sandbox.settle();
    expect(world.list('pods')).toEqual([]);
    world.namespace('shop');
    await withWeb(sandbox, 1);
    expect(world.get('deployments', 'shop', 'web')?.status.availableReplicas).toBe(1);
  });
});

it('a service that is removed takes its Endpoints along', async () => {
  const sandbox = await withWeb(await startSandbox());
  sandbox.world.service('shop', 'web', { app: 'web' });
  await sandbox.settle();
  expect(sandbox.world.list('endpoints', 'shop')).toHaveLength(1);

  sandbox.world.remove('services', 'shop', 'web');
  await sandbox.settle();

  expect(sandbox.world.list('endpoints', 'shop')).toEqual([]);
  expect(sandbox.world.list('endpointslices', 'shop')).toEqual([]);
});
