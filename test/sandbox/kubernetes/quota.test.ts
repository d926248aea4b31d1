import { describe, expect, it } from '@jest/globals';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { patchJson, startSandbox, webPath } from './sandbox.ts';

const web = ({ world }: SandboxKubernetes) => world.get('deployments', 'shop', 'web');
const conditionOf = (sandbox: SandboxKubernetes, type: string) =>
  web(sandbox)?.status.conditions?.find((condition) => condition.type === type);

/** A deployment of four pods with a GPU each, in a namespace that may have three. */
async function overQuota(): Promise<SandboxKubernetes> {
  const sandbox = await startSandbox();
  const { world } = sandbox;
  world.node('gpu-1', { capacity: { 'nvidia.com/gpu': '8' } });
  world.namespace('shop');
  const hard = { 'requests.nvidia.com/gpu': '3', 'limits.memory': '8Gi', pods: '10' };
  world.create('resourcequotas', { metadata: { namespace: 'shop', name: 'team' }, spec: { hard } });
  world.deployment({
    namespace: 'shop',
    name: 'web',
    image: 'shop/web:v1',
    replicas: 4,
    limits: { 'nvidia.com/gpu': '1', memory: '512Mi' },
    spec: { progressDeadlineSeconds: 60 },
  });
  await sandbox.settle();
  return sandbox;
}

describe('a quota', () => {
  it('refuses the pod that is one too many, and its owners say so', async () => {
    const sandbox = await overQuota();

    expect(sandbox.world.pods('shop', { app: 'web' })).toHaveLength(3);
    const why =
      /^pods "web-\w+-\w{5}" is forbidden: exceeded quota: team, requested: requests.nvidia.com\/gpu=1, used: requests.nvidia.com\/gpu=3, limited: requests.nvidia.com\/gpu=3$/;
    expect(conditionOf(sandbox, 'ReplicaFailure')).toMatchObject({
      status: 'True',
      reason: 'FailedCreate',
      message: expect.stringMatching(why),
    });
    const failed = sandbox.world.list('events', 'shop').filter(({ reason }) => reason === 'FailedCreate');
    expect(failed).toMatchObject([
      { type: 'Warning', involvedObject: { kind: 'ReplicaSet' }, source: { component: 'replicaset-controller' } },
    ]);
    expect(failed[0]?.message).toMatch(/^Error creating: pods "web-/);
    expect(sandbox.world.get('resourcequotas', 'shop', 'team')?.status).toEqual({
      hard: { 'requests.nvidia.com/gpu': '3', 'limits.memory': '8Gi', pods: '10' },
      used: { 'requests.nvidia.com/gpu': '3', 'limits.memory': '1536Mi', pods: '3' },
    });
  });

  it('lets the pod in as soon as there is room', async () => {
    const sandbox = await overQuota();

    sandbox.world.edit('resourcequotas', 'shop', 'team', (quota) => {
      quota['spec'] = { hard: { 'requests.nvidia.com/gpu': '4' } };
    });
    await sandbox.settle();

    expect(web(sandbox)?.status.availableReplicas).toBe(4);
    expect(conditionOf(sandbox, 'ReplicaFailure')).toBeUndefined();
  });

  it('blocks a rollout that needs one pod more, until its deadline', async () => {
    const sandbox = await overQuota();
    await patchJson(sandbox, webPath, [{ op: 'replace', path: '/spec/replicas', value: 3 }]);
    await sandbox.settle();

    await patchJson(sandbox, webPath, [
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'shop/web:v2' },
    ]);
    sandbox.advance(59_000);
    expect(conditionOf(sandbox, 'Progressing')).toMatchObject({ status: 'True' });
    sandbox.advance(2000);

    expect(conditionOf(sandbox, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(web(sandbox)?.status).toMatchObject({ availableReplicas: 3, unavailableReplicas: 1 });
  });

  it.each([
    [
      {},
      403,
      {
        reason: 'Forbidden',
        message: 'pods "extra" is forbidden: failed quota: team: must specify limits.memory for: app',
      },
    ],
    [
      { limits: { memory: '8Gi' } },
      403,
      {
        reason: 'Forbidden',
        message:
          'pods "extra" is forbidden: exceeded quota: team, requested: limits.memory=8Gi, used: limits.memory=1536Mi, limited: limits.memory=8Gi',
      },
    ],
    [{ limits: { memory: '1Gi' } }, 201, { kind: 'Pod', metadata: { name: 'extra' } }],
  ])('answers a POST of a pod with the resources %j by %i', async (resources, status, body) => {
    const sandbox = await overQuota();
    const answer = await fetch(`${sandbox.url}/api/v1/namespaces/shop/pods`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'extra' },
        spec: { containers: [{ name: 'app', image: 'shop/extra:v1', resources }] },
      }),
    });

    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(body);
  });
});
