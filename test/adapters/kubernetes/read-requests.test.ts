/** Whatever compiles as a read sends no write, and never asks for a Secret: seen in the stand-in's audit log. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../../../src/domain/action.ts';
import type { ClusterRead } from '../../../src/domain/read-action.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { bindAction } from '../../../src/runbook/bind.ts';
import { compileKubectl } from '../../../src/runbook/kubectl/kubectl.ts';
import { isRefusal } from '../../../src/runbook/reasons.ts';
import { startKubernetes, type SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ rolloutMs: 20, terminateMs: 20 });
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 2 });
  await sandbox.settle();
});
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

const context = () => ({ defaultNamespace: 'shop', signal: AbortSignal.timeout(5000), textLimit: 100_000 });
const reviews =
  /^\/apis\/(?:authorization\.k8s\.io\/v1\/selfsubject(?:access|rules)reviews|authentication\.k8s\.io\/v1\/selfsubjectreviews)$/;

/** The resource itself; a pod may be called `secret`. */
const forbidden = /\/v1\/(?:namespaces\/[^/]+\/)?secrets(?:\/|$)|\/token$|\/proxy(?:\/|$)/;

const named =
  'pods|deploy/web|deploy web|svc|nodes|node-1|node/node-1|cm|sa|hpa|ns|ing|foo.x.io|secret/x|secrets|po,secrets';
const scoped = '-n shop|-A|-l app=web';
/** A verb, what may stand behind it, and its flags. */
const forms: readonly (readonly [string, string, string])[] = [
  [
    'get',
    `${named}|all|all,secret|Secrets|secrets.v1.|secret.v1./x`,
    `${scoped}|-o yaml|-o jsonpath={..data}|--sort-by=.metadata.name|-L app|-w|--subresource=status`,
  ],
  ['get', '', '--raw /api/v1/secrets|--raw /readyz|--raw /version|--raw /api/v1/namespaces/shop/pods/a/proxy'],
  ['describe', `${named}|deploy,svc|deploy/web svc/web|deploy,secrets`, `${scoped}|--show-events=false`],
  ['logs', 'deploy/web|secret/x|web|svc/web', '-n shop|--all-containers|--tail=1|--prefix|--all-pods|-l app=web'],
  ['events', '', '-n shop|-A|--for=secret/x|--for=deploy/web|-o yaml|-w'],
  ['top pods', '|secret', `${scoped}|--sum|--containers`],
  ['top nodes', '|node-1', '--show-capacity|--no-headers'],
  ['rollout status', 'deploy/web|deploy web web|secret/x', '-n shop|--watch=false|--timeout=1s|--revision=1'],
  ['rollout history', 'deploy/web|deploy web web|secret/x', '-n shop|--revision=1'],
  [
    'wait',
    'deploy/web|pods|secret/x|secrets',
    '--for=delete --timeout=0|--for=condition=Available --timeout=0|--all|-l app=web|--for=jsonpath={.spec.replicas}=2',
  ],
  ['auth can-i', 'get pods|get secrets|delete deploy/web|* *|get /healthz', '-n shop|-A|-q|--subresource=log'],
  ['auth can-i --list', '', '-n shop|--no-headers'],
  ['auth whoami', '', '-o json'],
  ['version', '', '-o yaml|--client'],
  ['api-resources', '', '-o wide|--namespaced=false|--verbs=list'],
  ['api-versions', '', '-v=1'],
  ['cluster-info', '|dump', '-n shop'],
  // These write, so that a slip among the classes shows.
  ['delete', named, '-n shop|--all|-l app=web'],
  ['scale', 'deploy/web', '--replicas=0|--replicas=3'],
  ['rollout restart', 'deploy/web', '-n shop'],
  ['rollout undo', 'deploy/web', '-n shop'],
  ['label', 'deploy/web a=b|pods --all a=b', '-n shop'],
  ['annotate', 'deploy/web a=b', '--overwrite'],
  ['cordon', 'node-1', '--dry-run=none'],
  ['drain', 'node-1', '--ignore-daemonsets'],
];
const split = (words: string): string[] => words.split(' ').filter((word) => word !== '');
const line = fc
  .constantFrom(...forms)
  .chain(([verb, objects, flags]) =>
    fc
      .tuple(fc.constantFrom(...objects.split('|')), fc.subarray([...flags.split('|'), ''], { maxLength: 2 }))
      .map(([object, some]) => [...split(verb), ...split(object), ...some.flatMap(split)]),
  );

