/** What people read of room, owners and autoscalers, and what they read when our account may not look. */
import { describe, expect, it } from '@jest/globals';
import { boundedBy, autoscalerWarnings } from '../../../../src/adapters/kubernetes/change/preview/autoscalers.ts';
import { eachOf, type Reader } from '../../../../src/adapters/kubernetes/change/preview/look.ts';
import { ownerWarnings } from '../../../../src/adapters/kubernetes/change/preview/owners.ts';
import { findRoom, lookAround, shareNodes } from '../../../../src/adapters/kubernetes/change/preview/room.ts';
import { boundedText } from '../../../../src/adapters/kubernetes/change/warnings.ts';
import { createDiscovery } from '../../../../src/adapters/kubernetes/discovery.ts';
import { ApiRefusal, parseStatus, unreachable } from '../../../../src/adapters/kubernetes/errors.ts';
import type { ObjectChange } from '../../../../src/domain/change-action.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { limitRange, node, quota, template } from './templates.ts';

/** Answers by the path without its query; the rest is not there. `asked` counts. */
function reader(answers: { readonly [path: string]: Json | Error }) {
  const asked: string[] = [];
  const connection: Reader = {
    get(path) {
      asked.push(path);
      const answer = answers[path.split('?')[0] ?? ''] ?? new ApiRefusal('main', parseStatus(404, '{}'));
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { connection, asked };
}
const list = (...items: Json[]): Json => ({ items });
const denied = new ApiRefusal('main', parseStatus(403, '{}'));
const late = unreachable('main', 'it did not answer in time');

const [quotas, limits] = ['/api/v1/namespaces/shop/resourcequotas', '/api/v1/namespaces/shop/limitranges'];
const gpu = template({ limits: { 'nvidia.com/gpu': '1' } });
const room = (connection: Reader, wave: Partial<Parameters<typeof findRoom>[2]['waves'][number]> = {}) =>
  findRoom(connection, lookAround(connection, shareNodes(connection)), {
    namespace: 'shop',
    live: undefined,
    waves: [{ kind: 'added', count: 4, template: gpu, ...wave }],
  });
const nodes = list(node('n1', { 'nvidia.com/gpu': '3' }));
const free = { [quotas]: list(), [limits]: list(), '/api/v1/nodes': nodes, '/api/v1/pods': list() };

describe('room', () => {
  it('is told of quota and nodes', async () => {
    const { connection } = reader({
      ...free,
      [quotas]: list(quota({ 'requests.nvidia.com/gpu': '4' }, { 'requests.nvidia.com/gpu': '2' })),
    });

    expect(await room(connection)).toEqual([
      'ResourceQuota team leaves room for 2 of the 4 new pods (requests.nvidia.com/gpu: 2 of 4 used, each pod asks for 1). The others wait until there is room.',
      'The nodes have room for 3 of the 4 new pods: nvidia.com/gpu is used up. The others wait until there is room.',
    ]);
  });

  it('is none, and nothing is read, without new pods', async () => {
    const { connection, asked } = reader(free);

    expect(
      await findRoom(connection, lookAround(connection, shareNodes(connection)), {
        namespace: 'shop',
        live: undefined,
        waves: [],
      }),
    ).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('is looked for once, however many parts a plan has', async () => {
    const { connection, asked } = reader(free);
    const around = lookAround(connection, shareNodes(connection));
    const part = { namespace: 'shop', live: undefined, waves: [{ kind: 'added' as const, count: 1, template: gpu }] };

    await Promise.all([findRoom(connection, around, part), findRoom(connection, around, part)]);

    expect(asked).toHaveLength(4);
  });

  it('of the whole cluster is looked for once by all who ask at the same time', async () => {
    const { connection, asked } = reader(free);
    const nodesNow = shareNodes(connection);

    await Promise.all([nodesNow(), nodesNow()]);
    const once = asked.length;
    await nodesNow();

    expect([once, asked.length]).toEqual([2, 4]);
  });

  it.each<[string, Error, Error, string[]]>([
    [
      'what may not be read',
      denied,
      denied,
      [
        "Whether the namespace's quota has room for the new pods is not known: our account may not list ResourceQuotas.",
        'Whether the nodes have room for the new pods is not known: our account may not list nodes and the pods of all namespaces.',
      ],
    ],
    [
      'what does not come',
      late,
      late,
      [
        "Whether the namespace's quota has room for the new pods is not known: the cluster did not say in time.",
        'Whether the nodes have room for the new pods is not known: the cluster did not say in time.',
      ],
    ],
  ])('is not known of %s', async (_, quota, pods, sentences) => {
    const { connection } = reader({ ...free, [quotas]: quota, '/api/v1/pods': pods });

    expect(await room(connection)).toEqual(sentences);
  });

  it('of a quota counts no defaults that may not be read', async () => {
    const { connection } = reader({ ...free, [limits]: denied, [quotas]: list(quota({ pods: '9' }, {})) });
    const part = { kind: 'added' as const, count: 1, template: template() };

    expect(await room(connection, part)).toEqual([
      'What LimitRanges add to the new pods is not counted: our account may not list LimitRanges.',
    ]);
  });

  it('on the nodes is not known when it is not known where the pods are that go', async () => {
    const own = '/api/v1/namespaces/shop/pods';
    const { connection } = reader({ ...free, [own]: late });
    const live: Json = { spec: { selector: { matchLabels: { app: 'web' } } } };
    const waves = [{ kind: 'replaced' as const, count: 4, template: gpu }];

    expect(
      await findRoom(connection, lookAround(connection, shareNodes(connection)), { namespace: 'shop', live, waves }),
    ).toEqual(['Whether the nodes have room for the new pods is not known: the cluster did not say in time.']);
  });

  it('passes a bug on', async () => {
    const { connection } = reader({ ...free, [quotas]: new TypeError('a bug') });

    await expect(room(connection)).rejects.toThrow('a bug');
  });

  it.each<[string, { [path: string]: Json }]>([
    [
      'an annotation',
      {
        '/api/v1/nodes': list({
          ...(node('n1', {}) as object),
          metadata: { name: 'n1', annotations: { 'cluster-autoscaler.kubernetes.io/x': '' } },
        }),
      },
    ],
    ['a label', { '/api/v1/nodes': list(node('n1', {}, { labels: { 'karpenter.sh/nodepool': 'x' } })) }],
    [
      'a config map',
      { '/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status': { metadata: { name: 'x' } } },
    ],
  ])('may grow, by %s', async (_, answers) => {
    const { connection } = reader({ ...free, ...answers });

    expect((await room(connection))[0]).toMatch(/ A cluster autoscaler may add nodes\.$/);
  });

  it('is not computed beyond its bound', async () => {
    let pages = 0;
    const connection: Reader = {
      get: () =>
        Promise.resolve({ metadata: { continue: 'next' }, items: Array.from({ length: 500 }, () => (pages++, {})) }),
    };

    const nothing = { take: () => {}, restart: () => {} };
    const whole = await eachOf(
      connection,
      '/x',
      { query: {}, signal: AbortSignal.timeout(5_000), most: 1_000 },
      nothing,
    );

    expect([whole, pages]).toEqual([false, 1_000]);
  });

  it('is told of a rollout that would stand still', async () => {
    const { connection } = reader({ ...free, '/api/v1/nodes': list(node('n1', {})) });

    expect(await room(connection, { kind: 'surge', count: 1 })).toEqual([
      'The nodes have room for no new pod before an old one ends: nvidia.com/gpu is used up. The rollout stands still there until there is room.',
    ]);
  });

  it('is told of pods that a LimitRange refuses', async () => {
    const { connection } = reader({
      ...free,
      [limits]: list(limitRange({ type: 'Container', max: { 'nvidia.com/gpu': '0' } })),
    });

    expect((await room(connection))[0]).toBe(
      'LimitRange bounds refuses pods with more than 0 of nvidia.com/gpu for a container, and the limit of app is 1. None of the new pods can be made.',
    );
  });
});

const owned = (metadata: Json): Json => ({ metadata });
const argo = owned({ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:x/web' } });
const application = (spec: Json) => ({ '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/shop': { spec } });
const kustomize = {
  'kustomize.toolkit.fluxcd.io/name': 'apps',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const change = [{ path: '/spec/replicas', label: 'replicas', before: 1, after: 2 }];

describe('owners', () => {
  it.each<[string, Json, { [path: string]: Json }, string]>([
    ['Argo CD, unseen', argo, {}, 'Argo CD application shop manages this and may put it back. Change it in Git too.'],
    [
      'Argo CD that heals',
      argo,
      application({ syncPolicy: { automated: { selfHeal: true } } }),
      'Argo CD application shop manages this and heals itself: it puts this back within minutes. Change it in Git too.',
    ],
    [
      'Argo CD that syncs',
      argo,
      application({ syncPolicy: { automated: {} } }),
      'Argo CD application shop manages this and puts it back with the next change in Git. Change it in Git too.',
    ],
    [
      'Argo CD by hand',
      argo,
      application({}),
      'Argo CD application shop manages this and shows it as out of sync; whoever syncs it puts it back. Change it in Git too.',
    ],
    [
      'Argo CD that looks away',
      argo,
      application({
        ignoreDifferences: [{ kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
        syncPolicy: { automated: { selfHeal: true } },
      }),
      'Argo CD application shop manages this, but ignores differences in these fields.',
    ],
    [
      'Flux, unseen',
      owned({ labels: kustomize }),
      {},
      'Flux kustomization apps manages this and will put it back. Change it in Git too.',
    ],
    [
      'Flux that leaves it alone',
      owned({ labels: kustomize, annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' } }),
      {},
      'Flux kustomization apps manages this, but its mark on the object says to leave it alone.',
    ],
    [
      'Flux that is suspended',
      owned({ labels: kustomize }),
      {
        '/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/apps': { spec: { suspend: true } },
      },
      'Flux kustomization apps manages this, but is suspended: it puts this back once somebody resumes it. Change it in Git too.',
    ],
    [
      'a Flux Helm release that watches',
      owned({ labels: { 'helm.toolkit.fluxcd.io/name': 'web', 'helm.toolkit.fluxcd.io/namespace': 'apps' } }),
      {
        '/apis/helm.toolkit.fluxcd.io/v2/namespaces/apps/helmreleases/web': {
          spec: { driftDetection: { mode: 'enabled' } },
        },
      },
      'Flux Helm release web manages this and will put it back. Change it in Git too.',
    ],
    [
      'Helm',
      owned({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }),
      {},
      'Helm manages this; the next helm upgrade may put it back.',
    ],
    [
      'an operator',
      owned({ ownerReferences: [{ kind: 'Postgres', name: 'db' }] }),
      {},
      'Postgres db owns this, and its controller may put it back. Change that object instead.',
    ],
    [
      'a name that is none',
      owned({ labels: { 'argocd.argoproj.io/instance': '../../secrets/x' } }),
      {},
      'Argo CD application ../../secrets/x manages this and may put it back. Change it in Git too.',
    ],
  ])('%s', async (_, live, answers, sentence) => {
    const { connection, asked } = reader(answers);

    expect(await ownerWarnings(connection, { kind: 'Deployment', live, changes: change })).toEqual([sentence]);
    expect(asked.join()).not.toContain('secrets');
  });
});

const hpas = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
const hpa = (metadata: object, spec: object): Json => ({
  metadata: { name: 'web', ...metadata },
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    minReplicas: 2,
    maxReplicas: 5,
    ...spec,
  },
});
const action: ObjectChange = { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 1 };

async function autoscalers(
  answers: { [path: string]: Json | Error },
  after: Json,
  changes = change,
): Promise<string[]> {
  const { connection } = reader(answers);
  const whole = { ...connectionOf(connection) };
  const live = { spec: { replicas: 3, template: template() } };
  const scaled = { action, namespace: 'shop', kind: 'Deployment', name: 'web', live, after, changes };
  return autoscalerWarnings({ connection: whole, discovery: createDiscovery(whole) }, scaled);
}
/** The rest of a connection is never used here. */
const connectionOf = ({ get }: Reader) => ({
  get,
  name: 'main',
  request: unused,
  openSocket: unused,
  address: unused,
  contextNamespace: unused,
  now: () => 0,
  close: () => Promise.resolve(),
});
const unused = (): never => {
  throw new Error('a preview only reads');
};

describe('autoscalers', () => {
  const scaledTo = (replicas: number): Json => ({ spec: { replicas, template: template() } });

  it('are told of with KEDA behind them', async () => {
    const keda = hpa({ name: 'keda-hpa-web', labels: { 'scaledobject.keda.sh/name': 'queue' } }, {});

    expect(await autoscalers({ [hpas]: list(keda) }, scaledTo(1))).toEqual([
      'HorizontalPodAutoscaler keda-hpa-web keeps this between 2 and 5 replicas and will change the number again.',
      'KEDA ScaledObject queue keeps that autoscaler as it says. Change or pause the ScaledObject instead.',
    ]);
  });

  it('stop at 0', async () => {
    expect(await autoscalers({ [hpas]: list(hpa({}, {})) }, scaledTo(0))).toEqual([
      'HorizontalPodAutoscaler web (2 to 5) stops while the replicas are 0 and takes over again afterwards.',
    ]);
  });

  it.each([
    [denied, 'our account may not list HorizontalPodAutoscalers'],
    [late, 'the cluster did not say in time'],
  ])('are not known: %s', async (error, why) => {
    expect(await autoscalers({ [hpas]: error }, scaledTo(1))).toEqual([
      `Whether an autoscaler will fight this is not known: ${why}.`,
    ]);
  });

  it('aim at a share of what is requested, and set it themselves', async () => {
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { averageUtilization: 80 } } }];
    const vpa = { metadata: { name: 'fit' }, spec: { targetRef: { kind: 'Deployment', name: 'web' } } };
    const answers = {
      [hpas]: list(hpa({}, { metrics })),
      '/api': { versions: [] },
      '/apis': { groups: [{ name: 'autoscaling.k8s.io', versions: [{ version: 'v1' }] }] },
      '/apis/autoscaling.k8s.io/v1': {
        resources: [{ name: 'verticalpodautoscalers', kind: 'VerticalPodAutoscaler', namespaced: true }],
      },
      '/apis/autoscaling.k8s.io/v1/namespaces/shop/verticalpodautoscalers': list(vpa),
    };
    const after = { spec: { replicas: 3, template: template({ requests: { cpu: '1' } }) } };

    expect(await autoscalers(answers, after, [])).toEqual([
      'HorizontalPodAutoscaler web aims at 80 % of the requested cpu: with other requests it will choose another number of replicas.',
      'VerticalPodAutoscaler fit sets the requests of these pods as they start: they may get others than these.',
    ]);
    expect(await autoscalers(answers, scaledTo(3), [])).toEqual([]);
  });

  it.each<[number, string[]]>([
    [1, ['Deployment web has 1 replica now: these bounds make it 2 at once.']],
    [3, []],
    [7, ['Deployment web has 7 replicas now: these bounds make it 5 at once, so 2 pods end.']],
    [0, []],
  ])('with new bounds and %i replicas', async (replicas, sentences) => {
    const { connection } = reader({ '/apis/apps/v1/namespaces/shop/deployments/web': { spec: { replicas } } });
    const whole = connectionOf(connection);

    const bounded = await boundedBy({ connection: whole, discovery: createDiscovery(whole) }, 'shop', hpa({}, {}));

    expect(boundedText(bounded)).toEqual(sentences);
  });
});
