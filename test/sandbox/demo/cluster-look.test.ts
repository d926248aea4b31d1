import { describe, expect, it } from '@jest/globals';
import { clusterLook } from '../../../src/sandbox/demo/cluster-look.ts';
import type { ClusterObjects } from '../../../src/sandbox/demo/host.ts';
import type { JsonObject } from '../../../src/sandbox/demo/protocol.ts';

const revision = (number: string) => ({ 'deployment.kubernetes.io/revision': number });
const controlledBy = (uid: string) => [{ kind: 'Owner', name: uid, uid, controller: true }];
const named = (name: string, more: object = {}) => ({ name, namespace: 'shop', uid: `uid-${name}`, ...more });

const container = {
  name: 'api',
  image: 'registry.example/api:2',
  env: [
    { name: 'BATCH', value: '64' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'api' } } },
  ],
  resources: { limits: { memory: '2Gi' } },
};
/** A deployment of three at rest; `spec`, `status` and `metadata` are changed by the given fields. */
function deployment({
  spec = {},
  status = {},
  metadata = {},
}: {
  spec?: object;
  status?: object;
  metadata?: object;
} = {}) {
  return {
    metadata: named('api', { generation: 2, annotations: revision('2'), ...metadata }),
    spec: {
      replicas: 3,
      template: { metadata: { labels: { app: 'api' } }, spec: { containers: [container] } },
      ...spec,
    },
    status: {
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      ...status,
    },
  };
}
const set = (name: string, number: string) => ({
  metadata: named(name, { ownerReferences: controlledBy('uid-api'), annotations: revision(number) }),
});
function pod(name: string, owner: string, { spec = {}, status = {}, metadata = {} }: Record<string, object> = {}) {
  return {
    metadata: named(name, { ownerReferences: controlledBy(`uid-${owner}`), ...metadata }),
    spec: { nodeName: 'node-1', containers: [container], ...spec },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'api', ready: true, restartCount: 0, state: { running: {} } }],
      ...status,
    },
  };
}
function lookAt(
  objects: Partial<Record<keyof ClusterObjects, readonly JsonObject[]>>,
  kind: 'stand-in' | 'real' = 'stand-in',
) {
  return clusterLook({
    kind,
    name: 'test',
    writes: [],
    objects: {
      nodes: [],
      deployments: [],
      replicaSets: [],
      pods: [],
      events: [],
      autoscalers: [],
      budgets: [],
      podMetrics: [],
      ...objects,
    },
  });
}

