import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { patchJson, startSandbox, webPath, withWeb } from './sandbox.ts';

const image = '/spec/template/spec/containers/0/image';
const web = (sandbox: SandboxKubernetes) => sandbox.world.get('deployments', 'shop', 'web');
const progressing = (sandbox: SandboxKubernetes) =>
  web(sandbox)?.status.conditions?.find(({ type }) => type === 'Progressing');
const ready = (sandbox: SandboxKubernetes) => web(sandbox)?.status.availableReplicas ?? 0;

describe('a rollout on the manual clock', () => {
  it('stays where it is until time passes, and lags behind the write', async () => {
    const sandbox = await withWeb(await startSandbox());

    const answer = await patchJson(sandbox, webPath, [{ op: 'replace', path: image, value: 'shop/web:v2' }]);

    const body: unknown = await answer.json();
    expect(body).toMatchObject({ metadata: { generation: 2 }, status: { observedGeneration: 1, updatedReplicas: 3 } });
    sandbox.advance(0);
    expect(web(sandbox)?.status).toMatchObject({
      observedGeneration: 2,
      updatedReplicas: 1,
      replicas: 4,
      availableReplicas: 3,
    });
  });

  it.each([1, 2, 3, 4, 7, 10])(
    'of %i pods never has fewer available, nor more in all, than its strategy says',
    async (replicas) => {
      const sandbox = await withWeb(await startSandbox(), replicas);
      await patchJson(sandbox, webPath, [{ op: 'replace', path: image, value: 'shop/web:v2' }]);

      for (let passed = 0; passed < 10_000; passed += 10) {
        sandbox.advance(10);
        expect(ready(sandbox)).toBeGreaterThanOrEqual(replicas - Math.floor(replicas / 4));
        const asked = sandbox.world.list('replicasets', 'shop').reduce((sum, set) => sum + set.spec.replicas, 0);
        expect(asked).toBeLessThanOrEqual(replicas + Math.ceil(replicas / 4));
      }

      expect(web(sandbox)?.status).toMatchObject({ replicas, updatedReplicas: replicas, availableReplicas: replicas });
      expect(progressing(sandbox)?.reason).toBe('NewReplicaSetAvailable');
    },
  );

  it('to an image that crashes keeps the old pods, and fails after its deadline', async () => {
    const sandbox = await startSandbox();
    sandbox.world.deployment({
      namespace: 'shop',
      name: 'web',
      image: 'shop/web:v1',
      replicas: 3,
      spec: { progressDeadlineSeconds: 30 },
    });
    await sandbox.settle();

    await patchJson(sandbox, webPath, [{ op: 'replace', path: image, value: 'shop/web:bad' }]);
    sandbox.advance(20_000);
    expect(progressing(sandbox)).toMatchObject({ status: 'True' });
    sandbox.advance(60_000);

    expect(progressing(sandbox)).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(ready(sandbox)).toBe(3);
    const crashing = sandbox.world
      .list('pods', 'shop')
      .filter((pod) => pod.spec.containers[0]?.image === 'shop/web:bad');
    expect(crashing.length).toBeGreaterThan(0);
    expect(crashing[0]?.status.containerStatuses?.[0]?.restartCount).toBeGreaterThan(2);
  });

  it('to an image that cannot be pulled waits in ImagePullBackOff', async () => {
    const sandbox = await withWeb(await startSandbox());
    await patchJson(sandbox, webPath, [{ op: 'replace', path: image, value: 'shop/missing:v1' }]);
    sandbox.advance(5000);

    const waiting = sandbox.world
      .list('pods', 'shop')
      .flatMap((pod) => pod.status.containerStatuses?.[0]?.state.waiting?.reason ?? []);
    expect(waiting).toEqual(['ImagePullBackOff']);
  });

  it('back to an old template takes up its ReplicaSet as the newest revision', async () => {
    const sandbox = await withWeb(await startSandbox());
    for (const tag of ['v2', 'v1']) {
      await patchJson(sandbox, webPath, [{ op: 'replace', path: image, value: `shop/web:${tag}` }]);
      await sandbox.settle();
    }

    const sets = sandbox.world
      .list('replicasets', 'shop')
      .map(({ metadata, spec }) => [metadata.annotations?.['deployment.kubernetes.io/revision'], spec.replicas]);
    expect(sets).toHaveLength(2);
    expect(sets).toEqual(
      expect.arrayContaining([
        ['2', 0],
        ['3', 3],
      ]),
    );
    expect(web(sandbox)?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('does not begin while it is paused', async () => {
    const sandbox = await withWeb(await startSandbox());
    await patchJson(sandbox, webPath, [
      { op: 'add', path: '/spec/paused', value: true },
      { op: 'replace', path: image, value: 'shop/web:v2' },
    ]);
    sandbox.advance(5000);

    expect(sandbox.world.list('replicasets', 'shop')).toHaveLength(1);
    await patchJson(sandbox, webPath, [{ op: 'remove', path: '/spec/paused' }]);
    await sandbox.settle();
    expect(web(sandbox)?.status.updatedReplicas).toBe(3);
  });

  it('to zero leaves no pod', async () => {
    const sandbox = await withWeb(await startSandbox());
    await patchJson(sandbox, webPath, [{ op: 'replace', path: '/spec/replicas', value: 0 }]);
    await sandbox.settle();

    expect(sandbox.world.list('pods', 'shop')).toEqual([]);
    expect(web(sandbox)?.status).not.toHaveProperty('availableReplicas');
  });
});

describe('a story', () => {
  it('kills pods whose batch is too big, and lets them live once it is small enough', async () => {
    const sandbox = await startSandbox();
    sandbox.world.onPod((pod) => {
      const batch = Number(pod.spec.containers[0]?.env?.find(({ name }) => name === 'BATCH')?.value ?? '0');
      return batch > 50 ? { fate: 'oom-killed', logs: ['level=ERROR msg="CUDA out of memory"'] } : undefined;
    });
    await withWeb(sandbox, 1);
    sandbox.advance(3000);

    const [sick] = sandbox.world.list('pods', 'shop');
    expect(sick?.status.containerStatuses?.[0]).toMatchObject({
      ready: false,
      lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
    });
    const log = await fetch(`${sandbox.url}/api/v1/namespaces/shop/pods/${sick?.metadata.name}/log?previous=true`);
    expect(await log.text()).toContain('CUDA out of memory');
    expect(sandbox.world.list('events', 'shop').map(({ reason }) => reason)).not.toContain('OOMKilling');
    const kills = sandbox.world.list('events', 'default');
    expect(kills[0]).toMatchObject({ reason: 'OOMKilling', involvedObject: { kind: 'Node' } });
    // A process of its own each time, so no event counts up.
    expect(kills.length).toBeGreaterThan(1);
    expect(new Set(kills.map(({ message }) => message)).size).toBe(kills.length);

    await patchJson(sandbox, webPath, [
      { op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: '50' },
    ]);
    await sandbox.settle();
    expect(ready(sandbox)).toBe(1);
    expect(sandbox.world.list('pods', 'shop')).toHaveLength(1);
  });

  it('leaves a pod pending that asks for more GPUs than there are', async () => {
    const sandbox = await startSandbox();
    sandbox.world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '2' } });
    sandbox.world.deployment({
      namespace: 'shop',
      name: 'train',
      image: 'shop/train:v1',
      replicas: 3,
      limits: { 'nvidia.com/gpu': '1' },
    });
    await sandbox.settle();

    const phases = sandbox.world.pods('shop', { app: 'train' }).map(({ status }) => status.phase);
    expect(phases.sort()).toEqual(['Pending', 'Running', 'Running']);
    expect(sandbox.world.list('events', 'shop').find(({ reason }) => reason === 'FailedScheduling')?.message).toBe(
      '0/2 nodes are available: 2 Insufficient nvidia.com/gpu.',
    );
  });
});

