/** The Dockerfile, built and run by a real Docker Engine as docker-compose.yml runs it: read-only, no rights, not root. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';
import { createDatabase, type TestDatabase } from './databases.ts';
import { baseImage, type Docker, makeBaseImage, startDocker } from './docker.ts';

const image = `firebreak-test:${randomUUID().slice(0, 8)}`;
const role = `firebreak_image_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
const contained = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--network', 'host'];
let docker: Docker;
let slack: SandboxSlack;
let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  docker = await startDocker();
  await makeBaseImage(docker);
  await docker.run('build', '--network', 'host', '--build-arg', `NODE_IMAGE=${baseImage}`, '-t', image, '.');
  slack = await startSlack({});
  database = await createDatabase();
  await asOwner(`create role ${role} login password 'serve'`);
  folder = mkdtempSync(join(tmpdir(), 'firebreak-image-'));
  chmodSync(folder, 0o755);
  writeFileSync(
    join(folder, 'firebreak.yaml'),
    [
      'clusters: { main: { kubeconfig: kubeconfig } }',
      'services: [{ name: shop, match: { namespace: shop }, namespaces: [shop], responders: { slack: [U0ALICE] } }]',
      'policy: { approvers: { slack: [U0BOB] } }',
      '',
    ].join('\n'),
  );
  writeFileSync(
    join(folder, 'kubeconfig'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'main', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'bot', user: { token: 'none' } }],
      contexts: [{ name: 'main', context: { cluster: 'main', user: 'bot' } }],
      'current-context': 'main',
    }),
  );
}, 300_000);

afterAll(async () => {
  await slack.stop();
  await docker.run('rmi', '-f', image, baseImage);
  await docker.close();
  await asOwner(`drop owned by ${role}`);
  await asOwner(`drop role ${role}`);
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function asOwner(statement: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

it('compiles the runbooks that it ships, on a read-only file system and without a network', async () => {
  const text = await docker.run(
    'run',
    '--rm',
    '--read-only',
    '--network',
    'none',
    image,
    'compile',
    'runbooks/largeforge.md',
  );

  expect(text).toMatch(/\d+ units: \d+ actions/);
});

it('runs as a user without rights, and holds neither tests nor development packages', async () => {
  const id = await docker.run('run', '--rm', '--network', 'none', '--entrypoint', '/bin/id', image);
  const files = await docker.run(
    'run',
    '--rm',
    '--network',
    'none',
    '--entrypoint',
    '/bin/ls',
    image,
    '.',
    'node_modules',
  );

  expect(id).toContain('uid=10001 gid=10001');
  expect(files).not.toMatch(/^(test|bench|jest|typescript|\.git)$/m);
});

it('serves until it is told to stop, with a database role that cannot rewrite the journal', async () => {
  const port = await freePort();
  const serving = new URL(database.url);
  serving.username = role;
  serving.password = 'serve';
  const environment = {
    DATABASE_URL: serving.href,
    FIREBREAK_MIGRATIONS_URL: database.url,
    REDIS_URL: process.env['REDIS_URL'] ?? '',
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    HOST: '127.0.0.1',
    PORT: String(port),
  };
  const name = `firebreak-test-${port}`;
  const variables = Object.entries(environment).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const mount = ['-v', `${folder}:/etc/firebreak:ro`, '--tmpfs', '/tmp'];
  await docker.run('run', '-d', '--name', name, ...contained, ...mount, ...variables, image);
  try {
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually('it is ready', ready, 60_000).catch(async (error: unknown) => {
      throw new Error(await docker.run('logs', name), { cause: error });
    });

    await docker.run('stop', '-t', '20', name);

    const [exitCode, logs] = await Promise.all([
      docker.run('inspect', '-f', '{{.State.ExitCode}}', name),
      docker.run('logs', name),
    ]);
    expect(exitCode.trim()).toBe('0');
    expect(logs).toContain('"msg":"stopped"');
  } finally {
    await docker.run('rm', '-f', name);
  }
});
