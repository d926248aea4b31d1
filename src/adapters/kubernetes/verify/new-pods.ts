/** Which pods a change made or waits for: those of the newest revision that are not older than the change. */
import type { Json } from '../../../domain/json.ts';
import { podsOf, selectorOf, selectorText } from '../change/workload.ts';
import { controllerIn } from '../change/controller.ts';
import type { Connection } from '../connection.ts';
import { pathOf, replicaSetKind } from '../discovery.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { listAll } from '../read/list-all.ts';
import { optional, unlessForbidden } from './read-evidence.ts';
import { conditionOf, isGoing, timeAt, uidOf } from './trouble.ts';

export type PodsOfChange = {
  readonly made: readonly Json[];
  /** Of the newest revision as well, from before the change. */
  readonly before: readonly Json[];
  /** Of other revisions. */
  readonly old: readonly Json[];
  /** Whose events tell why a pod could not be made. */
  readonly maker: Json;
};

/** Our user agent, which the API server takes for the manager of the fields that a request set. */
const manager = 'firebreak';

/** The API server's time of our newest change of the object; undefined when none of our fields is left. */
export function changedAt(live: Json): number | undefined {
  const times = listAt(live, 'metadata', 'managedFields').flatMap((entry) =>
    textAt(entry, 'manager') === manager ? (timeAt(entry, 'time') ?? []) : [],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}

export async function podsOfChange(
  connection: Connection,
  { kind, namespace }: { kind: string; namespace: string },
  live: Json,
): Promise<PodsOfChange> {
  const newest = kind === 'Deployment' ? await newestReplicaSet(connection, namespace, live) : undefined;
  const since = changedAt(live);
  const owner = newest === undefined ? undefined : uidOf(newest);
  const isNewest = (pod: Json): boolean => {
    if (kind === 'Deployment') return owner === undefined || controllerUid(pod) === owner;
    if (controllerUid(pod) !== uidOf(live)) return false;
    return kind === 'ReplicaSet' || hasRevision(kind, pod, live);
  };
  const made: Json[] = [];
  const before: Json[] = [];
  const old: Json[] = [];
  const pods = await unlessForbidden(() => podsOf(connection, namespace, live), []);
  for (const pod of pods) {
    const isAfter = since === undefined || (timeAt(pod, 'metadata', 'creationTimestamp') ?? since) >= since;
    if (isNewest(pod) && !isGoing(pod)) (isAfter ? made : before).push(pod);
    else old.push(pod);
  }
  return { made, before, old, maker: newest ?? live };
}

const controllerUid = (pod: Json): string | undefined =>
  textAt(controllerIn(at(pod, 'metadata', 'ownerReferences')), 'uid');

const generationAnnotation = 'deprecated.daemonset.template.generation';
const revisionAnnotation = 'deployment.kubernetes.io/revision';

function hasRevision(kind: string, pod: Json, live: Json): boolean {
  const label = (name: string): string | undefined => textAt(pod, 'metadata', 'labels', name);
  if (kind === 'StatefulSet') {
    const wanted = textAt(live, 'status', 'updateRevision');
    return wanted === undefined || label('controller-revision-hash') === wanted;
  }
  const wanted = textAt(live, 'metadata', 'annotations', generationAnnotation);
  const generation = label('pod-template-generation');
  return wanted === undefined || generation === undefined || wanted === generation;
}

/** The deployment's controller writes the same revision on both when it has seen the newest template. */
async function newestReplicaSet(connection: Connection, namespace: string, live: Json): Promise<Json | undefined> {
  const sets = await optional(async () => {
    // Old revisions of all deployments of a namespace may be very many.
    const labelSelector = selectorText(selectorOf(at(live, 'spec', 'selector')));
    return await listAll(connection, pathOf(replicaSetKind, { namespace }), { query: { labelSelector } });
  }, []);
  const revision = textAt(live, 'metadata', 'annotations', revisionAnnotation);
  return sets.find(
    (set) =>
      controllerUid(set) === uidOf(live) &&
      revision !== undefined &&
      textAt(set, 'metadata', 'annotations', revisionAnnotation) === revision,
  );
}

/** How many pods the maker still has to make, and the condition in which a ReplicaSet says why it cannot. */
export function notMadeYet(
  kind: string,
  maker: Json,
  wanted: number,
  made: number,
): { count: number; condition?: Json } {
  if (kind !== 'Deployment' && kind !== 'ReplicaSet') return { count: Math.max(0, wanted - made) };
  const count = Math.max(
    0,
    (numberAt(maker, 'spec', 'replicas') ?? wanted) - (numberAt(maker, 'status', 'replicas') ?? made),
  );
  const condition = conditionOf(maker, 'ReplicaFailure');
  return condition !== undefined && textAt(condition, 'status') === 'True' ? { count, condition } : { count };
}
