/** What controllers ask about pods. */
import type { KubeObject, Pod } from '../objects.ts';

/** `status: True` of the pod's Ready condition. */
export const isReady = (pod: Pod): boolean =>
  (pod.status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');

/** Neither finished nor on its way out: what a controller counts. */
export const isActive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(
    ({ uid, controller }) => controller === true && uid === owner.metadata.uid,
  );

export const ownerReference = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

/** Which of two pods goes first when there are too many: unscheduled, pending, not ready, then the newest. */
export function firstToGo(a: Pod, b: Pod): number {
  const rank = (pod: Pod) =>
    pod.spec.nodeName === undefined ? 0 : pod.status.phase === 'Pending' ? 1 : isReady(pod) ? 3 : 2;
  const byRank = rank(a) - rank(b);
  return byRank !== 0 ? byRank : Number(b.metadata.resourceVersion) - Number(a.metadata.resourceVersion);
}
