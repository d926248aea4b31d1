/** The cells of a pod (k8s.io/kubernetes/pkg/printers/internalversion, printPod). */
import type { ContainerStatus, Pod } from '../objects.ts';
import { age } from './age.ts';
import type { KindTable } from './kind-table.ts';

export const podTable: KindTable<Pod> = {
  columns: [
    ['Name', 'string'],
    ['Ready', 'string'],
    ['Status', 'string'],
    ['Restarts', 'string'],
    ['Age', 'string'],
    ['IP', 'string', 1],
    ['Node', 'string', 1],
    ['Nominated Node', 'string', 1],
    ['Readiness Gates', 'string', 1],
  ],
  cells: (pod, now) => {
    const statuses = pod.status.containerStatuses ?? [];
    const ready = statuses.filter((status) => status.ready && status.state.running).length;
    return [
      pod.metadata.name,
      `${ready}/${pod.spec.containers.length}`,
      statusText(pod),
      restartText(statuses, now),
      age(pod.metadata.creationTimestamp, now),
      pod.status.podIP ?? '<none>',
      pod.spec.nodeName ?? '<none>',
      '<none>',
      '<none>',
    ];
  },
  conditions: (pod) => {
    if (pod.status.phase === 'Succeeded') {
      return [
        { type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' },
      ];
    }
    if (pod.status.phase === 'Failed') {
      return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }];
    }
    return undefined;
  },
};

/** What `kubectl get pods` shows under STATUS. */
function statusText(pod: Pod): string {
  let reason = pod.status.reason ?? pod.status.phase;
  const unscheduled = pod.status.conditions?.find(
    ({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated',
  );
  if (unscheduled) reason = 'SchedulingGated';
  let running = false;
  for (const { state, ready } of (pod.status.containerStatuses ?? []).toReversed()) {
    if (state.waiting && state.waiting.reason !== '') reason = state.waiting.reason;
    else if (state.terminated) {
      const { exitCode, reason: why } = state.terminated;
      reason = why === '' ? `ExitCode:${exitCode}` : why;
    } else if (ready && state.running) running = true;
  }
  if (reason === 'Completed' && running) {
    const isReady = pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    reason = isReady ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp !== undefined) return pod.status.reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  return reason;
}

function restartText(statuses: readonly ContainerStatus[], now: number): string {
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  const last = statuses
    .map((status) => status.lastState.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  return count === 0 || !last ? String(count) : `${count} (${age(last, now)} ago)`;
}
