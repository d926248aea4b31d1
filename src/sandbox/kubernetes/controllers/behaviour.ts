/** What becomes of a pod. Rules of a story come first; the image's name decides otherwise. */
import type { Pod } from '../objects.ts';

export type PodBehaviour = {
  readonly fate:
    | 'ready'
    /** Runs, but its readiness probe never passes. */
    | 'never-ready'
    /** Ends with `exitCode` again and again. */
    | 'crash'
    /** The kernel ends it for its memory again and again. */
    | 'oom-killed'
    /** The image cannot be pulled. */
    | 'image-pull'
    /** Ends well: a job's pod. */
    | 'complete'
    /** No node takes it. */
    | 'unschedulable';
  /** From scheduled to running. */
  readonly startMs?: number;
  /** From running to its end, for the fates that end. */
  readonly runMs?: number;
  readonly exitCode?: number;
  /** Written when the container starts; `{pod}` is the pod's name. */
  readonly logs?: readonly string[];
};

export type PodRule = (pod: Pod) => PodBehaviour | undefined;

/** `…missing…` cannot be pulled, `…bad…` crashes, a job's pod completes, anything else gets ready. */
export function behaviourOf(pod: Pod, rules: readonly PodRule[]): PodBehaviour {
  for (const rule of [...rules].reverse()) {
    const behaviour = rule(pod);
    if (behaviour) return behaviour;
  }
  const images = pod.spec.containers.map((container) => container.image);
  if (images.some((image) => image.includes('missing'))) return { fate: 'image-pull' };
  if (images.some((image) => image.includes('bad'))) {
    return {
      fate: 'crash',
      logs: ['level=INFO msg="starting"', 'level=ERROR msg="fatal: crashing on purpose (exit 1)"'],
    };
  }
  const isJob = (pod.metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Job');
  return { fate: isJob ? 'complete' : 'ready', logs: ['level=INFO msg="starting"'] };
}
