/** The Docker adapter on a real engine, next to docker's own command line. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDocker, type Docker as Adapter } from '../../src/adapters/docker/docker.ts';
import type { ChangeAction, DockerChangeAction } from '../../src/domain/change-action.ts';
import type { DockerReadAction } from '../../src/domain/read-action.ts';
import type { EffectPlan, ReadAnswer } from '../../src/flow/ports.ts';
import { runReading } from '../../src/flow/reach.ts';
import { compileCommand } from '../../src/runbook/command.ts';
import { eventually } from '../eventually.ts';
import { type Docker, startDocker } from './docker.ts';

const image = 'firebreak-test-busybox';
let docker: Docker;
let adapter: Adapter;

/** Compose's own labels; the plug-in itself is not needed for them. */
const composed = (service: string, number: number, depends = ''): string[] =>
  Object.entries({
    'com.docker.compose.project': 'shop',
    'com.docker.compose.service': service,
    'com.docker.compose.container-number': String(number),
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.depends_on': depends,
  }).flatMap(([key, value]) => ['--label', `${key}=${value}`]);

async function start(name: string, script: string, ...options: string[]): Promise<void> {
  await docker.run(
    'run',
    '-d',
    '--network',
    'host',
    '--name',
    name,
    ...options,
    image,
    '/bin/busybox',
    'sh',
    '-c',
    script,
  );
}

/** Ends when it is told to. */
const waiting = 'trap "exit 0" TERM; while :; do /bin/busybox sleep 0.1; done';

