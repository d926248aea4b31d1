/** StatefulSets, DaemonSets and Jobs, as far as stories need them: pods, counters, restarts of a changed template. */
import { type Clock, timestamp } from '../clock.ts';
import type { DaemonSet, Job, Pod, StatefulSet, Template } from '../objects.ts';
import type { Store } from '../store.ts';
import type { PodMaker } from './create-pod.ts';
import { deletePod } from './delete-pod.ts';
import { isActive, isOwnedBy, isReady } from './pods.ts';
import { podFromTemplate, templateHash } from './pod-template.ts';
import type { Recorder } from './recorder.ts';
import { daemonTolerations, tolerates } from './taints.ts';

type Tools = { store: Store; clock: Clock; recorder: Recorder; pods: PodMaker };
const hashKey = 'controller-revision-hash';

function labelled(template: Template, labels: { [key: string]: string }): Template {
  return { ...template, metadata: { ...template.metadata, labels: { ...template.metadata.labels, ...labels } } };
}

/** In order: a pod is made when all before it are ready; a changed template replaces pods from the last to the first. */
export function reconcileStatefulSet(tools: Tools, set: StatefulSet): void {
  const { store, recorder } = tools;
  const { namespace = 'default', name } = set.metadata;
  const revision = `${name}-${templateHash(set.spec.template)}`;
  const all = store.list('pods', namespace).filter((pod) => isOwnedBy(pod, set));
  const ordinal = (pod: Pod) => Number(pod.metadata.name.slice(name.length + 1));
  const pods = all.filter(isActive).sort((a, b) => ordinal(a) - ordinal(b));
  const settled = all.every((pod) => isActive(pod) && isReady(pod));
  const outdated = pods.filter((pod) => pod.metadata.labels?.[hashKey] !== revision).at(-1);
  const surplus = pods.filter((pod) => ordinal(pod) >= set.spec.replicas).at(-1);
  if (surplus) deletePod(tools, surplus);
  else if (settled && outdated) deletePod(tools, outdated);
  else if (settled || all.length === 0) {
    const missing = Array.from({ length: set.spec.replicas }, (_, at) => at).find(
      (at) => !all.some((pod) => ordinal(pod) === at),
    );
    if (missing !== undefined) {
      const own = {
        [hashKey]: revision,
        'statefulset.kubernetes.io/pod-name': `${name}-${missing}`,
        'apps.kubernetes.io/pod-index': String(missing),
      };
      const pod = podFromTemplate(set, labelled(set.spec.template, own), `${name}-${missing}`);
      const component = 'statefulset-controller';
      if (tools.pods.make(set, pod, component)) {
        const message = `create Pod ${name}-${missing} in StatefulSet ${name} successful`;
        recorder.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message, component });
      }
    }
  }
  const ready = pods.filter(isReady).length;
  const updated = pods.filter((pod) => pod.metadata.labels?.[hashKey] === revision).length;
  const isDone = updated === set.spec.replicas && ready === updated;
  const current = isDone ? revision : (set.status.currentRevision ?? revision);
  store.put('statefulsets', {
    ...set,
    status: {
      observedGeneration: set.metadata.generation ?? 1,
      replicas: pods.length,
      ...(ready === 0 ? {} : { readyReplicas: ready }),
      currentReplicas: isDone ? updated : pods.length - updated,
      updatedReplicas: updated,
      currentRevision: current,
      updateRevision: revision,
      collisionCount: 0,
      availableReplicas: ready,
    },
  });
}

