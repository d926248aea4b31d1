/** What counts against `policy.limits.podsPerPlan`, besides the pods of a workload that is changed. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { endsOnNode } from '../../../src/adapters/kubernetes/change/tolerations.ts';
import { podsMade } from '../../../src/adapters/kubernetes/change/pods-made.ts';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { ObjectChange } from '../../../src/domain/change-action.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { Cluster, Resolution } from '../../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const taint = (effect: 'NoExecute' | 'NoSchedule'): ObjectChange => ({
  type: 'taint',
  target: { resource: 'nodes', name: 'node-1' },
  taints: [{ key: 'dedicated', value: 'gpu', effect }],
});
const remove = (resource: string, name: string, group?: string): ObjectChange => ({
  type: 'delete',
  target: { resource, name, ...(group === undefined ? {} : { group }) },
});
const template = {
  metadata: { labels: { app: 'new' } },
  spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
};
const create = (spec: Json): ObjectChange => ({
  type: 'create',
  target: { resource: 'deployments', group: 'apps', name: 'new' },
  manifest: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'new' },
    spec: { selector: { matchLabels: { app: 'new' } }, template, ...(spec as object) },
  },
});
const noLimit = Number.MAX_SAFE_INTEGER;

describe('a plan', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  beforeAll(async () => {
    sandbox = await startKubernetes({ clock: 'manual' });
    sandbox.world.namespace('shop');
    sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 2 });
    const tolerations = [{ key: 'dedicated', operator: 'Exists' }];
    const pods: [string, Json[]][] = [
      ['plain', []],
      ['other', [{ key: 'other', operator: 'Exists' }]],
      ['stays', tolerations],
      ['waits', [{ key: 'dedicated', operator: 'Exists', tolerationSeconds: 60 }]],
    ];
    for (const [name, own] of pods) {
      sandbox.world.create('pods', {
        metadata: { namespace: 'shop', name },
        spec: {
          nodeName: 'node-1',
          tolerations: own,
          containers: [{ name: 'app', image: 'workload:v1' }],
        } as never,
      });
    }
    await sandbox.settle();
    cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
  });
  afterEach(() => sandbox.faults.clear());
  afterAll(async () => {
    await cluster.close();
    await sandbox.stop();
  });

  const resolve = (action: ObjectChange, podsPerPlan = 50): Promise<Resolution> =>
    cluster.resolve(action, { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan, now: new Date() });
  const onNode = (): string[] =>
    sandbox.world
      .list('pods', 'shop')
      .filter(({ spec }) => spec.nodeName === 'node-1')
      .map(({ metadata }) => metadata.name)
      .sort();
  const mayNotList = (): void =>
    void sandbox.faults.add({ kind: 'status', code: 403, method: 'GET', path: /\/pods\?/, times: 20 });

  it('counts the pods that a taint with NoExecute ends, and no others', async () => {
    const ended = onNode().filter((name) => name !== 'stays');

    expect(ended).toEqual(expect.arrayContaining(['other', 'plain', 'waits']));
    expect(await resolve(taint('NoExecute'))).toMatchObject({
      facts: { class: 'destructive', affected: { pods: ended.length, podNames: ended, budgets: [] } },
    });
    expect(await resolve(taint('NoExecute'), ended.length - 1)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining(`touches ${ended.length} pods`),
    });
    expect(await resolve(taint('NoSchedule'), 1)).toMatchObject({ facts: { affected: { pods: 0 } } });
  });

  it.each<[string, ObjectChange]>([
    ['a taint with NoExecute', taint('NoExecute')],
    ['the end of a workload', remove('deployments', 'web', 'apps')],
    ['the end of a namespace', remove('namespaces', 'shop')],
    ['the end of a node', remove('nodes', 'node-1')],
  ])('of %s is refused when our account may not list the pods, unless there is no limit', async (_what, action) => {
    mayNotList();

    expect(await resolve(action)).toMatchObject({
      kind: 'refused',
      text: expect.stringMatching(/How many pods this touches is not known: our account may not list/),
    });
    expect(await resolve(action, noLimit)).toMatchObject({ kind: 'resolved' });
  });

  it('of an orphaning delete is about no pods', async () => {
    mayNotList();

    expect(await resolve({ ...remove('deployments', 'web', 'apps'), cascade: 'orphan' } as ObjectChange)).toMatchObject(
      {
        facts: { affected: { pods: 0 } },
      },
    );
  });

  it('counts the pods of a new workload', async () => {
    expect(await resolve(create({ replicas: 7 }))).toMatchObject({ facts: { affected: { pods: 7, podNames: [] } } });
    expect(await resolve(create({}))).toMatchObject({ facts: { affected: { pods: 1 } } });
    expect(await resolve(create({ replicas: 5000 }))).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining('This touches 5000 pods, and a plan may touch 50'),
    });
  });

  it.each([
    [2, 90, 0],
    [60, 90, 58],
    [1, 1, 1],
  ])('of an autoscaler from %i to %i counts the pods that come or go at once: %i', async (min, max, pods) => {
    const action: ObjectChange = {
      type: 'autoscale',
      target: { resource: 'deployments', group: 'apps', name: 'web' },
      min,
      max,
    };

    expect(await resolve(action, noLimit)).toMatchObject({ facts: { affected: { pods } } });
    expect((await resolve(action)).kind).toBe(pods > 50 ? 'refused' : 'resolved');
  });
});

describe('the pods that a new object makes', () => {
  const nodes = { get: () => Promise.resolve({ items: [{}, {}, {}] }) };

  it.each<[string, string, Json, number]>([
    ['', 'Pod', {}, 1],
    ['', 'ConfigMap', {}, 0],
    ['', 'ReplicationController', { replicas: 3 }, 3],
    ['apps', 'ReplicaSet', { replicas: 3 }, 3],
    ['apps', 'StatefulSet', {}, 1],
    ['apps', 'DaemonSet', {}, 3],
    ['batch', 'Job', {}, 1],
    ['batch', 'Job', { parallelism: 9 }, 9],
    ['batch', 'Job', { parallelism: 9, completions: 4 }, 4],
    ['batch', 'Job', { parallelism: 9, suspend: true }, 0],
    ['batch', 'CronJob', {}, 0],
    ['autoscaling', 'HorizontalPodAutoscaler', { minReplicas: 80 }, 80],
    ['example.com', 'Deployment', { replicas: 3 }, 0],
  ])('%s/%s %j: %i', async (group, kind, spec, pods) => {
    expect(await podsMade(nodes, { group, kind }, { spec })).toBe(pods);
  });
});

describe('a new taint with NoExecute', () => {
  const added = { key: 'a', value: 'b', effect: 'NoExecute' };
  const pod = (tolerations: Json): Json => ({ spec: { tolerations } });

  it.each<[string, Json, boolean]>([
    ['nothing', [], true],
    ['everything', [{ operator: 'Exists' }], false],
    ['the key', [{ key: 'a', operator: 'Exists' }], false],
    ['the key for another effect', [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }], true],
    ['key and value', [{ key: 'a', value: 'b', effect: 'NoExecute' }], false],
    ['another value', [{ key: 'a', operator: 'Equal', value: 'c' }], true],
    ['another key', [{ key: 'b', operator: 'Exists' }], true],
    ['it for a while', [{ key: 'a', operator: 'Exists', tolerationSeconds: 5 }], true],
    [
      'it for ever and for a while',
      [{ operator: 'Exists' }, { key: 'a', operator: 'Exists', tolerationSeconds: 5 }],
      true,
    ],
    ['a value without a key', [{ value: 'b' }], true],
    ['it by an unknown operator', [{ key: 'a', operator: 'Gt', value: 'b' }], true],
  ])('and a pod that tolerates %s', (_what, tolerations, ends) => {
    expect(endsOnNode([], [added])?.(pod(tolerations))).toBe(ends);
  });

  it('is one by its key, value and effect', () => {
    expect(endsOnNode([added], [added])).toBeUndefined();
    expect(endsOnNode([], [{ ...added, effect: 'NoSchedule' }])).toBeUndefined();
    expect(endsOnNode([{ ...added, value: 'c' }], [added])).toBeDefined();
  });
});
