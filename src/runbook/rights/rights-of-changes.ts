/**
 * What each change asks of the API server, from its plan to its undo: the object, its dry run and its patch, and what the
 * plan and the verification look at besides. The requests of src/adapters/kubernetes/change and verify*.ts, nothing more.
 */
import type { ActionType } from '../../domain/action.ts';
import type { TaintAction } from '../../domain/change-action.ts';
import type { ObjectReference, ResourceKind, Template } from '../../domain/object-reference.ts';
import type { SingleReadOf } from '../../domain/read-action.ts';
import {
  type ActionOfType,
  clusterScopedKinds,
  everywhere,
  isBuiltIn,
  named,
  type NeededRight,
  optional,
  ownNamespace,
  rights,
  within,
} from './rights-kinds.ts';
import { execs } from './rights-of-reads.ts';

type ChangeNeeds = {
  readonly [K in Exclude<ActionType, SingleReadOf<Template>['type'] | 'chain' | 'each' | 'several'>]: (
    action: ActionOfType<K>,
  ) => readonly NeededRight[];
};
type Aimed = { readonly target: ObjectReference<Template> };

const budgets = optional('which disruption budgets the pods have', named('poddisruptionbudgets', 'list'));
const autoscalers = optional('whether an autoscaler will fight it', named('horizontalpodautoscalers', 'list'));
const requests = [
  ...autoscalers,
  ...optional('whether an autoscaler sets these resources', named('verticalpodautoscalers', 'list')),
];
const room = optional('whether new pods find room', [
  ...named('resourcequotas', 'list'),
  ...named('limitranges', 'list'),
  ...named('nodes', 'list'),
  ...everywhere(named('pods', 'list')),
  ...within(
    'kube-system',
    named('configmaps', 'get').map((right) => ({ ...right, name: 'cluster-autoscaler-status' })),
  ),
]);
/** Read before the request that ends a pod, and when it does not serve afterwards. */
const lastWords = optional('why pods do not serve, and what those wrote that end', [
  ...named('pods/log', 'get'),
  ...named('events', 'list'),
]);
const evidence = [...lastWords, ...optional('whether the node of a pod is down', named('nodes', 'get'))];
const nodes = optional('whether another node takes pods', named('nodes', 'list'));
const podsOnNode = optional('how many pods run on the node', everywhere(named('pods', 'list')));
const controllersRead = ['replicasets', 'statefulsets', 'daemonsets', 'replicationcontrollers', 'jobs'].flatMap(
  (kind) => named(kind, 'get'),
);
const controllers = optional('whether a pod that ends is made again, else its delete is destructive', controllersRead);
const selectors = optional(
  'what selects by a label, else changing one is destructive',
  [
    'services',
    'deployments',
    'replicasets',
    'statefulsets',
    'daemonsets',
    'poddisruptionbudgets',
    'networkpolicies',
  ].flatMap((kind) => named(kind, 'list')),
);
const nodeSelectors = optional(
  'what chooses nodes by a label, else changing one is destructive',
  everywhere(named('daemonsets', 'list')),
);

/** For the undo of a change: a plan of its own. */
const toUndo = (wanted: readonly NeededRight[]): readonly NeededRight[] =>
  wanted.map((right) => ({ ...right, undo: true }));

const changed = (target: ResourceKind): readonly NeededRight[] => rights(target, 'get', 'patch');

/** Its pods are watched afterwards. */
const rolling = ({ resource }: ResourceKind): readonly NeededRight[] => [
  ...named('pods', 'list'),
  ...(resource === 'deployments' ? optional('which pods are new', named('replicasets', 'list')) : []),
  ...budgets,
  ...room,
  ...evidence,
];
const rolled = ({ target }: Aimed): readonly NeededRight[] => [...changed(target), ...rolling(target)];

const workloads: ReadonlySet<string> = new Set([
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
]);
/** Whose labels somebody may select by. */
const selected: ReadonlySet<string> = new Set(['pods', 'replicasets', 'controllerrevisions']);
const isKnown = (kind: ResourceKind): boolean =>
  rights(kind, 'get').every(({ resource, group }) =>
    isBuiltIn({ resource, ...(group === undefined ? {} : { group }) }),
  );
const mayRoll = (kind: ResourceKind): boolean => workloads.has(kind.resource) || !isKnown(kind);

const job: readonly NeededRight[] = [
  ...optional('how the pods of a job fare', named('pods', 'list')),
  ...budgets,
  ...room,
  ...evidence,
];
/** What new bounds of an autoscaler make of its workload. */
const bounded: readonly NeededRight[] = [
  ...optional('what new bounds of an autoscaler make of its workload', [
    ...['deployments', 'statefulsets', 'replicasets'].flatMap((kind) => named(kind, 'get')),
    ...named('pods', 'list'),
  ]),
  ...budgets,
  ...room,
];

/** A patch, of which `mentions` tells whether it may be about a field. */
function written({ target }: Aimed, mentions: (field: string) => boolean): readonly NeededRight[] {
  const { resource } = target;
  const rolls = mayRoll(target) && (mentions('template') || mentions('replicas'));
  const isBounds = resource === 'horizontalpodautoscalers' && (mentions('minReplicas') || mentions('maxReplicas'));
  return [
    ...changed(target),
    ...(rolls ? rolling(target) : []),
    ...(rolls && mentions('replicas') ? autoscalers : []),
    ...(rolls && mentions('template') ? requests : []),
    ...(resource === 'jobs' && (mentions('suspend') || mentions('parallelism')) ? job : []),
    ...(isBounds ? bounded : []),
    ...(selected.has(resource) && mentions('labels') ? selectors : []),
    ...(resource === 'nodes' && mentions('labels') ? nodeSelectors : []),
    ...(resource === 'nodes' && mentions('taints') ? everywhere(named('pods', 'list')) : []),
  ];
}

