/** The stream of a command in a container, against servers that misbehave. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Connection, openConnection } from '../../../src/adapters/kubernetes/connection.ts';
import { type ExecEnd, execPath, runExec } from '../../../src/adapters/kubernetes/exec/stream.ts';

const releases: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).toReversed()) await release();
});

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releases.push(() => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    return closed;
  });
  // A listening TCP server has an AddressInfo.
  return (server.address() as AddressInfo).port;
};

function connect(port: number): Connection {
  const connection = openConnection({
    name: 'main',
    kubeconfigText: JSON.stringify({
      'current-context': 'x',
      clusters: [{ name: 'x', cluster: { server: `http://127.0.0.1:${port}` } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      users: [{ name: 'x', user: { token: 'sesame' } }],
    }),
  });
  releases.push(() => connection.close());
  return connection;
}

type Heard = { url: string; auditId: string | undefined; authorization: string | undefined };

/** A server that does `act` with each socket. */
async function serve(act: (socket: WebSocket) => void): Promise<{ connection: Connection; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'v5.channel.k8s.io' });
  sockets.on('connection', (socket, request) => {
    const auditId = request.headers['audit-id'];
    heard.push({
      url: request.url ?? '',
      auditId: typeof auditId === 'string' ? auditId : undefined,
      authorization: request.headers.authorization,
    });
    socket.on('error', () => socket.terminate());
    act(socket);
  });
  releases.push(async () => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return { connection: connect(await listen(server)), heard };
}

const path = execPath({ namespace: 'shop', pod: 'web-1', container: 'app', argv: ['df', '-h'] });
const run = (connection: Connection, over: Partial<Parameters<typeof runExec>[2]> = {}): Promise<ExecEnd> =>
  runExec(connection, path, { timeoutMs: 5_000, bytesMax: 1_000, ...over });
const frame = (channel: number, text: string): Buffer => Buffer.concat([Buffer.from([channel]), Buffer.from(text)]);
const success = frame(3, '{"status":"Success"}');

