/** Keeps as many pods as a ReplicaSet asks for. */
import { type Clock, timestamp } from '../clock.ts';
import type { Condition, Pod, ReplicaSet } from '../objects.ts';
import type { Store } from '../store.ts';
import type { PodMaker } from './create-pod.ts';
import { deletePod } from './delete-pod.ts';
import { firstToGo, isActive, isOwnedBy, isReady } from './pods.ts';
import { podFromTemplate } from './pod-template.ts';
import type { Recorder } from './recorder.ts';

type Tools = { store: Store; clock: Clock; recorder: Recorder; pods: PodMaker };

export function reconcileReplicaSet(tools: Tools, set: ReplicaSet): void {
  const { store, clock, recorder } = tools;
  const pods = store.list('pods', set.metadata.namespace).filter((pod) => isOwnedBy(pod, set) && isActive(pod));
  const missing = set.spec.replicas - pods.length;
  for (let count = 0; count < missing; count++) {
    const pod = tools.pods.make(set, podFromTemplate(set, set.spec.template), 'replicaset-controller');
    if (!pod) break;
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
  if (missing <= 0) tools.pods.settle(set);
  const failure = failureOf(set, tools.pods.refusal(set), clock.now());
  const conditions = failure ? { conditions: [failure] } : {};
  store.put('replicasets', { ...set, status: { ...statusOf(set, pods), ...conditions } });
}

/** The first refusal stays in the condition; its pod's name is not brought up to date (recorded from 1.34). */
function failureOf(set: ReplicaSet, why: string | undefined, now: number): Condition | undefined {
  if (why === undefined) return undefined;
  const known = set.status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const lastTransitionTime = timestamp(now);
  return known ?? { type: 'ReplicaFailure', status: 'True', lastTransitionTime, reason: 'FailedCreate', message: why };
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
