/**
 * What the stage makes in a real cluster: namespaces, deployments, and a service account for the app with no more
 * rights than it needs: `edit` in its services' namespaces, and reading the uid of kube-system.
 */
import { bodyOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import type { KubernetesApi } from '../real/kubernetes-api.ts';
import type { StageCluster } from './stage.ts';

const accountName = 'firebreak-scenario';
/** On what these suites made, so that they never take away what somebody else keeps under the same name. */
const ours = { 'firebreak.test/suite': 'scenario', 'firebreak.test/process': String(process.pid) };
export const patienceMs = 120_000;

type Body = Readonly<Record<string, unknown>>;

/** Makes the namespaces anew, the account in the first of them. */
export async function makeAccount(
  api: KubernetesApi,
  namespaces: readonly string[],
): Promise<{
  /** As the audit log has it. */
  readonly username: string;
  /** The text of a file. */
  readonly kubeconfig: string;
  remove(): Promise<void>;
}> {
  const [home] = namespaces;
  if (home === undefined) throw new Error('The app needs a namespace to work in.');
  for (const namespace of namespaces) await makeNamespace(api, namespace);
  for (const body of rights(home, namespaces)) await create(api, body);
  return {
    username: `system:serviceaccount:${home}:${accountName}`,
    kubeconfig: kubeconfigOf(api, await tokenOf(api, home)),
    async remove() {
      for (const namespace of namespaces) await api.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      for (const kind of ['rolebindings', 'roles']) {
        const path = `/apis/${rbac}/v1/namespaces/kube-system/${kind}/${readerName(home)}`;
        await api.send({ method: 'DELETE', path });
      }
    },
  };
}

export const makeDeployment = (api: KubernetesApi, spec: Parameters<StageCluster['deployment']>[0]): Promise<void> =>
  create(api, deploymentBody(spec));

async function makeNamespace(api: KubernetesApi, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const found = await expectStatus(api.send({ path }), [200, 404], path);
  if (found.status === 200) {
    const maker = Number(bodyOf(found)['metadata']?.['labels']?.['firebreak.test/process']);
    if (!maker) {
      throw new Error(`The cluster has a namespace ${name} that these suites did not make. Use a cluster without it.`);
    }
    if (maker !== process.pid && isRunning(maker)) {
      throw new Error(`Process ${maker} runs these suites in namespace ${name} now. Wait until it has ended.`);
    }
    await api.send({ method: 'DELETE', path });
    await eventually(`${name} is gone`, async () => (await api.send({ path })).status === 404, patienceMs);
  }
  await create(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: ours } });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const rbac = 'rbac.authorization.k8s.io';
/** In kube-system, where accounts of other suites may have theirs. */
const readerName = (home: string): string => `${accountName}-${home}`;

function rights(home: string, namespaces: readonly string[]): readonly Body[] {
  const bind = (metadata: { namespace: string; name: string }, kind: 'ClusterRole' | 'Role', name: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { ...metadata, labels: ours },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: 'ServiceAccount', namespace: home, name: accountName }],
  });
  const reader = { namespace: 'kube-system', name: readerName(home) };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: home, name: accountName, labels: ours } },
    ...namespaces.map((namespace) => bind({ namespace, name: accountName }, 'ClusterRole', 'edit')),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { ...reader, labels: ours },
      rules: [{ apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] }],
    },
    bind(reader, 'Role', reader.name),
  ];
}

async function tokenOf(api: KubernetesApi, home: string): Promise<string> {
  const path = `/api/v1/namespaces/${home}/serviceaccounts/${accountName}/token`;
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  const headers = { 'content-type': 'application/json' };
  const answer = await expectStatus(api.send({ method: 'POST', path, headers, body }), [201], path);
  const { status } = JSON.parse(answer.text) as { status: { token: string } };
  return status.token;
}

/** JSON is YAML. */
function kubeconfigOf(api: KubernetesApi, token: string): string {
  const { caData, caFile, skipTLSVerify } = api.config.getCurrentCluster() ?? {};
  const cluster = {
    server: api.server,
    ...(caData ? { 'certificate-authority-data': caData } : {}),
    ...(caFile ? { 'certificate-authority': caFile } : {}),
    ...(skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'real', cluster }],
    users: [{ name: accountName, user: { token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: accountName } }],
    'current-context': 'real',
  });
}

function deploymentBody({ namespace, name, replicas, env = {} }: Parameters<StageCluster['deployment']>[0]): Body {
  const labels = { app: name };
  const container = {
    name,
    image: 'workload:v1',
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container], terminationGracePeriodSeconds: 1 } },
    },
  };
}

const collections: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  Deployment: 'deployments',
};

/** What a suite that was killed left behind in kube-system is as good as new. */
async function create(api: KubernetesApi, body: Body): Promise<void> {
  const { apiVersion, kind, metadata } = body as { apiVersion: string; kind: string; metadata: { namespace?: string } };
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const inside = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const path = `${group}${inside}/${collections[kind]}`;
  const headers = { 'content-type': 'application/json' };
  const fine = metadata.namespace === 'kube-system' ? [201, 409] : [201];
  await expectStatus(api.send({ method: 'POST', path, headers, body: JSON.stringify(body) }), fine, `${kind} ${path}`);
}

export async function expectStatus<T extends { status: number; text: string }>(
  sent: Promise<T>,
  fine: readonly number[],
  what: string,
): Promise<T> {
  const answer = await sent;
  if (!fine.includes(answer.status)) throw new Error(`${what} was answered with ${answer.status}: ${answer.text}`);
  return answer;
}
