/** What is different on a workload since its story was calm. No DOM in here. */
import type { ClusterLook, StoryLook, WorkloadLook } from '../../protocol.ts';

/** What a workload looked like at the start, by namespace and name; its pods are nobody's business here. */
export type Baseline = ReadonlyMap<string, WorkloadLook>;

export const workloadKey = ({ namespace, name }: Pick<WorkloadLook, 'namespace' | 'name'>): string =>
  `${namespace}/${name}`;

/** Follows the cluster while nothing goes wrong, and stands still from then on. */
export function baselineOf(before: Baseline, cluster: ClusterLook, stories: readonly StoryLook[]): Baseline {
  const calm = new Set(stories.filter((story) => story.state === 'calm').map((story) => story.namespace));
  const next = new Map(before);
  for (const workload of cluster.workloads) {
    const key = workloadKey(workload);
    if (calm.has(workload.namespace) || !next.has(key)) next.set(key, { ...workload, pods: [] });
  }
  return next;
}

export type Fact = {
  readonly label: string;
  readonly value: string;
  /** What stood here at the start; null for nothing. Undefined: the same as now. */
  readonly was?: string | null;
};

/** The variables, those that changed first. */
export function envFacts(now: WorkloadLook, was: WorkloadLook | undefined): Fact[] {
  const old = new Map((was ?? now).env.map(({ name, value }) => [name, value]));
  const facts = now.env.map(({ name, value }): Fact => fact(name, value, was === undefined ? value : old.get(name)));
  const kept = new Set(now.env.map(({ name }) => name));
  const dropped = [...old]
    .filter(([name]) => !kept.has(name))
    .map(([name, value]) => ({ label: name, value: '', was: value }));
  return [...facts, ...dropped].toSorted((a, b) => Number(b.was !== undefined) - Number(a.was !== undefined));
}

/** Image, memory and what else pulls at the workload. */
export function specFacts(now: WorkloadLook, was: WorkloadLook | undefined): Fact[] {
  const old = was ?? now;
  const bounds = ({ autoscaler }: WorkloadLook): string | undefined =>
    autoscaler && `${autoscaler.min} to ${autoscaler.max} replicas`;
  const rows: readonly (readonly [label: string, now: string | undefined, old: string | undefined])[] = [
    ['Image', now.image, old.image],
    ['Memory limit', now.memoryLimit, old.memoryLimit],
    ['Replicas', String(now.wanted), String(old.wanted)],
    ['Autoscaler', bounds(now), bounds(old)],
    ['Disruption budget', now.budget, old.budget],
    ['Owned by', now.owner, old.owner],
  ];
  return rows.flatMap(([label, value, before]) =>
    value === undefined && before === undefined ? [] : [fact(label, value ?? '', before)],
  );
}

function fact(label: string, value: string, before: string | undefined): Fact {
  return before === value ? { label, value } : { label, value, was: before ?? null };
}
