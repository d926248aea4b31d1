import type { ScaleAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import { numberAt } from '../live.ts';
import type { Proposal } from './proposal.ts';

/** More replicas than any real workload: a typing error. */
const replicasMax = 10_000;

export function proposeScale(action: ScaleAction<string>, live: Json): Proposal {
  const wanted = typeof action.replicas === 'number' ? action.replicas : parseReplicas(action.replicas);
  const object = `${action.target.resource}/${action.target.name}`;
  if (wanted === undefined || !Number.isSafeInteger(wanted) || wanted < 0 || wanted > replicasMax) {
    return { kind: 'refused', text: `The number of replicas must be 0 to ${replicasMax}. Choose one.` };
  }
  const current = numberAt(live, 'spec', 'replicas') ?? 1;
  if (action.currentReplicas !== undefined && action.currentReplicas !== current) {
    return {
      kind: 'refused',
      text: `${object} asks for ${current} replicas, and the command expects ${action.currentReplicas}. Look why, then decide.`,
    };
  }
  if (wanted === current) return { kind: 'no-change', text: `${object} already asks for ${replicas(current)}.` };

  const down = wanted < current;
  const { currentReplicas: _, ...rest } = action;
  return {
    kind: 'proposed',
    changes: [{ path: '/spec/replicas', label: 'replicas', before: current, after: wanted }],
    class: down ? 'destructive' : 'change',
    classReason: `${current} → ${wanted} replicas ${down ? (wanted === 0 ? 'stops every pod' : 'ends running pods') : 'adds pods'}`,
    undo: { kind: 'action', action: { ...rest, replicas: current }, text: `scale back to ${replicas(current)}` },
    warnings: [],
  };
}

const replicas = (count: number): string => (count === 1 ? '1 replica' : `${count} replicas`);

/** Plain digits only: `+2` means 2 to kubectl and "two more" to its author. */
const parseReplicas = (text: string): number | undefined => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
