/**
 * by-name: a POST of an object under the author's name with our marker on it. A second one finds the name taken, and the
 * marker tells whether by the first. A name that is free says nothing: what had it may have come and gone, so it is never
 * sent again. The target's uid is empty: the server gives it one.
 */
import type { Json } from '../../../../domain/json.ts';
import { OperationError } from '../../../../domain/errors.ts';
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { objectName } from '../../../../domain/plan.ts';
import type { EffectAnswer, EffectPlan, Prepared, ReadBack } from '../../../../flow/ports.ts';
import { ApiRefusal, parseStatus } from '../../errors.ts';
import { at, isList, isRecord, sameJson, textAt, tryParse } from '../../live.ts';
import { whyRejected } from '../../rejections.ts';
import { controllerIn, readController } from '../controller.ts';
import { markerAnnotation, markerOf } from '../patch.ts';
import { readIfThere, workloadPath } from '../workload.ts';
import type { Draft, Effect, EffectParts } from './effect.ts';
import { senderOf, sendRequest } from './one-request.ts';

export const createEffect: Effect = {
  dryRun: (draft) => creation(draft, 'dry-run', true),
  prepare,
  send,
  readBack,
};

/** What is not there yet has no uid. */
export const isCreation = ({ target }: Pick<Draft, 'target'>): boolean => target.uid === '';

function creation({ target, changes }: Draft, id: string, dryRun: boolean): EffectRequest {
  const path = workloadPath(target);
  const manifest = changes[0]?.after;
  const object = isRecord(manifest) ? manifest : {};
  const metadata = at(object, 'metadata');
  const annotations = at(metadata, 'annotations');
  return {
    method: 'POST',
    path: `${path.slice(0, path.lastIndexOf('/'))}?fieldManager=firebreak&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`,
    contentType: 'application/json',
    body: JSON.stringify({
      ...object,
      metadata: {
        ...(isRecord(metadata) ? metadata : {}),
        annotations: { ...(isRecord(annotations) ? annotations : {}), [markerAnnotation]: id },
      },
    }),
  };
}

const taken = ({ target }: EffectPlan): string =>
  `There is a ${target.kind} ${objectName(target)} by now, made by somebody else. Nothing was sent.`;

async function prepare(parts: EffectParts, plan: EffectPlan): Promise<Prepared> {
  const live = await readIfThere(parts.connection, plan.target);
  if (live !== undefined)
    return markerOf(live) === plan.id ? { kind: 'landed' } : { kind: 'refused', text: taken(plan) };
  const why = await whyOwnerless(parts, plan);
  return why === undefined
    ? { kind: 'ready', request: creation(plan, plan.id, false) }
    : { kind: 'refused', text: why };
}

/** A job of a cron job that is gone, or another one by now, would be taken away again in the middle of its work. */
async function whyOwnerless(parts: EffectParts, { target, changes }: EffectPlan): Promise<string | undefined> {
  const reference = controllerIn(at(changes[0]?.after ?? null, 'metadata', 'ownerReferences'));
  if (reference === undefined) return undefined;
  const owner = await readController(parts, target.namespace ?? '', reference);
  if (owner.gone !== true) return undefined;
  return `${owner.kind} ${owner.name}, which the ${target.kind} would belong to, is gone or was made anew since the plan. Make a new plan. Nothing was sent.`;
}

async function send(
  parts: EffectParts,
  plan: EffectPlan,
  request: EffectRequest,
  options: { auditId: string; timeoutMs: number },
): Promise<EffectAnswer> {
  const { connection } = parts;
  const elsewhere = await whyElsewhere(parts, plan);
  if (elsewhere !== undefined) return { kind: 'rejected', status: 0, text: elsewhere };
  const answer = await sendRequest(connection, request, options);
  const { status, body } = answer;
  if (status >= 200 && status < 300) {
    return { kind: 'accepted', status, differences: lossesOf(plan, tryParse(body)) };
  }
  const refusal = parseStatus(status, body, answer);
  if (status === 409 && refusal.reason === 'AlreadyExists') {
    const live = await readIfThere(parts.connection, plan.target);
    if (live !== undefined && markerOf(live) === plan.id)
      return { kind: 'accepted', status, differences: lossesOf(plan, live) };
    // Gone again: whose it was nobody can tell.
    if (live === undefined)
      return { kind: 'ambiguous', status, text: 'The name was taken a moment ago and is free now.' };
  }
  // 429: the server is busy, and has not looked at it.
  const isFinal = status >= 400 && status < 500 && status !== 408;
  return isFinal && refusal.fromKubernetes
    ? { kind: 'rejected', status, text: `The cluster refused the change: ${whyRejected(refusal, senderOf(request))}` }
    : { kind: 'ambiguous', status, text: new ApiRefusal(connection.name, refusal).message };
}

/** A uid in the bytes ties every other request to its cluster; a name that is free is free in any. */
async function whyElsewhere(parts: EffectParts, { target }: EffectPlan): Promise<string | undefined> {
  try {
    if ((await parts.clusterUid()) === target.clusterUid) return undefined;
    return `${target.cluster} is another cluster now than the one the plan was made for. Nothing was sent.`;
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return `${error.message} Nothing was sent.`;
  }
}

async function readBack(parts: EffectParts, plan: EffectPlan): Promise<ReadBack> {
  const live = await readIfThere(parts.connection, plan.target);
  if (live === undefined) {
    // A job that has run may clean up behind itself: a second one would do its work twice.
    return {
      kind: 'moved',
      text: `There is no ${plan.target.kind} ${objectName(plan.target)} now; it may have been made and be gone again.`,
    };
  }
  return markerOf(live) === plan.id
    ? { kind: 'landed', differences: lossesOf(plan, live) }
    : {
        kind: 'moved',
        text: `There is a ${plan.target.kind} ${objectName(plan.target)} that does not carry our mark.`,
      };
}

/** Fields of the manifest that the stored object has otherwise; what the server adds is no difference. */
function lossesOf({ changes }: EffectPlan, stored: Json | undefined): readonly string[] {
  const manifest = changes[0]?.after;
  if (stored === undefined || !isRecord(manifest)) return [];
  const { status: _, ...wanted } = manifest;
  const lost = lossesIn(wanted, stored, '');
  return lost.length === 0 ? [] : [`The stored object differs from the plan in: ${lost.slice(0, 10).join(', ')}.`];
}

/** Amounts are written anew by the server: `1000m` is `1`. */
const amount = /^\d+(?:\.\d+)?(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

function lossesIn(wanted: Json, found: Json | undefined, path: string): readonly string[] {
  if (isRecord(wanted)) {
    const empty = Object.keys(wanted).length === 0;
    if (!isRecord(found)) return empty || found !== undefined ? (empty && found === undefined ? [] : [path]) : [path];
    return Object.entries(wanted).flatMap(([key, value]) =>
      lossesIn(value, found[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (isList(wanted)) {
    if (!isList(found)) return wanted.length === 0 && found === undefined ? [] : [path];
    return wanted.flatMap((value, index) =>
      lossesIn(value, found[index], `${path}[${textAt(value, 'name') ?? String(index)}]`),
    );
  }
  const gone = wanted === null || wanted === '' || wanted === false || wanted === 0;
  if (sameJson(wanted, found) || (gone && found === undefined)) return [];
  return typeof wanted === 'string' && typeof found === 'string' && amount.test(wanted) && amount.test(found)
    ? []
    : [path];
}
