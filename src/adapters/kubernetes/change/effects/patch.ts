/** cas: a JSON Patch with tests and our marker. The same bytes may be sent again: the server takes them at most once. */
import { asGoWrites, type Json } from '../../../../domain/json.ts';
import { objectName } from '../../../../domain/plan.ts';
import type { EffectPlan, Prepared, ReadBack } from '../../../../flow/ports.ts';
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { numberAt, textAt } from '../../live.ts';
import { differencesOf } from '../differences.ts';
import { buildPatch, markerOf, misfit, type PatchPlan } from '../patch.ts';
import { readIfThere, workloadPath } from '../workload.ts';
import type { Draft, Effect, EffectParts } from './effect.ts';

export const patchEffect: Effect = { dryRun, prepare, readBack };

function dryRun(draft: Draft, live: Json): EffectRequest {
  const request = patchFor({ ...draft, id: 'dry-run' }, live);
  return { ...request, path: `${request.path}&dryRun=All` };
}

/** For a plan that fits the live object (`misfit` gave undefined). Pure: the same input gives the same bytes. */
export function patchFor(plan: PatchPlan & Pick<Draft, 'target'>, live: Json): EffectRequest {
  const generation = numberAt(live, 'metadata', 'generation');
  const mark = markerOf(live);
  return {
    method: 'PATCH',
    // Unknown fields are an error instead of being dropped silently.
    path: `${workloadPath(plan.target)}?fieldManager=firebreak&fieldValidation=Strict`,
    contentType: 'application/json-patch+json',
    body: asGoWrites(JSON.stringify(buildPatch(plan, live))),
    ...(generation === undefined ? {} : { generation }),
    ...(generation === undefined && mark !== undefined ? { markBefore: mark } : {}),
  };
}

/**
 * Our marker on the live object means that the patch landed, whatever the values are by now: sending it again would
 * be a second effect.
 */
async function prepare({ connection }: EffectParts, plan: EffectPlan): Promise<Prepared> {
  const { target } = plan;
  const live = await readIfThere(connection, target);
  if (live === undefined) {
    return { kind: 'refused', text: `${target.kind} ${objectName(target)} is gone. Nothing was sent.` };
  }
  if (textAt(live, 'metadata', 'uid') === target.uid && markerOf(live) === plan.id) return { kind: 'landed' };
  const why = misfit(plan, live);
  if (why !== undefined) return { kind: 'refused', text: why };
  return { kind: 'ready', request: patchFor(plan, live) };
}

async function readBack({ connection }: EffectParts, plan: EffectPlan, request: EffectRequest): Promise<ReadBack> {
  const { target } = plan;
  const live = await readIfThere(connection, target);
  if (live === undefined) {
    return {
      kind: 'moved',
      text: `${target.kind} ${objectName(target)} is gone; nobody can tell if the change landed before.`,
    };
  }
  if (textAt(live, 'metadata', 'uid') !== target.uid) {
    return {
      kind: 'moved',
      text: 'The object was deleted and made anew; nobody can tell if the change landed before.',
    };
  }
  if (markerOf(live) === plan.id) return { kind: 'landed', differences: differencesOf(plan, live) };
  // Nodes, config maps and others have no generation. Another mark is another plan that came between, whose end may look like the beginning.
  const generation = numberAt(live, 'metadata', 'generation');
  const same = generation === undefined ? markerOf(live) === request.markBefore : generation === request.generation;
  if (same && misfit(plan, live) === undefined) return { kind: 'untouched' };
  return { kind: 'moved', text: 'Somebody else changed the object meanwhile, and it does not carry our mark.' };
}
