/** The property of contracts/hostile-names.ts, judged by the audit log of the real API server. */
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { attempt, fixedTrials, inOwn, nasty, safeObjects, trial } from '../contracts/hostile-names.ts';
import { type About, whyUnpredicted } from '../contracts/predicted-requests.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { connectKubernetes, openNamespace, type KubernetesApi } from './kubernetes-api.ts';
import { accountOn, followAudit } from './rbac-stage.ts';

const lanes = 6;
const runs = 2_000;

describe('hostile names on a real API server', () => {
  const seed = Number(process.env['NAMES_SEED'] ?? randomInt(2 ** 31));
  let api: KubernetesApi;
  let server: ServerForCluster;
  const ofCluster: string[] = [];
  const send = async (path: string, body: object): Promise<number> => {
    const headers = { 'Content-Type': 'application/json' };
    return (await api.send({ method: 'POST', path, headers, body: JSON.stringify(body) })).status;
  };

  beforeAll(async () => {
    api = await connectKubernetes();
    server = await openNamespace('names');
    const { namespace } = server;
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    const everyone = [{ kind: 'Group', name: `system:serviceaccounts:${namespace}`, apiGroup: '' }];
    const role = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name });
    const rules = [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ];
    // They may look at everything and change what is theirs: what goes wrong shall be seen and do no harm.
    for (const [path, body] of [
      [`${rbac}/clusterroles`, { metadata: { name: namespace }, rules }],
      [`${rbac}/clusterrolebindings`, { metadata: { name: namespace }, roleRef: role(namespace), subjects: everyone }],
    ] as const) {
      expect(await send(path, body)).toBe(201);
      ofCluster.push(`${path}/${namespace}`);
    }
    const bindings = `${rbac}/namespaces/${namespace}/rolebindings`;
    const own = { metadata: { name: 'own' }, roleRef: role('cluster-admin'), subjects: everyone };
    expect(await send(bindings, own)).toBe(201);
    for (const object of safeObjects) {
      const root = object.apiVersion === 'v1' ? '/api/v1' : `/apis/${object.apiVersion}`;
      expect(await send(`${root}/namespaces/${namespace}/${object.kind.toLowerCase()}s`, object)).toBe(201);
    }
    // A role may be called almost anything; the server says which of them.
    for (const name of nasty) await send(`${rbac}/namespaces/${namespace}/roles`, { metadata: { name }, rules: [] });
  });
  afterAll(async () => {
    for (const path of ofCluster) await api.send({ method: 'DELETE', path });
    await api.close();
    await server.close();
  });

  it(`never become another request than the one that was predicted (seed ${seed})`, async () => {
    const waiting = [...fixedTrials, ...fc.sample(trial, { numRuns: runs, seed })];
    const wrong: string[] = [];
    const named = new Set<string>();
    let requests = 0;

    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const account = accountOn(api, server.namespace, `lane-${lane}`);
        const path = `/api/v1/namespaces/${server.namespace}/serviceaccounts`;
        expect(await send(path, { metadata: { name: `lane-${lane}` } })).toBe(201);
        const events = await followAudit(process.env['AUDIT_LOG'] ?? '', account.user);
        const kubeconfigText = await account.kubeconfig();
        const cluster = connectCluster({ name: 'main', kubeconfigText, log: createRecordingLog() });
        let before: About | undefined;
        for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
          const prepared = await attempt(cluster, each, server.namespace).catch((error: unknown) => {
            wrong.push(`${JSON.stringify(each)}: ${String(error)}`);
            return [];
          });
          const namespace = inOwn(each.namespace, server.namespace);
          const about = { name: each.name, namespace, own: server.namespace, prepared };
          for (const event of await events()) {
            // Aggregated servers ask about us in their own name.
            if (event.user.username !== account.user) continue;
            requests++;
            if (event.objectRef?.name === each.name) named.add(each.name);
            // The line of a stream that was cut may come a moment later.
            const why = whyUnpredicted(event, about);
            if (why === undefined || (before && whyUnpredicted(event, before) === undefined)) continue;
            wrong.push(`${JSON.stringify(each)}: ${event.verb} ${event.requestURI}: ${why}`);
          }
          before = about;
        }
        await cluster.close();
      }),
    );

    expect({ seed, wrong }).toEqual({ seed, wrong: [] });
    expect(requests).toBeGreaterThan(runs / 4);
    // It says something only when such names do get there.
    expect([...named]).toEqual(expect.arrayContaining(['system:node:x', 'a.b.c']));
  });
});
