import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DemoServer, startDemoServer } from '../../../src/sandbox/demo/server.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { fakeHost } from './host.ts';
import { ask, watch, type Watching } from './page.ts';

let slack: SandboxSlack;
let server: DemoServer;

beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off' });
  server = await startDemoServer(fakeHost(slack).host);
});
afterEach(async () => {
  await server.stop();
  await slack.stop();
});

const navigated = { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
const json = { 'content-type': 'application/json' };
const home = JSON.stringify({ as: 'U0ALICE', do: 'home' });

describe('the demo’s files', () => {
  it('are the page, with a nonce of its own each time and nothing from elsewhere', async () => {
    const [first, second] = [await ask(server.url, '/'), await ask(server.url, '/')];

    const [, nonce] = /nonce="([^"]+)"/.exec(first.text) ?? [];
    expect(first).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining(`script-src 'self' 'nonce-${nonce}'`),
      },
    });
    expect(first.headers['content-security-policy']).toMatch(/^default-src 'self'; .*frame-ancestors 'none'$/);
    expect(first.text).not.toContain('__NONCE__');
    expect(second.text).not.toContain(String(nonce));
  });

  it('are TypeScript with its types stripped, as it is now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'demo-page-'));
    const page = join(folder, 'part', 'look.ts');
    await mkdir(join(folder, 'part'));
    await writeFile(
      page,
      "import type { Key } from '../protocol.ts';\nexport const at = (key: Key): number => key.length;\n",
    );
    const own = await startDemoServer(fakeHost(slack).host, { folder });

    const before = await ask(own.url, '/page/part/look.ts');
    await writeFile(page, 'export const now = 1;\n');
    await utimes(page, 1, 1);
    const after = await ask(own.url, '/page/part/look.ts');
    const missing = await ask(own.url, '/');
    await own.stop();
    await rm(folder, { recursive: true });

    expect(before).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } });
    expect(before.text).toMatch(/^\s+export const at = \(key\s+\)\s+=> key\.length;\n$/);
    expect(after.text).toBe('export const now = 1;\n');
    expect(missing).toMatchObject({ status: 404, text: expect.stringContaining('There is no / here') });
  });

  it('are lit-html as browsers take it', async () => {
    const library = await ask(server.url, '/vendor/lit-html/lit-html.js');
    const directive = await ask(server.url, '/vendor/lit-html/directives/repeat.js');

    expect(library).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript; charset=utf-8' } });
    expect(library.text).toContain('document');
    expect(library.text).not.toContain('node:');
    expect(directive.status).toBe(200);
  });

  it.each([
    '/page/../server.ts',
    '/page/%2e%2e/server.ts',
    '/page/..%2fserver.ts',
    '/page/./main.ts%00.css',
    '/page/tsconfig.json',
    '/page/',
    '/page/none.ts',
    '/page/main.ts/x.ts',
    '/vendor/lit-html/package.json',
    '/vendor/lit-html/node/lit-html.js',
    '/vendor/lit-html/../zod/index.js',
    '/vendor/zod/index.js',
    '/protocol.ts',
    '//etc/passwd',
    '/constructor',
  ])('are not %s', async (path) => {
    const answer = await ask(server.url, path);

    expect(answer.status).toBe(404);
    expect(answer.text).toMatch(/^There is no /);
  });
});

