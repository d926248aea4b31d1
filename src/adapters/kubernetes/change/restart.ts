import type { RolloutRestartAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { at, pointerKey, textAt } from '../live.ts';
import type { Proposal } from './proposal.ts';

const annotation = 'kubectl.kubernetes.io/restartedAt';

/** `now` becomes the literal value, so that sending it twice is one restart. RFC 3339, seconds, UTC, as kubectl writes it. */
export function proposeRestart(action: RolloutRestartAction<string>, live: Json, now: Date): Proposal {
  const object = `${action.target.resource}/${action.target.name}`;
  if (at(live, 'spec', 'paused') === true) {
    return {
      kind: 'refused',
      text: `${object} is paused, so a restart would not happen. Resume it first (kubectl rollout resume).`,
    };
  }
  const before = textAt(live, 'spec', 'template', 'metadata', 'annotations', annotation);
  const after = `${now.toISOString().slice(0, 19)}Z`;
  if (before === after) return { kind: 'no-change', text: `${object} was restarted in this very second.` };
  return {
    kind: 'proposed',
    changes: [
      {
        path: `/spec/template/metadata/annotations/${pointerKey(annotation)}`,
        label: 'restarted at',
        ...(before === undefined ? {} : { before }),
        after,
      },
    ],
    class: 'change',
    undo: { kind: 'none', why: 'a restart replaces pods; there is nothing to put back' },
    warnings: onDelete(live, object),
  };
}

/** With this strategy a new template changes nothing until somebody deletes the pods. */
export function onDelete(live: Json, object: string): string[] {
  const type = textAt(live, 'spec', 'updateStrategy', 'type');
  return type === 'OnDelete'
    ? [`${object} has the update strategy OnDelete: its pods change only when each is deleted by hand.`]
    : [];
}
