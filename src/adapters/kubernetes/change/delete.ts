/** `kubectl delete` of an object that is no pod: one uid ends, and what belongs to it. */
import type { DeleteAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { textAt } from '../live.ts';
import type { Counted } from './affected.ts';
import type { Proposal } from './proposal.ts';
import { stateOf, takenAlong } from './taken-along.ts';

const podNamesMax = 20;

export async function proposeDelete(
  connection: Connection,
  action: DeleteAction<string>,
  live: Json,
): Promise<Proposal> {
  const grace = action.gracePeriodSeconds;
  if (grace !== undefined && !(Number.isSafeInteger(grace) && grace >= 1)) {
    return {
      kind: 'refused',
      text: 'Nothing is deleted without waiting for its end. Use a grace period of 1 s or more.',
    };
  }
  const kind = textAt(live, 'kind') ?? '';
  const label = `${kind.toLowerCase()} ${action.target.name}`;
  const { warnings } = await takenAlong(connection, action, live);
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/metadata/uid',
        label,
        before: textAt(live, 'metadata', 'uid') ?? '',
        shown: [{ label, before: stateOf(live), after: 'deleted' }],
      },
    ],
    class: 'destructive',
    classReason: `deletes ${label}`,
    undo: {
      kind: 'none',
      why: `a deleted ${kind} does not come back; somebody has to make it again from its manifest`,
    },
    warnings,
  };
}

export async function affectedByDelete(
  connection: Connection,
  action: DeleteAction<string>,
  live: Json,
): Promise<Counted> {
  const { pods, uncounted } = await takenAlong(connection, action, live);
  return {
    affected: { pods: pods.length, podNames: [...pods].sort().slice(0, podNamesMax), budgets: [] },
    ...(uncounted === undefined ? {} : { uncounted }),
  };
}
