/** What is kept of pods that a change is about to end: masked and bounded before it is stored. */
import type { FieldChange, PlanPart } from './plan.ts';

export const captureLimits = {
  /** Of each container, and of the one before its last restart. */
  lines: 200,
  pods: 10,
  podBytes: 16 * 1024,
  planBytes: 128 * 1024,
  /** No effect waits longer than this for it. */
  timeoutMs: 5_000,
} as const;

export type CapturedLog = {
  readonly container: string;
  /** Of the container before its last restart. */
  readonly previous?: true;
  readonly text: string;
  /** Older ones of its last lines did not fit. */
  readonly isCut?: true;
};

export type CapturedPod = {
  readonly namespace: string;
  readonly name: string;
  /** `Running; app: waiting (CrashLoopBackOff), before that exit 1 (Error), 5 restarts` */
  readonly state: string;
  /** A line each, oldest first. */
  readonly events: readonly string[];
  /** What says most first. */
  readonly logs: readonly CapturedLog[];
  /** What could not be had, and why, as sentences. */
  readonly missing: readonly string[];
};

/** `missing`: what is not about one pod that is here. */
export type Captured = { readonly pods: readonly CapturedPod[]; readonly missing: readonly string[] };

/** What was kept before the request of one part of a run's plan. */
export type Capture = Captured & { readonly part: number; readonly capturedAt: Date };

/** Kinds whose end is the end of pods. */
const withPods: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'Namespace',
]);

/** Whether a part may end pods. By the plan alone: for all others nobody is asked and nothing waits. */
export function mayEndPods({ action, target, changes }: PlanPart): boolean {
  if (action.type === 'delete-pod' || action.type === 'evict' || action.type === 'rollout-resume') return true;
  if (!withPods.has(target.kind)) return false;
  if (action.type === 'delete') return action.cascade !== 'orphan';
  // What is not there yet has no pods.
  return target.uid !== '' && changes.some(endsPods);
}

const endsPods = ({ path, before, after }: FieldChange): boolean =>
  path === '/spec/template' ||
  path.startsWith('/spec/template/') ||
  (path === '/spec/suspend' && after === true) ||
  (path === '/spec/replicas' && Number(after ?? 1) < Number(before ?? 1));
