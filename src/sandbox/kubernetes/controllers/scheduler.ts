/** Gives a pod a node: not cordoned, ready, without taints that it does not tolerate, matching its nodeSelector, with the devices it asks for, least loaded. */
import type { Node, Pod } from '../objects.ts';
import { parseQuantity } from '../quantity.ts';
import type { Store } from '../store.ts';
import { isActive } from './pods.ts';
import { tolerates, unschedulable } from './taints.ts';

/** Counted exactly: what cannot be overcommitted. CPU and memory are not counted here (see docs/sandbox.md). */
const isDevice = (resource: string): boolean => resource.includes('/');

export function chooseNode(store: Store, pod: Pod): { node: Node } | { why: string } {
  const nodes = store.list('nodes');
  const pods = store.list('pods').filter(isActive);
  const reasons: string[] = [];
  const fitting = nodes.filter((node) => {
    const why = unfit(node, pod, pods);
    if (why !== undefined) reasons.push(why);
    return why === undefined;
  });
  const load = (node: Node) => pods.filter((other) => other.spec.nodeName === node.metadata.name).length;
  const [node] = fitting.sort((a, b) => load(a) - load(b));
  if (node) return { node };
  const counted = [...new Set(reasons)]
    .sort()
    .map((why) => `${reasons.filter((other) => other === why).length} ${why}`);
  return { why: `0/${nodes.length} nodes are available: ${counted.join(', ')}.` };
}

function unfit(node: Node, pod: Pod, pods: readonly Pod[]): string | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  if (node.spec.unschedulable === true && !tolerates(tolerations, unschedulable)) return 'node(s) were unschedulable';
  const taint = node.spec.taints?.find((one) => !tolerates(tolerations, one));
  if (taint) return `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
  // A node made by a POST has no condition, and no taint for it.
  if (!node.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) {
    return 'node(s) had untolerated taint {node.kubernetes.io/not-ready: }';
  }
  const labels = node.metadata.labels ?? {};
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  for (const [device, wanted] of Object.entries(devices(pod))) {
    const taken = pods
      .filter((other) => other.spec.nodeName === node.metadata.name)
      .reduce((sum, other) => sum + (devices(other)[device] ?? 0), 0);
    if (taken + wanted > (parseQuantity(node.status.allocatable[device] ?? '0') ?? 0)) return `Insufficient ${device}`;
  }
  return undefined;
}

function devices(pod: Pod): { [device: string]: number } {
  const sums: { [device: string]: number } = {};
  for (const { resources } of pod.spec.containers) {
    for (const [name, amount] of Object.entries(resources.limits ?? {})) {
      if (isDevice(name)) sums[name] = (sums[name] ?? 0) + (parseQuantity(amount) ?? 0);
    }
  }
  return sums;
}
