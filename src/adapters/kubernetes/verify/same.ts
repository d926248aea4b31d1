/** The object that a plan was about, as it is now, if it still is that one. */
import type { Json } from '../../../domain/json.ts';
import { objectName } from '../../../domain/plan.ts';
import type { EffectPlan, RolloutProgress } from '../../../flow/ports.ts';
import { markerOf } from '../change/patch.ts';
import { readWorkload } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { isNotFound } from '../discovery.ts';
import { textAt } from '../live.ts';

export async function readSame(
  connection: Connection,
  { id, target }: EffectPlan,
): Promise<{ readonly object: Json } | (RolloutProgress & { state: 'failed'; readonly isGone: boolean })> {
  const object = `${target.kind} ${objectName(target)}`;
  const failed = (text: string, isGone = false) => ({ state: 'failed' as const, text, ready: 0, wanted: 0, isGone });
  try {
    const live = await readWorkload(connection, target);
    // What a plan made got its uid afterwards.
    const same = target.uid === '' ? markerOf(live) === id : textAt(live, 'metadata', 'uid') === target.uid;
    return same ? { object: live } : failed(`${object} was deleted and made anew.`);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return failed(`${object} is gone.`, true);
  }
}
