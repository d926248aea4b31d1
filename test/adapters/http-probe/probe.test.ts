import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Address, HttpPolicy } from '../../../src/adapters/http-probe/address.ts';
import { createHttpProbe, type HttpProbe } from '../../../src/adapters/http-probe/probe.ts';
import type { HttpSendAction } from '../../../src/domain/change-action.ts';
import type { HttpReadAction } from '../../../src/domain/read-action.ts';
import type { EffectPlan } from '../../../src/flow/ports.ts';

let server: Server;
let port = 0;
let received: string[] = [];
let status = 200;

beforeEach(async () => {
  received = [];
  status = 200;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(`${request.method} ${request.headers.host} ${request.url} ${body}`);
      if (status === 0) request.socket.destroy();
      else response.writeHead(status, { location: '/there' }).end('said\n');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP.
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const context = { defaultNamespace: 'none', signal: AbortSignal.timeout(20_000), textLimit: 64 * 1024 };
const get = (url: string): HttpReadAction<string> => ({
  type: 'http-read',
  method: 'GET',
  url,
  headers: [],
  print: 'body',
  program: 'curl',
});
const probeOf = (policy: HttpPolicy, addresses: readonly string[] = ['127.0.0.1']): HttpProbe =>
  createHttpProbe({
    policy,
    lookUp: async () => addresses.map((address): Address => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
const read = (probe: HttpProbe, url: string) => probe.read(get(url), context);
const refusal = { code: 'not-configured', retryable: false };

describe('where a request may go', () => {
  it('is a host of the list at its scheme’s port, or the port that the list says', async () => {
    const listed = { allow: ['api.example.com', 'web.example.com:8000'], map: {} };
    // What these names stand for is refused, which is asked only after the list.
    const probe = probeOf(listed, ['169.254.1.1']);

    for (const url of ['http://api.example.com/', 'https://API.example.com./x', 'http://web.example.com:8000/']) {
      await expect(read(probe, url)).rejects.toMatchObject({ message: expect.stringContaining('169.254.1.1') });
    }
    for (const url of [
      'http://api.example.com:8080/',
      'http://web.example.com/',
      'http://xapi.example.com/',
      'http://api.example.com.evil.com/',
      'http://evil.com/api.example.com',
    ]) {
      await expect(read(probe, url)).rejects.toMatchObject({ message: expect.stringContaining('http.allow') });
    }
    for (const url of [
      'http://api.example.com@evil.com/',
      'http://api.example.com\\@evil.com',
      'ftp://api.example.com/',
    ]) {
      await expect(read(probe, url)).rejects.toMatchObject(refusal);
    }
  });

  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::a9fe:a9fe',
    '2001:0:5601:5601::1',
    '::ffff:0:a9fe:a9fe',
    'fd20:ce::254',
    '192.0.0.192',
    'ff02::1',
  ])('is never a listed name that stands for %s', async (address) => {
    const policy = { allow: [`web.example.com:${port}`], map: {} };

    await expect(read(probeOf(policy, [address]), `http://web.example.com:${port}/`)).rejects.toMatchObject(refusal);
    // One address among others is enough.
    await expect(read(probeOf(policy, ['8.8.8.8', address]), `http://web.example.com:${port}/`)).rejects.toMatchObject(
      refusal,
    );
    expect(received).toEqual([]);
  });

  it.each(['metadata.google.internal', '169.254.169.254', '[fd00:ec2::254]', 'metadata', '[::ffff:a9fe:a9fe]'])(
    'is never %s, listed, mapped or an operator’s',
    async (host) => {
      const url = `http://${host}/`;
      for (const policy of [
        { allow: [host], map: {} },
        { allow: [], map: { 'localhost:1': url } },
        { allow: 'any', map: {} },
      ] as const) {
        await expect(read(probeOf(policy, ['169.254.169.254']), url)).rejects.toMatchObject(refusal);
      }
    },
  );

  it('is this machine only where localhost was mapped to it', async () => {
    const url = `http://localhost:${port}/x`;

    await expect(read(probeOf({ allow: [`localhost:${port}`], map: {} }), url)).rejects.toMatchObject(refusal);
    const mapped = probeOf({ allow: [], map: { 'localhost:8000': `http://127.0.0.1:${port}` } });
    expect(await read(mapped, `http://127.0.0.1:${port}/x`)).toMatchObject({ text: 'said\n', exitCode: 0 });
    await expect(read(mapped, `http://127.0.0.1:${port + 1}/x`)).rejects.toMatchObject(refusal);
    expect(await read(probeOf({ allow: 'any', map: {} }), url)).toMatchObject({ text: 'said\n' });
  });

  it('is the address that was checked, under the name that was asked for', async () => {
    let looks = 0;
    const probe = createHttpProbe({
      policy: { allow: [], map: { 'localhost:8000': `http://web.test:${port}` } },
      lookUp: async () => {
        looks++;
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });

    expect(await read(probe, `http://web.test:${port}/x`)).toMatchObject({ exitCode: 0 });
    expect(received).toEqual([`GET web.test:${port} /x `]);
    expect(looks).toBe(1);
  });

  it('is nowhere when the name stands for nothing', async () => {
    const probe = createHttpProbe({
      policy: { allow: ['web.test'], map: {} },
      lookUp: async () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
    });

    expect(await read(probe, 'http://web.test/')).toEqual({
      text: 'curl: (6) Could not resolve host: web.test\n',
      errorText: 'curl: (6) Could not resolve host: web.test\n',
      exitCode: 6,
      truncated: false,
    });
  });
});

it('keeps no more of an answer than it may', async () => {
  const probe = probeOf({ allow: 'any', map: {} });

  const answer = await probe.read(get(`http://localhost:${port}/`), { ...context, textLimit: 3 });

  expect(answer).toEqual({ text: 'sai', exitCode: 0, truncated: true });
});

describe('a request that changes something', () => {
  const post = (): HttpSendAction<string> => ({
    type: 'http-send',
    method: 'POST',
    url: `http://localhost:${port}/config`,
    headers: [{ name: 'Content-Type', value: 'application/json' }],
    body: '{"value": 16}',
    print: 'body',
    program: 'curl',
  });
  const probe = (): HttpProbe => probeOf({ allow: 'any', map: {} });
  const planContext = { defaultNamespace: 'none', protectedNamespaces: [], podsPerPlan: 1, now: new Date() };

  async function planned(): Promise<EffectPlan> {
    const action = post();
    const resolution = await probe().resolve(action, planContext);
    if (resolution.kind !== 'resolved') throw new Error(resolution.text);
    const { target, changes, class: actionClass } = resolution.facts;
    return { id: 'plan-1', action, class: actionClass, target, changes };
  }

  async function sent() {
    const plan = await planned();
    const prepared = await probe().prepare(plan);
    if (prepared.kind !== 'ready') throw new Error(prepared.kind);
    return probe().send(plan, prepared.request, { auditId: 'a', timeoutMs: 5_000 });
  }

  it('is planned as destructive, without an undo, and nothing is sent', async () => {
    const resolution = await probe().resolve(post(), planContext);

    expect(resolution).toMatchObject({
      kind: 'resolved',
      facts: {
        class: 'destructive',
        undo: { kind: 'none' },
        preview: { kind: 'none' },
        changes: [
          { label: 'request', after: `POST http://localhost:${port}/config` },
          { label: 'header Content-Type', after: 'application/json' },
          { label: 'body', after: '{"value": 16}' },
        ],
      },
    });
    expect(received).toEqual([]);
  });

  it('is sent once, with what curl would print', async () => {
    expect(await sent()).toEqual({
      kind: 'accepted',
      status: 200,
      differences: [],
      output: { text: 'said\n', exitCode: 0 },
    });
    expect(received).toEqual([`POST localhost:${port} /config {"value": 16}`]);
  });

  it.each([
    [201, 'accepted'],
    [303, 'accepted'],
    [400, 'rejected'],
    [404, 'rejected'],
    [307, 'rejected'],
    [302, 'ambiguous'],
    [408, 'ambiguous'],
    [500, 'ambiguous'],
    [503, 'ambiguous'],
  ])('answered with %s is %s', async (code, kind) => {
    status = code;

    expect(await sent()).toMatchObject({ kind, status: code });
    expect(received).toHaveLength(1);
  });

  it('may have happened when the connection ends without an answer, and nobody can tell', async () => {
    const plan = await planned();
    status = 0;

    expect(await sent()).toMatchObject({ kind: 'ambiguous' });
    expect(received).toHaveLength(1);
    expect(await probe().readBack(plan, { method: 'POST', path: '', contentType: '', body: '' })).toMatchObject({
      kind: 'moved',
    });
  });

  it('has certainly not happened when nobody listens', async () => {
    const plan = await planned();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    const prepared = await probe().prepare(plan);

    if (prepared.kind !== 'ready') throw new Error(prepared.kind);
    expect(await probe().send(plan, prepared.request, { auditId: 'a', timeoutMs: 5_000 })).toMatchObject({
      kind: 'rejected',
      status: 0,
    });
  });

  it('is not sent with a header that nobody can send, and the process lives on', async () => {
    const plan = await planned();
    const action = { ...post(), headers: [{ name: 'X-Note', value: '“hi” 日本' }] };
    const request = { method: 'POST' as const, path: action.url, contentType: '', body: action.body ?? '' };

    expect(await probe().send({ ...plan, action }, request, { auditId: 'a', timeoutMs: 5_000 })).toMatchObject({
      kind: 'rejected',
      text: expect.stringContaining('Nothing was sent'),
    });
    expect(received).toEqual([]);
  });

  it('is not sent to what was taken off the list, nor when the stored bytes are others', async () => {
    const plan = await planned();
    const prepared = await probe().prepare(plan);
    if (prepared.kind !== 'ready') throw new Error(prepared.kind);

    const strict = probeOf({ allow: [], map: {} });
    expect(await strict.send(plan, prepared.request, { auditId: 'a', timeoutMs: 5_000 })).toMatchObject({
      kind: 'rejected',
      status: 0,
    });
    const other = { ...prepared.request, body: '{"value": 17}' };
    expect(await probe().send(plan, other, { auditId: 'a', timeoutMs: 5_000 })).toMatchObject({
      kind: 'rejected',
      status: 0,
    });
    expect(received).toEqual([]);
  });
});
