/**
 * The bytes of the one write that a plan makes. Two kinds: a JSON Patch with tests and our marker (cas), and a DELETE
 * pinned to a uid (by-name), which takes no annotation: a second one cannot hit another object.
 */
import type { ChangeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import type { EffectRequest } from '../../../domain/outcome.ts';
import type { FieldChange, Target } from '../../../domain/plan.ts';
import { numberAt } from '../live.ts';
import { buildPatch, markerOf } from './patch.ts';
import { workloadPath } from './workload.ts';

const jsonPatchType = 'application/json-patch+json';

type RequestPlan = {
  readonly id: string;
  readonly action: ChangeAction;
  readonly target: Target;
  readonly changes: readonly FieldChange[];
};

/** For a plan that fits the live object (`misfit` gave undefined). Pure: the same input gives the same bytes. */
export function requestFor(plan: RequestPlan, live: Json): EffectRequest {
  if (plan.action.type === 'delete-pod') return deletion(plan, plan.action.gracePeriodSeconds, false);
  const generation = numberAt(live, 'metadata', 'generation');
  const mark = markerOf(live);
  return {
    method: 'PATCH',
    // Unknown fields are an error instead of being dropped silently.
    path: `${workloadPath(plan.target)}?fieldManager=firebreak&fieldValidation=Strict`,
    contentType: jsonPatchType,
    body: JSON.stringify(buildPatch(plan, live)),
    ...(generation === undefined ? {} : { generation }),
    ...(generation === undefined && mark !== undefined ? { markBefore: mark } : {}),
  };
}

/** The same write as a dry run: admission and validation, and nothing is stored. */
export function dryRunFor(plan: Omit<RequestPlan, 'id'>, live: Json): EffectRequest {
  const named = { ...plan, id: 'dry-run' };
  if (plan.action.type === 'delete-pod') return deletion(named, plan.action.gracePeriodSeconds, true);
  const request = requestFor(named, live);
  return { ...request, path: `${request.path}&dryRun=All` };
}

/**
 * A DELETE with a body takes its options from the body alone: `?dryRun=All` beside one would delete (recorded from
 * 1.34). The query says it besides, for readers of audit logs without bodies.
 */
function deletion({ target }: RequestPlan, gracePeriodSeconds: number | undefined, dryRun: boolean): EffectRequest {
  return {
    method: 'DELETE',
    path: `${workloadPath(target)}${dryRun ? '?dryRun=All' : ''}`,
    contentType: 'application/json',
    body: JSON.stringify({
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      ...(dryRun ? { dryRun: ['All'] } : {}),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      preconditions: { uid: target.uid },
      propagationPolicy: 'Background',
    }),
  };
}
