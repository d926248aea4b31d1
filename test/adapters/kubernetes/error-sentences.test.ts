/** What people read for each way in which an API server says no. */
import { describe, expect, it } from '@jest/globals';
import { ApiRefusal, parseStatus } from '../../../src/adapters/kubernetes/errors.ts';
import { whyRejected } from '../../../src/adapters/kubernetes/rejections.ts';

const body = (over: object): string => JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...over });
const details = { kind: 'deployments', name: 'web', group: 'apps' };

describe('an answer to a read', () => {
  it.each<[string, number, string, string, string]>([
    [
      'expired or wrong credentials',
      401,
      body({ reason: 'Unauthorized', message: 'Unauthorized' }),
      'cluster-denied',
      'Cluster main does not accept our credentials; they may have expired. Renew those of its kubeconfig.',
    ],
    [
      'a missing right',
      403,
      body({
        reason: 'Forbidden',
        details,
        message:
          'deployments.apps "web" is forbidden: User "system:serviceaccount:ops:bot" cannot get resource "deployments" in API group "apps" in the namespace "shop"',
      }),
      'cluster-denied',
      'Cluster main does not allow this: system:serviceaccount:ops:bot may not get deployments.apps in namespace shop. `firebreak doctor` names the rights that are missing.',
    ],
    [
      'a missing right of the whole cluster',
      403,
      body({
        reason: 'Forbidden',
        message: 'nodes is forbidden: User "bot" cannot list resource "nodes" in API group "" at the cluster scope',
      }),
      'cluster-denied',
      'Cluster main does not allow this: bot may not list nodes. `firebreak doctor` names the rights that are missing.',
    ],
    [
      'a refusal without words',
      403,
      '<html>Forbidden by proxy</html>',
      'cluster-denied',
      'Cluster main does not allow this. `firebreak doctor` names the rights that are missing.',
    ],
    [
      'what is not there',
      404,
      body({ reason: 'NotFound', details, message: 'deployments.apps "web" not found' }),
      'cluster-not-found',
      'Cluster main has no deployments web. Check the name and the namespace.',
    ],
    [
      'a path that is not there',
      404,
      '404 page not found',
      'cluster-not-found',
      'Cluster main has nothing at the address that was asked for. Check the name and the namespace.',
    ],
    [
      'a list that grew too old',
      410,
      body({ reason: 'Expired', message: 'The provided continue parameter is too old' }),
      'cluster-rejected',
      'Cluster main has dropped the state that this list began with. Run it again, or ask for less.',
    ],
    [
      'a busy server',
      429,
      body({ reason: 'TooManyRequests', details: { retryAfterSeconds: 7 } }),
      'cluster-unavailable',
      'Cluster main is busy and asked us to wait 7 s. Try again then.',
    ],
    [
      'a server that is broken',
      500,
      body({ reason: 'InternalError', message: 'etcdserver: mvcc: hush' }),
      'cluster-unavailable',
      'Cluster main failed to answer (status 500). Try again.',
    ],
    [
      'a webhook that is broken',
      500,
      body({
        reason: 'InternalError',
        message:
          'Internal error occurred: failed calling webhook "guard.example.com": failed to call webhook: Post "https://hush": EOF',
      }),
      'cluster-unavailable',
      'Cluster main cannot do this now: the admission webhook guard.example.com does not work, and nothing can be changed until it does. Tell those who run it.',
    ],
    [
      'a proxy that is broken',
      502,
      '<html><body>hush</body></html>',
      'cluster-unavailable',
      'Cluster main failed to answer (status 502, not from Kubernetes itself). Try again, or check what stands before it.',
    ],
    [
      'a server that goes down',
      503,
      body({ reason: 'ServiceUnavailable', message: 'hush' }),
      'cluster-unavailable',
      'Cluster main failed to answer (status 503). Try again.',
    ],
    [
      'a server that took too long',
      504,
      body({ reason: 'Timeout', message: 'Timeout: request did not complete within 60s' }),
      'cluster-unavailable',
      'Cluster main failed to answer (status 504). Try again.',
    ],
    [
      'a proxy with rules of its own',
      418,
      '{"error":"hush"}',
      'cluster-rejected',
      'Cluster main gave an answer that is not from Kubernetes (status 418). Check its address, and what stands before it.',
    ],
  ])('%s', (_, status, text, code, sentence) => {
    const refusal = new ApiRefusal('main', parseStatus(status, text));

    expect([refusal.code, refusal.message]).toEqual([code, sentence]);
    expect(refusal.message).not.toContain('hush');
    expect(refusal.retryable).toBe(status === 429 || status >= 500);
  });

  it('says since when our certificate is out of date', () => {
    const refusal = new ApiRefusal('main', parseStatus(401, body({}), { certificateExpired: '2026-01-31' }));

    expect(refusal.message).toBe(
      'Cluster main does not accept our credentials: the client certificate expired on 2026-01-31. Renew it in its kubeconfig.',
    );
  });
});