describe('a deployment', () => {
  it('is shown with its pods, the newest revision first, and what they use', () => {
    const look = lookAt({
      deployments: [deployment({ metadata: { annotations: { ...revision('2'), 'firebreak.dev/plan': 'plan-7' } } })],
      replicaSets: [set('api-old', '1'), set('api-new', '2')],
      pods: [
        pod('api-old-1', 'api-old', { metadata: { deletionTimestamp: '2026-01-05T09:00:00Z' } }),
        pod('api-new-2', 'api-new'),
        pod('api-new-1', 'api-new', { status: { containerStatuses: [{ restartCount: 2 }, { restartCount: 1 }] } }),
        pod('stray', 'something-else'),
      ],
      podMetrics: [
        {
          metadata: { name: 'api-new-2', namespace: 'shop' },
          containers: [{ usage: { cpu: '250000000n', memory: '409600Ki' } }, { usage: { cpu: '5m', memory: '12Mi' } }],
        },
      ],
    });

    expect(look.workloads).toEqual([
      {
        namespace: 'shop',
        name: 'api',
        wanted: 3,
        ready: 3,
        updated: 3,
        revision: '2',
        image: 'registry.example/api:2',
        paused: false,
        state: 'steady',
        env: [{ name: 'BATCH', value: '64' }],
        memoryLimit: '2Gi',
        mark: 'plan-7',
        pods: [
          { name: 'api-new-1', status: 'Running', ready: true, restarts: 3, node: 'node-1', revision: '2' },
          {
            name: 'api-new-2',
            status: 'Running',
            ready: true,
            restarts: 0,
            node: 'node-1',
            revision: '2',
            memory: '412Mi',
            cpu: '255m',
          },
          { name: 'api-old-1', status: 'Terminating', ready: false, restarts: 0, node: 'node-1', revision: '1' },
        ],
      },
    ]);
  });

  it('of a real cluster shows no values of its environment', () => {
    expect(lookAt({ deployments: [deployment()] }, 'real').workloads[0]?.env).toEqual([]);
  });

  it.each([
    ['steady', {}],
    ['steady', { spec: { replicas: 0 }, status: { replicas: 0, updatedReplicas: 0, availableReplicas: 0 } }],
    ['steady', { spec: { paused: true }, status: { updatedReplicas: 0 } }],
    ['moving', { status: { observedGeneration: 1 } }],
    ['moving', { status: { updatedReplicas: 1 } }],
    ['moving', { status: { replicas: 4 } }],
    ['moving', { status: { availableReplicas: 2 } }],
    ['stuck', { status: { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] } }],
  ])('is %s with %j', (state, changed) => {
    expect(lookAt({ deployments: [deployment(changed)] }).workloads[0]?.state).toBe(state);
  });

  it('is stuck while one of its pods crashes again and again', () => {
    const crashing = { containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] };

    const look = lookAt({
      deployments: [deployment()],
      replicaSets: [set('api-new', '2')],
      pods: [pod('api-new-1', 'api-new', { status: crashing })],
    });

    expect(look.workloads[0]?.state).toBe('stuck');
  });

  it.each([
    ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/api' } }],
    ['Argo CD', { labels: { 'argocd.argoproj.io/instance': 'shop' } }],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }],
    ['Flux', { labels: { 'helm.toolkit.fluxcd.io/name': 'shop', 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['Helm', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['InferenceService llm', { ownerReferences: [{ kind: 'InferenceService', name: 'llm' }] }],
    [undefined, { labels: { 'app.kubernetes.io/managed-by': 'kubectl' } }],
  ])('is owned by %s with %j', (owner, metadata) => {
    expect(lookAt({ deployments: [deployment({ metadata })] }).workloads[0]?.owner).toBe(owner);
  });

  it('shows the autoscaler and the budget that are about it, and no others', () => {
    const scaler = (name: string, kind: string) => ({
      metadata: named(name),
      spec: { scaleTargetRef: { kind, name }, maxReplicas: 9 },
    });
    const budget = (app: string, spec: object) => ({
      metadata: named(app),
      spec: { selector: { matchLabels: { app } }, ...spec },
      status: { disruptionsAllowed: 1 },
    });

    const both = lookAt({
      deployments: [deployment()],
      autoscalers: [scaler('other', 'Deployment'), scaler('api', 'StatefulSet'), scaler('api', 'Deployment')],
      budgets: [{ metadata: named('none'), spec: {} }, budget('other', {}), budget('api', { minAvailable: '50%' })],
    });
    const neither = lookAt({
      deployments: [deployment()],
      autoscalers: [scaler('other', 'Deployment')],
      budgets: [budget('other', {})],
    });

    expect(both.workloads[0]).toMatchObject({
      autoscaler: { min: 1, max: 9 },
      budget: 'at least 50% available, 1 may go now',
    });
    expect(Object.keys(neither.workloads[0] ?? {})).not.toEqual(expect.arrayContaining(['autoscaler']));
    expect(Object.keys(neither.workloads[0] ?? {})).not.toEqual(expect.arrayContaining(['budget']));
  });
});

describe('a pod’s status', () => {
  const containers = (...states: object[]) => ({ containerStatuses: states.map((state) => ({ state })) });
  const init = (...states: object[]) => ({ initContainerStatuses: states.map((state) => ({ state })) });
  const waits = (reason: string) => ({ waiting: { reason } });
  const ended = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, ...more } });

  it.each<[status: string, pod: Record<string, object>]>([
    ['Running', {}],
    ['Pending', { status: { phase: 'Pending', containerStatuses: [] } }],
    ['ContainerCreating', { status: { phase: 'Pending', ...containers(waits('ContainerCreating')) } }],
    ['ImagePullBackOff', { status: { phase: 'Pending', ...containers(waits('ImagePullBackOff')) } }],
    ['CrashLoopBackOff', { status: containers({ running: {} }, waits('CrashLoopBackOff')) }],
    ['OOMKilled', { status: containers(ended(137, { reason: 'OOMKilled' })) }],
    ['Completed', { status: { phase: 'Succeeded', ...containers(ended(0, { reason: 'Completed' })) } }],
    ['ExitCode:3', { status: containers(ended(3)) }],
    ['Signal:9', { status: containers(ended(137, { signal: 9 })) }],
    ['Evicted', { status: { phase: 'Failed', reason: 'Evicted', containerStatuses: [] } }],
    [
      'Init:1/2',
      { status: { phase: 'Pending', ...init(ended(0), { running: {} }), ...containers(waits('PodInitializing')) } },
    ],
    ['Init:CrashLoopBackOff', { status: init(waits('CrashLoopBackOff')) }],
    ['Running', { status: init(ended(0)) }],
    ['Terminating', { metadata: { deletionTimestamp: 'now' }, status: containers(waits('CrashLoopBackOff')) }],
    ['Unknown', { metadata: { deletionTimestamp: 'now' }, status: { reason: 'NodeLost' } }],
  ])('is %s, as kubectl says it, for %j', (status, changed) => {
    const look = lookAt({
      deployments: [deployment()],
      replicaSets: [set('api-new', '2')],
      pods: [pod('api-new-1', 'api-new', changed)],
    });

    expect(look.workloads[0]?.pods[0]?.status).toBe(status);
  });
});

