/** Which pods a part of a plan ends: those in trouble first, then the newest. */
import type { Json } from '../../../../domain/json.ts';
import type { EffectPlan } from '../../../../flow/ports.ts';
import type { Connection } from '../../connection.ts';
import { isNotFound, pathOf, podKind } from '../../discovery.ts';
import { at, listAt, numberAt, recordAt, textAt, textsAt } from '../../live.ts';
import { selectorOf, selectorText, workloadPath } from '../workload.ts';

/** More pods of one object are not looked at. */
const podsMax = 500;

export async function endingPods(
  connection: Connection,
  plan: EffectPlan,
  signal: AbortSignal,
): Promise<readonly Json[]> {
  const { action, target } = plan;
  const live = await readIfThere(connection, workloadPath(target), signal);
  // Another object of that name: the request will not touch it.
  if (live === undefined || textAt(live, 'metadata', 'uid') !== target.uid) return [];
  if (action.type === 'delete-pod' || action.type === 'evict') return [live];
  const namespace = target.kind === 'Namespace' ? target.name : (target.namespace ?? '');
  const query = new URLSearchParams({ limit: String(podsMax) });
  if (target.kind !== 'Namespace') {
    const selector = selectorIn(target.kind, live);
    if (selector === '') return [];
    query.set('labelSelector', selector);
  }
  const list = await connection.get(`${pathOf(podKind, { namespace })}?${query.toString()}`, { signal });
  const pods = listAt(list, 'items').filter((pod) => textAt(pod, 'metadata', 'deletionTimestamp') === undefined);
  return chosen(plan, pods);
}

function chosen({ target, changes }: EffectPlan, pods: readonly Json[]): readonly Json[] {
  const replicas = changes.find(({ path }) => path === '/spec/replicas');
  const isAll = replicas === undefined || changes.some(({ path }) => path.startsWith('/spec/template'));
  const ends = isAll ? pods.length : Number(replicas.before ?? 1) - Number(replicas.after ?? 1);
  // A StatefulSet ends those with the highest numbers; of others the controller prefers what does not serve.
  const first = target.kind === 'StatefulSet' && !isAll ? byOrdinal : byTrouble;
  return pods.toSorted(first).slice(0, Math.max(0, ends)).toSorted(byTrouble);
}

const selectorIn = (kind: string, live: Json): string =>
  kind === 'ReplicationController'
    ? selectorText({ labels: textsAt(live, 'spec', 'selector'), expressions: [] })
    : selectorText(selectorOf(recordAt(live, 'spec', 'selector')));

const byTrouble = (a: Json, b: Json): number =>
  Number(isTroubled(b)) - Number(isTroubled(a)) || createdAt(b) - createdAt(a);
const byOrdinal = (a: Json, b: Json): number => ordinalOf(b) - ordinalOf(a);

const createdAt = (pod: Json): number => Date.parse(textAt(pod, 'metadata', 'creationTimestamp') ?? '') || 0;
const ordinalOf = (pod: Json): number => Number(/-(\d+)$/.exec(textAt(pod, 'metadata', 'name') ?? '')?.[1] ?? -1);

const isTroubled = (pod: Json): boolean =>
  ['Failed', 'Pending', 'Unknown'].includes(textAt(pod, 'status', 'phase') ?? '') ||
  listAt(pod, 'status', 'containerStatuses').some(
    (one) => at(one, 'ready') !== true || (numberAt(one, 'restartCount') ?? 0) > 0,
  );

async function readIfThere(connection: Connection, path: string, signal: AbortSignal): Promise<Json | undefined> {
  try {
    return await connection.get(path, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return undefined;
  }
}