describe('what a server sends', () => {
  test('the request names the pod, each word and who asks', async () => {
    const { connection, heard } = await serve((socket) => {
      socket.send(success);
      socket.close();
    });

    expect(await run(connection, { headers: { 'Audit-ID': 'a-1' } })).toEqual({
      kind: 'exited',
      exitCode: 0,
      out: '',
      err: '',
      cut: false,
    });
    expect(heard).toEqual([
      {
        url: '/api/v1/namespaces/shop/pods/web-1/exec?command=df&command=-h&container=app&stdout=true&stderr=true',
        auditId: 'a-1',
        authorization: 'Bearer sesame',
      },
    ]);
  });

  test('characters and a status that come in pieces are put together', async () => {
    const { connection } = await serve((socket) => {
      const bytes = Buffer.from('é');
      socket.send(Buffer.concat([Buffer.from([1]), bytes.subarray(0, 1)]));
      socket.send(Buffer.concat([Buffer.from([1]), bytes.subarray(1)]));
      socket.send(frame(2, 'oh'));
      socket.send(frame(3, '{"status":"Failure","reason":"NonZeroExitCode","details":'));
      socket.send(frame(3, '{"causes":[{"reason":"ExitCode","message":"137"}]}}'));
      socket.close();
    });

    expect(await run(connection)).toEqual({ kind: 'exited', exitCode: 137, out: 'é', err: 'oh', cut: false });
  });

  test('more output than is kept is cut, and said', async () => {
    const { connection } = await serve((socket) => {
      for (let at = 0; at < 50; at++) socket.send(frame(at % 2 === 0 ? 1 : 2, 'x'.repeat(100)));
      socket.send(success);
      socket.close();
    });
    const end = await run(connection);

    expect(end).toMatchObject({ kind: 'exited', exitCode: 0, cut: true });
    expect(end.kind === 'exited' && end.out.length + end.err.length).toBe(1_000);
  });

  test.each([
    ['nothing', []],
    ['output only', [frame(1, 'x')]],
    ['a channel that nobody knows', [frame(9, 'x'), Buffer.alloc(0)]],
  ])('%s before the connection ends: nobody can tell how it went', async (_, frames) => {
    const { connection } = await serve((socket) => {
      for (const each of frames) socket.send(each);
      socket.close();
    });

    expect(await run(connection)).toMatchObject({ kind: 'lost', isSent: true });
  });

  test.each([
    '',
    '{}',
    'null',
    '[]',
    '{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"-1"}]}}',
  ])('a status of %j is no exit code', async (status) => {
    const { connection } = await serve((socket) => {
      socket.send(frame(3, status));
      socket.close();
    });

    expect(await run(connection)).toMatchObject({ kind: 'failed' });
  });

  test('a socket that is cut after the status has told the end', async () => {
    const { connection } = await serve((socket) => {
      socket.send(success, () => socket.terminate());
    });

    expect(await run(connection)).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('a status without an end is cut short, and is none', async () => {
    const { connection } = await serve((socket) => {
      for (let at = 0; at < 100; at++) socket.send(frame(3, 'x'.repeat(32 * 1024)));
      socket.close();
    });

    expect(await run(connection)).toMatchObject({ kind: 'failed', message: 'the end of the command is not known' });
  });

  test('a socket that stays open after the status has told the end', async () => {
    const { connection } = await serve((socket) => socket.send(success));

    expect(await run(connection, { timeoutMs: 300 })).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('a command that does not end in time is given up', async () => {
    const { connection } = await serve((socket) => socket.send(frame(1, 'still here')));

    expect(await run(connection, { timeoutMs: 300 })).toMatchObject({ kind: 'late', out: 'still here' });
  });

  test('a caller who stops closes the socket', async () => {
    const stop = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serve((socket) => {
        socket.on('close', () => resolve());
        stop.abort();
      }).then(async ({ connection }) => {
        expect(await run(connection, { signal: stop.signal })).toMatchObject({
          kind: 'late',
          why: 'it was stopped before its end',
        });
      });
    });

    await closed;
  });

  test('a caller who stopped before asks nobody', async () => {
    const { connection, heard } = await serve((socket) => socket.close());

    expect(await run(connection, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'late' });
    expect(heard).toEqual([]);
  });
});

describe('a handshake that is refused', () => {
  test.each([
    [403, '{"kind":"Status","reason":"Forbidden","message":"no"}', true],
    [404, '{"kind":"Status","reason":"NotFound","message":"pods \\"x\\" not found"}', true],
    [502, '<html>bad gateway</html>', false],
    [200, 'hello', false],
  ])('with status %i is told as it is', async (code, body, fromKubernetes) => {
    const server = createServer();
    server.on('upgrade', (_, socket) => {
      socket.end(
        `HTTP/1.1 ${code} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    const end = await run(connect(await listen(server)));

    expect(end).toMatchObject({ kind: 'refused', status: { code, fromKubernetes } });
  });

  test('by nobody at the address was certainly not sent', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    releases.pop();

    expect(await run(connect(port))).toMatchObject({ kind: 'lost', isSent: false });
  });

  test('by a socket that is cut may have been sent', async () => {
    const server = createServer();
    server.on('upgrade', (_, socket) => socket.destroy());

    expect(await run(connect(await listen(server)))).toMatchObject({ kind: 'lost', isSent: true });
  });
});

test('a hostile name never becomes another path', () => {
  const hostile = fc.oneof(
    fc.constantFrom('../secrets/x?', 'a/b', '..', 'x?y=1', 'x#', '', 'X', 'a b', '%2e%2e'),
    fc.string(),
  );
  fc.assert(
    fc.property(hostile, hostile, fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), (namespace, pod, argv) => {
      let built: string;
      try {
        built = execPath({ namespace, pod, container: pod, argv });
      } catch {
        return;
      }
      const url = new URL(built, 'http://x');
      expect(url.pathname).toBe(`/api/v1/namespaces/${namespace}/pods/${pod}/exec`);
      expect(url.searchParams.getAll('command')).toEqual(argv.map((word) => word.toWellFormed()));
    }),
  );
});
