/**
 * The stage's cluster on a real Kubernetes. The app acts as a service account of its own with no more rights than it
 * needs: `edit` in its services' namespaces, and reading the uid of kube-system. By that name it is known in the audit
 * log, whatever else goes on in the cluster and in whatever namespace it writes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AuditEvent, isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { bodyOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { connectKubernetes, type KubernetesApi } from '../real/kubernetes-api.ts';
import type { StageCluster } from './stage.ts';

const account = { namespace: 'largeforge', name: 'firebreak-scenario' };
const username = `system:serviceaccount:${account.namespace}:${account.name}`;
/** On what these suites made, so that they never take away what somebody else keeps under the same name. */
const ours = { 'firebreak.test/suite': 'scenario' };
const patienceMs = 120_000;

type Body = Readonly<Record<string, unknown>>;
type Deployment = {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: { readonly containers: readonly { readonly env?: readonly { name: string; value?: string }[] }[] };
    };
  };
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number };
};

/** Needs KUBECONFIG of somebody who may make namespaces and roles, and AUDIT_LOG. Makes the namespaces anew. */
export async function realCluster({ namespaces }: { namespaces: readonly string[] }): Promise<StageCluster> {
  const auditLog = process.env['AUDIT_LOG'];
  if (!auditLog) throw new Error('AUDIT_LOG is not set: name the file that the API server writes its audit log to.');
  const log = await openAuditLog(auditLog);
  const api = await connectKubernetes();
  for (const namespace of namespaces) await makeNamespace(api, namespace);
  for (const body of rights(namespaces)) await create(api, body);
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-kubeconfig-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(api, await tokenOf(api)), { mode: 0o600 });

  const deploymentNow = async (namespace: string, name: string): Promise<Deployment> => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
    // The API server keeps to apps/v1.
    return JSON.parse((await expectStatus(api.send({ path }), [200], path)).text) as Deployment;
  };

  return {
    kubeconfig,
    async deployment(spec) {
      await create(api, deploymentBody(spec));
      await eventually(
        `${spec.name} is ready`,
        async () => (await deploymentNow(spec.namespace, spec.name)).status.readyReplicas === spec.replicas,
        patienceMs,
      );
    },
    async state(namespace, name) {
      const { spec, status } = await deploymentNow(namespace, name);
      const { metadata, spec: pod } = spec.template;
      return {
        replicas: spec.replicas,
        env: Object.fromEntries((pod.containers[0]?.env ?? []).map((entry) => [entry.name, entry.value ?? ''])),
        restartedAt: metadata.annotations?.['kubectl.kubernetes.io/restartedAt'],
        ready: status.readyReplicas ?? 0,
      };
    },
    async writes() {
      const events = await log.since();
      return events
        .filter(({ user, stage }) => user.username === username && stage === 'ResponseComplete')
        .filter(isEffect)
        .map(({ auditID, verb, requestURI, responseStatus }) => ({
          auditId: auditID,
          verb,
          uri: requestURI,
          code: responseStatus.code,
        }));
    },
    async close() {
      for (const namespace of namespaces) await api.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      for (const kind of ['rolebindings', 'roles']) {
        const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/${kind}/${account.name}`;
        await api.send({ method: 'DELETE', path });
      }
      await api.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The API server writes each line before it answers, so what was answered can be read. */
async function openAuditLog(path: string): Promise<{ since(): Promise<readonly AuditEvent[]> }> {
  const sizeOf = async () => {
    await using file = await open(path);
    return (await file.stat()).size;
  };
  const from = await sizeOf();
  return {
    async since() {
      await using file = await open(path);
      const { size } = await file.stat();
      if (size < from) throw new Error(`${path} was rotated in the middle of the story.`);
      const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      const lines = buffer.toString('utf8').split('\n');
      // The last one is empty or still being written, and belongs to somebody who has no answer yet.
      return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
    },
  };
}

async function makeNamespace(api: KubernetesApi, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const found = await expectStatus(api.send({ path }), [200, 404], path);
  if (found.status === 200) {
    if (bodyOf(found)['metadata']?.['labels']?.['firebreak.test/suite'] === undefined) {
      throw new Error(`The cluster has a namespace ${name} that these suites did not make. Use a cluster without it.`);
    }
    await api.send({ method: 'DELETE', path });
    await eventually(`${name} is gone`, async () => (await api.send({ path })).status === 404, patienceMs);
  }
  await create(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: ours } });
}

const rbac = 'rbac.authorization.k8s.io';

function rights(namespaces: readonly string[]): readonly Body[] {
  const bind = (namespace: string, kind: 'ClusterRole' | 'Role', name: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace, name: account.name, labels: ours },
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...account, labels: ours } },
    ...namespaces.map((namespace) => bind(namespace, 'ClusterRole', 'edit')),
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { namespace: 'kube-system', name: account.name, labels: ours },
      rules: [{ apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] }],
    },
    bind('kube-system', 'Role', account.name),
  ];
}

async function tokenOf(api: KubernetesApi): Promise<string> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`;
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  const headers = { 'content-type': 'application/json' };
  const answer = await expectStatus(api.send({ method: 'POST', path, headers, body }), [201], path);
  return String(bodyOf(answer)['status']?.['token']);
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
    users: [{ name: account.name, user: { token } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: account.name } }],
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

async function expectStatus<T extends { status: number; text: string }>(
  sent: Promise<T>,
  fine: readonly number[],
  what: string,
): Promise<T> {
  const answer = await sent;
  if (!fine.includes(answer.status)) throw new Error(`${what} was answered with ${answer.status}: ${answer.text}`);
  return answer;
}
