/** Keeps as many pods as a ReplicaSet asks for. */
import type { Clock } from '../clock.ts';
import type { Pod, ReplicaSet } from '../objects.ts';
import type { Store } from '../store.ts';
import { deletePod } from './delete-pod.ts';
import { firstToGo, isActive, isOwnedBy, isReady } from './pods.ts';
import { podFromTemplate } from './pod-template.ts';
import type { Recorder } from './recorder.ts';

export function reconcileReplicaSet(tools: { store: Store; clock: Clock; recorder: Recorder }, set: ReplicaSet): void {
  const { store, recorder } = tools;
  const pods = store.list('pods', set.metadata.namespace).filter((pod) => isOwnedBy(pod, set) && isActive(pod));
  const missing = set.spec.replicas - pods.length;
  for (let count = 0; count < missing; count++) {
    const pod = store.create('pods', podFromTemplate(set, set.spec.template));
    pods.push(pod);
    recorder.record(set, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
      component: 'replicaset-controller',
    });
  }
  for (const pod of missing < 0 ? [...pods].sort(firstToGo).slice(0, -missing) : []) {
    deletePod(tools, pod);
    pods.splice(pods.indexOf(pod), 1);
    recorder.record(set, {
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      component: 'replicaset-controller',
    });
  }
  store.put('replicasets', { ...set, status: statusOf(set, pods) });
}

function statusOf(set: ReplicaSet, pods: readonly Pod[]): ReplicaSet['status'] {
  const ready = pods.filter(isReady).length;
  return {
    replicas: pods.length,
    ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    observedGeneration: set.metadata.generation ?? 1,
  };
}
