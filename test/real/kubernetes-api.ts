/** Raw requests to the cluster that KUBECONFIG points to, and a namespace of a suite's own. */
import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, fetch } from 'undici';
import type { ServerForCluster } from '../contracts/cluster.ts';

/** Throws when KUBECONFIG is not set: these suites need a real cluster to compare with. */
export async function openNamespace(prefix: string): Promise<ServerForCluster> {
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
  const server = config.getCurrentCluster()?.server ?? '';
  const send: ServerForCluster['send'] = async ({ method = 'GET', path, headers = {}, body }) => {
    const response = await fetch(server + path, {
      method,
      headers: { ...headers, ...(typeof authorization === 'string' ? { authorization } : {}) },
      dispatcher,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: new Headers([...response.headers]), text: await response.text() };
  };
  const namespace = `${prefix}-${randomBytes(4).toString('hex')}`;
  const created = await send({
    method: 'POST',
    path: '/api/v1/namespaces',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }),
  });
  if (created.status !== 201) throw new Error(`creating the namespace ${namespace}: ${created.status}`);
  return {
    namespace,
    access: { kubeconfig },
    images: { good: 'workload:v1', missing: 'nosuch-image:v1' },
    patienceMs: 60_000,
    send,
    async close() {
      await send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      await dispatcher.close();
    },
  };
}
