/** An account of its own on the real cluster, roles that are put and taken away, and the people it may act for. */
import { randomBytes } from 'node:crypto';
import { connectKubernetes, openNamespace } from './kubernetes-api.ts';
import { accountOn } from './rbac-stage.ts';

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};
type Subject = { readonly kind: 'Group' | 'ServiceAccount'; readonly name: string; readonly namespace?: string };

export const rule = (group: string, resources: string, verbs: string, ...resourceNames: string[]): Rule => ({
  apiGroups: [group],
  resources: resources.split(' '),
  verbs: verbs.split(' '),
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});

export async function openIdentityStage() {
  const api = await connectKubernetes();
  const server = await openNamespace('identity');
  const { namespace } = server;
  const suffix = randomBytes(4).toString('hex');
  const account = accountOn(api, namespace, 'bot');
  const bot: Subject = { kind: 'ServiceAccount', name: 'bot', namespace };
  const roles = '/apis/rbac.authorization.k8s.io/v1';
  const ofCluster = new Set<string>();

  async function send(method: string, path: string, body?: object): Promise<void> {
    const answer = await api.send({
      method,
      path,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    if (answer.status >= 300 && answer.status !== 404)
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  }

  const stage = {
    server,
    namespace,
    account,
    bot,
    /** Of this suite's people alone. */
    group: `oncall-${suffix}`,
    /** A role and its binding; `whole`: of the cluster. */
    async grant(name: string, rules: readonly Rule[], subject: Subject, whole = false): Promise<void> {
      const [kind, folder] = whole ? ['ClusterRole', roles] : ['Role', `${roles}/namespaces/${namespace}`];
      const metadata = { name: `${name}-${suffix}` };
      const about = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata };
      if (whole) ofCluster.add(name);
      await send('POST', `${folder}/${kind.toLowerCase()}s`, { ...about, kind, rules });
      await send('POST', `${folder}/${kind.toLowerCase()}bindings`, {
        ...about,
        kind: `${kind}Binding`,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
        subjects: [{ ...subject, ...(subject.kind === 'Group' ? { apiGroup: 'rbac.authorization.k8s.io' } : {}) }],
      });
    },
    async revoke(name: string): Promise<void> {
      const [kind, folder] = ofCluster.delete(name)
        ? ['clusterrole', roles]
        : ['role', `${roles}/namespaces/${namespace}`];
      await send('DELETE', `${folder}/${kind}bindings/${name}-${suffix}`);
      await send('DELETE', `${folder}/${kind}s/${name}-${suffix}`);
    },
    async close(): Promise<void> {
      for (const name of ofCluster) await stage.revoke(name);
      await server.close();
      await api.close();
    },
  };
  await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'bot' },
  });
  return stage;
}
