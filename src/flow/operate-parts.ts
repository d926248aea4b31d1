/**
 * An operator's plan, part by part, in this process alone. Evictions that follow each other wait for their disruption
 * budgets side by side, as kubectl's do: one that is blocked does not hold up the rest. Several pods go in waves.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Captured } from '../domain/capture.ts';
import { OperationError } from '../domain/errors.ts';
import type { PartOutcome, RunOutput } from '../domain/outcome.ts';
import type { PlanContent } from '../domain/plan.ts';
import { capturePods } from './capture-pods.ts';
import { carryOut } from './carry-out.ts';
import { effectsOf, goesOn, partDeadlineMs } from './parts.ts';
import type { Actor, Clock, EffectPlan, Prepared } from './ports.ts';
import { lookAtWave, lookAtWaveEveryMs, waveBehind } from './waves.ts';

export type PartRun = PartOutcome & { readonly auditIds: readonly string[]; readonly output?: RunOutput };

/** Told before each request of a part, and when the part has ended. */
export type PartListener = {
  sending(effect: EffectPlan, auditId: string): Promise<void>;
  ended(effect: EffectPlan, part: PartRun): void;
  /** Before its request is sent: what pods that it ends would leave behind. */
  captured?(captured: Captured): void;
  /** Each new state of the replacements that the next wave waits for. */
  waiting?(text: string): void;
  /** The rest is not tried, and why. */
  stopped?(text: string): void;
};

type Parts = {
  readonly actor: Pick<Actor, 'prepare' | 'send' | 'readBack' | 'observe' | 'unready' | 'capture'>;
  readonly clock: Clock;
  readonly listener: PartListener;
};

/** Those that were tried, in the plan's order; the rest was not, see `goesOn`. */
export async function carryOutParts(parts: Parts, plan: PlanContent): Promise<readonly PartRun[]> {
  const effects = effectsOf({ id: plan.id, content: plan });
  const ended: PartRun[] = [];
  const keep = keeper(parts);
  while (ended.length < effects.length) {
    const stopped = await untilWhole(parts, plan, { effects, ended });
    if (stopped !== undefined) {
      parts.listener.stopped?.(stopped);
      break;
    }
    const next = effects.slice(ended.length);
    const evictions = next.findIndex(({ action }) => action.type !== 'evict');
    const together = Math.max(1, evictions === -1 ? next.length : evictions);
    const deadlineMs = partDeadlineMs(plan.action);
    const first = ended.length;
    const settled = await Promise.allSettled(
      next
        .slice(0, together)
        .map((effect, index) => carryOutPart(parts, effect, { part: first + index, deadlineMs, keep })),
    );
    // An error of one is told when the others beside it have ended: theirs may be under way.
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
    const runs = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    ended.push(...runs);
    if (!runs.every((run) => goesOn(plan, run))) break;
  }
  return ended;
}

/** Until what the wave before has ended is there again. Gives why the rest is not tried. */
async function untilWhole(
  { actor, clock, listener }: Parts,
  plan: PlanContent,
  { effects, ended }: { effects: readonly EffectPlan[]; ended: readonly PartRun[] },
): Promise<string | undefined> {
  const wave = waveBehind(plan, ended);
  const since = clock.now().getTime();
  for (let last = ''; wave.length > 0; ) {
    const found = await lookAtWave(() => actor, { effects, wave, waitedMs: clock.now().getTime() - since });
    if (found.kind === 'whole') return undefined;
    if (found.kind === 'stop') return found.text;
    if (found.text !== last) listener.waiting?.(found.text);
    last = found.text;
    await setTimeout(lookAtWaveEveryMs);
  }
  return undefined;
}

type Keep = (effect: EffectPlan) => Promise<Captured | undefined>;

/** One after the other, so that those side by side do not keep more together than a plan may. */
function keeper({ actor }: Parts): Keep {
  const kept: Captured[] = [];
  let last: Promise<unknown> = Promise.resolve();
  return async (effect) => {
    if (actor.capture === undefined) return undefined;
    const next = last.then(async () => {
      const captured = await capturePods(() => actor, effect, { kept: async () => kept });
      if (captured) kept.push(captured);
      return captured;
    });
    last = next.catch(() => undefined);
    return next;
  };
}

async function carryOutPart(
  { actor, clock, listener }: Parts,
  effect: EffectPlan,
  { part, deadlineMs, keep }: { part: number; deadlineMs: number; keep: Keep },
): Promise<PartRun> {
  const auditIds: string[] = [];
  const end = (run: Omit<PartRun, 'part' | 'auditIds'>): PartRun => {
    const whole = { ...run, part, auditIds };
    listener.ended(effect, whole);
    return whole;
  };
  const again = async (): Promise<string> => {
    const auditId = randomUUID();
    auditIds.push(auditId);
    await listener.sending(effect, auditId);
    return auditId;
  };
  const captured = await keep(effect);
  const prepared = await actor.prepare(effect).catch((error: unknown): Prepared => {
    if (!(error instanceof OperationError)) throw error;
    return { kind: 'refused', text: `${error.message} Nothing was sent.` };
  });
  if (prepared.kind === 'refused') return end({ outcome: 'refused', text: prepared.text, differences: [] });
  if (prepared.kind === 'landed') {
    // What was to end has ended; a change that carries this plan's mark is none that this run made.
    const { text } = prepared;
    return text === undefined
      ? end({ outcome: 'refused', text: 'the change is already there', differences: [] })
      : end({ outcome: 'succeeded', text, differences: [] });
  }
  if (captured) listener.captured?.(captured);
  const { outcome, text, differences, output } = await carryOut({
    cluster: actor,
    plan: effect,
    request: prepared.request,
    book: {
      open: { auditId: await again(), maybeSent: false },
      earlierAnswered: true,
      again,
      answered: async () => undefined,
    },
    // From its first request on: those beside it may have kept it waiting.
    deadlineAt: new Date(clock.now().getTime() + deadlineMs),
    now: () => clock.now(),
    pause: setTimeout,
    failpoint: () => undefined,
  });
  return end({ outcome, text, differences, ...(output === undefined ? {} : { output }) });
}
