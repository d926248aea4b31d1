/** Nodes with GPUs that take only the pods that are meant for them, as such pools are set up in real clusters. */
import type { JsonObject } from '../kubernetes/json.ts';
import type { World } from '../kubernetes/world.ts';

export type NodePool = {
  /** Label and taint `pool` of its nodes. */
  readonly name: string;
  /** Node name → labels of its own. */
  readonly nodes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of each node. */
  readonly gpus: number;
};

export function addPool(world: World, { name, nodes, gpus }: NodePool): void {
  for (const [node, labels] of Object.entries(nodes)) {
    world.node(node, {
      labels: { pool: name, ...labels },
      capacity: { cpu: '32', memory: '256Gi', 'nvidia.com/gpu': String(gpus) },
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
