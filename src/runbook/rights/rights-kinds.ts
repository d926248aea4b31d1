/** One right at the API server, and what is known of kinds without asking it: their groups, and which are in no namespace. */
import type { ActionOf } from '../../domain/action.ts';
import type { ResourceKind, Template } from '../../domain/object-reference.ts';

/** One rule of RBAC. */
export type NeededRight = {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** `pods`, `pods/log`. Empty for a `url`. */
  readonly resource: string;
  /** Empty for the core group; absent when only the cluster's own discovery knows it. */
  readonly group?: string;
  /** The namespace that the action names: `*` is all of them (`-A`), `?` one that a parameter says. Absent: the service's default. */
  readonly namespace?: string;
  /** Wherever the service runs: this namespace, or `*` for the whole cluster. */
  readonly within?: string;
  /** Of `namespaces`: the very namespace that the action is about, which a role inside of it can grant. */
  readonly own?: true;
  /** Of this object only. */
  readonly name?: string;
  /** Instead of a resource: `/readyz/etcd`. */
  readonly url?: string;
  /** What stays unknown without it; the action itself goes on. Absent: nothing goes without it. */
  readonly optional?: string;
  /** It is the plan's undo that needs it. */
  readonly undo?: true;
};

/** The action that one type is of; some actions have two types. */
export type ActionOfType<K, A = ActionOf<Template>> = A extends { type: infer T } ? (K extends T ? A : never) : never;

/** Source: `kubectl api-resources` of Kubernetes 1.34. */
const namespaced: Readonly<Record<string, string>> = {
  '': 'pods services configmaps events endpoints persistentvolumeclaims serviceaccounts resourcequotas limitranges replicationcontrollers',
  apps: 'deployments replicasets statefulsets daemonsets controllerrevisions',
  batch: 'jobs cronjobs',
  autoscaling: 'horizontalpodautoscalers',
  policy: 'poddisruptionbudgets',
  'networking.k8s.io': 'ingresses networkpolicies',
  'discovery.k8s.io': 'endpointslices',
  'coordination.k8s.io': 'leases',
  'rbac.authorization.k8s.io': 'roles rolebindings',
  // Not of Kubernetes itself; a cluster without it has nobody who asks.
  'autoscaling.k8s.io': 'verticalpodautoscalers',
};
const inNoNamespace: Readonly<Record<string, string>> = {
  '': 'nodes namespaces persistentvolumes',
  'networking.k8s.io': 'ingressclasses',
  'storage.k8s.io': 'storageclasses volumeattachments csinodes csidrivers',
  'scheduling.k8s.io': 'priorityclasses',
  'node.k8s.io': 'runtimeclasses',
  'apiextensions.k8s.io': 'customresourcedefinitions',
  'rbac.authorization.k8s.io': 'clusterroles clusterrolebindings',
};

const groups = new Map(
  [namespaced, inNoNamespace].flatMap((table) =>
    Object.entries(table).flatMap(([group, kinds]) => kinds.split(' ').map((kind) => [kind, group] as const)),
  ),
);

/** Kinds that belong to no namespace, among those above. */
export const clusterScopedKinds: ReadonlySet<string> = new Set(
  Object.values(inNoNamespace).flatMap((kinds) => kinds.split(' ')),
);

export const metricsGroup = 'metrics.k8s.io';

/** Whether every cluster has it in this group, so that its plural and its scope are sure. */
export const isBuiltIn = ({ resource, group }: { resource: string; group?: string }): boolean => {
  const [kind = ''] = resource.split('/');
  return group === metricsGroup || (group !== undefined && groups.get(kind) === group);
};

type Verb = NeededRight['verb'];

export function rights(kind: ResourceKind, ...verbs: Verb[]): readonly NeededRight[] {
  const group = kind.group ?? groups.get(kind.resource.split('/')[0] ?? '');
  return verbs.map((verb) => ({ verb, resource: kind.resource, ...(group === undefined ? {} : { group }) }));
}

export const named = (resource: string, ...verbs: Verb[]): readonly NeededRight[] => rights({ resource }, ...verbs);

/** What is not there may be so because its namespace is not there either. */
export const ownNamespace: readonly NeededRight[] = [
  { verb: 'get', resource: 'namespaces', group: '', own: true, optional: 'that a namespace is not there' },
];

export const within = (where: string, wanted: readonly NeededRight[]): readonly NeededRight[] =>
  wanted.map((right) => ({ ...right, within: where }));

/** In the whole cluster, whatever namespaces the service has: a node's pods are everybody's. */
export const everywhere = (wanted: readonly NeededRight[]): readonly NeededRight[] => within('*', wanted);

export const optional = (unknown: string, wanted: readonly NeededRight[]): readonly NeededRight[] =>
  wanted.map((right) => ({ ...right, optional: right.optional ?? unknown }));
