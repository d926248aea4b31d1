/** Whether the pods that a plan deletes are all that a workload has. */
import { type WaveSize, waveText } from '../../../domain/waves.ts';
import { at, listAt, textAt } from '../live.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import type { Resolved } from './combine.ts';
import { controllerIn } from './controller.ts';
import { ownersPath } from './delete-pod.ts';

type Group = { readonly name: string; readonly namespace: string; readonly uid: string; readonly going: Set<string> };

export async function wholeWorkloads(
  connection: Connection,
  resolved: readonly Resolved[],
  waves: WaveSize = 'all',
): Promise<string[]> {
  const groups = new Map<string, Group>();
  for (const { action, facts } of resolved) {
    if (action.type !== 'delete-pod') continue;
    const owners = facts.changes[0]?.guard?.find(({ path }) => path === ownersPath)?.value;
    const controller = controllerIn(owners);
    const uid = textAt(controller, 'uid');
    if (uid === undefined) continue;
    const name = `${textAt(controller, 'kind') ?? ''} ${textAt(controller, 'name') ?? ''}`;
    const group = groups.get(uid) ?? { name, namespace: facts.target.namespace ?? '', uid, going: new Set() };
    group.going.add(facts.target.uid);
    groups.set(uid, group);
  }
  const sentences = await Promise.all([...groups.values()].map((group) => sentenceOf(connection, group, waves)));
  return sentences.flat();
}

async function sentenceOf(
  connection: Connection,
  { name, namespace, uid, going }: Group,
  waves: WaveSize,
): Promise<string[]> {
  let stay: number;
  try {
    const list = await connection.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`);
    stay = listAt(list, 'items').filter((pod) => {
      const isIts = textAt(controllerIn(at(pod, 'metadata', 'ownerReferences')), 'uid') === uid;
      const serves =
        textAt(pod, 'metadata', 'deletionTimestamp') === undefined && textAt(pod, 'status', 'phase') === 'Running';
      return isIts && serves && !going.has(textAt(pod, 'metadata', 'uid') ?? '');
    }).length;
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return [];
  }
  const atOnce = waves === 'all' || waves >= going.size;
  const go = going.size === 1 ? 'goes' : atOnce ? 'go at once' : `go ${waveText(waves)}`;
  if (stay === 0 && !atOnce) return [`All ${going.size} pods of ${name} ${go}.`];
  if (stay === 0) {
    const all = going.size === 1 ? 'The only pod' : `All ${going.size} pods`;
    return [`${all} of ${name} ${go}: nothing of it serves until new ones are ready.`];
  }
  return [`${going.size} of ${going.size + stay} pods of ${name} ${go}; ${stay} ${stay === 1 ? 'stays' : 'stay'}.`];
}
