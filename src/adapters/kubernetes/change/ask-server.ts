/** The author's own request as a dry run: what the server would make of it. Nothing is stored. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal, parseStatus, type ServerStatus } from '../errors.ts';
import { isRecord, tryParse } from '../live.ts';
import { whyRejected } from '../rejections.ts';

export type Asked =
  | { readonly kind: 'answered'; readonly object: Json }
  /** The server knows no such form of patch for this kind. */
  | { readonly kind: 'other-form' }
  | { readonly kind: 'refused'; readonly text: string };

export const contentTypes = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** `path` is the object's, without a query. */
export async function askServer(
  connection: Connection,
  path: string,
  patch: { readonly form: keyof typeof contentTypes; readonly body: string },
): Promise<Asked> {
  // Strict: a field that the server does not know is an error instead of being dropped without a word.
  const manager = patch.form === 'apply' ? 'kubectl' : 'firebreak';
  const answer = await connection.request({
    method: 'PATCH',
    path: `${path}?fieldManager=${manager}&fieldValidation=Strict&dryRun=All`,
    contentType: contentTypes[patch.form],
    body: patch.body,
  });
  const { status: code, body } = answer;
  if (code >= 200 && code < 300) {
    const object = tryParse(body);
    return isRecord(object)
      ? { kind: 'answered', object }
      : { kind: 'refused', text: 'The cluster gave no object back. Try again.' };
  }
  if (code === 415) return { kind: 'other-form' };
  const status = parseStatus(code, body, answer);
  const dropped = droppedFields(status);
  if (dropped !== undefined) return { kind: 'refused', text: dropped };
  if (code === 400 && /does not support dry run/.test(status.message)) {
    return {
      kind: 'refused',
      text: 'A webhook of the cluster supports no dry run, so nobody can say what this changes. Do it by hand.',
    };
  }
  if (code === 422 && status.causes.length === 0) {
    return {
      kind: 'refused',
      text: 'The patch does not fit the object as it is now: a test or a path of it fails. Look at the object, then decide.',
    };
  }
  if (code === 409) {
    return {
      kind: 'refused',
      text: `Somebody else owns or changed these fields${conflicts(status)}. Look at the object, then decide.`,
    };
  }
  const refusal = new ApiRefusal(connection.name, status);
  if (refusal.retryable || code === 401) throw refusal;
  return { kind: 'refused', text: `The cluster would not take this change: ${whyRejected(status)}` };
}

/** A sentence when strict validation found fields that the kind does not have, or twice. Their names are the author's own. */
export function droppedFields({ message }: ServerStatus): string | undefined {
  const fields = [...message.matchAll(/(unknown|duplicate) field "([^"\\]{1,200})"/g)].map(([, what, field]) => ({
    what,
    field,
  }));
  const [first] = fields;
  if (first === undefined) return undefined;
  const names = [...new Set(fields.map(({ field }) => field))].slice(0, 5).join(', ');
  return first.what === 'unknown'
    ? `This kind has no field ${names}: the server would drop it without a word. Correct the name.`
    : `The field ${names} is given twice. Decide for one.`;
}

const conflicts = ({ causes }: ServerStatus): string =>
  causes.length === 0
    ? ''
    : ` (${causes
        .slice(0, 3)
        .map(({ field }) => field)
        .join(', ')})`;
