/**
 * The reviews that an account asks for about itself: may I, what may I, who am I? Answered from the same denials that
 * requests meet. Nothing is stored.
 */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { badRequest } from '../status.ts';
import type { Answer } from './answer.ts';
import type { Asker } from './asker.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const rulesPath = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
const userPath = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

/** Without its denials: a real server lists what is granted, too, and not what something else refuses. */
const rulesWith = (verbs: readonly string[]): JsonObject => ({
  incomplete: false,
  resourceRules: [{ verbs: [...verbs], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
});
const verbsOfObjects = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export type Denied = (wanted: { verb: string; resource: string; namespace: string }) => boolean;

/** Undefined when the request is something else. */
export function reviewAccess(
  request: { method: string; url: URL; body: string },
  { user, groups }: Asker,
  isDenied: Denied,
): Answer | undefined {
  const { pathname } = request.url;
  if (request.method !== 'POST' || ![path, rulesPath, userPath].includes(pathname)) return undefined;
  const review = parsed(request.body);
  if (pathname === userPath)
    return { code: 201, body: { ...review, status: { userInfo: { username: user, groups: [...groups] } } } };
  if (pathname === rulesPath) {
    const alone = isDenied({ verb: 'impersonate', resource: 'users', namespace: '' });
    return { code: 201, body: { ...review, status: rulesWith(alone ? verbsOfObjects : ['*']) } };
  }
  const spec = objectOf(review['spec']);
  if (isObject(spec['nonResourceAttributes'])) return { code: 201, body: { ...review, status: { allowed: true } } };
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
