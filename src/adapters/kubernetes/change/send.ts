/** One approved request: built, sent once, and looked for afterwards. */
import type { ActingAs } from '../../../domain/acting-as.ts';
import { describeError, OperationError } from '../../../domain/errors.ts';
import type { SingleChange } from '../../../domain/change-action.ts';
import type { EffectRequest } from '../../../domain/outcome.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../../flow/ports.ts';
import { ApiRefusal, parseStatus } from '../errors.ts';
import { tryParse } from '../live.ts';
import { whyRejected } from '../rejections.ts';
import { differencesOf } from './differences.ts';
import { createEffect, isCreation } from './effects/create.ts';
import { deleteEffect } from './effects/delete.ts';
import { deletePodEffect } from './effects/delete-pod.ts';
import type { Draft, Effect, EffectParts } from './effects/effect.ts';
import { evictEffect, whyBlocked } from './effects/evict.ts';
import { execEffect } from './effects/exec.ts';
import { senderOf, sendRequest } from './effects/one-request.ts';
import { patchEffect } from './effects/patch.ts';
import { whyMayNotSend } from './may-send.ts';

/** All others are patches. */
const effects: Readonly<Partial<Record<SingleChange['type'], Effect>>> = {
  'delete-pod': deletePodEffect,
  delete: deleteEffect,
  evict: evictEffect,
  exec: execEffect,
  create: createEffect,
  'create-job': createEffect,
  autoscale: createEffect,
};

export const effectFor = (draft: Pick<Draft, 'action' | 'target'>): Effect =>
  // An apply makes what is not there.
  draft.action.type === 'apply' && isCreation(draft) ? createEffect : (effects[draft.action.type] ?? patchEffect);

/**
 * Three questions at once, since people wait: is it the plan's cluster, does the object fit, and may it be sent?
 *
 * The first may be answered from memory where the object fits, since its uid is in the request (a command looks at its
 * pod's uid just before). Whatever else is found is believed only when the server says just then which cluster it is.
 */
export async function prepareChange(
  parts: EffectParts & { readonly knownUid: () => Promise<string> },
  plan: EffectPlan,
  acting: Promise<ActingAs | undefined>,
): Promise<Prepared> {
  const isElsewhere = (uid: string): boolean => uid !== plan.target.clusterUid;
  const [uid, prepared, review] = await Promise.allSettled([
    isCreation(plan) ? parts.clusterUid() : parts.knownUid(),
    effectFor(plan).prepare(parts, plan),
    acting.then(async (as) => ({ as, denied: await whyMayNotSend(parts, plan, as) })),
  ]);
  if (isElsewhere(valueOf(uid))) return elsewhere(plan);
  const fits = prepared.status === 'fulfilled' && prepared.value.kind === 'ready';
  if (!fits && isElsewhere(await parts.clusterUid())) return elsewhere(plan);
  const made = valueOf(prepared);
  if (made.kind !== 'ready') return made;
  const { as, denied } = valueOf(review);
  if (denied !== undefined) return { kind: 'refused', text: `${denied} Nothing was sent.` };
  return as === undefined ? made : { kind: 'ready', request: { ...made.request, as } };
}

const elsewhere = ({ target: { cluster } }: EffectPlan): Prepared => ({
  kind: 'refused',
  text: `${cluster} is another cluster now than the one the plan was made for. Nothing was sent.`,
});

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

export async function sendChange(
  parts: EffectParts,
  plan: EffectPlan,
  request: EffectRequest,
  options: { auditId: string; timeoutMs: number },
): Promise<EffectAnswer> {
  const { send = sendOnce } = effectFor(plan);
  try {
    return await send(parts, plan, request, options);
  } catch (error) {
    return { kind: 'ambiguous', text: describeError(error) };
  }
}

const isGoneFine = (action: SingleChange): boolean =>
  action.type === 'evict' ||
  ((action.type === 'delete' || action.type === 'delete-pod') && action.ignoreNotFound === true);

async function sendOnce(
  { connection }: EffectParts,
  plan: EffectPlan,
  request: EffectRequest,
  options: { auditId: string; timeoutMs: number },
): Promise<EffectAnswer> {
  const answer = await sendRequest(connection, request, options);
  const { status, body } = answer;
  if (status >= 200 && status < 300) {
    const stored = request.method === 'DELETE' ? undefined : tryParse(body);
    return { kind: 'accepted', status, differences: stored === undefined ? [] : differencesOf(plan, stored) };
  }
  const refusal = parseStatus(status, body, answer);
  // To be gone is what was wanted; that it is this very object is for the look behind this to say.
  if (status === 404 && refusal.reason === 'NotFound' && isGoneFine(plan.action)) {
    return { kind: 'ambiguous', status, text: 'the object was not there any more' };
  }
  const isFinal = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (isFinal && refusal.fromKubernetes) {
    return {
      kind: 'rejected',
      status,
      text: `The cluster refused the change: ${whyRejected(refusal, senderOf(request))}`,
    };
  }
  const { message, retryAfterMs } = new ApiRefusal(connection.name, refusal);
  return { kind: 'ambiguous', status, text: whyBlocked(refusal) ?? message, retryAfterMs };
}

/** `clusterUid` asks the server: what it said before may be what another one had said. */
export async function readBackChange(parts: EffectParts, plan: EffectPlan, request: EffectRequest): Promise<ReadBack> {
  const { target } = plan;
  const found = await effectFor(plan).readBack(parts, plan, request);
  // After the look, so that a look at another cluster is never believed.
  if ((await parts.clusterUid()) === target.clusterUid) return found;
  const text = `${target.cluster} is another cluster now than the one the plan was made for. Point it back.`;
  throw new OperationError('cluster-unavailable', text, { retryable: true });
}
