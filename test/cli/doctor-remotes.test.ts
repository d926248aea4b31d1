import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { checkRemotes } from '../../src/cli/doctor/remotes.ts';
import { parseConfig } from '../../src/config.ts';

const configOf = (service: object) =>
  // JSON is YAML.
  parseConfig(
    JSON.stringify({
      services: [
        { name: 'web', match: { app: 'web' }, namespaces: ['web'], responders: { slack: ['U0A'] }, ...service },
      ],
      policy: { approvers: { slack: ['U0B'] } },
    }),
    'firebreak.yaml',
  );

it('says nothing of what a service does not have', async () => {
  expect(await checkRemotes(configOf({}))).toEqual([]);
});

it('asks Prometheus and Docker for their version, and sends nothing to the hosts of requests', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('Api-Version', '1.44');
    response.end(
      JSON.stringify(request.url === '/v1.44/version' ? { Version: '27.1' } : { data: { version: '2.42.0' } }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // It listens on TCP.
  const here = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const found = await checkRemotes(
    configOf({
      prometheus: `http://${here}`,
      docker: { host: `tcp://${here}` },
      http: { allow: [], map: { 'localhost:8000': `http://${here}` } },
    }),
  );
  server.closeAllConnections();
  await new Promise((done) => server.close(done));

  expect(found.map(({ level, about, text }) => `${level} ${about}: ${text}`)).toEqual([
    'ok Prometheus of web: version 2.42.0',
    'ok Docker of web: version 27.1',
    'ok HTTP of web: 1 host may be asked',
  ]);
  expect(asked).toEqual(['/api/v1/status/buildinfo', '/_ping', '/v1.44/version']);
});

it('says what does not answer, and which hosts are never asked', async () => {
  const found = await checkRemotes(
    configOf({
      prometheus: 'http://127.0.0.1:1',
      docker: { host: 'unix:///nowhere.sock' },
      http: { allow: ['169.254.169.254'] },
    }),
  );

  expect(found.map(({ level, about }) => `${level} ${about}`)).toEqual([
    'fail Prometheus of web',
    'fail Docker of web',
    'warn HTTP of web',
  ]);
});
