/**
 * A plan that deletes several pods goes in waves, unless somebody chose all at once: so many pods, then their
 * controllers are whole again, then the next.
 *
 *   part 0 … part n-1 → look → whole ................ part n … part 2n-1 → look → …
 *                            → not yet .............. the work is due again in a second; nothing is kept but the time at
 *                                                     which the last part ended, since the cluster says the rest
 *                            → not within 10 minutes,
 *                              or never any more ..... the rest is not tried, and the outcome says so
 *
 * Pods that are still to go and do not serve are no reason to wait: they are why people delete pods.
 */
import { OperationError } from '../domain/errors.ts';
import type { PartOutcome } from '../domain/outcome.ts';
import type { PlanContent } from '../domain/plan.ts';
import type { Actor, EffectPlan } from './ports.ts';

/** kubectl's own default for a rollout's progress deadline. */
const waveWaitMsMax = 10 * 60_000;
export const lookAtWaveEveryMs = 1_000;

/** How long all waits of a plan may take together. */
export const waitsMs = ({ waves, parts = [] }: Pick<PlanContent, 'waves' | 'parts'>): number =>
  waves === undefined || waves === 'all' ? 0 : waveWaitMsMax * (Math.ceil(parts.length / waves) - 1);

/** The parts whose replacements the next part waits for; none: it may go. */
export function waveBehind(
  { waves }: Pick<PlanContent, 'waves'>,
  ended: readonly PartOutcome[],
): readonly PartOutcome[] {
  if (waves === undefined || waves === 'all' || ended.length === 0 || ended.length % waves !== 0) return [];
  return ended.slice(-waves).filter(({ outcome }) => outcome === 'succeeded');
}

/** `stop`: the rest is not tried. */
export type WaveState = { readonly kind: 'whole' } | { readonly kind: 'wait' | 'stop'; readonly text: string };

/** One look. `waitedMs`: since the last part of the wave ended. A cluster that cannot be asked is waited for as well. */
export async function lookAtWave(
  actorNow: () => Pick<Actor, 'observe' | 'unready'>,
  { effects, wave, waitedMs }: { effects: readonly EffectPlan[]; wave: readonly PartOutcome[]; waitedMs: number },
): Promise<WaveState> {
  const rest = effects.slice((wave.at(-1)?.part ?? -1) + 1);
  try {
    const actor = actorNow();
    for (const { part } of wave) {
      const effect = effects[part];
      const state = effect && (await stateOf(actor, effect, rest));
      if (state && state.kind !== 'whole') return bounded(state, waitedMs);
    }
    return { kind: 'whole' };
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return bounded({ kind: error.retryable ? 'wait' : 'stop', text: error.message }, waitedMs);
  }
}

async function stateOf(
  actor: Pick<Actor, 'observe' | 'unready'>,
  effect: EffectPlan,
  rest: readonly EffectPlan[],
): Promise<WaveState> {
  const { state, ready, wanted, text } = await actor.observe(effect);
  if (state === 'done') return { kind: 'whole' };
  // Nothing makes it again, or nobody can be asked any more.
  if (state === 'lost' || (state === 'failed' && wanted === 0)) return { kind: 'stop', text };
  // As many as it wants, and yet not done: they have to prove themselves.
  const unready = ready < wanted ? ((await actor.unready?.(effect, rest)) ?? 0) : 0;
  return unready > 0 && ready + unready >= wanted ? { kind: 'whole' } : { kind: 'wait', text };
}

const bounded = (state: Exclude<WaveState, { kind: 'whole' }>, waitedMs: number): WaveState =>
  state.kind === 'wait' && waitedMs >= waveWaitMsMax
    ? { kind: 'stop', text: `not ready within ${waveWaitMsMax / 60_000} minutes: ${state.text}` }
    : state;
