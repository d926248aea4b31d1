/** Which container the kernel would end: one that a story lets use more memory than its limit. */
import type { Pod } from '../objects.ts';
import { parseQuantity } from '../quantity.ts';
import type { Usage } from '../usage.ts';

/** Its place among the pod's containers, or -1. */
export function overLimit(pod: Pod, usage: Usage): number {
  const told = usage.told(pod);
  return pod.spec.containers.findIndex(({ name, resources }) => {
    const limit = parseQuantity(resources.limits?.['memory'] ?? '');
    return limit !== undefined && (told.get(name)?.memory ?? 0) > limit;
  });
}
