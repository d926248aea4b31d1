import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { operationsRoutes } from '../../../src/adapters/http/operations.ts';
import { jsonAnswer, startHttp } from '../../../src/adapters/http/server.ts';
import type { HttpAnswer, HttpOptions, HttpServer, Route } from '../../../src/adapters/http/server.ts';
import { OperationError } from '../../../src/domain/errors.ts';
import { createRecordingLog } from '../recording-log.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)));
});

async function serve(routes: readonly Route[], more: Partial<HttpOptions> = {}) {
  const log = createRecordingLog();
  const server = await startHttp({ host: '127.0.0.1', port: 0, routes, log, ...more });
  open.push(server);
  return { ...server, log };
}

function post(path: string, handle: Route['handle'], bodyLimitBytes = 100): Route {
  return { method: 'POST', path, bodyLimitBytes, handle };
}

const echo = post('/echo', async ({ rawBody }) => jsonAnswer(200, { got: rawBody.toString() }));

/** A handler that answers when told, and says when it was entered. */
function held() {
  const release = Promise.withResolvers<HttpAnswer>();
  const entered = Promise.withResolvers<void>();
  const route = post('/held', async () => {
    entered.resolve();
    return await release.promise;
  });
  return { route, entered: entered.promise, answer: () => release.resolve({ status: 200, body: 'late' }) };
}

/** Sends raw bytes and gives everything that comes back until the server closes the connection. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

describe('the HTTP server', () => {
  it('gives a handler the raw bytes', async () => {
    const { url } = await serve([echo]);

    const response = await fetch(`${url}/echo?x=1`, { method: 'POST', body: 'héllo' });

    expect([response.status, await response.json()]).toEqual([200, { got: 'héllo' }]);
  });

  it.each([
    ['an unknown path', 'POST', '/nowhere', 'x', 404, /nothing at this path/],
    ['another method', 'GET', '/echo', undefined, 405, /answers POST only/],
    ['a body over the limit', 'POST', '/echo', 'x'.repeat(101), 413, /larger than the 100 bytes/],
    ['a far larger body', 'POST', '/echo', 'x'.repeat(5_000_000), 413, /larger than the 100 bytes/],
  ])('refuses %s', async (_name, method, path, body, status, sentence) => {
    const { url } = await serve([echo]);

    const response = await fetch(url + path, { method, ...(body === undefined ? {} : { body }) });

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.stringMatching(sentence) });
  });

  it('refuses a body that grows over the limit without having said its length', async () => {
    const { url } = await serve([echo]);
    const stream = new ReadableStream({
      start(controller) {
        for (let piece = 0; piece < 5; piece++) controller.enqueue(new TextEncoder().encode('x'.repeat(40)));
        controller.close();
      },
    });

    const response = await fetch(`${url}/echo`, { method: 'POST', body: stream, duplex: 'half' });

    expect(response.status).toBe(413);
  });

  it('refuses encoded bodies', async () => {
    const { url } = await serve([echo]);

    const response = await fetch(`${url}/echo`, { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } });

    expect(response.status).toBe(415);
  });

  it.each([
    ['a retryable failure', new OperationError('ledger-unavailable', 'down', { retryable: true }), 503, 'warn'],
    ['any other failure', new OperationError('config-invalid', 'secret detail', { retryable: false }), 500, 'error'],
    ['a bug', new TypeError('secret detail'), 500, 'error'],
  ])('answers %s of a handler and goes on', async (_name, error, status, level) => {
    const failing = post('/failing', async () => {
      throw error;
    });
    const { url, log } = await serve([failing, echo]);

    const response = await fetch(`${url}/failing`, { method: 'POST', body: 'x' });

    expect(response.status).toBe(status);
    expect(await response.text()).not.toContain('secret');
    expect(log.lines.map((line) => line.level)).toEqual([level]);
    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x' })).status).toBe(200);
  });

  it('answers 503 with Retry-After when as many handlers run as may, and still answers health checks', async () => {
    const one = held();
    const health = operationsRoutes({
      ready: async () => ({ ok: false, reason: 'The ledger is not reachable.' }),
      registry: new Registry(),
    });
    const { url } = await serve([one.route, echo, ...health], { maxConcurrent: 1 });
    const first = fetch(`${url}/held`, { method: 'POST', body: 'x' });
    await one.entered;

    const second = await fetch(`${url}/echo`, { method: 'POST', body: 'x' });
    const healthy = await fetch(`${url}/healthz`);
    const ready = await fetch(`${url}/readyz`);
    const metrics = await fetch(`${url}/metrics`);
    one.answer();

    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    expect([healthy.status, ready.status, metrics.status]).toEqual([200, 503, 200]);
    expect(await ready.json()).toEqual({ ok: false, reason: 'The ledger is not reachable.' });
    expect((await first).status).toBe(200);
    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x' })).status).toBe(200);
  });

  it('answers 503 while other bodies take all the room, and gives the room back', async () => {
    const one = held();
    const { url } = await serve([one.route, echo], { maxInFlightBytes: 90 });
    const first = fetch(`${url}/held`, { method: 'POST', body: 'x'.repeat(60) });
    await one.entered;

    const second = await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(60) });
    one.answer();
    await first;

    expect(second.status).toBe(503);
    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(60) })).status).toBe(200);
  });

  it('gives the room of a sender that went away back', async () => {
    const { url, port } = await serve([echo], { maxInFlightBytes: 90, requestTimeoutMs: 400 });

    await raw(port, 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 80\r\n\r\nxxx');

    expect((await fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(80) })).status).toBe(200);
  });

  it.each([
    ['a body that never comes', 'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nab', '408'],
    ['headers that never end', 'POST /echo HTTP/1.1\r\nhost: x\r\nx-slow: ', '408'],
    ['something that is not HTTP', 'hello\r\n\r\n', '400'],
    ['headers that are too large', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('ends %s', async (_name, bytes, status) => {
    const { port } = await serve([echo], { requestTimeoutMs: 300, headersTimeoutMs: 300 });

    const text = await raw(port, bytes);

    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('{"error":"');
  });

  it('lets running handlers finish when it closes, and takes no more', async () => {
    const one = held();
    const { url, close } = await serve([one.route, echo]);
    const first = fetch(`${url}/held`, { method: 'POST', body: 'x' });
    await one.entered;

    const closed = close(5_000);
    one.answer();

    expect(await (await first).text()).toBe('late');
    await closed;
    await expect(fetch(`${url}/echo`, { method: 'POST', body: 'x' })).rejects.toThrow('fetch failed');
  });

  it('closes after the drain time even when a handler never ends', async () => {
    const one = held();
    const { url, close } = await serve([one.route]);
    const first = fetch(`${url}/held`, { method: 'POST', body: 'x' });
    await one.entered;

    await close(50);

    await expect(first).rejects.toThrow('fetch failed');
    one.answer();
  });

  it('reports each answer once, unknown paths under one name', async () => {
    const seen: { path: string; status: number }[] = [];
    const { url } = await serve([echo], { observe: ({ path, status }) => seen.push({ path, status }) });

    await fetch(`${url}/echo?a=1`, { method: 'POST', body: 'x' });
    await fetch(`${url}/random-path`);
    await fetch(`${url}/echo`, { method: 'POST', body: 'x' });

    // A third answer was seen by us, so the first two are counted.
    expect(seen.slice(0, 2)).toEqual([
      { path: '/echo', status: 200 },
      { path: 'other', status: 404 },
    ]);
  });

  it('says which address cannot be had', async () => {
    const { port } = await serve([echo]);

    await expect(startHttp({ host: '127.0.0.1', port, routes: [], log: createRecordingLog() })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});