/** One pod on each node whose taints it tolerates; a changed template replaces one after the other. */
export function reconcileDaemonSet(tools: Tools, set: DaemonSet): void {
  const { store, recorder } = tools;
  const { namespace = 'default' } = set.metadata;
  const revision = templateHash(set.spec.template);
  const all = store.list('pods', namespace).filter((pod) => isOwnedBy(pod, set));
  const selector = Object.entries(set.spec.template.spec.nodeSelector ?? {});
  const tolerations = [...(set.spec.template.spec.tolerations ?? []), ...daemonTolerations];
  const nodes = store
    .list('nodes')
    .filter(({ metadata }) => selector.every(([key, value]) => metadata.labels?.[key] === value))
    .filter(({ spec }) => spec.taints?.every((taint) => tolerates(tolerations, taint)) ?? true);
  const nodeOf = (pod: Pod) => pod.spec.nodeSelector?.['kubernetes.io/hostname'];
  for (const node of nodes) {
    if (all.some((pod) => nodeOf(pod) === node.metadata.name)) continue;
    const template = labelled(set.spec.template, { [hashKey]: revision, 'pod-template-generation': '1' });
    const pinned = {
      ...template,
      spec: {
        ...template.spec,
        tolerations,
        nodeSelector: { ...template.spec.nodeSelector, 'kubernetes.io/hostname': node.metadata.name },
      },
    };
    const pod = tools.pods.make(set, podFromTemplate(set, pinned), 'daemonset-controller');
    if (!pod) break;
    const message = `Created pod: ${pod.metadata.name}`;
    recorder.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message, component: 'daemonset-controller' });
  }
  const active = all.filter(isActive);
  const ready = active.filter(isReady).length;
  const isCurrent = (pod: Pod) => pod.metadata.labels?.[hashKey] === revision;
  const outdated = active.find((pod) => !isCurrent(pod));
  if (outdated && all.every((pod) => isActive(pod) && isReady(pod))) deletePod(tools, outdated);
  const unavailable = nodes.length - ready;
  store.put('daemonsets', {
    ...set,
    status: {
      currentNumberScheduled: active.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: nodes.length,
      numberReady: ready,
      observedGeneration: set.metadata.generation ?? 1,
      updatedNumberScheduled: active.filter(isCurrent).length,
      ...(ready === 0 ? {} : { numberAvailable: ready }),
      ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    },
  });
}

/** Pods until enough completed, or more failed than the back-off limit allows. */
export function reconcileJob(tools: Tools, job: Job): void {
  const { store, clock, recorder } = tools;
  const ended = (job.status.conditions ?? []).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (ended) return;
  const pods = store.list('pods', job.metadata.namespace).filter((pod) => isOwnedBy(pod, job));
  const succeeded = pods.filter((pod) => pod.status.phase === 'Succeeded').length;
  const failed = pods.filter((pod) => pod.status.phase === 'Failed').length;
  const active = pods.filter(isActive);
  const wanted = job.spec.completions ?? 1;
  const now = timestamp(clock.now());
  const startTime = job.status.startTime ?? now;
  const counts = {
    startTime,
    ...(active.length === 0 ? {} : { active: active.length }),
    ready: active.filter(isReady).length,
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
  };
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    lastProbeTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  if (succeeded >= wanted) {
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) =>
      condition(type, 'CompletionsReached', 'Reached expected number of succeeded pods'),
    );
    recorder.record(job, {
      type: 'Normal',
      reason: 'Completed',
      message: 'Job completed',
      component: 'job-controller',
    });
    store.put('jobs', { ...job, status: { ...counts, conditions, completionTime: now } });
    return;
  }
  if (failed > (job.spec.backoffLimit ?? 6)) {
    const message = 'Job has reached the specified backoff limit';
    const conditions = ['FailureTarget', 'Failed'].map((type) => condition(type, 'BackoffLimitExceeded', message));
    recorder.record(job, { type: 'Warning', reason: 'BackoffLimitExceeded', message, component: 'job-controller' });
    store.put('jobs', { ...job, status: { ...counts, conditions } });
    return;
  }
  const missing = Math.min(job.spec.parallelism ?? 1, wanted - succeeded) - active.length;
  for (let count = 0; count < missing; count++) {
    const pod = tools.pods.make(job, podFromTemplate(job, job.spec.template), 'job-controller');
    if (!pod) break;
    const message = `Created pod: ${pod.metadata.name}`;
    recorder.record(job, { type: 'Normal', reason: 'SuccessfulCreate', message, component: 'job-controller' });
  }
  store.put('jobs', { ...job, status: counts });
}