describe('the demo’s server', () => {
  it.each([
    ['a name that points at this machine', '/', { headers: { host: 'rebound.example.com' } }],
    ['another port’s name', '/', { headers: { host: '127.0.0.1:1' } }],
    ['another web page', '/live?as=U0ALICE', { headers: { origin: 'https://evil.example.com' } }],
    ['a form of another page', '/do', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: home }],
    ['an image of another page', '/live?as=U0ALICE', { headers: { 'sec-fetch-site': 'cross-site' } }],
    ['a frame of a page on another port', '/', { headers: { ...navigated, 'sec-fetch-dest': 'iframe' } }],
    ['a page without an origin', '/do', { method: 'POST', headers: { ...json, origin: 'null' }, body: home }],
  ])('refuses %s with a sentence', async (_who, path, sent) => {
    const answer = await ask(server.url, path, sent);

    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(/[a-z]\./);
    expect(slack.answers).toEqual([]);
  });

  it('takes its own page by both of this machine’s names', async () => {
    const localhost = `localhost:${server.port}`;

    const own = await ask(server.url, '/', { headers: { origin: `http://127.0.0.1:${server.port}` } });
    const named = await ask(server.url, '/', { headers: { host: localhost, origin: `http://${localhost}` } });

    const linked = await ask(server.url, '/', { headers: navigated });

    expect([own.status, named.status, linked.status]).toEqual([200, 200, 200]);
  });

  it.each([
    ['{"as":', 400, 'one JSON object'],
    ['{"as":"U0ALICE","do":"dance"}', 400, 'no gesture'],
    ['{"as":"U0ALICE","do":"click","place":{"channel":"C0GENERAL"},"action":"a","block":"b"}', 400, 'place'],
    ['{"as":"U0ALICE","do":"home","more":1}', 400, 'more'],
    [JSON.stringify({ as: 'U0ALICE', do: 'say', channel: 'C0GENERAL', text: 'x'.repeat(12_001) }), 400, 'text'],
    ['x'.repeat(300_000), 413, 'more than 262144 bytes'],
  ])('says what is wrong with the gesture %j', async (body, status, text) => {
    const answer = await ask(server.url, '/do', { method: 'POST', headers: json, body });

    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ ok: false, text: expect.stringContaining(text) });
  });

  it('does not read a body to its end, however long it is', async () => {
    // As long as 4 GiB, if anybody wanted to read it.
    const endless = httpRequest(`${server.url}do`, { method: 'POST', headers: json, agent: false });
    const chunk = 'x'.repeat(256 * 1024);
    const ended = new Promise<void>((resolve) => endless.on('error', () => resolve()).on('close', () => resolve()));
    let sent = 0;
    const send = (): void => {
      if (endless.destroyed || sent > 16_384) return;
      sent += 1;
      endless.write(chunk, send);
    };
    send();

    await ended;
    expect(sent).toBeLessThan(1_000);
  });

  it('knows no other methods and addresses', async () => {
    const put = await ask(server.url, '/', { method: 'PUT' });
    const elsewhere = await ask(server.url, '/page/main.ts', { method: 'POST', headers: json, body: '{}' });
    const stranger = await ask(server.url, '/live?as=U0NOBODY');
    const notInTheCast = await ask(server.url, '/live?as=U0CAROL');

    expect([put.status, elsewhere.status, stranger.status, notInTheCast.status]).toEqual([405, 404, 404, 404]);
  });

  it('sees with the first of the cast when the page does not say with whom', async () => {
    const somebody = await watch(server.url);

    const me = await somebody.until((table) => table.get('me'));

    expect(me).toMatchObject({ id: 'U0ALICE' });
    somebody.close();
  });

  it('lets sixteen look at once, and another one when one of them left', async () => {
    const all: Watching[] = [];
    for (let count = 0; count < 16; count += 1) all.push(await watch(server.url, 'U0ALICE'));
    const oneTooMany = await watch(server.url, 'U0ALICE');
    await oneTooMany.ended;

    all[0]?.close();
    await all[0]?.ended;
    let next = await watch(server.url, 'U0BOB');
    // The server hears of the closed one a moment later than this side.
    while (next.status === 503) next = await watch(server.url, 'U0BOB');

    expect(all.map((one) => one.status)).toEqual(Array<number>(16).fill(200));
    expect(oneTooMany).toMatchObject({ status: 503, text: expect.stringContaining('Close one of them') });
    expect(next.status).toBe(200);
    for (const one of [...all, next]) one.close();
  });

  it('ends every stream when it stops, and listens to nothing any more', async () => {
    const { host, sources } = fakeHost(slack);
    const another = await startDemoServer(host);
    const watching = await watch(another.url, 'U0ALICE');

    await another.stop();

    await watching.ended;
    await expect(ask(another.url, '/')).rejects.toThrow('ECONNREFUSED');
    expect(Object.values(sources).map(({ listeners }) => listeners.size)).toEqual([0, 0, 0, 0]);
  });

  it('says that a port is taken, and holds on to nothing', async () => {
    const { host, sources } = fakeHost(slack);

    await expect(startDemoServer(host, { port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });

    expect(sources.cluster.listeners.size).toBe(0);
  });
});
