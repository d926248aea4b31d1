/**
 * A plan of several objects: one part after the other, each with an outcome of its own, and what they come to together.
 *
 *   part 0 … part n   each is prepared, sent and found again like a plan of one object
 *   a part that did not succeed → the next is tried, as kubectl goes on, unless
 *       nobody knows what happened to it (whoever looks should find things at rest), or
 *       it is the cordon of a drain (its pods would come back to the same node)
 */
import type { ChangeAction } from '../domain/change-action.ts';
import type { Outcome, PartOutcome } from '../domain/outcome.ts';
import { objectName, type PlanContent, type PlanPart } from '../domain/plan.ts';

/** A part's requests are sent within this of its first one. */
const partDeadlineMsUsual = 30_000;
/** A drain waits for disruption budgets, but not for ever. */
const drainDeadlineMsMax = 300_000;

/** How long the requests of one part may go on: 30 s, or what the author of a drain gives each pod. */
export function partDeadlineMs(action: ChangeAction): number {
  if (action.type === 'several') return Math.max(...action.changes.map(partDeadlineMs));
  const drain = action.type === 'each' ? action.change : action;
  if (drain.type !== 'drain' || !drain.timeoutSeconds) return partDeadlineMsUsual;
  return Math.min(drain.timeoutSeconds * 1000, drainDeadlineMsMax);
}

/** Whether the part behind this one is tried. */
export function goesOn({ parts = [] }: Pick<PlanContent, 'parts'>, { part, outcome }: PartOutcome): boolean {
  if (outcome === 'unknown') return false;
  const drains = parts[part]?.action.type === 'cordon' && parts.some(({ action }) => action.type === 'evict');
  return outcome === 'succeeded' || !drains;
}

export type Together = { readonly outcome: Outcome; readonly text: string; readonly differences: readonly string[] };

/** What the parts come to. `partial`: some succeeded and some did not, or were not tried; `stopped` says why not. */
export function together(parts: readonly PlanPart[], ended: readonly PartOutcome[], stopped?: string): Together {
  const [only] = ended;
  if (parts.length === 1 && only !== undefined) return only;
  const done = ended.filter(({ outcome }) => outcome === 'succeeded').length;
  const nameOf = (part: number): string => {
    const target = parts[part]?.target;
    return target === undefined ? 'an object' : `${target.kind} ${objectName(target)}`;
  };
  const troubles = ended
    .filter(({ outcome }) => outcome !== 'succeeded')
    .map(({ part, outcome, text }) => `${nameOf(part)} ${outcome}: ${text}`);
  const untried = parts.length - ended.length;
  const text = [
    `${done} of ${parts.length} objects done`,
    ...troubles,
    ...(untried > 0 ? [`${untried} not tried${stopped === undefined ? '' : `: ${stopped}`}`] : []),
  ].join('; ');
  const differences = ended.flatMap(({ part, differences: own }) => own.map((one) => `${nameOf(part)}: ${one}`));
  return { outcome: outcomeOf(parts.length, ended), text, differences };
}

function outcomeOf(total: number, ended: readonly PartOutcome[]): Outcome {
  const has = (outcome: Outcome): boolean => ended.some((each) => each.outcome === outcome);
  if (has('succeeded'))
    return ended.every(({ outcome }) => outcome === 'succeeded') && ended.length === total ? 'succeeded' : 'partial';
  if (has('unknown')) return 'unknown';
  return has('failed') ? 'failed' : 'refused';
}