function readOf(words: readonly string[]): ClusterRead | undefined {
  const made = compileKubectl(words);
  if (isRefusal(made) || !isRead(made.action)) return undefined;
  const bound = bindAction(made.action, [], {});
  if (!bound.ok || !isRead(bound.action)) return undefined;
  // kubectl's own words make no other kind of read.
  return bound.action as ClusterRead;
}

const asked = async (action: ClusterRead): Promise<string[]> => {
  const before = sandbox.audit.length;
  // What is not to be had is told in text or thrown; only what was asked for matters here.
  await cluster.read(action, context()).catch(() => {});
  return sandbox.audit.slice(before).map((event) => `${event.verb} ${event.requestURI}`);
};

describe('a command that is class read', () => {
  it('sends GETs, and POSTs only reviews of its own account', async () => {
    let ran = 0;
    await fc.assert(
      fc.asyncProperty(line, async (words) => {
        const action = readOf(words);
        if (action === undefined) return;
        ran++;
        for (const request of await asked(action)) {
          const [verb = '', uri = ''] = request.split(' ');
          const path = new URL(uri, 'http://local').pathname;
          expect({
            words,
            request,
            harmless: /^(?:get|list|watch)$/.test(verb) || (/^(?:create|post)$/.test(verb) && reviews.test(path)),
          }).toMatchObject({ harmless: true });
          expect({ words, request, secret: forbidden.test(path) }).toMatchObject({
            secret: false,
          });
        }
      }),
      { numRuns: 300 },
    );
    expect(ran).toBeGreaterThan(80);
  });

  it.each<[string, ClusterRead]>([
    ['get', { type: 'get', objects: [{ resource: 'secrets' }], output: { format: 'yaml' } }],
    ['get of a group', { type: 'get', objects: [{ resource: 'secret', group: '' }], output: { format: 'json' } }],
    [
      'get of a version',
      { type: 'get', objects: [{ resource: 'secrets', group: '', version: 'v1' }], output: { format: 'yaml' } },
    ],
    [
      'get of one among others',
      { type: 'get', objects: [{ resource: 'pods' }, { resource: 'Secret' }], output: { format: 'table' } },
    ],
    ['describe', { type: 'describe', kind: { resource: 'secrets' }, names: ['x'] }],
    [
      'describe of one among others',
      { type: 'describe', kind: { resource: 'pods' }, names: [], also: [{ resource: 'secrets' }] },
    ],
    [
      'wait',
      { type: 'wait', objects: [{ resource: 'secrets', name: 'x' }], until: { kind: 'created' }, timeoutSeconds: 0 },
    ],
    ['events', { type: 'events', about: { resource: 'secrets', name: 'x' } }],
    ['logs', { type: 'logs', of: { resource: 'secrets', name: 'x' } }],
    ['rollout status', { type: 'rollout-status', target: { resource: 'secrets', name: 'x' } }],
    ['a raw path', { type: 'about', what: 'raw', path: '/api/v1/secrets' }],
    ['a raw path in disguise', { type: 'about', what: 'raw', path: '/readyz/../api/v1/secrets' }],
  ])('by %s asks for no Secret even when it was never compiled', async (_, action) => {
    const requests = await asked(action);

    expect(requests.filter((request) => /secret/i.test(request))).toEqual([]);
  });
});
