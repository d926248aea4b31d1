/** A node with its devices: whatever it offers beyond CPU, memory and disk, and which pods hold them. */
import { parseQuantity } from '../kubernetes/quantity.ts';
import { isOver } from './pod-look.ts';
import type { JsonObject, NodeLook } from './protocol.ts';
import { at, listAt, nameOf, objectAt, textAt } from './raw.ts';

/** A page draws each device. */
const devicesMax = 64;

/** @param pods all pods of the cluster */
export function nodeLook(node: JsonObject, pods: readonly JsonObject[]): NodeLook {
  const name = nameOf(node);
  const own = pods.filter((pod) => textAt(pod, 'spec', 'nodeName') === name && !isOver(pod));
  const devices = Object.entries(objectAt(node, 'status', 'capacity'))
    .filter(([resource]) => isDevice(resource))
    .map(([resource, capacity]) => ({
      resource,
      label: labelOf(resource),
      total: Math.min(devicesMax, amount(capacity)),
      usedBy: own.flatMap((pod) => Array<string>(held(pod, resource)).fill(nameOf(pod))),
    }))
    .filter(({ total, usedBy }) => total > 0 || usedBy.length > 0);
  return {
    name,
    ready: listAt(node, 'status', 'conditions').some((one) => one['type'] === 'Ready' && one['status'] === 'True'),
    cordoned: at(node, 'spec', 'unschedulable') === true,
    pods: own.length,
    devices,
  };
}

/** An extended resource carries its vendor's domain; Kubernetes' own carry none, or kubernetes.io. */
const isDevice = (resource: string): boolean => /^[^/]+\/[^/]+$/.test(resource) && !/kubernetes\.io\//.test(resource);

function labelOf(resource: string): string {
  if (resource.startsWith('habana.ai/')) return 'HPU';
  if (resource.startsWith('gpu.intel.com/')) return 'GPU';
  return (resource.split('/')[1] ?? resource).toUpperCase();
}

/** How many of its devices a pod holds: what its containers ask for together, or its greediest init container alone. */
function held(pod: JsonObject, resource: string): number {
  const asked = (container: JsonObject): number =>
    amount(at(container, 'resources', 'requests', resource) ?? at(container, 'resources', 'limits', resource));
  const together = listAt(pod, 'spec', 'containers').reduce((sum, one) => sum + asked(one), 0);
  return Math.min(devicesMax, Math.max(together, ...listAt(pod, 'spec', 'initContainers').map(asked)));
}

const amount = (quantity: unknown): number =>
  typeof quantity === 'string' || typeof quantity === 'number'
    ? Math.max(0, Math.floor(parseQuantity(quantity) ?? 0))
    : 0;
