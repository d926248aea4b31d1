/** One approved request: built, sent once, and looked for afterwards. */
import { describeError, OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import type { EffectRequest } from '../../../domain/outcome.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { isNotFound } from '../discovery.ts';
import { ApiRefusal, parseStatus, whyRejected } from '../errors.ts';
import { numberAt, textAt, tryParse } from '../live.ts';
import { differencesOf } from './differences.ts';
import { jsonPatchType, writePath } from './dry-run.ts';
import { buildPatch, markerOf, misfit } from './patch.ts';
import { readWorkload } from './workload.ts';

export type ClusterUid = () => Promise<string>;

/**
 * Our marker on the live object means that the patch landed, whatever the values are by now: sending it again would
 * be a second effect.
 */
export async function prepareChange(
  connection: Connection,
  plan: EffectPlan,
  clusterUid: ClusterUid,
): Promise<Prepared> {
  const { target } = plan;
  if ((await clusterUid()) !== target.clusterUid) {
    return {
      kind: 'refused',
      text: `${target.cluster} is another cluster now than the one the plan was made for. Nothing was sent.`,
    };
  }
  let live: Json;
  try {
    live = await readWorkload(connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { kind: 'refused', text: `${target.kind} ${target.namespace}/${target.name} is gone. Nothing was sent.` };
  }
  if (textAt(live, 'metadata', 'uid') === target.uid && markerOf(live) === plan.id) return { kind: 'landed' };
  const why = misfit(plan, live);
  if (why !== undefined) return { kind: 'refused', text: why };
  const generation = numberAt(live, 'metadata', 'generation');
  if (generation === undefined) {
    throw new OperationError('cluster-rejected', `${target.kind} ${target.name} has no generation to test for.`, {
      retryable: false,
    });
  }
  return {
    kind: 'ready',
    request: {
      method: 'PATCH',
      path: writePath(target),
      contentType: jsonPatchType,
      body: JSON.stringify(buildPatch(plan, live)),
      generation,
    },
  };
}

export async function sendChange(
  connection: Connection,
  plan: EffectPlan,
  request: EffectRequest,
  options: { auditId: string; timeoutMs: number },
): Promise<EffectAnswer> {
  try {
    const { status, body } = await connection.request({
      method: request.method,
      path: request.path,
      contentType: request.contentType,
      body: request.body,
      headers: { 'Audit-ID': options.auditId },
      timeoutMs: options.timeoutMs,
    });
    if (status >= 200 && status < 300) {
      const stored = tryParse(body);
      return { kind: 'accepted', status, differences: stored === undefined ? [] : differencesOf(plan, stored) };
    }
    const refusal = parseStatus(status, body);
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
      return { kind: 'rejected', status, text: `The cluster refused the change: ${whyRejected(refusal)}` };
    }
    return { kind: 'ambiguous', status, text: new ApiRefusal(connection.name, refusal).message };
  } catch (error) {
    return { kind: 'ambiguous', text: describeError(error) };
  }
}

export async function readBackChange(
  connection: Connection,
  plan: EffectPlan,
  request: EffectRequest,
): Promise<ReadBack> {
  const { target } = plan;
  let live: Json;
  try {
    live = await readWorkload(connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return {
      kind: 'moved',
      text: `${target.kind} ${target.namespace}/${target.name} is gone; nobody can tell if the change landed before.`,
    };
  }
  if (textAt(live, 'metadata', 'uid') !== target.uid) {
    return {
      kind: 'moved',
      text: 'The object was deleted and made anew; nobody can tell if the change landed before.',
    };
  }
  if (markerOf(live) === plan.id) return { kind: 'landed', differences: differencesOf(plan, live) };
  if (numberAt(live, 'metadata', 'generation') === request.generation && misfit(plan, live) === undefined) {
    return { kind: 'untouched' };
  }
  return { kind: 'moved', text: 'Somebody else changed the object meanwhile, and it does not carry our mark.' };
}
