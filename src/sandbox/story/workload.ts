/** What stories ask of a deployment's pods, and how they put a deployment back. */
import type { PodBehaviour } from '../kubernetes/controllers/behaviour.ts';
import { isObject } from '../kubernetes/json.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';

type Containers = { readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[] };

/** A literal variable of the first container. */
export const variableOf = (spec: Containers, name: string): string | undefined =>
  spec.containers[0]?.env?.find((entry) => entry.name === name)?.value;

/** The first container runs, whether it is ready or not, and also while the pod is going. */
export const isRunning = (pod: Pod): boolean => pod.status.containerStatuses?.[0]?.state.running !== undefined;

/** A log line as the pods of the stories write it. */
export const logLine = (now: Date, level: 'INFO' | 'WARN' | 'ERROR', text: string): string =>
  `time=${now.toISOString()} level=${level} msg=${JSON.stringify(text)}`;

/** Those whose containers crash wait longer and longer; new pods start at once. */
export function removeRestarted(world: World, namespace: string, labels: Readonly<Record<string, string>>): void {
  for (const pod of world.pods(namespace, labels)) {
    const restarts = pod.status.containerStatuses?.[0]?.restartCount ?? 0;
    if (restarts > 0) world.remove('pods', namespace, pod.metadata.name);
  }
}

/** Nobody has put another image in: another one is not this story's program, and the cluster decides what becomes of it. */
export const isStandardImage = (pod: Pod): boolean => !/missing|bad/.test(pod.spec.containers[0]?.image ?? '');

/** A batch size in a variable: 1 when there is none, undefined when it is no whole number above 0 or a huge one. */
export function batchOf(pod: Pod, variable: string): number | undefined {
  const value = variableOf(pod.spec, variable) ?? '1';
  return /^[1-9]\d{0,5}$/.test(value) ? Number(value) : undefined;
}

/** What becomes of a pod that works in batches: it comes up, or ends when it cannot read its batch size. */
export function batchWorker(pod: Pod, variable: string, greeting: string): PodBehaviour {
  const batch = batchOf(pod, variable);
  const up = `level=INFO msg=${JSON.stringify(greeting)} ${variable}=${batch ?? 'invalid'}`;
  return batch === undefined
    ? { fate: 'crash', logs: [up, `level=ERROR msg="${variable} must be a whole number above 0"`] }
    : { fate: 'ready', logs: [up] };
}

/** Fewer replicas are fewer at once: an autoscaler otherwise brings back what was there within the last five minutes. */
export function scaleDownAtOnce(world: World, namespace: string, autoscaler: string): void {
  world.edit('horizontalpodautoscalers', namespace, autoscaler, (object) => {
    if (isObject(object['spec'])) object['spec']['behavior'] = { scaleDown: { stabilizationWindowSeconds: 0 } };
  });
}

/** Makes these nodes take pods again. */
export function uncordon(world: World, nodes: readonly string[]): void {
  for (const name of nodes) {
    if (world.get('nodes', '', name)?.spec.unschedulable !== true) continue;
    world.edit('nodes', '', name, (node) => {
      if (isObject(node['spec'])) delete node['spec']['unschedulable'];
    });
  }
}
