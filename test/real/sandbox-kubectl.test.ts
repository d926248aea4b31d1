/** The real kubectl against the stand-in: it notices what our own client would forgive. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';

const run = promisify(execFile);
let sandbox: SandboxKubernetes;
let folder: string;

/** What kubectl prints. `$KUBECTL` names the program, else it is looked up on the path. */
async function kubectl(line: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
  const { stdout } = await run(process.env['KUBECTL'] ?? 'kubectl', line.split(' '), { env, timeout: 30_000 });
  return stdout;
}

beforeAll(async () => {
  sandbox = await startKubernetes();
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  await writeFile(join(folder, 'kubeconfig'), sandbox.kubeconfig('shop'));
  sandbox.world.node('node-2');
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1', replicas: 3, env: { A: '1' } });
  sandbox.world.budget('shop', 'web', { app: 'web' }, { maxUnavailable: 1 });
  await sandbox.settle();
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

describe('kubectl on the stand-in', () => {
  it('prints tables, wide, by name and as a column', async () => {
    expect(await kubectl('get deploy web')).toMatch(
      /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 +\S+\n$/,
    );
    expect(await kubectl('get pods -o wide --no-headers')).toMatch(/^web-\w+-\w+ +1\/1 +Running +0 /);
    expect(await kubectl('get deploy -o name')).toBe('deployment.apps/web\n');
    expect(await kubectl('get deploy web -o jsonpath={.spec.replicas}')).toBe('3');
    expect(await kubectl('get all')).toContain('replicaset.apps/web-');
  });

  it('runs commands in containers', async () => {
    sandbox.programs.add({
      namespace: 'shop',
      labels: { app: 'web' },
      argv: ['fail'],
      run: () => ({ out: 'half\n', err: 'stuck\n', exitCode: 3 }),
    });

    expect(await kubectl('exec deploy/web -- hostname')).toMatch(/^web-\w+-\w+\n$/);
    await expect(kubectl('exec deploy/web -- fail')).rejects.toMatchObject({
      code: 3,
      stdout: 'half\n',
      stderr: 'stuck\ncommand terminated with exit code 3\n',
    });
    await expect(kubectl('exec deploy/web -- nosuch')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('executable file not found in $PATH'),
    });
    await expect(kubectl('exec deploy/web -c nope -- hostname')).rejects.toMatchObject({
      stderr: expect.stringMatching(/^Error from server \(BadRequest\): container nope is not valid for pod web-/),
    });
  });

  it.each([
    ['set env deployment/web A=2', 'deployment.apps/web env updated\n'],
    ['set image deployment/web web=shop/web:v2', 'deployment.apps/web image updated\n'],
    ['rollout undo deployment/web', 'deployment.apps/web rolled back\n'],
    ['rollout restart deployment/web', 'deployment.apps/web restarted\n'],
    ['scale deployment web --replicas=4', 'deployment.apps/web scaled\n'],
    [
      'patch deployment web -p {"spec":{"template":{"spec":{"containers":[{"name":"web","tty":true}]}}}}',
      'deployment.apps/web patched\n',
    ],
  ])('%s is done and rolls out', async (line, said) => {
    expect(await kubectl(line)).toBe(said);
    expect(await kubectl('rollout status deployment/web --timeout=20s')).toContain('successfully rolled out');
  });

  it('reads logs of a workload and of a selector', async () => {
    await sandbox.settle();

    expect(await kubectl('logs deployment/web')).toContain('msg="starting"');
    expect((await kubectl('logs -l app=web')).trimEnd().split('\n')).toHaveLength(4);
  });

  it('describes, cordons, drains within the budget, and lets go', async () => {
    expect(await kubectl('describe deployment web')).toContain('NewReplicaSet:   web-');
    expect(await kubectl('drain node-1 --ignore-daemonsets')).toContain('node/node-1 drained');
    expect(await kubectl('get node node-1')).toContain('Ready,SchedulingDisabled');
    expect(await kubectl('uncordon node-1')).toBe('node/node-1 uncordoned\n');
  });

  it('applies a file', async () => {
    const file = join(folder, 'cm.yaml');
    await writeFile(file, 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: applied }\ndata: { a: b }\n');

    expect(await kubectl(`apply -f ${file}`)).toBe('configmap/applied created\n');
    expect(await kubectl(`apply -f ${file}`)).toBe('configmap/applied unchanged\n');
  });

  it('deletes every pod of a selector, and they come back', async () => {
    expect((await kubectl('delete pods -l app=web')).trimEnd().split('\n')).toHaveLength(4);
    await sandbox.settle();
    expect(await kubectl('get deploy web --no-headers')).toMatch(/^web +4\/4/);
  });
});
