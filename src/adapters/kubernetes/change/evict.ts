/** The eviction of one pod: its disruption budgets are asked. */
import type { EvictAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt } from '../live.ts';
import { controllerIn } from './controller.ts';
import { ownersPath, stateOf } from './delete-pod.ts';
import type { Proposal } from './proposal.ts';
import { heldBy } from './taken-along.ts';

export const nodePath = '/spec/nodeName';

export function proposeEvict(action: EvictAction<string>, live: Json): Proposal {
  const { name } = action.target;
  const grace = action.gracePeriodSeconds;
  if (grace !== undefined && !(Number.isSafeInteger(grace) && grace >= 1)) {
    return {
      kind: 'refused',
      text: 'A pod is never ended without waiting for its end. Use a grace period of 1 s or more.',
    };
  }
  const controller = controllerIn(at(live, 'metadata', 'ownerReferences'));
  const node = textAt(live, 'spec', 'nodeName');
  const empty = listAt(live, 'spec', 'volumes').flatMap((one) =>
    at(one, 'emptyDir') === undefined ? [] : (textAt(one, 'name') ?? []),
  );
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/metadata/uid',
        label: `pod ${name}`,
        before: textAt(live, 'metadata', 'uid') ?? '',
        // What the verification has to know when the pod is gone: who makes it again, and where it was.
        guard: [
          { path: ownersPath, value: at(live, 'metadata', 'ownerReferences') ?? null },
          ...(node === undefined ? [] : [{ path: nodePath, value: node }]),
        ],
        shown: [{ label: `pod ${name}`, before: stateOf(live), after: 'evicted' }],
      },
    ],
    class: 'destructive',
    classReason: 'ends a running pod',
    undo: { kind: 'none', why: 'an evicted pod does not come back; its controller makes a new one elsewhere' },
    warnings: [
      ...(empty.length === 0 ? [] : [`What is in its emptyDir volumes is lost (${empty.slice(0, 5).join(', ')}).`]),
      ...(controller === undefined ? ['It has no controller: nothing makes it again.'] : []),
      ...heldBy(live),
    ],
  };
}
