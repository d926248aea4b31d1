/** Marks a pod as going; the kubelet takes it away. A pod that never got a node goes at once. */
import { type Clock, timestamp } from '../clock.ts';
import type { Pod } from '../objects.ts';
import type { Store } from '../store.ts';

/** Returns the pod as a DELETE answers it. */
export function deletePod({ store, clock }: { store: Store; clock: Clock }, pod: Pod, graceSeconds?: number): Pod {
  const grace = graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  const going = terminating(pod, clock.now(), grace);
  if (pod.spec.nodeName === undefined || grace === 0) {
    store.remove('pods', pod.metadata.namespace ?? '', pod.metadata.name);
    return going;
  }
  return pod.metadata.deletionTimestamp === undefined ? store.put('pods', going) : pod;
}

/** What a dry run answers, too. */
export const terminating = (pod: Pod, now: number, graceSeconds: number): Pod => ({
  ...pod,
  metadata: {
    ...pod.metadata,
    generation: (pod.metadata.generation ?? 1) + 1,
    deletionTimestamp: timestamp(now + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
  },
});
