/** `kubectl label` and `annotate`: one field change for each key. */
import type { KeyAssignment, LabelAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { pointerKey, textsAt } from '../live.ts';
import type { Proposal } from './proposal.ts';
import { shownOf } from './shown-values.ts';

/** kubectl writes this one over without being asked. */
const changeCause = 'kubernetes.io/change-cause';

/** The class is the caller's: it depends on what selects by the labels. */
export function proposeLabel(action: LabelAction<string>, live: Json): Proposal {
  const object = `${action.target.resource}/${action.target.name}`;
  const map = action.type === 'label' ? 'labels' : 'annotations';
  const have = textsAt(live, 'metadata', map);
  const changes: FieldChange[] = [];
  const back: KeyAssignment<string>[] = [];
  for (const assignment of action.assignments) {
    const { key } = assignment;
    if (key.startsWith('firebreak.dev/')) {
      return { kind: 'refused', text: `${key} is a mark of this program. Leave it to it.` };
    }
    const before = have[key];
    const after = 'remove' in assignment ? undefined : assignment.value;
    if (before === after) continue;
    if (before !== undefined && after !== undefined && action.overwrite !== true && key !== changeCause) {
      return {
        kind: 'refused',
        text: `${object} has the ${action.type === 'label' ? 'label' : 'annotation'} ${key} already, with another value. Add --overwrite to change it.`,
      };
    }
    const path = `/metadata/${map}/${pointerKey(key)}`;
    const label = `${action.type === 'label' ? 'label' : 'annotation'} ${key}`;
    changes.push({
      path,
      label,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...shownOf({ path, label, before, after }),
    });
    back.push(before === undefined ? { key, remove: true } : { key, value: before });
  }
  if (changes.length === 0) return { kind: 'no-change', text: `${object} already has these ${map}.` };
  return {
    kind: 'proposed',
    changes,
    class: 'change',
    undo: {
      kind: 'action',
      action: { ...action, assignments: back, overwrite: true },
      text: back.map((one) => ('remove' in one ? `remove ${one.key}` : `set ${one.key} back`)).join(', '),
    },
    warnings: [],
  };
}
