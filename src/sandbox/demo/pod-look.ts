/** A pod as `kubectl get pods` and `kubectl top pods` show it. */
import { parseQuantity } from '../kubernetes/quantity.ts';
import type { JsonObject, PodLook } from './protocol.ts';
import { at, countAt, listAt, nameOf, textAt } from './raw.ts';

/** @param metrics the pod's PodMetrics, where there is a metrics server */
export function podLook(pod: JsonObject, revision: string, metrics: JsonObject | undefined): PodLook {
  const node = textAt(pod, 'spec', 'nodeName');
  const restarts = listAt(pod, 'status', 'containerStatuses').reduce(
    (sum, status) => sum + countAt(status, 'restartCount'),
    0,
  );
  const memory = used(metrics, 'memory');
  const cpu = used(metrics, 'cpu');
  return {
    name: nameOf(pod),
    status: statusOf(pod),
    ready: isReady(pod) && !isGoing(pod),
    restarts,
    ...(node === undefined ? {} : { node }),
    revision,
    ...(memory === undefined ? {} : { memory: memoryText(memory) }),
    ...(cpu === undefined ? {} : { cpu: `${Math.round(cpu * 1000)}m` }),
  };
}

/** Whether it still takes up its node. */
export function isOver(pod: JsonObject): boolean {
  const phase = textAt(pod, 'status', 'phase');
  return phase === 'Succeeded' || phase === 'Failed';
}

export const isGoing = (pod: JsonObject): boolean => at(pod, 'metadata', 'deletionTimestamp') !== undefined;

const isReady = (pod: JsonObject): boolean =>
  listAt(pod, 'status', 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True');

/** The STATUS column: the phase, unless a container, an init container or a deletion says more. */
function statusOf(pod: JsonObject): string {
  const reason = textAt(pod, 'status', 'reason');
  if (isGoing(pod)) return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const starting = initStatus(pod);
  if (starting !== undefined) return starting;
  const containers = listAt(pod, 'status', 'containerStatuses');
  // The first container that has something to say wins.
  const said = containers.map(containerReason).find((one) => one !== undefined);
  const runs = containers.some((one) => one['ready'] === true && at(one, 'state', 'running') !== undefined);
  if (said === 'Completed' && runs) return isReady(pod) ? 'Running' : 'NotReady';
  if (said !== undefined) return said;
  const gated = listAt(pod, 'status', 'conditions').some((one) => one['reason'] === 'SchedulingGated');
  return gated ? 'SchedulingGated' : (reason ?? textAt(pod, 'status', 'phase') ?? 'Unknown');
}

function containerReason(status: JsonObject): string | undefined {
  const waiting = textAt(status, 'state', 'waiting', 'reason');
  if (waiting) return waiting;
  if (at(status, 'state', 'terminated') === undefined) return undefined;
  const reason = textAt(status, 'state', 'terminated', 'reason');
  if (reason) return reason;
  const signal = countAt(status, 'state', 'terminated', 'signal');
  return signal > 0 ? `Signal:${signal}` : `ExitCode:${countAt(status, 'state', 'terminated', 'exitCode')}`;
}

/** Undefined when every init container has done its work. */
function initStatus(pod: JsonObject): string | undefined {
  const sidecars = new Set(
    listAt(pod, 'spec', 'initContainers')
      .filter((one) => one['restartPolicy'] === 'Always')
      .map((one) => one['name']),
  );
  const statuses = listAt(pod, 'status', 'initContainerStatuses');
  const open = statuses.findIndex((status) => {
    const isDone = at(status, 'state', 'terminated', 'exitCode') === 0;
    const isUp = sidecars.has(status['name']) && status['started'] === true;
    return !isDone && !isUp;
  });
  const status = statuses[open];
  if (!status) return undefined;
  const said = containerReason(status);
  return said === undefined || said === 'PodInitializing' ? `Init:${open}/${statuses.length}` : `Init:${said}`;
}

/** In base units, all containers together; undefined without a measurement. */
function used(metrics: JsonObject | undefined, what: 'cpu' | 'memory'): number | undefined {
  const amounts = listAt(metrics, 'containers').map((one) => parseQuantity(textAt(one, 'usage', what) ?? '') ?? 0);
  return amounts.length === 0 ? undefined : amounts.reduce((sum, amount) => sum + amount, 0);
}

const mebibyte = 1024 * 1024;

function memoryText(bytes: number): string {
  const mebibytes = bytes / mebibyte;
  return mebibytes < 10_240 ? `${Math.round(mebibytes)}Mi` : `${(mebibytes / 1024).toFixed(1)}Gi`;
}
