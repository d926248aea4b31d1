/** Which pods and PodDisruptionBudgets a change touches. */
import type { ObjectChange } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Affected, FieldChange } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { at, listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import { isRollingOut } from './pause.ts';
import type { Bounded } from './preview/autoscalers.ts';
import { podsGoing } from './preview/going.ts';
import { look, lookAtList, type Looked } from './preview/look.ts';
import { partitionOf } from './preview/waves.ts';
import { withChanges } from './reverse.ts';
import { podsOfNode } from './taken-along.ts';
import { endsOnNode } from './tolerations.ts';
import { podsWaitedFor, waitsForText } from '../verify/stuck.ts';
import { podsOf, selectorOf, selects } from './workload.ts';

const podNamesMax = 20;
const uncountedMax = 500;

/** `uncounted`: why there may be more pods than those. `notes`: which of them, and what they leave behind. */
export type Counted = {
  readonly affected: Affected;
  readonly uncounted?: string;
  readonly notes?: readonly string[];
};

/** Why a plan that is about so many pods is none: the limit, or that it cannot be kept. */
export function whyTooMany({ affected, uncounted }: Counted, limit: number): string | undefined {
  if (affected.pods > limit) {
    return `This touches ${affected.pods} pods, and a plan may touch ${limit} (policy.limits.podsPerPlan). Do it in smaller steps.`;
  }
  // An operator at the command line has no limit.
  return uncounted === undefined || limit === Number.MAX_SAFE_INTEGER
    ? undefined
    : `How many pods this touches is not known: ${uncounted}. A plan may touch ${limit} (policy.limits.podsPerPlan). Do it by hand.`;
}

/** For a scale: the pods that come or go. For a new template: every pod of the workload. For a node: those that a taint ends. */
export async function findAffected(
  connection: Connection,
  action: ObjectChange,
  wanted: {
    namespace: string;
    kind: string;
    live: Json;
    replicas?: number;
    changes?: readonly FieldChange[];
    bounded?: Bounded | undefined;
  },
): Promise<Counted> {
  const { live, namespace, kind, bounded } = wanted;
  if (bounded?.target !== undefined) {
    return bounded.wanted === undefined
      ? { affected: { pods: 0, podNames: [], budgets: [] } }
      : ofScale(
          connection,
          { namespace, kind: textAt(bounded.target, 'kind') ?? '', live: bounded.target },
          bounded.wanted,
        );
  }
  if (action.type === 'delete-pod' || action.type === 'evict') {
    return { affected: await onePod(connection, action, { namespace, live }) };
  }
  const changes = wanted.changes ?? [];
  if (changes.some(({ path }) => path.startsWith('/spec/taints'))) return ofTaints(connection, live, changes);
  const ended = endedJob(kind, live, changes);
  if (ended === undefined && isQuiet(action, live, changes)) {
    return { affected: { pods: growthOf(changes), podNames: [], budgets: [] } };
  }
  const template = changes.some(({ path }) => path.startsWith('/spec/template'));
  if (wanted.replicas !== undefined && !template) {
    return ofScale(connection, { namespace, kind, live }, wanted.replicas);
  }
  const after = withChanges(live, changes);
  const held = template && keepsTemplate(kind, after);
  // No pod gets the new template now; what comes or goes with other replicas does.
  if (held && wanted.replicas !== undefined) return ofScale(connection, { namespace, kind, live }, wanted.replicas);
  if (held) return { affected: { pods: 0, podNames: [], budgets: [] } };
  const [pods, budgets] = await Promise.all([
    runningPods(connection, namespace, live),
    budgetsOf(connection, namespace, textsAt(live, 'spec', 'template', 'metadata', 'labels'), 'a rollout'),
  ]);
  if ('unknown' in pods) {
    const counted = Math.max(saidByController(kind, live), wanted.replicas ?? 0);
    const notes = [`Which pods this touches is not known: ${pods.unknown}.`];
    return { affected: { pods: counted, podNames: [], budgets }, notes };
  }
  const partition = kind === 'StatefulSet' ? partitionOf(after) : 0;
  const first = (numberAt(after, 'spec', 'ordinals', 'start') ?? 0) + partition;
  const changed = pods.found.filter((pod) => partition === 0 || ordinalOf(pod) >= first);
  const staying = pods.found.length - changed.length;
  const names = changed.map(nameOf).sort();
  return {
    affected: {
      pods: Math.max(names.length, (wanted.replicas ?? 0) - staying),
      podNames: names.slice(0, podNamesMax),
      budgets: names.length === 0 && wanted.replicas === undefined ? [] : budgets,
    },
    notes: [
      ...(staying === 0 ? [] : [keptBelow(partition, staying, names.length)]),
      ...(kind === 'StatefulSet' ? broken(after, pods.found) : []),
    ],
  };
}

/** Pods change only after a resume, or when each is deleted by hand. */
const keepsTemplate = (kind: string, after: Json): boolean =>
  (kind === 'Deployment' && at(after, 'spec', 'paused') === true) ||
  textAt(after, 'spec', 'updateStrategy', 'type') === 'OnDelete';

function broken(set: Json, pods: readonly Json[]): readonly string[] {
  const waited = podsWaitedFor(set, pods);
  return waited.length === 0 ? [] : [`As things are, ${waitsForText(waited)}.`];
}

const ordinalOf = (pod: Json): number => Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? 0);

