import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type DemoServer, startDemoServer } from '../../../src/sandbox/demo/server.ts';
import { type SandboxSlack, startSlack } from '../../../src/sandbox/slack/start.ts';
import { fakeHost } from './host.ts';
import { ask } from './page.ts';

const key = 'c0ffee'.repeat(8);
let slack: SandboxSlack;
let server: DemoServer;
let asked: string[];

beforeEach(async () => {
  slack = await startSlack({ rateLimits: 'off' });
  const fake = fakeHost(slack);
  asked = fake.asked;
  server = await startDemoServer(fake.host, { key });
});
afterEach(async () => {
  await server.stop();
  await slack.stop();
});

const json = { 'content-type': 'application/json' };
const gesture = { method: 'POST', headers: json, body: JSON.stringify({ as: 'U0ALICE', do: 'verify-journal' }) };
const cookieFor = (value: string) => ({ cookie: `other=1; firebreak-demo-${server.port}=${value}` });

it.each([
  ['the page', '/', {}],
  ['one of its files', '/page/main.ts', {}],
  ['what happens', '/live?as=U0ALICE', {}],
  ['what happens, with the key in that address', `/live?as=U0ALICE&key=${key}`, {}],
  ['a gesture', '/do', gesture],
  ['a gesture with the key in its address', `/do?key=${key}`, gesture],
  ['the page with half of the key', `/?key=${key.slice(24)}`, {}],
  ['the page with no letter of the key', '/?key=', {}],
])('a demo with a key refuses %s to whoever does not have it, and says how to come in', async (_what, path, sent) => {
  const answer = await ask(server.url, path, sent);

  expect(answer.status).toBe(403);
  expect(answer.text).toContain('Open the address that the terminal shows');
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(asked).toEqual([]);
});

it('a demo with a key takes it once from the address, and then from a cookie that no script can read', async () => {
  const { pathname, search } = new URL(server.url);

  const entered = await ask(server.url, pathname + search);
  const [cookie = ''] = [entered.headers['set-cookie']].flat().map(String);
  const headers = { cookie: cookie.split(';', 1)[0] ?? '' };
  const page = await ask(server.url, '/', { headers });
  const done = await ask(server.url, '/do', { ...gesture, headers: { ...json, ...headers } });
  const wrong = await ask(server.url, '/do', { ...gesture, headers: { ...json, ...cookieFor(`${key}0`) } });

  expect(entered).toMatchObject({ status: 303, headers: { location: '/' }, text: '' });
  expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  expect([page.status, done.status, wrong.status]).toEqual([200, 200, 403]);
  expect(asked).toEqual(['verify']);
});

it('a demo with a key refuses other web pages even when the browser knows the key', async () => {
  const answer = await ask(server.url, '/', { headers: { ...cookieFor(key), origin: 'https://evil.example.com' } });

  expect(answer.status).toBe(403);
  expect(answer.text).toContain('Another web page asked');
});
