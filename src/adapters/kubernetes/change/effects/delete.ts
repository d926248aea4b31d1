/** by-name: a DELETE pinned to a uid takes no annotation, and a second one cannot hit another object. */
import type { DeleteAction } from '../../../../domain/change-action.ts';
import type { Json } from '../../../../domain/json.ts';
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { objectName, type Target } from '../../../../domain/plan.ts';
import type { EffectPlan, Prepared, ReadBack } from '../../../../flow/ports.ts';
import { isGone, isNotFound } from '../../discovery.ts';
import { textAt } from '../../live.ts';
import { misfit } from '../patch.ts';
import { readWorkload, workloadPath } from '../workload.ts';
import type { Draft, Effect, EffectParts } from './effect.ts';

export const deleteEffect: Effect = deletionEffect((_, plan, live) => Promise.resolve(misfit(plan, live)));

/** Why the plan's delete does not fit any more; undefined: it does. */
type WhyNot = (parts: EffectParts, plan: EffectPlan, live: Json) => Promise<string | undefined>;

export function deletionEffect(whyNot: WhyNot): Effect {
  return {
    dryRun: (draft) => deletionOf(draft, true),
    prepare: (parts, plan) => prepare(parts, plan, whyNot),
    readBack: (parts, plan) => readBack(parts, plan, whyNot),
  };
}

const policies = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
} satisfies Record<NonNullable<DeleteAction<string>['cascade']>, string>;

/**
 * A DELETE with a body takes its options from the body alone: `?dryRun=All` beside one would delete (recorded from
 * 1.34). The query says it besides, for readers of audit logs without bodies.
 */
export function deletionOf({ action, target }: Pick<Draft, 'action' | 'target'>, dryRun: boolean): EffectRequest {
  const grace = 'gracePeriodSeconds' in action ? action.gracePeriodSeconds : undefined;
  const cascade = action.type === 'delete' ? action.cascade : undefined;
  return {
    method: 'DELETE',
    path: `${workloadPath(target)}${dryRun ? '?dryRun=All' : ''}`,
    contentType: 'application/json',
    body: JSON.stringify({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(dryRun ? { dryRun: ['All'] } : {}),
      ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      preconditions: { uid: target.uid },
      propagationPolicy: policies[cascade ?? 'background'],
    }),
  };
}

async function prepare(parts: EffectParts, plan: EffectPlan, whyNot: WhyNot): Promise<Prepared> {
  const { action, target } = plan;
  const object = nameOf(target);
  const may = (action.type === 'delete' || action.type === 'delete-pod') && action.ignoreNotFound === true;
  let live: Json;
  try {
    live = await readWorkload(parts.connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const text = `${object} is gone. Nothing was sent.`;
    return may && isGone(error, target) ? { kind: 'landed', text } : { kind: 'refused', text };
  }
  const going = textAt(live, 'metadata', 'deletionTimestamp') !== undefined;
  if (may && going && textAt(live, 'metadata', 'uid') === target.uid) {
    return { kind: 'landed', text: `${object} is on its way out already. Nothing was sent.` };
  }
  const why = await whyNot(parts, plan, live);
  if (why !== undefined) return { kind: 'refused', text: why };
  return { kind: 'ready', request: deletionOf(plan, false) };
}

/**
 * What was approved is the end of one uid, and that can be seen: gone or going (its finalizers may still work) is
 * landed, whoever else may have deleted it too. A pod that is there but would not be made again is not deleted by the
 * same bytes; whether the first ones are still on their way nobody can tell.
 */
async function readBack(parts: EffectParts, plan: EffectPlan, whyNot: WhyNot): Promise<ReadBack> {
  const { target } = plan;
  const object = nameOf(target);
  try {
    const live = await readWorkload(parts.connection, target);
    if (textAt(live, 'metadata', 'uid') === target.uid) {
      if (textAt(live, 'metadata', 'deletionTimestamp') !== undefined) {
        return landed(`${object} is on its way out, by this request or by somebody else's`);
      }
      const why = await whyNot(parts, plan, live);
      return why === undefined ? { kind: 'untouched' } : { kind: 'moved', text: `${object} is still there. ${why}` };
    }
  } catch (error) {
    if (!isGone(error, target)) throw error;
  }
  return landed(`${object} with that uid is gone, by this request or by somebody else's`);
}

const nameOf = (target: Target): string => `${target.kind} ${objectName(target)}`;
const landed = (text: string): ReadBack => ({ kind: 'landed', differences: [], text });
