/** The server under test, and the few requests that every part of the contract makes. */
type Sent = {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};
export type Received = { readonly status: number; readonly headers: Headers; readonly text: string };

export type KubernetesServer = {
  /** Exists, and is this suite's alone. */
  readonly namespace: string;
  send(request: Sent): Promise<Received>;
  /** An image that runs, one that cannot be pulled, and one whose program ends with 1. */
  readonly images: { readonly good: string; readonly missing: string; readonly bad: string };
  /** Makes a pod of the suite that runs use so much. Absent: its program does so by itself (`ALLOC_MIB`). */
  fillMemory?(pod: string, memory: string): void;
  /** How long the server may take to bring a pod up. */
  readonly patienceMs: number;
  close(): Promise<void>;
};

// Tests look into answers field by field; a wrong shape fails the expectation that reads it.
export type Body = { readonly [key: string]: Body } & { readonly [index: number]: Body };
/** A field's text, for messages and paths. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
export const bodyOf = (received: Received): Body => JSON.parse(received.text) as Body;

export const deploymentPath = (server: KubernetesServer, name = ''): string =>
  `/apis/apps/v1/namespaces/${server.namespace}/deployments${name === '' ? '' : `/${name}`}`;
export const corePath = (server: KubernetesServer, rest: string): string =>
  `/api/v1/namespaces/${server.namespace}/${rest}`;

export type DeploymentWanted = {
  readonly replicas?: number;
  readonly image?: string;
  readonly containers?: readonly string[];
};

/** Creates a deployment `name` with the label `app: name` and gives back its body. */
export async function createDeployment(
  server: KubernetesServer,
  name: string,
  wanted: DeploymentWanted = {},
): Promise<Body> {
  const image = wanted.image ?? server.images.good;
  const containers = (wanted.containers ?? ['app']).map((container, at) => ({
    name: container,
    image,
    // Two servers in one pod may not share a port.
    env: [{ name: 'PORT', value: String(8080 + at) }],
  }));
  const received = await server.send({
    method: 'POST',
    path: deploymentPath(server),
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: wanted.replicas ?? 0,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers, terminationGracePeriodSeconds: 1 } },
      },
    }),
  });
  if (received.status !== 201) throw new Error(`creating ${name}: ${received.status} ${received.text}`);
  return bodyOf(received);
}

export async function readDeployment(server: KubernetesServer, name: string): Promise<Body> {
  return bodyOf(await server.send({ path: deploymentPath(server, name) }));
}

export type Operation = {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
  readonly from?: string;
};

export function patchJson(
  server: KubernetesServer,
  path: string,
  operations: readonly Operation[],
  headers: Record<string, string> = {},
) {
  return server.send({
    method: 'PATCH',
    path,
    headers: { 'Content-Type': 'application/json-patch+json', ...headers },
    body: JSON.stringify(operations),
  });
}

/** Asks again until `holds`, at most for the server's patience. */
export async function eventually<T>(
  server: KubernetesServer,
  read: () => Promise<T>,
  holds: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + server.patienceMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`still not so after ${server.patienceMs} ms: ${JSON.stringify(value).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The running pods of a deployment made by `createDeployment`. */
export async function readyPods(server: KubernetesServer, app: string, count: number): Promise<Body[]> {
  const path = corePath(server, `pods?labelSelector=${encodeURIComponent(`app=${app}`)}`);
  const isUp = (pod: Body) =>
    (pod['status']?.['conditions'] as unknown as Body[] | undefined)?.some(
      (item) => textOf(item['type']) === 'Ready' && textOf(item['status']) === 'True',
    );
  const items = async () => [...(bodyOf(await server.send({ path }))['items'] as unknown as Body[])];
  return eventually(server, items, (pods) => pods.length === count && pods.every(isUp));
}
