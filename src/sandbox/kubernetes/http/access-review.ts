/** SelfSubjectAccessReview: may whoever asks do this? Answered from the same denials that requests meet. Nothing is stored. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { badRequest } from '../status.ts';
import type { Answer } from './answer.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

export type Denied = (wanted: { verb: string; resource: string; namespace: string }) => boolean;

/** Undefined when the request is something else. */
export function reviewAccess(
  request: { method: string; url: URL; body: string },
  isDenied: Denied,
): Answer | undefined {
  if (request.method !== 'POST' || request.url.pathname !== path) return undefined;
  const review = parsed(request.body);
  const spec = objectOf(review['spec']);
  const attributes = objectOf(spec['resourceAttributes']);
  const subresource = textOf(attributes['subresource']);
  const wanted = {
    verb: textOf(attributes['verb']),
    resource: textOf(attributes['resource']) + (subresource === '' ? '' : `/${subresource}`),
    namespace: textOf(attributes['namespace']),
  };
  if (wanted.verb === '' || wanted.resource === '')
    throw badRequest('spec.resourceAttributes needs a verb and a resource');
  const allowed = !isDenied(wanted);
  return {
    code: 201,
    body: { ...review, status: { allowed, ...(allowed ? {} : { reason: 'denied by the stand-in' }) } },
  };
}

const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function parsed(body: string): JsonObject {
  try {
    // JSON.parse of anything it accepts gives JSON.
    return objectOf(JSON.parse(body) as Json);
  } catch {
    throw badRequest('the body is not JSON');
  }
}
