/** A Deployment's counters and conditions (k8s.io/kubernetes/pkg/controller/deployment/progress.go). */
import { timestamp } from '../clock.ts';
import type { Condition, Deployment, ReplicaSet } from '../objects.ts';

type Result = { status: Deployment['status'] /** The progress deadline, while it runs. */; wakeAt?: number };

export function deploymentStatus(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  now: number,
): Result {
  const all = current ? [current, ...old] : old;
  const sum = (count: (set: ReplicaSet) => number | undefined) =>
    all.reduce((total, set) => total + (count(set) ?? 0), 0);
  const replicas = sum((set) => set.status.replicas);
  const ready = sum((set) => set.status.readyReplicas);
  const available = sum((set) => set.status.availableReplicas);
  const updated = current?.status.replicas ?? 0;
  // While a scale-down runs there may be more available than asked for: never negative.
  const unavailable = Math.max(0, sum((set) => set.spec.replicas) - available);
  const counts: Deployment['status'] = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...positive({ replicas, updatedReplicas: updated, readyReplicas: ready, availableReplicas: available }),
    ...positive({ unavailableReplicas: unavailable }),
  };
  const before = deployment.status;
  const complete =
    updated === deployment.spec.replicas &&
    replicas === updated &&
    available === updated &&
    old.every((set) => set.status.replicas === 0);
  const enough = available >= deployment.spec.replicas - maxUnavailable(deployment);
  const availability = next(before.conditions, 'Available', now, {
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  });
  // Steps forward only: a pod that stops being ready is none (DeploymentProgressing).
  const moved =
    updated > (before.updatedReplicas ?? 0) ||
    replicas - updated < (before.replicas ?? 0) - (before.updatedReplicas ?? 0) ||
    ready > (before.readyReplicas ?? 0) ||
    available > (before.availableReplicas ?? 0);
  const { condition, wakeAt } = progress(deployment, current, { complete, moved }, now);
  return {
    status: {
      ...counts,
      conditions: [availability, ...failure(before.conditions, all, now), ...(condition ? [condition] : [])],
    },
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

/** A ReplicaSet that cannot make its pods; the newest one's reason comes first. */
function failure(conditions: readonly Condition[] | undefined, sets: readonly ReplicaSet[], now: number): Condition[] {
  const failed = sets.flatMap((set) => set.status.conditions ?? []).find(({ type }) => type === 'ReplicaFailure');
  if (!failed) return [];
  const { status, reason = '', message = '' } = failed;
  return [next(conditions, 'ReplicaFailure', now, { status, reason, message })];
}

function progress(
  deployment: Deployment,
  current: ReplicaSet | undefined,
  { complete, moved }: { complete: boolean; moved: boolean },
  now: number,
): { condition?: Condition; wakeAt?: number } {
  const conditions = deployment.status.conditions;
  const known = conditions?.find(({ type }) => type === 'Progressing');
  const set = (status: string, reason: string, message: string, touch = false) =>
    next(conditions, 'Progressing', now, { status, reason, message }, touch);
  if (deployment.spec.paused && !complete)
    return { condition: set('Unknown', 'DeploymentPaused', 'Deployment is paused') };
  if (!current) return known ? { condition: known } : {};
  const name = `ReplicaSet "${current.metadata.name}"`;
  if (complete) return { condition: set('True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`) };
  const mentions = known?.message?.includes(`"${current.metadata.name}"`) ?? false;
  if (!known || !mentions) {
    const condition = set(
      'True',
      known ? 'ReplicaSetUpdated' : 'NewReplicaSetCreated',
      known ? `${name} is progressing.` : `Created new replica set "${current.metadata.name}"`,
      true,
    );
    return { condition, wakeAt: now + deployment.spec.progressDeadlineSeconds * 1000 };
  }
  if (moved) {
    const condition = set('True', 'ReplicaSetUpdated', `${name} is progressing.`, true);
    return { condition, wakeAt: now + deployment.spec.progressDeadlineSeconds * 1000 };
  }
  // A finished rollout that loses a pod or is scaled starts no new deadline (progress.go, DeploymentTimedOut).
  if (known.reason === 'NewReplicaSetAvailable') return { condition: known };
  const deadline = Date.parse(known.lastUpdateTime ?? '') + deployment.spec.progressDeadlineSeconds * 1000;
  if (known.reason !== 'ProgressDeadlineExceeded' && now < deadline) return { condition: known, wakeAt: deadline };
  return { condition: set('False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`) };
}

function next(
  conditions: readonly Condition[] | undefined,
  type: string,
  now: number,
  to: { status: string; reason: string; message: string },
  touch = false,
): Condition {
  const known = conditions?.find((condition) => condition.type === type);
  if (known && known.status === to.status && known.reason === to.reason && known.message === to.message && !touch)
    return known;
  const lastTransitionTime =
    known?.status === to.status ? (known.lastTransitionTime ?? timestamp(now)) : timestamp(now);
  return {
    type,
    status: to.status,
    lastUpdateTime: timestamp(now),
    lastTransitionTime,
    reason: to.reason,
    message: to.message,
  };
}

function maxUnavailable({ spec }: Deployment): number {
  const value = spec.strategy.rollingUpdate?.maxUnavailable;
  if (spec.strategy.type !== 'RollingUpdate' || value === undefined) return 0;
  return typeof value === 'number' ? value : Math.floor((spec.replicas * Number.parseInt(value, 10)) / 100);
}

/** Zero counters are left out, as `omitempty` does. */
const positive = (counts: { [key: string]: number }): { [key: string]: number } =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