/** Of what a parameter stands in, only the rest is known; a JSON patch may have one in its paths. */
function mentionsIn(patch: Template, isJsonPatch: boolean): (field: string) => boolean {
  if (typeof patch === 'string') return (field) => patch.includes(field);
  const text = patch.template.filter((part) => typeof part === 'string').join('\0');
  return (field) => isJsonPatch || text.includes(field);
}

/** What ends with an object, which the plan counts and tells. */
function takenAlong(target: ResourceKind & { readonly name?: Template }): readonly NeededRight[] {
  const { resource, name } = target;
  if (workloads.has(resource) || resource === 'jobs') return [...named('pods', 'list'), ...lastWords];
  switch (resource) {
    case 'namespaces': {
      // One of the service's own: which one a parameter or a list says.
      const namespace = typeof name === 'string' && name !== '' ? name : '?';
      return [
        ...named('pods', 'list'),
        ...optional('how many claims end with a namespace', named('persistentvolumeclaims', 'list')),
        ...lastWords,
      ].map((right) => ({ ...right, namespace }));
    }
    case 'nodes':
      return everywhere(named('pods', 'list'));
    case 'persistentvolumeclaims':
      return optional('which pods use a claim, and whether its volume keeps the data', [
        ...named('pods', 'list'),
        ...named('persistentvolumes', 'get'),
      ]);
    case 'configmaps':
      return optional('which pods use a config map', named('pods', 'list'));
    default:
      return [];
  }
}

const deleted = (target: ResourceKind & { readonly name?: Template }): readonly NeededRight[] => [
  ...rights(target, 'get', 'delete'),
  ...takenAlong(target),
];

/** Its replacement is looked for among the pods of the namespace. */
const ended = [...named('pods', 'get', 'list'), ...controllers, ...budgets, ...evidence];
const deletedPod: readonly NeededRight[] = [...named('pods', 'delete'), ...ended];
const evicted: readonly NeededRight[] = [...named('pods/eviction', 'create'), ...ended];

/** A new object: its name is looked at first, and its undo is its delete. Nobody is offered the delete of a namespace. */
function made(target: ResourceKind): readonly NeededRight[] {
  const { resource } = target;
  return [
    ...rights(target, 'get', 'create'),
    ...(clusterScopedKinds.has(resource) ? [] : ownNamespace),
    ...(mayRoll(target) ? rolling(target) : []),
    ...(resource === 'jobs' ? job : []),
    ...(resource === 'pods' ? room : []),
    ...(resource === 'horizontalpodautoscalers' ? bounded : []),
    // One pod for each node.
    ...(resource === 'daemonsets' ? named('nodes', 'list') : []),
    ...(resource === 'namespaces' ? [] : toUndo(resource === 'pods' ? deletedPod : deleted(target))),
  ];
}

const cordoned = [...changed({ resource: 'nodes' }), ...podsOnNode, ...nodes];

function tainted({ taints }: TaintAction<Template>): readonly NeededRight[] {
  const mayEnd = taints.some(({ effect }) => effect === undefined || effect === 'NoExecute');
  return [...changed({ resource: 'nodes' }), ...(mayEnd ? everywhere(named('pods', 'list')) : [])];
}

export const needsOfChanges: ChangeNeeds = {
  'rollout-restart': rolled,
  'rollout-undo': (action) => [
    ...rolled(action),
    ...requests,
    ...named(action.target.resource === 'deployments' ? 'replicasets' : 'controllerrevisions', 'list'),
  ],
  'rollout-pause': (action) => [...changed(action.target), ...toUndo(rolled(action))],
  'rollout-resume': rolled,
  scale: (action) => [...rolled(action), ...autoscalers],
  'set-env': rolled,
  'set-image': rolled,
  'set-resources': (action) => [...rolled(action), ...requests],
  'delete-pod': () => deletedPod,
  delete: ({ target }) => deleted(target),
  evict: () => evicted,
  // Each is the other's undo.
  cordon: () => cordoned,
  uncordon: () => [...changed({ resource: 'nodes' }), ...toUndo(cordoned)],
  patch: (action) => written(action, mentionsIn(action.patch, action.patchType === 'json')),
  // Where the field is only the live object says.
  'set-field': (action) => written(action, (field) => field === 'template' || action.field.split('.').at(-1) === field),
  label: (action) => written(action, (field) => field === 'labels'),
  annotate: (action) => written(action, () => false),
  taint: tainted,
  autoscale: ({ target }) => [
    ...rights(target, 'get'),
    ...made({ resource: 'horizontalpodautoscalers' }),
    ...optional('whether another autoscaler fights this one', named('horizontalpodautoscalers', 'list')),
  ],
  apply: (action) => {
    const text = JSON.stringify(action.manifest);
    return [...written(action, (field) => text.includes(field)), ...made(action.target)];
  },
  create: ({ target }) => made(target),
  'create-job': ({ target }) => [...rights(target, 'get'), ...made({ resource: 'jobs' })],
  exec: ({ target }) => [...execs(target), ...named('pods', 'get')],
  drain: () => [...cordoned, ...everywhere([...named('pods', 'list'), ...named('daemonsets', 'get'), ...evicted])],
  'http-send': () => [],
  'docker-change': () => [],
};

/** Of several pods the next goes when the replacement of the one before serves, which is asked of its controller. */
export const betweenPods: readonly NeededRight[] = [...named('pods', 'list'), ...controllersRead];
