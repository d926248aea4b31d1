/** When a rollout is given up, whatever holds it. */
import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../src/sandbox/kubernetes/json.ts';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { patchJson, startSandbox, webPath } from './sandbox.ts';

const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop/web:slow' }];
const progressing = ({ world }: SandboxKubernetes) =>
  world.get('deployments', 'shop', 'web')?.status.conditions?.find(({ type }) => type === 'Progressing');

async function withWeb(replicas: number, strategy: JsonObject): Promise<SandboxKubernetes> {
  const sandbox = await startSandbox();
  sandbox.world.onPod((pod) =>
    pod.spec.containers[0]?.image.endsWith(':slow') === true ? { fate: 'never-ready' } : undefined,
  );
  const spec = { progressDeadlineSeconds: 30, strategy };
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas, spec });
  await sandbox.settle();
  return sandbox;
}

describe('a rollout to pods that never get ready', () => {
  it.each([
    ['with a surge', 1, { type: 'RollingUpdate' }],
    ['in place, without one more pod', 3, { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }],
    ['all at once, without one more pod', 2, { type: 'Recreate' }],
  ])('%s is given up after its deadline', async (_, replicas, strategy) => {
    const sandbox = await withWeb(replicas, strategy);

    await patchJson(sandbox, webPath, image);
    sandbox.advance(28_000);
    expect(progressing(sandbox)).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    sandbox.advance(4000);

    expect(progressing(sandbox)).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  it('is given up although an old pod comes and goes meanwhile', async () => {
    const sandbox = await withWeb(1, { type: 'RollingUpdate' });
    await patchJson(sandbox, webPath, image);
    sandbox.advance(20_000);

    sandbox.world.breakNode('node-1');
    sandbox.advance(1000);
    sandbox.advance(11_000);

    expect(progressing(sandbox)).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  it('goes on when it does after all', async () => {
    const sandbox = await withWeb(1, { type: 'RollingUpdate' });
    await patchJson(sandbox, webPath, image);
    sandbox.advance(60_000);

    await patchJson(sandbox, webPath, [{ ...image[0], value: 'shop/web:v3' }]);
    await sandbox.settle();

    expect(progressing(sandbox)).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
  });
});
