/**
 * A plan of several objects: one part after the other, each with an outcome of its own, and what they come to together.
 *
 *   part 0 … part n   each is prepared, sent and found again like a plan of one object
 *   a part that did not succeed → the next is tried, as kubectl goes on, unless
 *       nobody knows what happened to it (whoever looks should find things at rest), or
 *       it is the cordon of a drain (its pods would come back to the same node)
 */
import type { ChangeAction, ClusterChange } from '../domain/change-action.ts';
import type { Outcome, PartOutcome, Run } from '../domain/outcome.ts';
import { objectName, partId, partsOf, type Plan, type PlanContent, type PlanPart } from '../domain/plan.ts';
import type { EffectPlan } from './ports.ts';

/** One for each request that the plan carries out, in order. */
export const effectsOf = (plan: Pick<Plan, 'id' | 'content'>): readonly EffectPlan[] =>
  partsOf(plan.content).map((part, index) => ({ ...part, id: partId(plan.id, index), class: plan.content.class }));

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

/**
 * What of a run can be undone: of several objects those that certainly were changed. An undo holds one change for each
 * part, the last one first; of a drain for each cordon.
 */
export function undoableOf(
  { parts = [], undo }: Pick<PlanContent, 'parts' | 'undo'>,
  { outcome, parts: ended = [] }: Pick<Run, 'outcome' | 'parts'>,
): ClusterChange | undefined {
  if (undo.kind === 'none') return undefined;
  const { action } = undo;
  if (outcome === 'succeeded') return action;
  if (outcome !== 'partial') return undefined;
  const changes = action.type === 'several' ? action.changes : [action];
  const undone = [...parts.keys()].filter((part) => parts[part]?.action.type !== 'evict').reverse();
  if (changes.length !== undone.length) return undefined;
  const done = changes.filter((_, index) =>
    ended.some((one) => one.part === undone[index] && one.outcome === 'succeeded'),
  );
  const [only] = done;
  if (only === undefined) return undefined;
  return action.type === 'several' && done.length > 1 ? { ...action, changes: done } : only;
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
