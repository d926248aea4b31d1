/** From the kind that an author wrote to the paths of the API. Kinds that every cluster has cost no request. */
import { OperationError } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { isLabelName, isObjectName } from '../../domain/names.ts';
import type { ResourceKind } from '../../domain/object-reference.ts';
import type { Connection } from './connection.ts';
import { ApiRefusal } from './errors.ts';
import { at, listAt, textAt } from './live.ts';

export type Kind = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  /** Of a kind that discovery told of. */
  readonly verbs?: readonly string[];
  readonly categories?: readonly string[];
};

/** What the server offers, read just now. */
export type Offered = {
  /** Each resource once, in the version that is preferred. */
  readonly kinds: readonly Kind[];
  readonly groupVersions: readonly string[];
};

export type Discovery = {
  /** Undefined when the server has no such resource type. Throws `cluster-rejected` for Secrets. */
  find(wanted: ResourceKind): Promise<Kind | undefined>;
  offered(): Promise<Offered>;
};

const builtIn = (
  group: string,
  version: string,
  names: string,
  kind: string,
  scope: 'namespaced' | 'cluster' = 'namespaced',
): Kind => {
  const [plural = '', ...shortNames] = names.split(' ');
  return { group, version, plural, singular: kind.toLowerCase(), kind, namespaced: scope === 'namespaced', shortNames };
};

export const podKind = builtIn('', 'v1', 'pods po', 'Pod');
export const replicaSetKind = builtIn('apps', 'v1', 'replicasets rs', 'ReplicaSet');
export const controllerRevisionKind = builtIn('apps', 'v1', 'controllerrevisions', 'ControllerRevision');

