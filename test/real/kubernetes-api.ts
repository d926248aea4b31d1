/** Raw requests to the cluster that KUBECONFIG points to, and a namespace of a suite's own. */
import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, fetch } from 'undici';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';

export type KubernetesApi = Pick<ServerForCluster, 'send' | 'close'> & {
  /** The path that KUBECONFIG names. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
  readonly server: string;
  /** Keeps its connections open. */
  readonly dispatcher: Agent;
  /** What each request carries to say who asks. */
  readonly headers: Readonly<Record<string, string>>;
};

/** Throws when KUBECONFIG is not set: these suites need a real cluster to compare with. */
export async function connectKubernetes(): Promise<KubernetesApi> {
  const kubeconfig = process.env['KUBECONFIG'];
  if (kubeconfig === undefined || kubeconfig === '') throw new Error('KUBECONFIG is not set');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const secured: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(secured);
  const { ca, cert, key } = secured;
  const dispatcher = new Agent({
    connect: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
  const authorization: unknown = Object.entries(secured.headers ?? {}).find(([name]) => name === 'Authorization')?.[1];
  const own: Record<string, string> = typeof authorization === 'string' ? { authorization } : {};
  const server = config.getCurrentCluster()?.server ?? '';
  return {
    kubeconfig,
    config,
    server,
    dispatcher,
    headers: own,
    async send({ method = 'GET', path, headers = {}, body }) {
      const response = await fetch(server + path, {
        method,
        headers: { ...headers, ...own },
        dispatcher,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, headers: new Headers([...response.headers]), text: await response.text() };
    },
    close: () => dispatcher.close(),
  };
}

/** What controllers put into each new namespace: without the account no pod is admitted, and lists show the map. */
const comesWithNamespace = ['serviceaccounts/default', 'configmaps/kube-root-ca.crt'];

/** A namespace in which pods can be made. Throws when KUBECONFIG is not set. */
export async function openNamespace(prefix: string): Promise<ServerForCluster> {
  const api = await connectKubernetes();
  const namespace = `${prefix}-${randomBytes(4).toString('hex')}`;
  const created = await api.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  });
  if (created.status !== 201) throw new Error(`creating the namespace ${namespace}: ${created.status}`);
  await eventually(`${namespace} has what controllers put into it`, async () => {
    const answers = await Promise.all(
      comesWithNamespace.map((name) => api.send({ path: `/api/v1/namespaces/${namespace}/${name}` })),
    );
    return answers.every(({ status }) => status === 200);
  });
  return {
    namespace,
    access: { kubeconfig: api.kubeconfig },
    images: { good: 'workload:v1', missing: 'nosuch-image:v1', bad: 'workload:bad' },
    patienceMs: 60_000,
    send: (request) => api.send(request),
    async close() {
      await api.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      await api.close();
    },
  };
}