beforeAll(async () => {
  docker = await startDocker();
  const root = mkdtempSync(join(tmpdir(), 'firebreak-busybox-'));
  try {
    cpSync('/bin/busybox', join(root, 'busybox'), { dereference: true });
    writeFileSync(join(root, 'Dockerfile'), 'FROM scratch\nCOPY busybox /bin/busybox\n');
    await docker.run('build', '--network', 'none', '-t', image, root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  adapter = createDocker({ host: docker.host, clock: { now: () => new Date() } });
  await start('talker', 'echo one; echo two >&2; echo "{\\"a\\": 1}"; echo last');
  await start('terminal', 'echo colours; echo more', '-t');
  await start('web', waiting, '-e', 'NUMBER=12345678901234567890');
  await start(
    'shop-app-1',
    `echo ready; /bin/busybox sleep 0.3; echo slow inference >&2; ${waiting}`,
    ...composed('app', 1),
  );
  await start('shop-worker-1', waiting, ...composed('worker', 1));
  await start('shop-worker-2', waiting, ...composed('worker', 2));
  await start('own-name', waiting, ...composed('db', 1, 'app:service_started:false'));
  await eventually('talker has ended', async () => (await docker.run('ps', '-q', '-f', 'name=talker')) === '');
});

afterAll(async () => {
  await adapter.close();
  await docker.run('rm', '-f', 'talker', 'terminal', 'web', 'shop-app-1', 'shop-worker-1', 'shop-worker-2', 'own-name');
  await docker.close();
});

function real(line: string): Promise<{ text: string; exitCode: number }> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', line], { env: { ...process.env, DOCKER_HOST: docker.host } }, (error, stdout) => {
      resolve({ text: stdout, exitCode: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}

async function ours(line: string): Promise<ReadAnswer> {
  const compiled = compileCommand(line);
  if (compiled.kind === 'manual') throw new Error(`${line}: ${compiled.reason.text}`);
  // These are reads without parameters, and no cluster is asked.
  return runReading({ docker: adapter } as never, compiled.action as DockerReadAction<string>, {
    defaultNamespace: 'none',
    signal: AbortSignal.timeout(20_000),
    textLimit: 1024 * 1024,
  });
}

const out = ({ text, errorText = '' }: ReadAnswer): string => text.slice(0, text.length - errorText.length);

describe('reads', () => {
  it.each([
    'docker logs talker | grep -n o',
    'docker logs talker 2>&1 | sort',
    'docker logs talker 2>/dev/null',
    'docker logs --tail 1 talker | head -1',
    'docker logs --since 1h talker | tail -2',
    'docker logs --since 1h -t terminal | wc -l',
    'docker logs terminal',
    'docker logs nosuch | head -3',
    'docker inspect web',
    'docker inspect talker terminal',
    'docker inspect nosuch',
    'docker inspect web | grep -c NUMBER=12345678901234567890',
    `docker inspect ${image} | head -5`,
  ])('%s prints what docker prints', async (line) => {
    const theirs = await real(line);

    const answer = await ours(line);

    expect({ text: out(answer), exitCode: answer.exitCode }).toEqual(theirs);
  });

  it('shows both streams of a container, and says which is which where a pipe needs it', async () => {
    expect((await ours('docker logs talker')).text.split('\n').toSorted()).toEqual([
      '',
      'last',
      'one',
      'two',
      '{"a": 1}',
    ]);
    expect(await ours('docker logs talker | grep one')).toMatchObject({ text: 'one\ntwo\n', errorText: 'two\n' });
  });

  it('reads a log that is followed for as long as it may', async () => {
    expect(await ours('docker logs -f shop-app-1')).toMatchObject({ exitCode: 0, truncated: false });
  });

  it('prints the logs of a compose service as compose does, both streams alike', async () => {
    expect((await ours('docker-compose logs app')).text).toBe('app-1  | ready\napp-1  | slow inference\n');
    expect((await ours('docker compose logs app | grep -c "slow.*inference"')).text).toBe('1\n');
    expect(await ours('docker-compose logs nosuch')).toMatchObject({ exitCode: 1, text: 'no such service: nosuch\n' });
    expect(await ours('docker-compose -p other logs app')).toMatchObject({ exitCode: 1 });
  });

  it('lists containers, images and what they use', async () => {
    const ps = (await ours('docker ps')).text;
    expect(ps).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES\n/);
    expect(ps).toMatch(/\bUp .*\bweb\n/);
    expect(ps).not.toContain('talker');
    expect((await ours('docker ps -a')).text).toMatch(/Exited \(0\).*talker/);
    expect((await ours('docker-compose ps')).text).toMatch(/shop-worker-2 .*worker/);
    expect((await ours('docker images')).text).toContain(image);
    expect((await ours('docker stats web')).text).toMatch(/web +\d+\.\d\d% +[\d.]+\w+ \/ [\d.]+\w+ +\d+\.\d\d% +\d+\n/);
    expect(await ours('docker stats nosuch')).toMatchObject({ exitCode: 1 });
  });
});

const planContext = { defaultNamespace: 'none', protectedNamespaces: [], podsPerPlan: 1, now: new Date() };

async function plan(line: string): Promise<EffectPlan | string> {
  const compiled = compileCommand(line);
  if (compiled.kind === 'manual') throw new Error(`${line}: ${compiled.reason.text}`);
  // These are changes of containers without parameters.
  const action = compiled.action as ChangeAction & DockerChangeAction<string>;
  const resolution = await adapter.resolve(action, planContext);
  if (resolution.kind !== 'resolved') return `${resolution.kind}: ${resolution.text}`;
  const { target, changes, class: actionClass } = resolution.facts;
  return { id: 'plan-1', action, class: actionClass, target, changes };
}

async function planned(line: string): Promise<EffectPlan> {
  const made = await plan(line);
  if (typeof made === 'string') throw new Error(made);
  return made;
}

async function carryOut(made: EffectPlan) {
  const prepared = await adapter.prepare(made);
  if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
  return {
    request: prepared.request,
    answer: await adapter.send(made, prepared.request, { auditId: 'a', timeoutMs: 8000 }),
  };
}

const stateOf = async (name: string, field: string): Promise<string> =>
  (await docker.run('inspect', '-f', `{{.State.${field}}}`, name)).trim();

describe('changes', () => {
  it('restarts a container once, and knows it afterwards', async () => {
    const before = await stateOf('web', 'StartedAt');
    const made = await planned('docker restart web');
    expect(made).toMatchObject({ class: 'destructive', target: { kind: 'Container', name: 'web' } });

    const { request, answer } = await carryOut(made);

    expect(answer).toMatchObject({ kind: 'accepted', status: 204 });
    expect(await stateOf('web', 'StartedAt')).not.toBe(before);
    expect(await adapter.readBack(made, request)).toMatchObject({ kind: 'landed' });
    expect(await adapter.observe(made)).toMatchObject({ state: 'done', text: 'The container runs.' });
    expect(await adapter.prepare(made)).toMatchObject({ kind: 'refused' });
  });

  it('stops and starts the container of a compose service', async () => {
    expect(await plan('docker-compose start app')).toMatch(/^no-change: shop-app-1 is running already/);
    expect((await carryOut(await planned('docker-compose stop -t 2 app'))).answer.kind).toBe('accepted');
    expect(await stateOf('shop-app-1', 'Running')).toBe('false');
    expect(await plan('docker-compose stop app')).toMatch(/^no-change/);

    const { answer } = await carryOut(await planned('docker-compose up -d app'));

    expect(answer.kind).toBe('accepted');
    expect(await stateOf('shop-app-1', 'Running')).toBe('true');
  });

  it('refuses what only the compose file can say', async () => {
    expect(await plan('docker-compose up -d nosuch')).toMatch(/^refused: .*compose file/);
    expect(await plan('docker-compose up -d app')).toMatch(/^refused: shop-app-1 is running/);
    expect(await plan('docker-compose restart worker')).toMatch(/^refused: .*has 2 containers/);
    expect(await plan('docker restart nosuch')).toMatch(/^refused: .*No such container/);
  });

  it('does not start what depends on something that is down', async () => {
    await docker.run('stop', '-t', '1', 'own-name', 'shop-app-1');

    expect(await plan('docker-compose up -d db')).toMatch(/^refused: own-name depends on app/);
    expect(typeof (await plan('docker-compose up -d --no-deps db'))).toBe('object');

    await docker.run('start', 'shop-app-1');
    expect(typeof (await plan('docker-compose up -d db'))).toBe('object');
  });

  it('sends nothing when the container is another one by then', async () => {
    const made = await planned('docker stop shop-worker-1');
    await docker.run('rm', '-f', 'shop-worker-1');
    await start('shop-worker-1', waiting, ...composed('worker', 1));

    expect(await adapter.prepare(made)).toMatchObject({ kind: 'refused' });
  });

  it('says that a host does not answer', async () => {
    const nowhere = createDocker({ host: 'tcp://127.0.0.1:1', clock: { now: () => new Date() } });

    await expect(nowhere.observe(await planned('docker restart web'))).rejects.toMatchObject({
      code: 'source-unavailable',
    });
    await nowhere.close();
  });
});