describe('an answer to a write', () => {
  const forbidden = (message: string) => ({ reason: 'Forbidden', message: `pods "web-1" is forbidden: ${message}` });
  const invalid = (...causes: { field: string; message: string }[]) => ({ reason: 'Invalid', details: { causes } });
  it.each<[string, number, object, string]>([
    [
      'a webhook that says why',
      400,
      { message: 'admission webhook "guard.example.com" denied the request: images come from\n  registry.example.com' },
      'the admission webhook guard.example.com refused it: “images come from registry.example.com”. Change what it asks for, or ask who runs the webhook.',
    ],
    [
      'a webhook that tells a secret',
      403,
      { reason: 'Forbidden', message: 'admission webhook "g" denied the request: DB_PASSWORD=hush is weak' },
      'the admission webhook g refused it: “DB_PASSWORD=(masked) is weak”. Change what it asks for, or ask who runs the webhook.',
    ],
    [
      'a webhook that answers with a page',
      400,
      { message: 'admission webhook "g" denied the request: <html>hush</html>' },
      'the admission webhook g refused it. Change what it asks for, or ask who runs the webhook.',
    ],
    [
      'a webhook that answers with a document',
      400,
      { message: 'admission webhook "g" denied the request: {"a":"hush"}' },
      'the admission webhook g refused it. Change what it asks for, or ask who runs the webhook.',
    ],
    [
      'a webhook without a word',
      400,
      { message: 'admission webhook "g" denied the request without explanation' },
      'the admission webhook g refused it. Change what it asks for, or ask who runs the webhook.',
    ],
    [
      'a webhook of many words',
      400,
      { message: `admission webhook "g" denied the request: ${'x'.repeat(500)}` },
      `the admission webhook g refused it: “${'x'.repeat(199)}…”. Change what it asks for, or ask who runs the webhook.`,
    ],
    [
      'a policy of the server',
      422,
      {
        reason: 'Invalid',
        message:
          "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'few' with binding 'few-here' denied request: no more than 5 replicas",
        details: { causes: [{ message: 'hush' }] },
      },
      'the ValidatingAdmissionPolicy few refused it: “no more than 5 replicas”. Change what it asks for, or ask who wrote the policy.',
    ],
    [
      'pod security',
      403,
      forbidden('violates PodSecurity "restricted:latest": runAsNonRoot != true (container "app" must set it)'),
      'the namespace\'s pod security level (restricted:latest) forbids it: “runAsNonRoot != true (container "app" must set it)”. Change the pod, or ask who set the level.',
    ],
    [
      'a quota',
      403,
      forbidden(
        'exceeded quota: team, requested: pods=1,requests.memory=1Gi, used: pods=2,requests.memory=2Gi, limited: pods=2,requests.memory=2Gi',
      ),
      'it would exceed the ResourceQuota team (requested pods=1,requests.memory=1Gi; used pods=2,requests.memory=2Gi of pods=2,requests.memory=2Gi). Free something, or have the quota raised.',
    ],
    [
      'a quota that wants more to be said',
      403,
      forbidden('failed quota: team: must specify limits.cpu for: app'),
      'the ResourceQuota team wants more to be said: it must specify “limits.cpu for: app”. Add it to the containers.',
    ],
    [
      'a limit range',
      403,
      forbidden('maximum memory usage per Container is 1Gi, but limit is 2Gi'),
      'a LimitRange of the namespace forbids it: “maximum memory usage per Container is 1Gi, but limit is 2Gi”. Ask for other amounts.',
    ],
    [
      'two limits of a range',
      403,
      forbidden('[minimum cpu usage per Pod is 100m, but request is 1m, maximum memory usage per Pod is 1Gi]'),
      'a LimitRange of the namespace forbids it: “minimum cpu usage per Pod is 100m, but request is 1m, maximum memory usage per Pod is 1Gi”. Ask for other amounts.',
    ],
    [
      'a namespace that ends',
      403,
      forbidden('unable to create new content in namespace shop because it is being terminated'),
      'its namespace is being deleted. There is nothing to change.',
    ],
    [
      'a missing right',
      403,
      forbidden('User "bot" cannot patch resource "deployments" in API group "apps" in the namespace "shop"'),
      'bot may not patch deployments.apps in namespace shop. `firebreak doctor` names the rights that are missing.',
    ],
    [
      'a refusal that nobody knows',
      403,
      forbidden('hush'),
      'our account may not do this. `firebreak doctor` names the rights that are missing.',
    ],
    ['what is gone', 404, { reason: 'NotFound' }, 'the object is not there any more. Make a new plan.'],
    [
      'a kind that cannot do it',
      405,
      { reason: 'MethodNotAllowed' },
      'the server does not offer this for that kind. Do it by hand.',
    ],
    [
      'a name that is taken',
      409,
      { reason: 'AlreadyExists' },
      'there is one of that name already. Choose another name, or change that one.',
    ],
    [
      'somebody who was faster',
      409,
      { reason: 'Conflict', message: 'Operation cannot be fulfilled on deployments.apps "web": hush' },
      'somebody else changed the object at the same time. Make a new plan.',
    ],
    [
      'another object by the name',
      409,
      { reason: 'Conflict', message: 'Precondition failed: UID in precondition: a, UID in object meta: b' },
      'the object was deleted and made anew, or changed, meanwhile. Make a new plan.',
    ],
    [
      'fields of another owner',
      409,
      {
        reason: 'Conflict',
        details: { causes: [{ field: '.spec.replicas', message: 'conflict with "helm" using apps/v1' }] },
      },
      '.spec.replicas: conflict with "helm" using apps/v1. Look at the object, then decide.',
    ],
    ['an old state', 410, { reason: 'Expired' }, 'what it goes by is too old for the server by now. Try again.'],
    ['too much', 413, { reason: 'RequestEntityTooLarge' }, 'the object is too large for the server. Make it smaller.'],
    [
      'another form',
      415,
      { reason: 'UnsupportedMediaType' },
      'the server does not take this form of change for that kind. Do it by hand.',
    ],
    [
      'a bad value',
      422,
      invalid({ field: 'spec.replicas', message: 'Invalid value: -1: must be greater than or equal to 0' }),
      'spec.replicas: Invalid value: must be greater than or equal to 0. Correct the command.',
    ],
    [
      'a bad value that is a secret',
      422,
      invalid({ field: 'data.key', message: 'Invalid value: "hush": must be short\nand hush=less' }),
      'data.key: Invalid value: must be short and hush=less. Correct the command.',
    ],
    [
      'a field that cannot change',
      422,
      invalid({ field: 'spec.selector', message: 'Invalid value: {"matchLabels":{"a":"hush"}}: field is immutable' }),
      'spec.selector: Invalid value: field is immutable. What is there keeps this as it was made: delete it and make it anew, by hand.',
    ],
    [
      'a test of the patch',
      422,
      { reason: 'Invalid', message: 'the server rejected our request due to an error in our request' },
      'the object is not as it was when the request was made. Make a new plan.',
    ],
    [
      'a bad request',
      400,
      { reason: 'BadRequest', message: 'json: cannot unmarshal "hush"' },
      'the request is wrong (status 400). Correct the command.',
    ],
    ['a reason of its own', 451, { reason: 'Odd' }, 'Odd (status 451). Look at the object, then decide.'],
    ['no reason', 451, {}, 'status 451. Look at the object, then decide.'],
  ])('%s', (_, status, over, sentence) => {
    const found = whyRejected(parseStatus(status, body(over)));

    expect(found).toBe(sentence);
    expect(found).not.toMatch(/hush(?!=less)|\n|\{|</);
    expect(found.length).toBeLessThan(500);
  });

  it('says in whose name it was sent', () => {
    const message = 'x is forbidden: User "alice" cannot patch resource "pods" in API group "" in the namespace "shop"';

    expect(whyRejected(parseStatus(403, body({ message })), 'alice, in whose name it was sent,')).toMatch(
      /^alice, in whose name it was sent, may not patch pods in namespace shop\. /,
    );
  });
});
