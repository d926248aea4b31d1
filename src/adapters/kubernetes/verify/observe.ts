/** Watches what follows a change: one look, in people's words. The caller decides how long to go on looking. */
import type { EffectPlan, RolloutProgress } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { atPointer, sameJson } from '../live.ts';
import type { ObserveParts } from './observe-parts.ts';
import { observeEnd, observeReplacement } from './replacement.ts';
import { readSame } from './same.ts';
import { observeWorkload } from './workload.ts';
import { observeWritten } from './written.ts';

/** How what follows the plan's change stands. */
export function observeChange(parts: ObserveParts, plan: EffectPlan): Promise<RolloutProgress> {
  switch (plan.action.type) {
    case 'delete-pod':
    case 'evict':
      return observeReplacement(parts, plan);
    case 'delete':
      return observeEnd(parts.connection, plan);
    case 'rollout-pause':
      return observeField(parts.connection, plan, {
        holds: 'It is paused: its pods stay as they are until it is resumed',
        lost: 'It is not paused any more: somebody resumed it',
      });
    case 'cordon':
      return observeField(parts.connection, plan, {
        holds: 'The node takes no new pods; those that run there stay',
        lost: 'The node takes pods again: somebody uncordoned it',
      });
    case 'uncordon':
      return observeField(parts.connection, plan, {
        holds: 'The node takes pods again',
        lost: 'The node takes no pods: somebody cordoned it again',
      });
    case 'scale':
    case 'rollout-restart':
    case 'rollout-undo':
    case 'rollout-resume':
    case 'set-env':
    case 'set-image':
    case 'set-resources':
      return observeWorkload(parts, plan);
    case 'patch':
    case 'set-field':
    case 'label':
    case 'annotate':
    case 'taint':
    case 'apply':
    case 'create':
    case 'create-job':
    case 'autoscale':
      return observeWritten(parts, plan);
    case 'exec':
    case 'http-send':
    case 'docker-change':
      return Promise.resolve({ state: 'done', text: 'Nothing more to watch', ready: 0, wanted: 0 });
  }
}

/** For a change that is done when it is stored: whether it still holds. */
async function observeField(
  connection: Connection,
  plan: EffectPlan,
  words: { readonly holds: string; readonly lost: string },
): Promise<RolloutProgress> {
  const live = await readSame(connection, plan);
  if ('state' in live) return live;
  const holds = plan.changes.every(({ path, after }) => sameJson(atPointer(live.object, path), after));
  return { state: holds ? 'done' : 'failed', text: holds ? words.holds : words.lost, ready: 0, wanted: 0 };
}
