import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openConnection, type Connection } from '../../../src/adapters/kubernetes/connection.ts';
import { eventually } from '../../eventually.ts';

const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

async function serve(
  listener: RequestListener,
): Promise<{ url: string; requests: () => number; connections: () => number }> {
  let [requests, connections] = [0, 0];
  const server = createServer((incoming, outgoing) => {
    requests++;
    listener(incoming, outgoing);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releases.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => requests, connections: () => connections };
}

const configText = (server: string, user: object = {}): string =>
  JSON.stringify({
    'current-context': 'main',
    clusters: [{ name: 'main', cluster: { server } }],
    contexts: [{ name: 'main', context: { cluster: 'main', user: 'me' } }],
    users: [{ name: 'me', user }],
  });

function connect(kubeconfigText: string, over: object = {}): Connection {
  const connection = openConnection({ name: 'main', kubeconfigText, ...over });
  releases.push(() => connection.close());
  return connection;
}

const patch = { method: 'PATCH', path: '/x', contentType: 'application/json-patch+json', body: '[]' } as const;

describe('a request', () => {
  it('is sent once when the connection breaks', async () => {
    const server = await serve((incoming) => incoming.socket.destroy());

    await expect(connect(configText(server.url)).request(patch)).rejects.toMatchObject({
      code: 'cluster-unavailable',
      retryable: true,
    });
    expect(server.requests()).toBe(1);
  });

  it('is sent once when the server is overloaded', async () => {
    const server = await serve((_, outgoing) => outgoing.writeHead(503, { 'retry-after': '0' }).end('busy'));

    expect(await connect(configText(server.url)).request(patch)).toMatchObject({ status: 503 });
    expect(server.requests()).toBe(1);
  });

  it('keeps to its socket when its credentials are not taken', async () => {
    const server = await serve((_, outgoing) => outgoing.writeHead(401, { 'content-type': 'text/plain' }).end('no'));
    const connection = connect(configText(server.url));

    for (let count = 0; count < 5; count++) expect(await connection.request(patch)).toMatchObject({ status: 401 });

    expect(server.requests()).toBe(5);
    // A socket that is not free again yet is not waited for.
    expect(server.connections()).toBeLessThan(4);
  });

  it('ends at its time-out, also when the body never ends', async () => {
    const silent = await serve(() => {});
    const endless = await serve((_, outgoing) => outgoing.writeHead(200).write('{'));

    for (const { url } of [silent, endless]) {
      await expect(connect(configText(url)).request({ ...patch, timeoutMs: 60 })).rejects.toMatchObject({
        code: 'cluster-unavailable',
        message: expect.stringContaining('did not answer in time'),
      });
    }
  });

  it('ends when its caller stops it', async () => {
    const server = await serve(() => {});
    const stop = new AbortController();
    const asked = connect(configText(server.url)).request({ method: 'GET', path: '/x', signal: stop.signal });
    const outcome = asked.catch((error: unknown) => error);
    await eventually('the request is there', () => server.requests() === 1);

    stop.abort();

    expect(await outcome).toMatchObject({ message: expect.stringContaining('was stopped') });
  });

  it('keeps connections for the next', async () => {
    const server = await serve((_, outgoing) => outgoing.end('{}'));
    const connection = connect(configText(server.url));

    for (let time = 0; time < 20; time++) await connection.get('/x');

    // A socket is free again just after its answer was read, so a second one may have been opened.
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('carries the token and the exact bytes', async () => {
    const seen: string[] = [];
    const server = await serve((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        seen.push(
          `${incoming.method} ${incoming.url} ${incoming.headers.authorization} ${String(incoming.headers['audit-id'])} ${body}`,
        );
        outgoing.end('{}');
      });
    });

    await connect(configText(server.url, { token: 't-1' })).request({
      ...patch,
      body: '[ "ü" ]',
      headers: { 'Audit-ID': 'a-1' },
    });

    expect(seen).toEqual(['PATCH /x Bearer t-1 a-1 [ "ü" ]']);
  });

  it('keeps as many bytes as wanted', async () => {
    const server = await serve((_, outgoing) => outgoing.end('x'.repeat(100_000)));

    const answer = await connect(configText(server.url)).request({ method: 'GET', path: '/x', keepBytes: 10 });

    expect(answer).toEqual({ status: 200, body: 'xxxxxxxxxx', truncated: true });
  });

  it('says that nobody listens', async () => {
    const server = await serve(() => {});
    const connection = connect(configText(server.url));
    await releases.shift()?.();

    await expect(connection.get('/x')).rejects.toMatchObject({
      message: expect.stringContaining('refuses connections'),
    });
  });
});

describe('an answer that is no success', () => {
  const status = (code: number, over: object) =>
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...over });
  it.each<[number, string, string, string]>([
    [401, status(401, { reason: 'Unauthorized' }), 'cluster-denied', 'does not accept our credentials'],
    [
      403,
      status(403, { reason: 'Forbidden', details: { kind: 'pods' } }),
      'cluster-denied',
      'does not allow this for pods',
    ],
    [
      404,
      status(404, { reason: 'NotFound', details: { kind: 'pods', name: 'x' } }),
      'cluster-not-found',
      'has no pods x',
    ],
    [409, status(409, { reason: 'Conflict' }), 'cluster-rejected', 'somebody else changed the object'],
    [
      422,
      status(422, {
        reason: 'Invalid',
        details: { causes: [{ field: 'spec.x', message: 'Invalid value: "hush": must be good' }] },
      }),
      'cluster-rejected',
      'spec.x: Invalid value: must be good.',
    ],
    [
      400,
      status(400, { message: 'admission webhook "guard.example.com" denied the request: password=hush' }),
      'cluster-rejected',
      'webhook guard.example.com refused it',
    ],
    [429, status(429, { details: { retryAfterSeconds: 3 } }), 'cluster-unavailable', 'busy'],
    [500, 'panic: hush', 'cluster-unavailable', 'failed to answer (status 500'],
    [502, '<html>hush</html>', 'cluster-unavailable', 'failed to answer (status 502'],
    [200, '<html>hush</html>', 'cluster-unavailable', 'not a Kubernetes object'],
  ])('%i becomes %#', async (code, body, error, text) => {
    const server = await serve((_, outgoing) => outgoing.writeHead(code).end(body));

    const failed = await connect(configText(server.url))
      .get('/x')
      .catch((thrown: unknown) => thrown);

    expect(failed).toMatchObject({ code: error, message: expect.stringContaining(text) });
    expect(String(failed)).not.toContain('hush');
  });
});

