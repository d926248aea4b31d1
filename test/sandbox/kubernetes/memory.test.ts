import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { patchJson, startSandbox } from './sandbox.ts';

const path = '/apis/apps/v1/namespaces/shop/deployments/train';

async function withTrainer(): Promise<SandboxKubernetes> {
  const sandbox = await startSandbox({ rolloutMs: 100, backOffMs: 1000 });
  sandbox.world.deployment({
    namespace: 'shop',
    name: 'train',
    image: 'shop/train:v1',
    limits: { memory: '2Gi' },
    sidecars: [{ name: 'proxy', image: 'shop/proxy:v1' }],
  });
  await sandbox.settle();
  return sandbox;
}
function trainer({ world }: SandboxKubernetes) {
  const [pod] = world.pods('shop', { app: 'train' });
  if (!pod) throw new Error('there is no trainer');
  return pod;
}
const statusOf = (sandbox: SandboxKubernetes, name = 'train') =>
  trainer(sandbox).status.containerStatuses?.find((status) => status.name === name);
const use = (sandbox: SandboxKubernetes, memory: string) =>
  sandbox.world.setUsage('shop', trainer(sandbox).metadata.name, { cpu: '1', memory });

describe('a container that uses more memory than its limit', () => {
  it('is killed, starts again with little, and leaves its neighbour alone', async () => {
    const sandbox = await withTrainer();

    use(sandbox, '2049Mi');
    sandbox.advance(0);

    expect(statusOf(sandbox)).toMatchObject({
      ready: false,
      state: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
    });
    expect(statusOf(sandbox, 'proxy')).toMatchObject({ ready: true, restartCount: 0 });
    sandbox.advance(100);
    expect(statusOf(sandbox)).toMatchObject({
      ready: true,
      restartCount: 1,
      lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
    });
    expect(sandbox.world.usageOf(trainer(sandbox)).get('train')?.memory).toBeLessThan(2 ** 31);
    expect(sandbox.world.list('events', 'default').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Memory cgroup out of memory: Killed process \d+ \(train\)$/),
    ]);
  });

  it('that fills up again and again waits in CrashLoopBackOff', async () => {
    const sandbox = await withTrainer();

    use(sandbox, '3Gi');
    sandbox.advance(100);
    use(sandbox, '3Gi');
    sandbox.advance(0);

    expect(statusOf(sandbox)).toMatchObject({
      ready: false,
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { reason: 'OOMKilled' } },
    });
    expect(sandbox.world.list('events', 'shop').map(({ reason }) => reason)).toContain('BackOff');
    sandbox.advance(1000);
    expect(statusOf(sandbox)).toMatchObject({ ready: true, restartCount: 2 });
  });

  it('lives once its limit is raised', async () => {
    const sandbox = await withTrainer();
    use(sandbox, '3Gi');
    sandbox.advance(100);

    await patchJson(sandbox, path, [
      { op: 'replace', path: '/spec/template/spec/containers/0/resources/limits/memory', value: '4Gi' },
    ]);
    await sandbox.settle();
    use(sandbox, '3Gi');
    sandbox.advance(60_000);

    expect(statusOf(sandbox)).toMatchObject({ ready: true, restartCount: 0, lastState: {} });
  });

  it('is forgiven its earlier restarts after it ran well for long', async () => {
    const sandbox = await withTrainer();
    for (let count = 0; count < 2; count++) {
      use(sandbox, '3Gi');
      sandbox.advance(1100);
    }
    sandbox.advance(60_000);

    use(sandbox, '3Gi');
    sandbox.advance(0);

    expect(statusOf(sandbox)?.state).toMatchObject({ terminated: { reason: 'OOMKilled' } });
  });
});
