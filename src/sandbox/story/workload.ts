/** What stories ask of a deployment's pods, and how they put a deployment back. */
import { isObject } from '../kubernetes/json.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';

type Containers = { readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[] };

/** A literal variable of the first container. */
export const variableOf = (spec: Containers, name: string): string | undefined =>
  spec.containers[0]?.env?.find((entry) => entry.name === name)?.value;

/** The first container runs, whether it is ready or not, and also while the pod is going. */
export const isRunning = (pod: Pod): boolean => pod.status.containerStatuses?.[0]?.state.running !== undefined;

/** `kubectl get pods` would call it ready. */
export const isReady = (pod: Pod): boolean => pod.status.containerStatuses?.every(({ ready }) => ready) ?? false;

/** A log line as the pods of the stories write it. */
export const logLine = (now: Date, level: 'INFO' | 'WARN' | 'ERROR', text: string): string =>
  `time=${now.toISOString()} level=${level} msg=${JSON.stringify(text)}`;

/** Makes these nodes take pods again. */
export function uncordon(world: World, nodes: readonly string[]): void {
  for (const name of nodes) {
    if (world.get('nodes', '', name)?.spec.unschedulable !== true) continue;
    world.edit('nodes', '', name, (node) => {
      if (isObject(node['spec'])) delete node['spec']['unschedulable'];
    });
  }
}
