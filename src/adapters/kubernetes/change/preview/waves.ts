/** The pods that a change makes, as far as they can be foreseen. Pure. */
import type { Json } from '../../../../domain/json.ts';
import { at, numberAt, recordAt, sameJson, scalarAt, textAt } from '../../live.ts';
import { isRollingOut } from '../pause.ts';

export type Wave = {
  /**
   * `added`: more than before · `replaced`: all of them anew, as they ask for something else · `surge`: the one that a
   * rollout starts before it may end an old one.
   */
  readonly kind: 'added' | 'replaced' | 'surge';
  readonly count: number;
  /** Metadata and spec. */
  readonly template: Json;
  /** Of `replaced`: those that go. */
  readonly old?: { readonly template: Json; readonly count: number };
  /** One on each node: the nodes' room is not counted. */
  readonly perNode?: true;
};

type Seen = { readonly kind: string; readonly live: Json | undefined; readonly after: Json };

/** Kinds of the same name in other groups follow rules of their own. */
const versions = new Set(['v1', 'apps/v1', 'batch/v1']);

/** `live` undefined: the object is made. */
export function wavesOf({ kind, live, after }: Seen): readonly Wave[] {
  if (!versions.has(textAt(after, 'apiVersion') ?? '')) return [];
  switch (kind) {
    case 'Pod':
      return live === undefined ? [{ kind: 'added', count: 1, template: after }] : [];
    case 'Job':
      return added(parallel(after) - (live === undefined ? 0 : parallel(live)), at(after, 'spec', 'template'));
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'DaemonSet':
      return ofWorkload(kind, live, after);
    default:
      return [];
  }
}

const replicasOf = (object: Json): number => numberAt(object, 'spec', 'replicas') ?? 1;

/** What a job runs at the same time. */
function parallel(job: Json): number {
  if (at(job, 'spec', 'suspend') === true) return 0;
  const atOnce = numberAt(job, 'spec', 'parallelism') ?? 1;
  const completions = numberAt(job, 'spec', 'completions');
  if (completions === undefined) return atOnce;
  return Math.min(atOnce, Math.max(0, completions - (numberAt(job, 'status', 'succeeded') ?? 0)));
}

const added = (count: number, template: Json | undefined): readonly Wave[] =>
  count > 0 && template !== undefined ? [{ kind: 'added', count, template }] : [];

function ofWorkload(kind: string, live: Json | undefined, after: Json): readonly Wave[] {
  const template = at(after, 'spec', 'template');
  if (template === undefined) return [];
  const paused = kind === 'Deployment' && at(after, 'spec', 'paused') === true;
  if (live === undefined) return kind === 'DaemonSet' ? [] : added(replicasOf(after), template);
  const before = at(live, 'spec', 'template') ?? null;
  const wanted = kind === 'DaemonSet' ? (numberAt(live, 'status', 'desiredNumberScheduled') ?? 0) : replicasOf(after);
  const more = kind === 'DaemonSet' ? 0 : wanted - replicasOf(live);
  // While it is paused, new pods are of the old template.
  if (paused) return added(more, before);
  const resumed = at(live, 'spec', 'paused') === true && isRollingOut(live);
  const isNew = !sameJson(before, template) || resumed;
  if (!isNew || kind === 'ReplicaSet' || kind === 'ReplicationController' || replacesByHand(after)) {
    return added(more, template);
  }
  const waits = kind === 'Deployment' && wanted > 0 && needsSurge(after, wanted);
  const surge = waits ? [{ kind: 'surge' as const, count: 1, template }] : [];
  const asksElse = !sameJson(scheduling(before), scheduling(template));
  // Those below a StatefulSet's partition stay as they are.
  const staying = kind === 'StatefulSet' ? partitionOf(after) : 0;
  if (asksElse && wanted > 0) {
    if (wanted <= staying) return added(more, before);
    const there = numberAt(live, 'status', 'replicas') ?? replicasOf(live);
    const old = { template: before, count: Math.max(0, there - staying) };
    const perNode = kind === 'DaemonSet' ? { perNode: true as const } : {};
    return [
      {
        kind: 'replaced',
        count: wanted - staying,
        template,
        old: kind === 'DaemonSet' ? { ...old, count: wanted } : old,
        ...perNode,
      },
      // Room for all of them in the end is not room for the first one.
      ...surge,
    ];
  }
  return [...added(more, template), ...surge];
}

export const partitionOf = (set: Json): number =>
  numberAt(set, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
const replacesByHand = (after: Json): boolean => textAt(after, 'spec', 'updateStrategy', 'type') === 'OnDelete';

/** What decides where a pod may go and what it takes there. */
function scheduling(template: Json): Json {
  const spec = recordAt(template, 'spec');
  const asks = (group: string): Json => {
    const containers = at(spec, group);
    return Array.isArray(containers) ? containers.map((one: Json) => recordAt(one, 'resources')) : [];
  };
  return {
    containers: asks('containers'),
    initContainers: asks('initContainers'),
    resources: spec['resources'] ?? null,
    nodeSelector: spec['nodeSelector'] ?? null,
    affinity: spec['affinity'] ?? null,
    tolerations: spec['tolerations'] ?? null,
  };
}

/** Whether none of the old pods may end before a new one is ready. Percentages are rounded as the controller rounds. */
function needsSurge(deployment: Json, replicas: number): boolean {
  if (textAt(deployment, 'spec', 'strategy', 'type') === 'Recreate') return false;
  const value = scalarAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxUnavailable') ?? '25%';
  const most = value.endsWith('%') ? Math.floor((Number.parseInt(value, 10) / 100) * replicas) : Number(value);
  const surge = scalarAt(deployment, 'spec', 'strategy', 'rollingUpdate', 'maxSurge') ?? '25%';
  // Both 0: the controller ends one.
  return most === 0 && Number.parseInt(surge, 10) > 0;
}
