/** Whether what a workload says is of this change at all: an earlier rollout's deadline, or a change that was put back. Pure. */
import type { Json } from '../../../domain/json.ts';
import { type FieldChange, objectName, type Target } from '../../../domain/plan.ts';
import { atPointer, numberAt, sameJson } from '../live.ts';
import { progressDeadlineExceeded } from '../rollout.ts';
import { changedAt } from './new-pods.ts';
import { conditionOf, timeAt } from './trouble.ts';

/** Of a deployment that says nothing else. */
const deadlineSeconds = 600;

/** A deployment goes on saying that an earlier rollout was late until the new one gets on: at first that is no failure. */
export function isLate(live: Json, now: number): boolean {
  if (!progressDeadlineExceeded(live)) return false;
  const changed = changedAt(live);
  const said = timeAt(conditionOf(live, 'Progressing'), 'lastUpdateTime');
  if (changed === undefined || said === undefined || said > changed) return true;
  return now - changed >= (numberAt(live, 'spec', 'progressDeadlineSeconds') ?? deadlineSeconds) * 1000;
}

/**
 * Others who keep the object as they want it put a change back within seconds, and what they made of it may run well.
 * Only values from before that are there again tell so: others may be written otherwise by the server.
 */
export function whoPutBack(
  { target, changes }: { readonly target: Target; readonly changes: readonly FieldChange[] },
  live: Json,
): string | undefined {
  const scaled = changes.find(({ path }) => path === '/spec/replicas');
  const scaledBack = scaled && whyScaledBack(scaled, live);
  if (scaledBack !== undefined) return scaledBack;
  const changed = changes.filter(({ before, after }) => before !== undefined && !sameJson(before, after));
  const [first] = changed;
  if (first === undefined || !changed.every(({ path, before }) => sameJson(atPointer(live, path), before)))
    return undefined;
  return `${first.label} is again as it was before the change: somebody, or what manages ${target.kind} ${objectName(target)}, put it back`;
}

/** Part of the way back, or beyond: an autoscaler's bounds. Further than was asked for is none of this change's failure. */
function whyScaledBack({ path, label, before, after }: FieldChange, live: Json): string | undefined {
  const now = atPointer(live, path);
  if (typeof before !== 'number' || typeof after !== 'number' || typeof now !== 'number') return undefined;
  const way = Math.sign(after - before);
  return now === before || (now - after) * way >= 0
    ? undefined
    : `${label} is ${now} and not ${after} any more: somebody, or an autoscaler, changed it after this change`;
}
