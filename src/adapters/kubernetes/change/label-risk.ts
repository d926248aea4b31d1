/** Whether a label is one that somebody selects by: then changing it moves traffic, ownership or pods. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { at, isRecord, listAt, recordAt, textAt, textsAt } from '../live.ts';
import { selectorOf } from './workload.ts';

type Where = { readonly kind: string; readonly namespace: string };

/** Lists whose objects select pods or what owns them, and where each has its selector. */
const selectors = [
  {
    path: 'api/v1',
    plural: 'services',
    kind: 'Service',
    keys: (one: Json) => Object.keys(textsAt(one, 'spec', 'selector')),
  },
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets'].map((plural) => ({
    path: 'apis/apps/v1',
    plural,
    kind: plural.slice(0, -1),
    keys: (one: Json) => keysOf(at(one, 'spec', 'selector')),
  })),
  {
    path: 'apis/policy/v1',
    plural: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    keys: (one: Json) => keysOf(at(one, 'spec', 'selector')),
  },
  { path: 'apis/networking.k8s.io/v1', plural: 'networkpolicies', kind: 'NetworkPolicy', keys: keysOfPolicy },
] as const;

const keysOf = (value: Json | undefined): readonly string[] => {
  const { labels, expressions } = selectorOf(value);
  return [...Object.keys(labels), ...expressions.map(({ key }) => key)];
};

function keysOfPolicy(policy: Json): readonly string[] {
  const peers = [
    ...listAt(policy, 'spec', 'ingress').flatMap((rule) => listAt(rule, 'from')),
    ...listAt(policy, 'spec', 'egress').flatMap((rule) => listAt(rule, 'to')),
  ];
  return [...keysOf(at(policy, 'spec', 'podSelector')), ...peers.flatMap((peer) => keysOf(at(peer, 'podSelector')))];
}

/** A sentence, or undefined. `keys` are those that change. */
export async function labelRiskOf(
  connection: Connection,
  keys: readonly string[],
  { kind, namespace }: Where,
): Promise<string | undefined> {
  if (keys.length === 0) return undefined;
  const reserved = keys.find(
    (key) => /(?:^|\.)(?:kubernetes|k8s)\.io\//.test(key) && !key.startsWith('app.kubernetes.io/'),
  );
  if (reserved !== undefined) return `the label ${reserved} is one that Kubernetes itself looks at`;
  if (kind === 'Node') return nodeRisk(connection, keys);
  if (kind !== 'Pod' && kind !== 'ReplicaSet' && kind !== 'ControllerRevision') return undefined;
  const found = await Promise.all(
    selectors.map(async ({ path, plural, kind: owner, keys: of }) => {
      const items = await listOrUnknown(connection, `/${path}/namespaces/${encodeURIComponent(namespace)}/${plural}`);
      if (items === undefined) return `whether ${plural} select by it is not known: our account may not list them`;
      const match = items.flatMap((one) =>
        of(one)
          .filter((key) => keys.includes(key))
          .map((key) => ({ key, name: textAt(one, 'metadata', 'name') ?? '' })),
      )[0];
      return match === undefined ? undefined : `${owner} ${match.name} selects by the label ${match.key}`;
    }),
  );
  return found.find((one) => one !== undefined);
}

/** A DaemonSet ends its pods on a node that its node selector no longer fits. */
async function nodeRisk(connection: Connection, keys: readonly string[]): Promise<string | undefined> {
  const sets = await listOrUnknown(connection, '/apis/apps/v1/daemonsets');
  if (sets === undefined)
    return 'whether DaemonSets select nodes by it is not known: our account may not list them everywhere';
  const set = sets.find((one) => {
    const spec = recordAt(one, 'spec', 'template', 'spec');
    return keys.some((key) => Object.hasOwn(recordAt(spec, 'nodeSelector'), key) || mentions(spec['affinity'], key));
  });
  return set === undefined
    ? undefined
    : `DaemonSet ${textAt(set, 'metadata', 'name') ?? ''} chooses its nodes by this label`;
}

function mentions(value: Json | undefined, key: string): boolean {
  if (Array.isArray(value)) return value.some((one: Json) => mentions(one, key));
  if (!isRecord(value)) return false;
  return value['key'] === key || Object.values(value).some((one) => mentions(one, key));
}

async function listOrUnknown(connection: Connection, path: string): Promise<readonly Json[] | undefined> {
  try {
    return listAt(await connection.get(path), 'items');
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    // A server without the group has nothing that selects.
    return error.status.code === 404 ? [] : undefined;
  }
}
