/** How much CPU and memory the pretended containers use: what a story sets, else half of what they request. */
import type { Container, Pod } from './objects.ts';
import { parseQuantity } from './quantity.ts';

/** Cores and bytes. */
export type Used = { readonly cpu: number; readonly memory: number };

const mebibyte = 1024 * 1024;
/** Of a container that requests nothing. */
const idle: Used = { cpu: 0.005, memory: 32 * mebibyte };

export function createUsage() {
  /** By the pod's uid, then by container. */
  const told = new Map<string, Map<string, Used>>();
  const half = (container: Container, name: 'cpu' | 'memory'): number => {
    const requested = parseQuantity(container.resources.requests?.[name] ?? '0') ?? 0;
    return requested === 0 ? idle[name] : requested / 2;
  };
  return {
    /** Quantities such as `250m` and `1Gi`; throws on others. False when the same was said before, and stands. */
    set(pod: Pod, container: string, amounts: { readonly cpu: string; readonly memory: string }): boolean {
      const cpu = parseQuantity(amounts.cpu);
      const memory = parseQuantity(amounts.memory);
      if (cpu === undefined || memory === undefined) throw new Error('usage is given in quantities');
      const amountsOf = told.get(pod.metadata.uid) ?? new Map<string, Used>();
      const before = amountsOf.get(container);
      told.set(pod.metadata.uid, amountsOf.set(container, { cpu, memory }));
      return before?.cpu !== cpu || before.memory !== memory;
    },
    /** What a story has set of the containers that run now. What nobody has set neither kills nor scales anything. */
    told(pod: Pod): ReadonlyMap<string, Used> {
      return new Map([...(told.get(pod.metadata.uid) ?? [])].filter(([name]) => runs(pod, name)));
    },
    /** A container that has ended starts with little again; without a name, the whole pod is gone. */
    forget(uid: string, container?: string): void {
      if (container === undefined) told.delete(uid);
      else told.get(uid)?.delete(container);
    },
    /** By the names of the containers that run now. */
    of(pod: Pod): ReadonlyMap<string, Used> {
      const containers = pod.spec.containers.filter(({ name }) => runs(pod, name));
      const amountsOf = told.get(pod.metadata.uid);
      return new Map(
        containers.map((container) => [
          container.name,
          amountsOf?.get(container.name) ?? { cpu: half(container, 'cpu'), memory: half(container, 'memory') },
        ]),
      );
    },
  };
}

const runs = (pod: Pod, container: string): boolean =>
  (pod.status.containerStatuses ?? []).some(({ name, state }) => name === container && state.running !== undefined);

export type Usage = ReturnType<typeof createUsage>;
