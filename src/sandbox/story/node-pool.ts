/** Nodes of a pool, which take only the pods that are meant for them, as such pools are set up in real clusters. */
import type { JsonObject } from '../kubernetes/json.ts';
import type { World } from '../kubernetes/world.ts';

export type NodePool = {
  /** Label and taint `pool` of its nodes. */
  readonly name: string;
  /** Node name → labels of its own. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of each node, beside or instead of 32 CPUs and 256 GiB: `{ 'nvidia.com/gpu': '4' }`. */
  readonly capacity: Readonly<Record<string, string>>;
};

export const gpus = (count: number): NodePool['capacity'] => ({ 'nvidia.com/gpu': String(count) });

export function addPool(world: World, { name, nodes, capacity }: NodePool): void {
  for (const [node, labels] of Object.entries(nodes)) {
    world.node(node, {
      labels: { pool: name, ...labels },
      capacity: { cpu: '32', memory: '256Gi', ...capacity },
    });
    world.edit('nodes', '', node, (object) => {
      object['spec'] = { taints: [{ key: 'pool', value: name, effect: 'NoSchedule' }] };
    });
  }
}

/** What a pod's spec says to run there. */
export const inPool = (name: string): JsonObject => ({
  nodeSelector: { pool: name },
  tolerations: [{ key: 'pool', operator: 'Equal', value: name, effect: 'NoSchedule' }],
});
