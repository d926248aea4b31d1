/** The reviews that an account may ask for about itself. They are POSTed, and nothing is stored. */
import type { Json } from '../../../domain/json.ts';
import type { Connection, RequestHeaders } from '../connection.ts';
import { ApiRefusal, notAnObject, parseStatus } from '../errors.ts';
import { tryParse } from '../live.ts';

const plurals = {
  SelfSubjectReview: 'selfsubjectreviews',
  SelfSubjectAccessReview: 'selfsubjectaccessreviews',
  SelfSubjectRulesReview: 'selfsubjectrulesreviews',
} as const;

/** Throws `ApiRefusal` for a status that is not 2xx. */
export async function postReview(
  connection: Connection,
  group: 'authentication.k8s.io' | 'authorization.k8s.io',
  kind: keyof typeof plurals,
  spec: { readonly [key: string]: Json },
  { signal, headers = {} }: { readonly signal?: AbortSignal; readonly headers?: RequestHeaders },
): Promise<Json> {
  const answer = await connection.request({
    method: 'POST',
    path: `/apis/${group}/v1/${plurals[kind]}`,
    contentType: 'application/json',
    body: JSON.stringify({ apiVersion: `${group}/v1`, kind, ...(Object.keys(spec).length > 0 && { spec }) }),
    headers,
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status < 200 || answer.status > 299) {
    throw new ApiRefusal(connection.name, parseStatus(answer.status, answer.body, answer));
  }
  const review = tryParse(answer.body);
  if (review === undefined) throw notAnObject(connection.name);
  return review;
}
