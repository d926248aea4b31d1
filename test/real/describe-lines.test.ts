/**
 * How many of kubectl's lines `describe` prints, kind by kind, for objects that have what changes one: all of them, in
 * their order, ages and the widths of columns aside (kubectl-details and kubectl-further compare each byte).
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { DescribeAction } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { openNamespace } from './kubernetes-api.ts';
import { eventsOf, globalsOf, make, statusOf } from './rich-objects.ts';
import { runKubectl } from './side-by-side.ts';

const fixture = join(import.meta.dirname, '../fixtures/kubernetes/rich.yaml');
const looksMax = 6;

type Names = 'own' | 'first' | 'namespace';

/**
 * Every line now, in its order. `own`: the kind has others' objects too; those named after the namespace. Namespaced
 * kinds are described as a whole.
 */
const exact: readonly { readonly kind: string; readonly names?: Names }[] = [
  { kind: 'pods' },
  { kind: 'nodes', names: 'first' },
  { kind: 'deployments' },
  { kind: 'services' },
  { kind: 'replicasets' },
  { kind: 'statefulsets' },
  { kind: 'daemonsets' },
  { kind: 'jobs' },
  { kind: 'cronjobs' },
  { kind: 'endpoints' },
  { kind: 'ingresses' },
  { kind: 'configmaps' },
  { kind: 'persistentvolumes', names: 'own' },
  { kind: 'persistentvolumeclaims' },
  { kind: 'horizontalpodautoscalers' },
  { kind: 'resourcequotas' },
  { kind: 'limitranges' },
  { kind: 'namespaces', names: 'namespace' },
  { kind: 'poddisruptionbudgets' },
  { kind: 'endpointslices' },
  { kind: 'networkpolicies' },
  { kind: 'roles' },
  { kind: 'leases' },
  { kind: 'podtemplates' },
  { kind: 'events', names: 'first' },
  { kind: 'storageclasses', names: 'own' },
  { kind: 'ingressclasses', names: 'own' },
  { kind: 'priorityclasses', names: 'own' },
  { kind: 'runtimeclasses', names: 'own' },
  { kind: 'csidrivers', names: 'own' },
  { kind: 'volumeattachments', names: 'own' },
  { kind: 'clusterroles', names: 'own' },
  { kind: 'clusterrolebindings', names: 'own' },
  { kind: 'validatingwebhookconfigurations', names: 'own' },
];

/** Ages and times since: `3m12s`, `5d`, `(x7 over 2m)`. */
const masked = (text: string): string[] =>
  text
    .replaceAll(/(?<![\w.:-])(?:\d+y)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?<=[dhmsy])(?![\w-])/g, 'AGE')
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '));

/** The length of the longest row of lines that both have, in its order. */
function shared(theirs: readonly string[], ours: readonly string[]): number {
  let above = Array.from({ length: ours.length + 1 }, () => 0);
  for (const line of theirs) {
    const row = [0];
    for (const [index, other] of ours.entries()) {
      row.push(line === other ? (above[index] ?? 0) + 1 : Math.max(above[index + 1] ?? 0, row[index] ?? 0));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}

describe('the lines of describe', () => {
  let server: ServerForCluster;
  let cluster: Cluster;
  const figures: string[] = [];
  beforeAll(async () => {
    server = await openNamespace('rich');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    const { namespace } = server;
    await make(server, globalsOf(namespace));
    const applied = await runKubectl(['apply', '-n', namespace, '-f', fixture]);
    if (applied.status !== 0) throw new Error(applied.out);
    await make(server, [
      {
        path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
        body: {
          metadata: { name: 'bound' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'none',
            volumeName: `${namespace}-bound`,
            resources: { requests: { storage: '1Gi' } },
          },
        },
      },
    ]);
    await make(server, statusOf(namespace), 'PATCH');
    const { text } = await server.send({ path: `/api/v1/namespaces/${namespace}/pods/everything` });
    // What kubectl applied.
    const { metadata } = JSON.parse(text) as { metadata: { uid: string } };
    await make(server, eventsOf(namespace, { name: 'everything', uid: metadata.uid }));
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
    const { namespace } = server;
    const path = `/api/v1/namespaces/${namespace}/pods/everything`;
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    await server.send({ method: 'PATCH', path, headers, body: '{"metadata":{"finalizers":null}}' });
    for (const { path: made, body } of globalsOf(namespace)) {
      // Each of them has a name.
      const { metadata } = body as { metadata: { name: string } };
      await server.send({ method: 'DELETE', path: `${made}/${metadata.name}` });
    }
    await server.close();
    process.stderr.write(`${figures.join('\n')}\n`);
  });

  it.each(exact)('of $kind are those of kubectl', async ({ kind, names }) => {
    const { theirs, ours, share } = await look(kind, names);

    // Both say what differs, and how much of it.
    expect(ours).toEqual(theirs);
    expect(share).toBe(1);
  });

  it('of service accounts lack what only a look at the Secrets would tell', async () => {
    const { theirs, ours } = await look('serviceaccounts');

    expect(ours).toEqual(theirs.map((line) => line.replace(' (not found)', '')));
  });

  async function look(kind: string, names?: Names) {
    const { namespace } = server;
    const own = names === undefined ? [] : await namesOf(kind, names, namespace);
    const action: DescribeAction<string> = { type: 'describe', kind: { resource: kind }, names: own };
    const context = { defaultNamespace: namespace, signal: AbortSignal.timeout(30_000), textLimit: 10_000_000 };
    let theirs: string[] = [];
    let ours: string[] = [];
    for (let count = 0; count === 0 || (count < looksMax && theirs.join('\n') !== ours.join('\n')); count++) {
      theirs = masked((await runKubectl(['describe', kind, ...own, '-n', namespace])).out);
      ours = masked((await cluster.read(action, context)).text);
    }
    const count = shared(theirs, ours);
    const share = count / theirs.length;
    figures.push(`${kind.padEnd(32)} ${count} of ${theirs.length} lines, ${(100 * share).toFixed(1)} %`);
    return { theirs, ours, share };
  }

  async function namesOf(kind: string, names: Names, namespace: string): Promise<string[]> {
    if (names === 'namespace') return [namespace];
    const { out } = await runKubectl(['get', kind, '-n', namespace, '-o', 'jsonpath={.items[*].metadata.name}']);
    const all = out.split(' ').filter((name) => name !== '');
    return names === 'own' ? all.filter((name) => name.startsWith(namespace)) : all.slice(0, 3);
  }
});