describe('what follows from pods', () => {
  it('is kept: endpoints, a budget, an autoscaler that pushes back, a stateful set, a daemon set, a job', async () => {
    const sandbox = await withWeb(await startSandbox());
    const { world } = sandbox;
    world.service('shop', 'web', { app: 'web' });
    world.budget('shop', 'web', { app: 'web' }, { maxUnavailable: 1 });
    world.autoscaler('shop', 'web', { deployment: 'web', min: 2, max: 5 });
    const template = (app: string, more = {}) => ({
      metadata: { labels: { app } },
      spec: { containers: [{ name: 'a', image: 'shop/a:v1' }], ...more },
    });
    world.create('statefulsets', {
      metadata: { name: 'db', namespace: 'shop' },
      spec: { serviceName: 'db', replicas: 2, selector: { matchLabels: { app: 'db' } }, template: template('db') },
    });
    world.create('daemonsets', {
      metadata: { name: 'agent', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
    });
    world.create('jobs', {
      metadata: { name: 'once', namespace: 'shop' },
      spec: { template: template('once', { restartPolicy: 'Never' }) },
    });
    await patchJson(sandbox, webPath, [{ op: 'replace', path: '/spec/replicas', value: 9 }]);
    await sandbox.settle();

    expect(web(sandbox)?.spec.replicas).toBe(5);
    expect(world.get('endpoints', 'shop', 'web')?.subsets?.[0]?.addresses).toHaveLength(5);
    expect(world.get('poddisruptionbudgets', 'shop', 'web')?.status).toMatchObject({
      disruptionsAllowed: 1,
      currentHealthy: 5,
      desiredHealthy: 4,
    });
    expect(world.get('statefulsets', 'shop', 'db')?.status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
    expect(world.pods('shop', { app: 'db' }).map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    expect(world.get('daemonsets', 'shop', 'agent')?.status.numberReady).toBe(1);
    expect(world.get('jobs', 'shop', 'once')?.status).toMatchObject({
      succeeded: 1,
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Complete', status: 'True' })]),
    });
  });
});
