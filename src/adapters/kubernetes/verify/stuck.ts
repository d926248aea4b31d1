/**
 * A StatefulSet that makes its pods in order waits for a pod that is not ready before it replaces any, also when the
 * template that broke it was taken back: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
import type { Json } from '../../../domain/json.ts';
import { textAt } from '../live.ts';
import { isGoing, nameOf, serves } from './trouble.ts';

/** Of a StatefulSet's pods those that it waits for. */
export function podsWaitedFor(set: Json, pods: readonly Json[]): readonly Json[] {
  if (textAt(set, 'spec', 'podManagementPolicy') === 'Parallel') return [];
  if (textAt(set, 'spec', 'updateStrategy', 'type') === 'OnDelete') return [];
  return pods.filter((pod) => !isGoing(pod) && !serves(pod));
}

const namedMax = 3;

export function waitsForText(pods: readonly Json[]): string {
  const names = pods.map(nameOf).sort().slice(0, namedMax).join(', ');
  return pods.length === 1
    ? `the StatefulSet replaces no pod until ${names} is ready: delete that pod if it cannot be`
    : `the StatefulSet replaces no pod until ${names} are ready: delete those that cannot be`;
}
