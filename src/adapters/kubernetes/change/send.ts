/** One approved request: built, sent once, and looked for afterwards. */
import { describeError, OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import type { EffectRequest } from '../../../domain/outcome.ts';
import { objectName } from '../../../domain/plan.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { type Discovery, isGone, isNotFound } from '../discovery.ts';
import { ApiRefusal, parseStatus, whyRejected } from '../errors.ts';
import { numberAt, textAt, tryParse } from '../live.ts';
import { whyNotDelete } from './delete-pod.ts';
import { differencesOf } from './differences.ts';
import { markerOf, misfit } from './patch.ts';
import { requestFor } from './request.ts';
import { readWorkload } from './workload.ts';

type Parts = {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly clusterUid: () => Promise<string>;
};

/**
 * Our marker on the live object means that the patch landed, whatever the values are by now: sending it again would
 * be a second effect.
 */
export async function prepareChange(parts: Parts, plan: EffectPlan): Promise<Prepared> {
  const { connection, clusterUid } = parts;
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
    return { kind: 'refused', text: `${target.kind} ${objectName(target)} is gone. Nothing was sent.` };
  }
  if (textAt(live, 'metadata', 'uid') === target.uid && markerOf(live) === plan.id) return { kind: 'landed' };
  const why = plan.action.type === 'delete-pod' ? await whyNotDelete(parts, plan, live) : misfit(plan, live);
  if (why !== undefined) return { kind: 'refused', text: why };
  const request = requestFor(plan, live);
  if (request.method === 'PATCH' && request.generation === undefined && target.kind !== 'Node') {
    throw new OperationError('cluster-rejected', `${target.kind} ${target.name} has no generation to test for.`, {
      retryable: false,
    });
  }
  return { kind: 'ready', request };
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
      const stored = request.method === 'DELETE' ? undefined : tryParse(body);
      return { kind: 'accepted', status, differences: stored === undefined ? [] : differencesOf(plan, stored) };
    }
    const refusal = parseStatus(status, body);
    const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
    if (isFinal && refusal.fromKubernetes) {
      return { kind: 'rejected', status, text: `The cluster refused the change: ${whyRejected(refusal)}` };
    }
    return { kind: 'ambiguous', status, text: new ApiRefusal(connection.name, refusal).message };
  } catch (error) {
    return { kind: 'ambiguous', text: describeError(error) };
  }
}

/** `clusterUid` asks the server: what it said before may be what another one had said. */
export async function readBackChange(parts: Parts, plan: EffectPlan, request: EffectRequest): Promise<ReadBack> {
  const { target } = plan;
  const found = await (request.method === 'DELETE' ? readBackDelete(parts, plan) : readBackPatch(parts, plan, request));
  // After the look, so that a look at another cluster is never believed.
  if ((await parts.clusterUid()) === target.clusterUid) return found;
  const text = `${target.cluster} is another cluster now than the one the plan was made for. Point it back.`;
  throw new OperationError('cluster-unavailable', text, { retryable: true });
}

async function readBackPatch({ connection }: Parts, plan: EffectPlan, request: EffectRequest): Promise<ReadBack> {
  const { target } = plan;
  let live: Json;
  try {
    live = await readWorkload(connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
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
  // A node has no generation. Another mark is another plan that came between, whose end may look like the beginning.
  const generation = numberAt(live, 'metadata', 'generation');
  const same = generation === undefined ? markerOf(live) === request.markBefore : generation === request.generation;
  if (same && misfit(plan, live) === undefined) return { kind: 'untouched' };
  return { kind: 'moved', text: 'Somebody else changed the object meanwhile, and it does not carry our mark.' };
}

/**
 * What was approved is the end of one uid, and that can be seen: gone or going is landed, whoever else may have deleted
 * it too. A pod that is there but would not be made again is not deleted by the same bytes; whether the first ones are
 * still on their way nobody can tell.
 */
async function readBackDelete(parts: Parts, plan: EffectPlan): Promise<ReadBack> {
  const { target } = plan;
  const object = `${target.kind} ${objectName(target)}`;
  try {
    const live = await readWorkload(parts.connection, target);
    if (textAt(live, 'metadata', 'uid') === target.uid) {
      if (textAt(live, 'metadata', 'deletionTimestamp') !== undefined) {
        return landed(`${object} is on its way out, by this request or by somebody else's`);
      }
      const why = await whyNotDelete(parts, plan, live);
      return why === undefined ? { kind: 'untouched' } : { kind: 'moved', text: `${object} is still there. ${why}` };
    }
  } catch (error) {
    if (!isGone(error, target)) throw error;
  }
  return landed(`${object} with that uid is gone, by this request or by somebody else's`);
}

const landed = (text: string): ReadBack => ({ kind: 'landed', differences: [], text });
