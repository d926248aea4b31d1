/** `kubectl rollout pause` and `resume`: `/spec/paused` of a deployment. */
import type { RolloutPauseAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { at, numberAt } from '../live.ts';
import type { Proposal } from './proposal.ts';

export function proposePause(action: RolloutPauseAction<string>, live: Json): Proposal {
  const object = `${action.target.resource}/${action.target.name}`;
  const pause = action.type === 'rollout-pause';
  const before = at(live, 'spec', 'paused');
  if ((before === true) === pause) {
    return { kind: 'no-change', text: `${object} is ${pause ? 'already paused' : 'not paused'}.` };
  }
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/spec/paused',
        label: 'paused',
        ...(before === undefined ? {} : { before }),
        // kubectl takes the field away, too.
        ...(pause ? { after: true } : {}),
      },
    ],
    class: 'change',
    undo: {
      kind: 'action',
      action: { ...action, type: pause ? 'rollout-resume' : 'rollout-pause' },
      text: pause ? 'resume the rollout' : 'pause it again; pods that were replaced meanwhile stay replaced',
    },
    warnings: pause ? whilePaused(live) : [],
  };
}

/** Whether pods still wait for the template that the deployment asks for. */
export function isRollingOut(live: Json): boolean {
  const wanted = numberAt(live, 'spec', 'replicas') ?? 1;
  return (numberAt(live, 'status', 'updatedReplicas') ?? 0) < wanted;
}

function whilePaused(live: Json): string[] {
  const updated = numberAt(live, 'status', 'updatedReplicas') ?? 0;
  const wanted = numberAt(live, 'spec', 'replicas') ?? 1;
  return isRollingOut(live)
    ? [`A rollout is under way and stops where it is: ${updated} of ${wanted} replicas are updated.`]
    : [];
}
