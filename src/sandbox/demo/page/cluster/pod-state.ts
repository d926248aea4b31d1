/** How a pod's STATUS is drawn, and which pod has which colour. No DOM in here. */
import type { NodeLook, PodLook } from '../../protocol.ts';

/** Each has a shape of its own: a ring, a disc, a triangle, an open square, a cross. */
export type PodShape = 'waiting' | 'running' | 'failing' | 'leaving' | 'done';

const words: Readonly<Record<string, PodShape>> = {
  Pending: 'waiting',
  ContainerCreating: 'waiting',
  PodInitializing: 'waiting',
  Running: 'running',
  Completed: 'done',
  Succeeded: 'done',
  Terminating: 'leaving',
};

export function shapeOf(pod: Pick<PodLook, 'status' | 'ready'>): PodShape {
  const known = words[pod.status];
  if (known === 'running') return pod.ready ? 'running' : 'waiting';
  if (known !== undefined) return known;
  return pod.status.startsWith('Init:') && !/Error|CrashLoopBackOff/.test(pod.status) ? 'waiting' : 'failing';
}

/** What STATUS leaves out. */
export function statusOf(pod: Pick<PodLook, 'status' | 'ready'>): string {
  return pod.status === 'Running' && !pod.ready ? 'Running, not ready' : pod.status;
}

/** `hdc-gpu-7c9f4d-x2x7k` is told apart by `x2x7k`. */
export function shortName(pod: string): string {
  return pod.slice(pod.lastIndexOf('-') + 1);
}

const hues = 8;

/** Pods that hold a device get colours in the order of the nodes, so that neighbours differ. */
export function huesOf(nodes: readonly NodeLook[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { devices } of nodes) {
    for (const { usedBy } of devices) {
      for (const pod of usedBy) if (!found.has(pod)) found.set(pod, found.size % hues);
    }
  }
  return found;
}

/** Old and new beside each other; the current revision last, as it comes. */
export function byRevision(
  pods: readonly PodLook[],
  current: string,
): { readonly revision: string; readonly isCurrent: boolean; readonly pods: readonly PodLook[] }[] {
  const groups = new Map<string, PodLook[]>();
  for (const pod of pods) groups.set(pod.revision, [...(groups.get(pod.revision) ?? []), pod]);
  return [...groups]
    .map(([revision, of]) => ({ revision, isCurrent: revision === current, pods: of }))
    .toSorted((a, b) => Number(a.isCurrent) - Number(b.isCurrent) || Number(a.revision) - Number(b.revision));
}
