/** What discovery says about every resource, copied from a 1.34 server's `/api/v1` and `/apis/<group>/<version>`. */
import type { ResourceName } from './objects.ts';

export type Resource = {
  readonly name: ResourceName;
  readonly kind: string;
  readonly singular: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  /** In `kubectl get all`. */
  readonly all?: true;
  readonly subresources: readonly string[];
};

type Row = Omit<Resource, 'name' | 'group' | 'version' | 'singular'>;

const core = (row: Row) => ({ ...row, group: '', version: 'v1' });
const apps = (row: Row) => ({ ...row, group: 'apps', version: 'v1' });
const networking = (row: Row) => ({ ...row, group: 'networking.k8s.io', version: 'v1' });

const table = {
  namespaces: core({ kind: 'Namespace', namespaced: false, shortNames: ['ns'], subresources: ['finalize', 'status'] }),
  nodes: core({ kind: 'Node', namespaced: false, shortNames: ['no'], subresources: ['status'] }),
  pods: core({
    kind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    all: true,
    subresources: ['eviction', 'log', 'status'],
  }),
  services: core({ kind: 'Service', namespaced: true, shortNames: ['svc'], all: true, subresources: ['status'] }),
  endpoints: core({ kind: 'Endpoints', namespaced: true, shortNames: ['ep'], subresources: [] }),
  endpointslices: {
    kind: 'EndpointSlice',
    group: 'discovery.k8s.io',
    version: 'v1',
    namespaced: true,
    subresources: [],
  },
  leases: { kind: 'Lease', group: 'coordination.k8s.io', version: 'v1', namespaced: true, subresources: [] },
  controllerrevisions: apps({ kind: 'ControllerRevision', namespaced: true, subresources: [] }),
  configmaps: core({ kind: 'ConfigMap', namespaced: true, shortNames: ['cm'], subresources: [] }),
  secrets: core({ kind: 'Secret', namespaced: true, subresources: [] }),
  events: core({ kind: 'Event', namespaced: true, shortNames: ['ev'], subresources: [] }),
  persistentvolumeclaims: core({
    kind: 'PersistentVolumeClaim',
    namespaced: true,
    shortNames: ['pvc'],
    subresources: ['status'],
  }),
  resourcequotas: core({ kind: 'ResourceQuota', namespaced: true, shortNames: ['quota'], subresources: ['status'] }),
  deployments: apps({
    kind: 'Deployment',
    namespaced: true,
    shortNames: ['deploy'],
    all: true,
    subresources: ['scale', 'status'],
  }),
  replicasets: apps({
    kind: 'ReplicaSet',
    namespaced: true,
    shortNames: ['rs'],
    all: true,
    subresources: ['scale', 'status'],
  }),
  statefulsets: apps({
    kind: 'StatefulSet',
    namespaced: true,
    shortNames: ['sts'],
    all: true,
    subresources: ['scale', 'status'],
  }),
  daemonsets: apps({ kind: 'DaemonSet', namespaced: true, shortNames: ['ds'], all: true, subresources: ['status'] }),
  jobs: { kind: 'Job', group: 'batch', version: 'v1', namespaced: true, all: true, subresources: ['status'] },
  horizontalpodautoscalers: {
    kind: 'HorizontalPodAutoscaler',
    group: 'autoscaling',
    version: 'v2',
    namespaced: true,
    shortNames: ['hpa'],
    all: true,
    subresources: ['status'],
  },
  poddisruptionbudgets: {
    kind: 'PodDisruptionBudget',
    group: 'policy',
    version: 'v1',
    namespaced: true,
    shortNames: ['pdb'],
    subresources: ['status'],
  },
  persistentvolumes: core({
    kind: 'PersistentVolume',
    namespaced: false,
    shortNames: ['pv'],
    subresources: ['status'],
  }),
  serviceaccounts: core({ kind: 'ServiceAccount', namespaced: true, shortNames: ['sa'], subresources: [] }),
  cronjobs: {
    kind: 'CronJob',
    group: 'batch',
    version: 'v1',
    namespaced: true,
    shortNames: ['cj'],
    all: true,
    subresources: ['status'],
  },
  ingresses: networking({ kind: 'Ingress', namespaced: true, shortNames: ['ing'], subresources: ['status'] }),
  networkpolicies: networking({ kind: 'NetworkPolicy', namespaced: true, shortNames: ['netpol'], subresources: [] }),
  storageclasses: {
    kind: 'StorageClass',
    group: 'storage.k8s.io',
    version: 'v1',
    namespaced: false,
    shortNames: ['sc'],
    subresources: [],
  },
} satisfies Record<ResourceName, Omit<Resource, 'name' | 'singular'>>;

export const resources: readonly Resource[] = Object.entries(table).map(([name, row]) => ({
  // The table's keys are exactly the resource names; Object.entries widens them to string.
  name: name as ResourceName,
  singular: row.kind.toLowerCase(),
  ...row,
}));

/** The table has a row for every name, so this finds one. */
export const resourceOf = (name: ResourceName): Resource => ({
  name,
  singular: table[name].kind.toLowerCase(),
  ...table[name],
});

export const apiVersionOf = (resource: Resource): string =>
  resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;

/** `deployments.apps`, as the server names a resource in messages. */
export const qualified = (resource: Resource): string =>
  resource.group === '' ? resource.name : `${resource.name}.${resource.group}`;

/** `Deployment.apps`. */
export const qualifiedKind = (resource: Resource): string =>
  resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