describe('a kubeconfig', () => {
  it.each<[string, object, RegExp]>([
    [
      'that is not there',
      { kubeconfigText: undefined, kubeconfig: '/nowhere/kubeconfig' },
      /cannot be read. Check that \/nowhere\/kubeconfig is there/,
    ],
    ['without the context', { context: 'other' }, /has no context other/],
    ['that is no YAML', { kubeconfigText: '{[' }, /cannot be read/],
    ['that names no cluster', { kubeconfigText: '{"clusters":[],"contexts":[],"users":[]}' }, /names no cluster/],
    ['with plain http to another machine', { kubeconfigText: configText('http://192.0.2.1:8080') }, /plain http/],
  ])('%s is a sentence', async (_, over, text) => {
    const connection = openConnection({ name: 'main', kubeconfigText: configText('http://127.0.0.1:1'), ...over });
    releases.push(() => connection.close());

    await expect(connection.get('/x')).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(text),
    });
  });

  it('may come later', async () => {
    const server = await serve((_, outgoing) => outgoing.end('{}'));
    const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    releases.push(() => rm(folder, { recursive: true }));
    const kubeconfig = join(folder, 'config');
    const connection = openConnection({ name: 'main', kubeconfig });
    releases.push(() => connection.close());

    await expect(connection.get('/x')).rejects.toMatchObject({ code: 'config-invalid' });
    await writeFile(kubeconfig, configText(server.url));

    expect(await connection.get('/x')).toEqual({});
  });
});
