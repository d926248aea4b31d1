/** What stands on top in the cluster panel. No DOM in here. */
import type { ClusterLook, NodeLook, StoryLook, WorkloadLook } from '../../protocol.ts';

type AboutStory = Pick<StoryLook, 'namespace'> | undefined;

/** The deployments by namespace, the story's namespace on top. */
export function namespacesOf(cluster: ClusterLook, story: AboutStory): [string, WorkloadLook[]][] {
  const groups = new Map<string, WorkloadLook[]>();
  for (const workload of cluster.workloads) {
    groups.set(workload.namespace, [...(groups.get(workload.namespace) ?? []), workload]);
  }
  const rank = (namespace: string): number => (namespace === story?.namespace ? 0 : 1);
  return [...groups].toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

/** What is stuck, what moves, and what Firebreak marked stand before what is at rest; else the order stays. */
export function restlessFirst(workloads: readonly WorkloadLook[]): WorkloadLook[] {
  return workloads.toSorted((a, b) => restRank(a) - restRank(b));
}

function restRank({ state, mark }: WorkloadLook): number {
  if (state !== 'steady') return state === 'stuck' ? 0 : 1;
  return mark === undefined ? 3 : 2;
}

/** Those that the story's pods are on come first. */
export function nearFirst(cluster: ClusterLook, story: AboutStory): readonly NodeLook[] {
  const near = new Set(
    cluster.workloads
      .filter((workload) => workload.namespace === story?.namespace)
      .flatMap((workload) => workload.pods.map((pod) => pod.node)),
  );
  return cluster.nodes.toSorted((a, b) => Number(near.has(b.name)) - Number(near.has(a.name)));
}
