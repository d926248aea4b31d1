/** How far a workload is, from its status. Pure. */
import type { Json } from '../../../domain/json.ts';
import { numberAt, textAt } from '../live.ts';

export type Counts = {
  /** False until the controller has seen the newest spec. */
  readonly observed: boolean;
  readonly wanted: number;
  readonly updated: number;
  readonly total: number;
  /** Updated and serving. */
  readonly ready: number;
};

export function countsOf(kind: string, live: Json): Counts {
  const status = (field: string): number => numberAt(live, 'status', field) ?? 0;
  const observed = status('observedGeneration') >= (numberAt(live, 'metadata', 'generation') ?? 0);
  const wanted = numberAt(live, 'spec', 'replicas') ?? 1;
  switch (kind) {
    case 'DaemonSet': {
      const scheduled = status('desiredNumberScheduled');
      const updated = onDelete(live) ? scheduled : status('updatedNumberScheduled');
      return {
        observed,
        wanted: scheduled,
        updated,
        total: scheduled,
        ready: Math.min(updated, status('numberAvailable')),
      };
    }
    case 'StatefulSet': {
      const partition = numberAt(live, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
      const same = textAt(live, 'status', 'updateRevision') === textAt(live, 'status', 'currentRevision');
      const held = onDelete(live) ? wanted : Math.min(partition, wanted);
      const updated = same ? status('replicas') : status('updatedReplicas') + held;
      return {
        observed,
        wanted,
        updated,
        total: status('replicas'),
        ready: Math.min(updated, status('readyReplicas')),
      };
    }
    case 'ReplicaSet':
      return {
        observed,
        wanted,
        updated: status('replicas'),
        total: status('replicas'),
        ready: status('availableReplicas'),
      };
    default:
      return {
        observed,
        wanted,
        updated: status('updatedReplicas'),
        total: status('replicas'),
        ready: Math.min(status('updatedReplicas'), status('availableReplicas')),
      };
  }
}

const onDelete = (live: Json): boolean => textAt(live, 'spec', 'updateStrategy', 'type') === 'OnDelete';

/** Of a paused deployment that is scaled: pods come and go, whichever template they have. */
export const withoutTemplate = (counts: Counts, live: Json): Counts => ({
  ...counts,
  updated: counts.total,
  ready: Math.min(counts.total, numberAt(live, 'status', 'availableReplicas') ?? 0),
});

export function waitingFor({ observed, wanted, updated, total, ready }: Counts): string | undefined {
  if (!observed) return 'Waiting for the controller to see the change';
  if (updated < wanted) return `${updated} of ${wanted} replicas are updated`;
  if (total > wanted) return `${total - wanted} replica${total - wanted === 1 ? '' : 's'} still to end`;
  if (total > updated) return `${total - updated} old replica${total - updated === 1 ? '' : 's'} still to end`;
  if (ready < wanted) return `${ready} of ${wanted} updated replicas are available`;
  return undefined;
}

/** Pods that are ready and still of the old template, because the object says so: nobody should take them for changed. */
export function keptOld(live: Json, old: number): string {
  const partition = numberAt(live, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
  if (old === 0 || (partition === 0 && !onDelete(live))) return '';
  const pods = old === 1 ? '1 pod keeps' : `${old} pods keep`;
  return onDelete(live)
    ? `; ${pods} the old template until deleted by hand (OnDelete)`
    : `; ${pods} the old template below the partition ${partition}`;
}