const keptBelow = (partition: number, staying: number, changed: number): string =>
  changed === 0
    ? `The partition ${partition} keeps every pod on the old template: nothing changes until it is lowered.`
    : `The partition ${partition} keeps ${staying} ${staying === 1 ? 'pod' : 'pods'} on the old template.`;

/** What its status says, for when its pods cannot be listed. */
const saidByController = (kind: string, live: Json): number =>
  numberAt(live, 'status', kind === 'DaemonSet' ? 'currentNumberScheduled' : kind === 'Job' ? 'active' : 'replicas') ??
  numberAt(live, 'spec', 'replicas') ??
  1;

const nameOf = (pod: Json): string => textAt(pod, 'metadata', 'name') ?? '';
const runningPods = (connection: Connection, namespace: string, live: Json): Promise<Looked<readonly Json[]>> =>
  look('pods', async () => (await podsOf(connection, namespace, live)).filter((pod) => !isOver(pod)));

async function ofScale(
  connection: Connection,
  { namespace, kind, live }: { namespace: string; kind: string; live: Json },
  replicas: number,
): Promise<Counted> {
  const current = numberAt(live, 'spec', 'replicas') ?? 1;
  if (replicas > current) return { affected: { pods: replicas - current, podNames: [], budgets: [] } };
  const labels = textsAt(live, 'spec', 'template', 'metadata', 'labels');
  const [pods, budgets] = await Promise.all([
    runningPods(connection, namespace, live),
    budgetsOf(connection, namespace, labels, 'a scale-down'),
  ]);
  if ('unknown' in pods && kind !== 'StatefulSet') {
    const notes = [`Which pods go is not known: ${pods.unknown}.`];
    return { affected: { pods: current - replicas, podNames: [], budgets }, notes };
  }
  const { names, notes } = podsGoing(kind, live, 'found' in pods ? pods.found : [], replicas);
  return { affected: { pods: current - replicas, podNames: names.slice(0, podNamesMax), budgets }, notes };
}

/** A suspended job ends its pods. */
const endedJob = (kind: string, live: Json, changes: readonly FieldChange[]): true | undefined =>
  kind === 'Job' &&
  (numberAt(live, 'status', 'active') ?? 0) > 0 &&
  changes.some(({ path, after }) => path === '/spec/suspend' && after === true)
    ? true
    : undefined;

/** Those that do not tolerate a new taint with NoExecute. No disruption budget is asked. */
async function ofTaints(connection: Connection, live: Json, changes: readonly FieldChange[]): Promise<Counted> {
  const after = listAt(withChanges(live, changes), 'spec', 'taints');
  const ends = endsOnNode(listAt(live, 'spec', 'taints'), after);
  if (ends === undefined) return { affected: { pods: 0, podNames: [], budgets: [] } };
  const found = await podsOfNode(connection, textAt(live, 'metadata', 'name') ?? '');
  const names = (found ?? []).filter(ends).map(nameOf);
  const affected = { pods: names.length, podNames: names.sort().slice(0, podNamesMax), budgets: [] };
  if (found === undefined) return { affected, uncounted: 'our account may not list the pods of all namespaces' };
  return found.length < uncountedMax ? { affected } : { affected, uncounted: `the node has ${uncountedMax} or more` };
}

/** Pods that come with fields which are no replicas. */
function growthOf(changes: readonly FieldChange[]): number {
  const added = changes
    .filter(({ path }) => path === '/spec/parallelism' || path === '/spec/minReplicas')
    .map(({ before, after }) => Number(after ?? 1) - Number(before ?? 1));
  return Math.max(0, ...added);
}

/** The fields say what they touch. */
const fieldwise: ReadonlySet<ObjectChange['type']> = new Set([
  'patch',
  'set-field',
  'apply',
  'label',
  'annotate',
  'taint',
]);

/** Cordoning moves no pod, nor does pausing, nor resuming what has no new template. */
function isQuiet(action: ObjectChange, live: Json, changes: readonly FieldChange[]): boolean {
  const { type } = action;
  if (fieldwise.has(type)) {
    return !changes.some(({ path }) => path.startsWith('/spec/template') || path === '/spec/replicas');
  }
  if (type === 'cordon' || type === 'uncordon' || type === 'rollout-pause') return true;
  return type === 'rollout-resume' && !isRollingOut(live);
}

async function onePod(
  connection: Connection,
  action: ObjectChange,
  { namespace, live }: { namespace: string; live: Json },
): Promise<Affected> {
  const labels = textsAt(live, 'metadata', 'labels');
  const budgets = await budgetsOf(connection, namespace, labels, action.type === 'evict' ? undefined : 'a delete');
  return {
    pods: 1,
    podNames: [nameOf(live)],
    budgets,
  };
}

const isOver = (pod: Json): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

/** `unasked`: what goes on without asking them. */
async function budgetsOf(
  connection: Connection,
  namespace: string,
  labels: Readonly<Record<string, string>>,
  unasked: string | undefined,
): Promise<readonly string[]> {
  const path = `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets`;
  const list = await lookAtList(connection, path, 'PodDisruptionBudgets');
  if ('unknown' in list) return [`unknown: ${list.unknown}`];
  return list.found
    .filter((budget) => selects(selectorOf(recordAt(budget, 'spec', 'selector')), labels))
    .map((budget) => {
      const allowed = numberAt(budget, 'status', 'disruptionsAllowed') ?? 0;
      const allows = `${nameOf(budget)}: allows ${allowed} disruption${allowed === 1 ? '' : 's'}`;
      return unasked === undefined ? allows : `${allows}; ${unasked} does not ask it`;
    });
}
