/** Taints: what the node lifecycle controller adds, and what a pod tolerates (k8s.io/component-helpers/scheduling). */
import { type Clock, timestamp } from '../clock.ts';
import { equal } from '../json.ts';
import type { Node, Toleration } from '../objects.ts';
import type { Store } from '../store.ts';

export type Taint = NonNullable<Node['spec']['taints']>[number];

export const unschedulable: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A cordoned node carries the taint, any other does not. */
export function reconcileNode({ store, clock }: { store: Store; clock: Clock }, node: Node): void {
  const taints = node.spec.taints ?? [];
  const others = taints.filter(({ key }) => key !== unschedulable.key);
  const kept = taints.find(({ key }) => key === unschedulable.key);
  const own = node.spec.unschedulable === true ? [kept ?? { ...unschedulable, timeAdded: timestamp(clock.now()) }] : [];
  const next = [...others, ...own];
  if (equal(next, taints)) return;
  const { taints: _, ...spec } = node.spec;
  store.put('nodes', { ...node, spec: next.length === 0 ? spec : { ...spec, taints: next } });
}

/** Whether the pod may come to a node with this taint. Taints that only ask for other nodes first keep nobody away. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  if (taint.effect === 'PreferNoSchedule') return true;
  return tolerations.some(
    ({ key, operator = 'Equal', value = '', effect }) =>
      (effect === undefined || effect === '' || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === (taint.value ?? '')),
  );
}

/** What every pod of a DaemonSet tolerates (pkg/controller/daemon/util). */
export const daemonTolerations: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect: 'NoSchedule',
  })),
];
