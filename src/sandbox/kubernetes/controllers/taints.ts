/** Taints, and what a pod tolerates (k8s.io/component-helpers/scheduling). */
import type { Node, Toleration } from '../objects.ts';

export type Taint = NonNullable<Node['spec']['taints']>[number];

export const unschedulable: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

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

const deadNode: readonly Toleration[] = ['not-ready', 'unreachable'].map((key) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/** What admission gives to every pod that says nothing about a dead node (plugin DefaultTolerationSeconds). */
export function withDefaultTolerations(own: readonly Toleration[]): Toleration[] {
  const speaksOf = (key: string | undefined) =>
    own.some((one) => (one.key === key || one.key === undefined) && (one.effect ?? 'NoExecute') === 'NoExecute');
  return [...own, ...deadNode.filter(({ key }) => !speaksOf(key))];
}
