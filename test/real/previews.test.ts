/** What a plan foretells, and what the real cluster then does: quotas, the nodes' room, who goes, autoscalers. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { OperatorPlan } from '../../src/flow/operate.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { operatorOn, planBy } from '../contracts/cluster-operator.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { bodyOf, textOf, type Body } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';

const patienceMs = 30_000;
const json = { 'Content-Type': 'application/json' };
const merge = { 'Content-Type': 'application/merge-patch+json' };
/** Of this run alone, so that no other pod takes any. */
const device = `firebreak.test/gpu-${randomBytes(4).toString('hex')}`;

/** Pods that no scheduler takes: quotas count them all the same. */
const unscheduled = { schedulerName: 'nobody' };
const workload = (
  kind: 'Deployment' | 'StatefulSet',
  name: string,
  replicas: number,
  pod: object,
  over: object = {},
) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    ...over,
    template: {
      metadata: { labels: { app: name } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'workload:v1' }], ...pod },
    },
  },
});
const app = (resources: object) => ({ containers: [{ name: 'app', image: 'workload:v1', resources }] });

describe('a preview', () => {
  let server: ServerForCluster;
  let small: ServerForCluster;
  let cluster: Cluster;
  let node: string;

  async function send(
    method: string,
    path: string,
    body: object,
    headers: Record<string, string> = json,
  ): Promise<Body> {
    const answer = await server.send({ method, path, headers, body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return bodyOf(answer);
  }
  const create = (folder: string, object: object, { namespace } = server): Promise<Body> =>
    send('POST', folder.replace('NS', `namespaces/${namespace}`), object);
  async function podsOf(name: string, { namespace } = server): Promise<readonly Body[]> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${name}`;
    const items = bodyOf(await server.send({ path }))['items'];
    return (Array.isArray(items) ? (items as Body[]) : []).filter(
      ({ metadata }) => metadata?.['deletionTimestamp'] === undefined,
    );
  }
  const until = <T>(what: string, check: () => Promise<T>) => eventually(what, check, patienceMs);
  const named = (pods: readonly Body[]): string[] => pods.map(({ metadata }) => textOf(metadata?.['name'])).sort();
  const nodeStatus = (amount: string | null): Promise<Body> =>
    send(
      'PATCH',
      `/api/v1/nodes/${node}/status`,
      { status: { capacity: { [device]: amount }, allocatable: { [device]: amount } } },
      merge,
    );
  const plan = (command: string, { namespace } = server): Promise<OperatorPlan> => planBy(cluster, command, namespace);
  const apply = async (found: OperatorPlan): Promise<void> => {
    expect(await operatorOn(cluster).apply(found)).toMatchObject({ outcome: 'succeeded' });
  };

  beforeAll(async () => {
    [server, small] = await Promise.all([openNamespace('previews'), openNamespace('previews-small')]);
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    const nodes = bodyOf(await server.send({ path: '/api/v1/nodes' }))['items'];
    const ready = (Array.isArray(nodes) ? (nodes as Body[]) : []).find(
      // Others may have made nodes behind which there is no machine.
      (one) => /"kubeletVersion":"v/.test(JSON.stringify(one['status'])),
    );
    node = textOf(ready?.metadata?.['name']);
    await nodeStatus('3');
    const hard = { pods: '9', 'requests.memory': '500Mi' };
    await create('/api/v1/NS/resourcequotas', { metadata: { name: 'team' }, spec: { hard } }, small);
    const limits = [
      { type: 'Container', defaultRequest: { memory: '100Mi' }, max: { memory: '1Gi' }, default: { memory: '200Mi' } },
    ];
    await create('/api/v1/NS/limitranges', { metadata: { name: 'bounds' }, spec: { limits } }, small);
  }, patienceMs);
  afterAll(async () => {
    await nodeStatus(null);
    await Promise.all([server.close(), small.close(), cluster.close()]);
  });

  it('says how many pods a quota lets in, and so many come', async () => {
    await until('the quota is counted', async () => {
      const path = `/api/v1/namespaces/${small.namespace}/resourcequotas/team`;
      return bodyOf(await server.send({ path }))['status']?.['hard'] !== undefined;
    });
    await create('/apis/apps/v1/NS/deployments', workload('Deployment', 'many', 1, unscheduled), small);
    await until('there is one', async () => (await podsOf('many', small)).length === 1);

    const found = await until('the quota has counted it', async () => {
      const made = await plan('kubectl scale deploy/many --replicas=8', small);
      return made.warnings[0]?.includes('100Mi of') === true ? made : undefined;
    });
    await apply(found);

    expect(found.warnings[0]).toBe(
      'ResourceQuota team leaves room for 4 of the 7 new pods (requests.memory: 100Mi of 500Mi used, each pod asks for 100Mi). The others wait until there is room.',
    );
    const deployment = `/apis/apps/v1/namespaces/${small.namespace}/deployments/many`;
    await until('the controller was refused', async () =>
      JSON.stringify(bodyOf(await server.send({ path: deployment }))['status']).includes('exceeded quota: team'),
    );
    expect(await podsOf('many', small)).toHaveLength(5);
  });

  it('says what a LimitRange refuses, before a rollout stands still', async () => {
    await create('/apis/apps/v1/NS/deployments', workload('Deployment', 'bounded', 0, unscheduled), small);

    const { warnings } = await plan('kubectl set resources deploy/bounded --limits=memory=2Gi', small);
    const grown = await plan('kubectl scale deploy/bounded --replicas=1', small);

    // No pods, no rollout; and what is within the bounds is not told.
    expect(warnings.join()).not.toContain('LimitRange');
    expect(grown.warnings.join()).not.toContain('LimitRange');
    await send(
      'PATCH',
      `/apis/apps/v1/namespaces/${small.namespace}/deployments/bounded`,
      {
        spec: { template: { spec: { ...unscheduled, ...app({ limits: { memory: '2Gi' } }) } } },
      },
      { 'Content-Type': 'application/strategic-merge-patch+json' },
    );
    const refused = await plan('kubectl scale deploy/bounded --replicas=1', small);
    await apply(refused);
    expect(refused.warnings[0]).toBe(
      'LimitRange bounds refuses pods with more than 1Gi of memory for a container, and the limit of app is 2Gi. None of the new pods can be made.',
    );
    const path = `/apis/apps/v1/namespaces/${small.namespace}/deployments/bounded`;
    await until('the controller was refused', async () =>
      JSON.stringify(bodyOf(await server.send({ path }))['status']).includes(
        'maximum memory usage per Container is 1Gi',
      ),
    );
  });

  it('says how many pods the nodes have room for, and so many are placed', async () => {
    const pod = app({ limits: { [device]: '1' } });
    await create('/apis/apps/v1/NS/deployments', workload('Deployment', 'gpu', 1, pod));
    await until('one is placed', async () =>
      (await podsOf('gpu')).some((one) => one['spec']?.['nodeName'] !== undefined),
    );

    const found = await plan('kubectl scale deploy/gpu --replicas=5');
    await apply(found);

    expect(found.warnings).toHaveLength(1);
    expect(found.warnings[0]).toContain(`The nodes have room for 2 of the 4 new pods: ${device} is used up`);
    expect(found.warnings[0]).toMatch(/The others wait until there is room\.$/);
    const placed = await until('the scheduler has decided on all', async () => {
      const pods = await podsOf('gpu');
      const waiting = pods.filter((one) => JSON.stringify(one['status'] ?? {}).includes('Unschedulable'));
      const on = pods.filter((one) => one['spec']?.['nodeName'] !== undefined);
      return pods.length === 5 && waiting.length + on.length === 5 ? on : undefined;
    });
    expect(placed).toHaveLength(3);
  });

  it('says that no node has as much as one pod asks for', async () => {
    await create(
      '/apis/apps/v1/NS/deployments',
      workload('Deployment', 'huge', 0, app({ requests: { memory: '900Gi' } })),
    );

    const found = await plan('kubectl scale deploy/huge --replicas=1');

    expect(found.warnings[0]).toMatch(
      /^The nodes have room for no new pod: memory is short \(each asks for 900Gi, and no node has more than \S+Mi left for one more\)/,
    );
  });

  it('names the pods of a StatefulSet that go, and that their claims stay', async () => {
    const volumeClaimTemplates = [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } },
      },
    ];
    const over = { podManagementPolicy: 'Parallel', volumeClaimTemplates };
    await create('/apis/apps/v1/NS/statefulsets', workload('StatefulSet', 'db', 3, unscheduled, over));
    await until('there are three', async () => (await podsOf('db')).length === 3);

    const found = await plan('kubectl scale sts/db --replicas=1');
    await apply(found);

    expect(found.affected.podNames).toEqual(['db-2', 'db-1']);
    expect(found.warnings).toEqual([
      'The pods with the highest numbers go first: db-2, db-1.',
      'Their PersistentVolumeClaims stay behind, with their data and their cost: data-db-2, data-db-1.',
    ]);
    await until('two are gone', async () => named(await podsOf('db')).join() === 'db-0');
    const claims = bodyOf(await server.send({ path: `/api/v1/namespaces/${server.namespace}/persistentvolumeclaims` }));
    expect(claims['items']).toHaveLength(3);
  });

  it('names the pod that goes first, and the budget that is not asked', async () => {
    await create('/apis/apps/v1/NS/deployments', workload('Deployment', 'web', 3, unscheduled));
    const selector = { matchLabels: { app: 'web' } };
    await create('/apis/policy/v1/NS/poddisruptionbudgets', {
      metadata: { name: 'web' },
      spec: { minAvailable: 3, selector },
    });
    const pods = await until('there are three', async () => {
      const all = named(await podsOf('web'));
      return all.length === 3 ? all : undefined;
    });
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '-10' };
    await send(
      'PATCH',
      `/api/v1/namespaces/${server.namespace}/pods/${pods[1] ?? ''}`,
      { metadata: { annotations } },
      merge,
    );

    const found = await plan('kubectl scale deploy/web --replicas=2');
    await apply(found);

    expect(found.affected).toEqual({
      pods: 1,
      podNames: [pods[1]],
      budgets: ['web: allows 0 disruptions; a scale-down does not ask it'],
    });
    await until('it is gone', async () => named(await podsOf('web')).join() === [pods[0], pods[2]].join());
  });

  it('says what new bounds of an autoscaler do at once, and they do it', async () => {
    await create('/apis/apps/v1/NS/deployments', workload('Deployment', 'auto', 1, unscheduled));
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'auto' };
    await create('/apis/autoscaling/v2/NS/horizontalpodautoscalers', {
      metadata: { name: 'auto' },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5 },
    });

    const found = await plan(`kubectl patch hpa auto --type=merge -p '{"spec":{"minReplicas":3}}'`);
    await apply(found);

    expect(found.affected.pods).toBe(2);
    expect(found.warnings).toContain('Deployment auto has 1 replica now: these bounds make it 3 at once.');
    await until('it did', async () => (await podsOf('auto')).length === 3);
  });
});