/** Stable versions since Kubernetes 1.25. */
const builtIns: readonly Kind[] = [
  podKind,
  builtIn('', 'v1', 'services svc', 'Service'),
  builtIn('', 'v1', 'configmaps cm', 'ConfigMap'),
  builtIn('', 'v1', 'endpoints ep', 'Endpoints'),
  builtIn('', 'v1', 'events ev', 'Event'),
  builtIn('', 'v1', 'limitranges limits', 'LimitRange'),
  builtIn('', 'v1', 'persistentvolumeclaims pvc', 'PersistentVolumeClaim'),
  builtIn('', 'v1', 'replicationcontrollers rc', 'ReplicationController'),
  builtIn('', 'v1', 'resourcequotas quota', 'ResourceQuota'),
  builtIn('', 'v1', 'serviceaccounts sa', 'ServiceAccount'),
  builtIn('', 'v1', 'namespaces ns', 'Namespace', 'cluster'),
  builtIn('', 'v1', 'nodes no', 'Node', 'cluster'),
  builtIn('', 'v1', 'persistentvolumes pv', 'PersistentVolume', 'cluster'),
  builtIn('apps', 'v1', 'deployments deploy', 'Deployment'),
  builtIn('apps', 'v1', 'statefulsets sts', 'StatefulSet'),
  builtIn('apps', 'v1', 'daemonsets ds', 'DaemonSet'),
  replicaSetKind,
  controllerRevisionKind,
  builtIn('batch', 'v1', 'jobs', 'Job'),
  builtIn('batch', 'v1', 'cronjobs cj', 'CronJob'),
  builtIn('autoscaling', 'v2', 'horizontalpodautoscalers hpa', 'HorizontalPodAutoscaler'),
  builtIn('policy', 'v1', 'poddisruptionbudgets pdb', 'PodDisruptionBudget'),
  builtIn('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  builtIn('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  builtIn('networking.k8s.io', 'v1', 'ingresses ing', 'Ingress'),
  builtIn('networking.k8s.io', 'v1', 'networkpolicies netpol', 'NetworkPolicy'),
  builtIn('storage.k8s.io', 'v1', 'storageclasses sc', 'StorageClass', 'cluster'),
  builtIn('scheduling.k8s.io', 'v1', 'priorityclasses pc', 'PriorityClass', 'cluster'),
];

/** What a server sends of objects, or of a list, of which only the metadata is wanted. */
export const metadataOnly =
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';

const discoveryAgeMs = 5 * 60_000;
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';

const answersTo = (kind: Kind, wanted: ResourceKind): boolean => {
  const name = wanted.resource.toLowerCase();
  const named = kind.plural === name || kind.singular === name || kind.shortNames.includes(name);
  return (
    named &&
    (wanted.group === undefined || kind.group === wanted.group) &&
    (wanted.version === undefined || kind.version === wanted.version)
  );
};

/** Secrets by any spelling: the plural, the singular, or the kind, whatever group an author hung on it. */
const isSecret = (wanted: ResourceKind): boolean => /^secrets?(\.|$)/i.test(wanted.resource);

const secretsRefused = 'Secrets are never read by this program. Read it with kubectl, as yourself.';

export function createDiscovery(connection: Connection): Discovery {
  let known: { readonly kinds: readonly Kind[]; readonly readAt: number } | undefined;
  let reading: Promise<readonly Kind[]> | undefined;

  async function readAll(): Promise<readonly Kind[]> {
    const kinds: Kind[] = [];
    for (const root of ['/api', '/apis']) {
      const answer = await connection.get(root, { accept: aggregated });
      kinds.push(...(at(answer, 'items') === undefined ? await readEach(connection, answer) : parseAggregated(answer)));
    }
    known = { kinds, readAt: performance.now() };
    return kinds;
  }

  return {
    async find(wanted) {
      if (isSecret(wanted)) throw new OperationError('cluster-rejected', secretsRefused, { retryable: false });
      const common = builtIns.find((kind) => answersTo(kind, wanted));
      if (common !== undefined) return common;
      if (known !== undefined && performance.now() - known.readAt < discoveryAgeMs) {
        const found = known.kinds.find((kind) => answersTo(kind, wanted));
        if (found !== undefined) return refuseSecret(found);
      }
      reading ??= readAll().finally(() => {
        reading = undefined;
      });
      const found = (await reading).find((kind) => answersTo(kind, wanted));
      return found === undefined ? undefined : refuseSecret(found);
    },
    async offered() {
      const all = await readAll();
      const seen = new Set<string>();
      const kinds = all.filter(({ group, plural }) => {
        const key = `${plural}.${group}`;
        // A group's first version is its preferred one.
        const isFirst = !seen.has(key);
        seen.add(key);
        return isFirst;
      });
      return { kinds, groupVersions: [...new Set(all.map(apiVersionOf))].sort() };
    },
  };
}

/** A server that does not aggregate: its groups one by one, the preferred version first. */
async function readEach(connection: Connection, root: Json): Promise<Kind[]> {
  const groupVersions = [
    ...listAt(root, 'versions').map((version) => ({ group: '', version: typeof version === 'string' ? version : '' })),
    ...listAt(root, 'groups').flatMap((group) => {
      const preferred = textAt(group, 'preferredVersion', 'version');
      const versions = listAt(group, 'versions').map((one) => textAt(one, 'version') ?? '');
      return [...versions.filter((one) => one === preferred), ...versions.filter((one) => one !== preferred)].map(
        (version) => ({ group: textAt(group, 'name') ?? '', version }),
      );
    }),
  ];
  const kinds: Kind[] = [];
  for (const { group, version } of groupVersions) {
    if (!isLabelName(version) || (group !== '' && !isObjectName(group))) continue;
    const path = group === '' ? `/api/${version}` : `/apis/${encodeURIComponent(group)}/${version}`;
    for (const resource of listAt(await connection.get(path), 'resources')) {
      const plural = textAt(resource, 'name') ?? '';
      const kind = textAt(resource, 'kind') ?? '';
      if (!isLabelName(plural)) continue;
      const singular = textAt(resource, 'singularName') || kind.toLowerCase();
      const namespaced = at(resource, 'namespaced') === true;
      kinds.push({ group, version, plural, singular, kind, namespaced, ...namesOf(resource) });
    }
  }
  return kinds;
}

const namesOf = (resource: Json): Pick<Kind, 'shortNames' | 'verbs' | 'categories'> => {
  const texts = (field: string): string[] => listAt(resource, field).filter((name) => typeof name === 'string');
  return { shortNames: texts('shortNames'), verbs: texts('verbs'), categories: texts('categories') };
};

function refuseSecret(kind: Kind): Kind {
  if (kind.group === '' && kind.kind === 'Secret') {
    throw new OperationError('cluster-rejected', secretsRefused, { retryable: false });
  }
  return kind;
}

/** Aggregated discovery, in the server's order of preference. Subresources are left out. */
function parseAggregated(list: Parameters<typeof at>[0]): Kind[] {
  return listAt(list, 'items').flatMap((group) => {
    return listAt(group, 'versions').flatMap((version) =>
      listAt(version, 'resources').flatMap((resource): Kind[] => {
        const plural = textAt(resource, 'resource') ?? '';
        const kind = textAt(resource, 'responseKind', 'kind') ?? '';
        const versionName = textAt(version, 'version') ?? '';
        const groupName = textAt(group, 'metadata', 'name') ?? '';
        const safe = isLabelName(plural) && isLabelName(versionName) && (groupName === '' || isObjectName(groupName));
        if (!safe) return [];
        return [
          {
            group: groupName,
            version: versionName,
            plural,
            singular: textAt(resource, 'singularResource') ?? kind.toLowerCase(),
            kind,
            namespaced: textAt(resource, 'scope') === 'Namespaced',
            ...namesOf(resource),
          },
        ];
      }),
    );
  });
}

export const apiVersionOf = (kind: Kind): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

/**
 * The path of a collection or an object. Every segment was checked against its grammar and is encoded besides:
 * an unescaped name has led into other resources.
 */
export function pathOf(
  kind: Kind,
  where: {
    namespace?: string | undefined;
    name?: string;
    subresource?: 'log' | 'exec' | 'status' | 'scale' | 'resize';
  },
): string {
  const { namespace, name, subresource } = where;
  if (namespace !== undefined && !isLabelName(namespace)) throw badName('namespace', namespace);
  if (name !== undefined && !isPathName(name)) throw badName('name', name);
  const root = kind.group === '' ? '/api' : `/apis/${encodeURIComponent(kind.group)}`;
  const inside = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${root}/${kind.version}${inside}/${kind.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** Names of some kinds (RBAC roles) may hold `:`; encoded, it is harmless. */
const isPathName = (name: string): boolean => isObjectName(name.replaceAll(':', '-'));

const badName = (what: string, text: string): OperationError =>
  new OperationError(
    'cluster-rejected',
    `${JSON.stringify(text.slice(0, 80))} is not a Kubernetes ${what}. Correct it.`,
    {
      retryable: false,
    },
  );

/** Kubernetes itself says so. A 404 without its reason may be the page of a proxy, which says nothing of any object. */
export const isNotFound = (error: unknown): error is ApiRefusal =>
  error instanceof ApiRefusal && error.status.code === 404 && error.status.reason === 'NotFound';

/** This very object is not there, as the server says: `resource` is the plural. */
export const isGone = (error: unknown, { resource, name }: { resource: string; name: string }): boolean =>
  isNotFound(error) && error.status.kind === resource && error.status.name === name;
