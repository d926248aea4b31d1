/** Before pods end: what would be lost with them is asked for, in bounded time, and nothing that fails here stops the effect. */
import { type Captured, captureLimits, mayEndPods } from '../domain/capture.ts';
import { describeError, OperationError } from '../domain/errors.ts';
import { objectName } from '../domain/plan.ts';
import type { Actor, EffectPlan, Log } from './ports.ts';

/** The actor gives what it has by then; after `captureLimits.timeoutMs` it is not waited for. */
const actorMs = captureLimits.timeoutMs - 500;
const notOurs = 'Of pods in namespaces that are not the service’s nothing is kept.';
const isFull = `Of more than ${captureLimits.pods} pods of a plan nothing is kept.`;

/** Undefined: the part ends no pods. `kept`: of this plan's parts before. */
export async function capturePods(
  actor: () => Pick<Actor, 'capture'>,
  effect: EffectPlan,
  {
    kept,
    namespaces,
    log,
  }: {
    readonly kept: () => Promise<readonly Captured[]>;
    /** A node's pods are everybody's, and what they wrote is not for everybody. Absent: all may be read. */
    readonly namespaces?: readonly string[];
    readonly log?: Pick<Log, 'warn'>;
  },
): Promise<Captured | undefined> {
  if (!mayEndPods(effect)) return undefined;
  const before = await kept();
  const podsMax = captureLimits.pods - before.reduce((sum, { pods }) => sum + pods.length, 0);
  const once = (text: string): Captured | undefined =>
    before.some(({ missing }) => missing.includes(text)) ? undefined : { pods: [], missing: [text] };
  const { namespace } = effect.target;
  if (namespaces && namespace !== undefined && !namespaces.includes(namespace)) return once(notOurs);
  if (podsMax <= 0) return once(isFull);
  const notKept = (why: string): Captured => ({
    pods: [],
    missing: [`pods of ${effect.target.kind} ${objectName(effect.target)}: ${why}`],
  });
  const late = Promise.withResolvers<Captured>();
  const called = new AbortController();
  const timers = [
    setTimeout(() => called.abort(), actorMs),
    setTimeout(() => late.resolve(notKept('the cluster did not answer in time')), captureLimits.timeoutMs),
  ];
  const bytesMax = Math.floor((captureLimits.planBytes * podsMax) / captureLimits.pods);
  try {
    const capturing = actor().capture?.(effect, { signal: called.signal, podsMax, bytesMax });
    return capturing && (await Promise.race([capturing, late.promise]));
  } catch (err) {
    log?.warn({ err, planId: effect.id }, 'what pods leave behind could not be kept');
    return notKept(err instanceof OperationError ? describeError(err) : 'they could not be read');
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
