/** What each read asks of the API server: the requests of src/adapters/kubernetes/read, nothing more. */
import type { ObjectReference, ResourceKind, Template } from '../../domain/object-reference.ts';
import type { SingleReadOf } from '../../domain/read-action.ts';
import {
  type ActionOfType,
  clusterScopedKinds,
  everywhere,
  metricsGroup,
  named,
  type NeededRight,
  optional,
  ownNamespace,
  rights,
  within,
} from './rights-kinds.ts';

type ReadNeeds = {
  readonly [K in SingleReadOf<Template>['type']]: (action: ActionOfType<K>) => readonly NeededRight[];
};

const withoutEvents: ReadonlySet<string> = new Set(
  'networkpolicies namespaces resourcequotas limitranges roles clusterroles rolebindings clusterrolebindings'.split(
    ' ',
  ),
);

/** What a description shows besides its object and the events. kubectl, too, leaves most of it out where it may not look. */
const described: Readonly<Record<string, readonly NeededRight[]>> = {
  deployments: optional('the ReplicaSets in a description', named('replicasets', 'list')),
  statefulsets: named('pods', 'list'),
  daemonsets: named('pods', 'list'),
  replicasets: named('pods', 'list'),
  replicationcontrollers: named('pods', 'list'),
  persistentvolumeclaims: named('pods', 'list'),
  ingresses: optional('what stands behind an ingress in a description', [
    ...named('endpointslices', 'list'),
    ...named('services', 'get'),
  ]),
  services: optional('the endpoints in a description', named('endpointslices', 'list')),
  nodes: optional('the pods and the lease in the description of a node', [
    ...everywhere(named('pods', 'list')),
    ...within('kube-node-lease', named('leases', 'get')),
  ]),
};

type Described = ResourceKind & { readonly names: readonly Template[] };

function besides({ resource, names }: Described, hasEvents: boolean): readonly NeededRight[] {
  const events = hasEvents && !withoutEvents.has(resource) ? named('events', 'list') : [];
  const isElsewhere = clusterScopedKinds.has(resource);
  const quotas = [...named('resourcequotas', 'list'), ...named('limitranges', 'list')];
  return [
    ...optional('the events in a description', isElsewhere ? everywhere(events) : events),
    ...(resource === 'namespaces'
      ? (names.length === 0 ? ['*'] : names).flatMap((name) => within(typeof name === 'string' ? name : '*', quotas))
      : (described[resource] ?? [])),
  ];
}

/** One object by its name. */
const look = (object: ResourceKind): readonly NeededRight[] => [
  ...rights(object, 'get'),
  ...(clusterScopedKinds.has(object.resource) ? [] : ownNamespace),
];

/** A pod to read from: itself, or one that a workload selects. */
const podOf = (of: ObjectReference<Template>): readonly NeededRight[] => [
  ...look(of),
  ...(of.resource === 'pods' ? [] : named('pods', 'list')),
];

export const execs = (of: ObjectReference<Template>): readonly NeededRight[] => [
  ...podOf(of),
  // Over a WebSocket it is a GET; Kubernetes 1.35 asks for the right to create besides.
  ...named('pods/exec', 'get', 'create'),
];

/** Health and discovery are open to everybody; the parts of a health check are not, nor are metrics. */
function raw(path: string): readonly NeededRight[] {
  const [plain = ''] = path.split('?');
  if (plain.startsWith(`/apis/${metricsGroup}/v1beta1/nodes`)) {
    return rights({ resource: 'nodes', group: metricsGroup }, /nodes\/./.test(plain) ? 'get' : 'list');
  }
  return /^\/(?:healthz|livez|readyz)\/./.test(plain) ? [{ verb: 'get', resource: '', group: '', url: plain }] : [];
}

export const needsOfReads: ReadNeeds = {
  get: ({ objects, subresource }) =>
    objects.flatMap(({ name, ...kind }) => {
      const read = subresource === undefined ? kind : { ...kind, resource: `${kind.resource}/${subresource}` };
      return name === undefined ? rights(read, 'list') : look(read);
    }),
  logs: ({ of }) => [...('selector' in of ? named('pods', 'list') : podOf(of)), ...named('pods/log', 'get')],
  describe: ({ kind, names, also = [], exact, withoutEvents: quiet }) => {
    const all: readonly Described[] = [
      { ...kind, names },
      ...also.map((each) => ({ ...each, names: each.name === undefined ? [] : [each.name] })),
    ];
    // A name that is not there may be the beginning of names.
    const mayBegin = names.length === 1 && exact !== true;
    return all.flatMap((each) => [
      ...(each.names.length === 0 ? rights(each, 'list') : look(each)),
      ...(mayBegin ? optional('names that begin with what is written', rights(each, 'list')) : []),
      ...besides(each, quiet !== true),
    ]);
  },
  events: () => named('events', 'list'),
  top: ({ what, name }) => {
    const verb = name === undefined ? 'list' : 'get';
    const metrics = rights({ resource: what, group: metricsGroup }, verb);
    if (what === 'nodes') return [...metrics, ...named('nodes', verb)];
    return [...metrics, ...(name === undefined ? optional('why there are no metrics', named('pods', 'list')) : [])];
  },
  'rollout-status': ({ target, also = [] }) => [target, ...also].flatMap(look),
  'rollout-history': ({ target, also = [] }) =>
    [target, ...also].flatMap((each) => [
      ...look(each),
      ...named(each.resource === 'deployments' ? 'replicasets' : 'controllerrevisions', 'list'),
    ]),
  // Everybody may ask what they may do.
  'can-i': () => [],
  about: ({ what, path }) => {
    if (what === 'raw') return raw(path ?? '');
    return what === 'cluster-info' ? within('kube-system', named('services', 'list')) : [];
  },
  wait: ({ objects, found }) => [
    ...objects.flatMap(look),
    ...(found === undefined ? [] : rights(found, 'list', 'get')),
  ],
  'exec-read': ({ of }) => execs(of),
  'http-read': () => [],
  query: () => [],
  'docker-read': () => [],
  echo: () => [],
};
