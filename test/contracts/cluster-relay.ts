/** Stands between the adapter and an API server, on loopback: counts requests, keeps headers, and loses replies. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubernetesServer } from './kubernetes-server-subject.ts';

export type Relayed = {
  readonly method: string;
  readonly path: string;
  readonly auditId: string | undefined;
  readonly status: number;
  readonly echoed: string | null;
};

export type Relay = {
  readonly kubeconfig: string;
  /** Every request that reached the server, in order of its answer. */
  readonly relayed: readonly Relayed[];
  /** What becomes of the next PATCH or DELETE that is no dry run. */
  lose(how: 'reply' | 'request'): void;
  close(): Promise<void>;
};

export async function openRelay(server: Pick<KubernetesServer, 'send'>): Promise<Relay> {
  const relayed: Relayed[] = [];
  let losing: 'reply' | 'request' | undefined;
  const listener = createServer((incoming, outgoing) => {
    const method = incoming.method ?? 'GET';
    const path = incoming.url ?? '/';
    const isWrite = (method === 'PATCH' || method === 'DELETE') && !path.includes('dryRun=All');
    const lost = isWrite ? losing : undefined;
    if (isWrite) losing = undefined;
    if (lost === 'request') {
      incoming.socket.destroy();
      return;
    }
    forward(server, incoming).then(
      (received) => {
        const auditId = incoming.headers['audit-id'];
        relayed.push({
          method,
          path,
          auditId: typeof auditId === 'string' ? auditId : undefined,
          status: received.status,
          echoed: received.headers.get('audit-id'),
        });
        if (lost === 'reply') incoming.socket.destroy();
        else outgoing.writeHead(received.status, { 'content-type': 'application/json' }).end(received.text);
      },
      () => incoming.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an AddressInfo.
  const { port } = listener.address() as AddressInfo;
  return {
    relayed,
    kubeconfig: JSON.stringify({
      'current-context': 'relay',
      clusters: [{ name: 'relay', cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: 'relay', context: { cluster: 'relay', user: 'relay' } }],
      users: [{ name: 'relay', user: {} }],
    }),
    lose(how) {
      losing = how;
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      }),
  };
}

const passed = ['accept', 'content-type', 'audit-id'] as const;

async function forward(server: Pick<KubernetesServer, 'send'>, incoming: IncomingMessage) {
  const chunks: Buffer[] = [];
  // A server's request yields buffers.
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const name of passed) {
    const value = incoming.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const body = Buffer.concat(chunks).toString();
  return await server.send({
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers,
    ...(body === '' ? {} : { body }),
  });
}