describe('a node', () => {
  const node = (name: string, capacity: object, more: object = {}) => ({
    metadata: { name },
    spec: {},
    status: { capacity, conditions: [{ type: 'Ready', status: 'True' }] },
    ...more,
  });
  const asking = (resource: string, count: string) => ({
    containers: [{ resources: { limits: { [resource]: count } } }],
    nodeName: 'gpu-1',
  });

  it('shows its devices, each held by a pod or free', () => {
    const look = lookAt({
      nodes: [
        node('gpu-2', { 'habana.ai/gaudi': '8' }, { spec: { unschedulable: true } }),
        node('gpu-1', {
          cpu: '8',
          'nvidia.com/gpu': '4',
          'attachable-volumes.kubernetes.io/csi': '20',
          'hugepages-2Mi': '0',
        }),
      ],
      pods: [
        pod('train', 'x', { spec: asking('nvidia.com/gpu', '2') }),
        pod('serve', 'x', { spec: asking('nvidia.com/gpu', '1') }),
        pod('done', 'x', { spec: asking('nvidia.com/gpu', '1'), status: { phase: 'Succeeded' } }),
        pod('waits', 'x', { spec: { ...asking('nvidia.com/gpu', '1'), nodeName: undefined } }),
      ],
    });

    expect(look.nodes).toEqual([
      {
        name: 'gpu-1',
        ready: true,
        cordoned: false,
        pods: 2,
        devices: [{ resource: 'nvidia.com/gpu', label: 'GPU', total: 4, usedBy: ['train', 'train', 'serve'] }],
      },
      {
        name: 'gpu-2',
        ready: true,
        cordoned: true,
        pods: 0,
        devices: [{ resource: 'habana.ai/gaudi', label: 'HPU', total: 8, usedBy: [] }],
      },
    ]);
  });
});

describe('events', () => {
  it('are shown the newest first, whichever API wrote them', () => {
    const look = lookAt({
      events: [
        {
          metadata: { name: 'a', resourceVersion: '9' },
          involvedObject: { kind: 'Pod', namespace: 'shop', name: 'api-1' },
          type: 'Warning',
          reason: 'BackOff',
          message: 'Back-off restarting',
          lastTimestamp: '2026-01-05T09:00:00Z',
          count: 4,
        },
        {
          metadata: { name: 'b', resourceVersion: '10' },
          regarding: { kind: 'Node', name: 'gpu-1' },
          type: 'Normal',
          reason: 'NodeReady',
          note: 'ready',
          eventTime: '2026-01-05T09:00:00Z',
          lastTimestamp: null,
        },
        { metadata: { name: 'c', creationTimestamp: '2026-01-05T10:00:00Z' }, involvedObject: { kind: 'Pod' } },
      ],
    });

    expect(look.events).toEqual([
      { at: '2026-01-05T10:00:00Z', isWarning: false, reason: '', about: 'pod ', text: '', count: 1 },
      {
        at: '2026-01-05T09:00:00Z',
        isWarning: false,
        reason: 'NodeReady',
        about: 'node gpu-1',
        text: 'ready',
        count: 1,
      },
      {
        at: '2026-01-05T09:00:00Z',
        isWarning: true,
        reason: 'BackOff',
        about: 'pod shop/api-1',
        text: 'Back-off restarting',
        count: 4,
      },
    ]);
  });

  it('are sixty at most', () => {
    const events = Array.from({ length: 70 }, (_, at) => ({ metadata: { name: `e${at}`, resourceVersion: `${at}` } }));

    expect(lookAt({ events }).events).toHaveLength(60);
  });
});
