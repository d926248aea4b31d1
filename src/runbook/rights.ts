/** Which rights an action needs at the API server, as far as its kinds are built in. */
import type {
  ActionOf,
  ActionType,
  CompiledAction,
  ObjectReference,
  ResourceKind,
  Template,
} from '../domain/action.ts';

/** One rule of RBAC. `group` is empty for the core group. */
export type NeededRight = {
  readonly verb: 'get' | 'list' | 'patch' | 'delete';
  /** `pods`, `pods/log`. */
  readonly resource: string;
  readonly group: string;
  /** A namespace of its own, or `*` for all of them; absent: those of the service. */
  readonly within?: string;
};

/** Source: `kubectl api-resources` of Kubernetes 1.34. */
const groups: Readonly<Record<string, string>> = {
  deployments: 'apps',
  replicasets: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  controllerrevisions: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
  horizontalpodautoscalers: 'autoscaling',
  poddisruptionbudgets: 'policy',
  ingresses: 'networking.k8s.io',
  networkpolicies: 'networking.k8s.io',
  endpointslices: 'discovery.k8s.io',
  storageclasses: 'storage.k8s.io',
  leases: 'coordination.k8s.io',
};
const core = new Set(
  'pods pods/log services configmaps namespaces nodes events endpoints persistentvolumes persistentvolumeclaims serviceaccounts resourcequotas limitranges replicationcontrollers'.split(
    ' ',
  ),
);

/** Kinds that belong to no namespace, among those above. */
export const clusterScopedKinds: ReadonlySet<string> = new Set([
  'nodes',
  'namespaces',
  'persistentvolumes',
  'storageclasses',
]);

type Verb = NeededRight['verb'];

/** Nothing for kinds that only the cluster's own discovery knows. */
function rights(kind: ResourceKind, ...verbs: Verb[]): NeededRight[] {
  const group = kind.group ?? (core.has(kind.resource) ? '' : groups[kind.resource]);
  return group === undefined ? [] : verbs.map((verb) => ({ verb, resource: kind.resource, group }));
}
const named = (resource: string, ...verbs: Verb[]): NeededRight[] => rights({ resource }, ...verbs);

/** `-A` and what belongs to the cluster: a right in one namespace is not enough. */
const everywhere = (all: boolean | undefined, wanted: NeededRight[]): NeededRight[] =>
  all ? wanted.map((right) => ({ ...right, within: '*' })) : wanted;

/** What a change looks at besides its object: pods, budgets, autoscalers and ReplicaSets. */
const surroundings = [
  ...named('pods', 'list'),
  ...named('poddisruptionbudgets', 'list'),
  ...named('horizontalpodautoscalers', 'list'),
  ...named('replicasets', 'list'),
];
const workload = ({ target }: { target: ObjectReference<Template> }): NeededRight[] => [
  ...rights(target, 'get', 'patch'),
  ...surroundings,
];
const node = (): NeededRight[] => [
  ...named('nodes', 'get', 'list', 'patch'),
  ...everywhere(true, named('pods', 'list')),
];

/** What a description shows besides its object and the events. */
const described: Readonly<Record<string, readonly NeededRight[]>> = {
  deployments: named('replicasets', 'list'),
  statefulsets: named('pods', 'list'),
  daemonsets: named('pods', 'list'),
  services: named('endpointslices', 'list'),
  nodes: [
    ...everywhere(true, named('pods', 'list')),
    ...named('leases', 'get').map((right) => ({ ...right, within: 'kube-node-lease' })),
  ],
};

type Needs = { readonly [K in ActionType]: (action: Extract<ActionOf<Template>, { type: K }>) => NeededRight[] };

const needs: Needs = {
  get: ({ objects, allNamespaces }) =>
    everywhere(
      allNamespaces,
      objects.flatMap((kind) => rights(kind, kind.name === undefined ? 'list' : 'get')),
    ),
  logs: ({ of }) => [
    ...('selector' in of ? [] : rights(of, 'get')),
    ...named('pods', 'get', 'list'),
    ...named('pods/log', 'get'),
  ],
  describe: ({ kind, allNamespaces }) => [
    ...everywhere(allNamespaces, rights(kind, 'get', 'list')),
    ...everywhere(allNamespaces ?? clusterScopedKinds.has(kind.resource), named('events', 'list')),
    ...(described[kind.resource] ?? []),
  ],
  events: ({ about, allNamespaces }) => [
    ...everywhere(allNamespaces, named('events', 'list')),
    ...(about === undefined ? [] : rights(about, 'get')),
  ],
  top: ({ what, allNamespaces }) =>
    everywhere(allNamespaces, [
      ...rights({ resource: what, group: 'metrics.k8s.io' }, 'get', 'list'),
      ...named(what, 'get', 'list'),
    ]),
  'rollout-status': ({ target }) => rights(target, 'get'),
  'rollout-history': ({ target }) => [
    ...rights(target, 'get'),
    ...named(target.resource === 'deployments' ? 'replicasets' : 'controllerrevisions', 'list'),
  ],
  'rollout-restart': workload,
  'rollout-undo': (action) => [...workload(action), ...named('controllerrevisions', 'list')],
  'rollout-pause': workload,
  'rollout-resume': workload,
  scale: workload,
  'set-env': workload,
  'set-image': workload,
  // Who makes the pod again is looked at, too.
  'delete-pod': () => [
    ...named('pods', 'get', 'delete'),
    ...['replicasets', 'statefulsets', 'daemonsets', 'replicationcontrollers', 'jobs'].flatMap((controller) =>
      named(controller, 'get'),
    ),
    ...surroundings,
  ],
  cordon: node,
  uncordon: node,
};

export function rightsOf(action: CompiledAction): readonly NeededRight[] {
  // The table has an entry for each type, made for just that type.
  return (needs[action.type] as (of: CompiledAction) => NeededRight[])(action);
}
