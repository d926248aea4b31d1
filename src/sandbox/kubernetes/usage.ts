/** How much CPU and memory the pretended containers use: what a story sets, else half of what they request. */
import type { Container, Pod } from './objects.ts';
import { parseQuantity } from './quantity.ts';

/** Cores and bytes. */
export type Used = { readonly cpu: number; readonly memory: number };

const mebibyte = 1024 * 1024;
/** Of a container that requests nothing. */
const idle: Used = { cpu: 0.005, memory: 32 * mebibyte };

export function createUsage() {
  const told = new Map<string, Used>();
  const keyOf = (pod: Pod, container: string): string => `${pod.metadata.uid} ${container}`;
  const half = (container: Container, name: 'cpu' | 'memory'): number => {
    const requested = parseQuantity(container.resources.requests?.[name] ?? '0') ?? 0;
    return requested === 0 ? idle[name] : requested / 2;
  };
  return {
    /** Quantities such as `250m` and `1Gi`; throws on others. */
    set(pod: Pod, container: string, amounts: { readonly cpu: string; readonly memory: string }): void {
      const cpu = parseQuantity(amounts.cpu);
      const memory = parseQuantity(amounts.memory);
      if (cpu === undefined || memory === undefined) throw new Error('usage is given in quantities');
      told.set(keyOf(pod, container), { cpu, memory });
    },
    /** By the names of the containers that run now. */
    of(pod: Pod): ReadonlyMap<string, Used> {
      const running = (pod.status.containerStatuses ?? []).filter(({ state }) => state.running !== undefined);
      const containers = pod.spec.containers.filter(({ name }) => running.some((status) => status.name === name));
      return new Map(
        containers.map((container) => [
          container.name,
          told.get(keyOf(pod, container.name)) ?? { cpu: half(container, 'cpu'), memory: half(container, 'memory') },
        ]),
      );
    },
  };
}

export type Usage = ReturnType<typeof createUsage>;
