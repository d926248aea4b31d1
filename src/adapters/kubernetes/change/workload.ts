/** The objects that changes are made to, and what each action may be done to. */
import type { ObjectChange } from '../../../domain/change-action.ts';
import { OperationError } from '../../../domain/errors.ts';
import { whyForbidden } from '../../../domain/forbidden-kinds.ts';
import type { Json } from '../../../domain/json.ts';
import type { Target } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { apiVersionOf, pathOf, podKind, type Discovery, type Kind, isNotFound } from '../discovery.ts';
import { listAt, recordAt, textAt, textsAt } from '../live.ts';
import { listAll } from '../read/list-all.ts';

const templated = { group: 'apps', kinds: ['Deployment', 'StatefulSet', 'DaemonSet'] } as const;
const deployment = { group: 'apps', kinds: ['Deployment'] } as const;
const node = { group: '', kinds: ['Node'] } as const;

/** What an action can be done to, and what it does to it, in a word. Those that are not here can be done to any kind. */
type Subject = { readonly group: string; readonly kinds: readonly string[]; readonly done: string };
const subjects: Readonly<Partial<Record<ObjectChange['type'], Subject>>> = {
  scale: { group: 'apps', kinds: ['Deployment', 'StatefulSet', 'ReplicaSet'], done: 'scaled' },
  'rollout-restart': { ...templated, done: 'restarted' },
  'set-env': { ...templated, done: 'given environment variables' },
  'set-image': { ...templated, done: 'given an image' },
  'set-resources': { ...templated, done: 'given resources' },
  autoscale: { group: 'apps', kinds: ['Deployment', 'StatefulSet', 'ReplicaSet'], done: 'autoscaled' },
  'create-job': { group: 'batch', kinds: ['CronJob'], done: 'the template of a job' },
  taint: { ...node, done: 'tainted' },
  'rollout-undo': { ...templated, done: 'rolled back' },
  'rollout-pause': { ...deployment, done: 'paused' },
  'rollout-resume': { ...deployment, done: 'resumed' },
  'delete-pod': { group: '', kinds: ['Pod'], done: 'deleted' },
  evict: { group: '', kinds: ['Pod'], done: 'evicted' },
  cordon: { ...node, done: 'cordoned' },
  uncordon: { ...node, done: 'uncordoned' },
};

/** The kind, when the action can be done to it; else a sentence. */
export async function kindFor(
  action: ObjectChange,
  discovery: Discovery,
): Promise<Kind | { readonly refused: string }> {
  const { target } = action;
  const written = target.group === undefined ? target.resource : `${target.resource}.${target.group}`;
  let kind: Kind | undefined;
  try {
    kind = await discovery.find(target);
  } catch (error) {
    if (error instanceof OperationError && error.code === 'cluster-rejected') return { refused: error.message };
    throw error;
  }
  if (kind === undefined) return { refused: `The cluster has no resource type ${written}. Check the spelling.` };
  const forbidden = whyForbidden({ resource: kind.plural, group: kind.group });
  if (forbidden !== undefined) return { refused: `${kind.kind}: ${forbidden}` };
  const subject = subjects[action.type];
  if (subject === undefined) return kind;
  const { group, done, kinds: able } = subject;
  if (kind.group !== group || !able.includes(kind.kind)) {
    return { refused: `A ${kind.kind} cannot be ${done} here; only ${able.join(', ')} can. Do it by hand.` };
  }
  return kind;
}

export const workloadPath = (target: Target): string => {
  const { apiVersion, resource: plural, kind, namespace, name } = target;
  const at = apiVersion.indexOf('/');
  const [group, version] = [apiVersion.slice(0, Math.max(at, 0)), apiVersion.slice(at + 1)];
  return pathOf(
    { group, version, plural, namespaced: namespace !== undefined, kind, singular: '', shortNames: [] },
    { namespace, name },
  );
};

export const readWorkload = (connection: Connection, target: Target): Promise<Json> =>
  connection.get(workloadPath(target));

/** Undefined: the API server says that there is none. */
export async function readIfThere(connection: Connection, target: Target): Promise<Json | undefined> {
  try {
    return await readWorkload(connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}

export function targetOf(live: Json, kind: Kind, cluster: { name: string; uid: string; namespace: string }): Target {
  return {
    cluster: cluster.name,
    clusterUid: cluster.uid,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    resource: kind.plural,
    ...(kind.namespaced ? { namespace: cluster.namespace } : {}),
    name: textAt(live, 'metadata', 'name') ?? '',
    uid: textAt(live, 'metadata', 'uid') ?? '',
  };
}

export type Selector = {
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly { key: string; operator: string; values: readonly string[] }[];
};

export function selectorOf(value: Json | undefined): Selector {
  return {
    labels: textsAt(value, 'matchLabels'),
    expressions: listAt(value, 'matchExpressions').map((expression) => ({
      key: textAt(expression, 'key') ?? '',
      operator: textAt(expression, 'operator') ?? '',
      values: listAt(expression, 'values').filter((one) => typeof one === 'string'),
    })),
  };
}

/** As `metav1.LabelSelectorAsSelector` prints it: terms sorted by key. */
export function selectorText(selector: Selector): string {
  const terms = Object.entries(selector.labels).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values } of selector.expressions) {
    const set = [...values].sort().join(',');
    if (operator === 'Exists') terms.push({ key, text: key });
    else if (operator === 'DoesNotExist') terms.push({ key, text: `!${key}` });
    else terms.push({ key, text: `${key} ${operator === 'In' ? 'in' : 'notin'} (${set})` });
  }
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map((term) => term.text)
    .join(',');
}

export function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  const one = (key: string): string => labels[key] ?? '';
  return (
    Object.entries(selector.labels).every(([key, value]) => has(key) && one(key) === value) &&
    selector.expressions.every(({ key, operator, values }) => {
      if (operator === 'In') return has(key) && values.includes(one(key));
      if (operator === 'NotIn') return !has(key) || !values.includes(one(key));
      return operator === 'Exists' ? has(key) : operator === 'DoesNotExist' && !has(key);
    })
  );
}

/** The pods that the workload's selector finds. */
export async function podsOf(
  connection: Pick<Connection, 'get'>,
  namespace: string,
  live: Json,
): Promise<readonly Json[]> {
  const selector = selectorText(selectorOf(recordAt(live, 'spec', 'selector')));
  if (selector === '') return [];
  return await listAll(connection, pathOf(podKind, { namespace }), { query: { labelSelector: selector } });
}
