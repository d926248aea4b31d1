/** The same contract on a real server: whatever KUBECONFIG points to. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import { parse } from 'yaml';
import { z } from 'zod';
import { holdsKubernetesServer } from '../contracts/kubernetes-server.ts';

const Kubeconfig = z.object({
  'current-context': z.string(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({ name: z.string(), cluster: z.object({ server: z.string(), 'certificate-authority-data': z.string() }) }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({ 'client-certificate-data': z.string(), 'client-key-data': z.string() }),
    }),
  ),
});

async function connect() {
  const file = process.env['KUBECONFIG'];
  if (file === undefined || file === '')
    throw new Error('KUBECONFIG is not set: the suite needs a real cluster to compare with');
  const config = Kubeconfig.parse(parse(await readFile(file, 'utf8')));
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  if (!cluster || !user)
    throw new Error(`${file}: its current context names no cluster or no user with a client certificate`);
  const plain = (text: string) => Buffer.from(text, 'base64').toString();
  const dispatcher = new Agent({
    connect: {
      ca: plain(cluster['certificate-authority-data']),
      cert: plain(user['client-certificate-data']),
      key: plain(user['client-key-data']),
    },
  });
  return { dispatcher, server: cluster.server };
}

holdsKubernetesServer('a real one', async () => {
  const { dispatcher, server } = await connect();
  const namespace = `contract-${randomBytes(4).toString('hex')}`;
  const send = async ({
    method = 'GET',
    path,
    headers = {},
    body,
  }: {
    method?: string;
    path: string;
    headers?: Readonly<Record<string, string>>;
    body?: string;
  }) => {
    const init = { method, headers: { ...headers }, dispatcher, ...(body === undefined ? {} : { body }) };
    const response = await fetch(server + path, init);
    // undici's Headers and the global ones are the same class by shape.
    return { status: response.status, headers: new Headers([...response.headers]), text: await response.text() };
  };
  const json = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const created = await send({ method: 'POST', path: '/api/v1/namespaces', headers: json, body });
  if (created.status !== 201) throw new Error(`creating the namespace ${namespace}: ${created.status}`);
  return {
    namespace,
    images: { good: 'workload:v1', missing: 'nosuch-image:v1', bad: 'workload:bad' },
    patienceMs: 60_000,
    send,
    async close() {
      await send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` });
      await dispatcher.close();
    },
  };
});
