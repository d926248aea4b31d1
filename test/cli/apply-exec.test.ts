/** A command in a container from the command line: a process of its own against the stand-in cluster. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
type Ended = { readonly code: number; readonly out: string; readonly err: string };

describe('firebreak apply with a command in a container', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-exec-'));
  const kubeconfig = join(folder, 'kubeconfig');
  let kubernetes: SandboxKubernetes;
  beforeAll(async () => {
    kubernetes = await startKubernetes();
    writeFileSync(kubeconfig, kubernetes.kubeconfig('shop'));
    kubernetes.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1' });
    const inWeb = { namespace: 'shop', labels: { app: 'web' } };
    kubernetes.programs.add({
      ...inWeb,
      argv: ['migrate'],
      run: () => ({ out: 'half way\n', err: 'stuck\n', exitCode: 7 }),
    });
    kubernetes.programs.add({
      ...inWeb,
      argv: ['df'],
      run: () => ({ out: 'Use%\n', err: 'df: /x: no\n', exitCode: 1 }),
    });
    await kubernetes.settle();
  }, 30_000);
  afterAll(async () => {
    await kubernetes.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const firebreak = (...args: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      const { PATH = '', HOME = '' } = process.env;
      const env = { PATH, HOME, KUBECONFIG: kubeconfig };
      execFile(process.execPath, [main, ...args], { env, timeout: 60_000 }, (error, out, err) => {
        // Of a process that ended by itself it is a number.
        resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
      });
    });

  it('that only looks prints what kubectl prints, on the streams that kubectl takes', async () => {
    expect(await firebreak('apply', '--', 'kubectl exec deploy/web -- df -h /x')).toEqual({
      code: 1,
      out: 'Use%\n',
      err: 'df: /x: no\ncommand terminated with exit code 1\n',
    });
  });

  it('that changes something is shown first, and run only with --yes', async () => {
    const before = kubernetes.programs.ran.length;
    const planned = await firebreak('plan', '--', 'kubectl exec -it deploy/web -- migrate up');

    expect(planned).toMatchObject({
      code: 0,
      out: expect.stringContaining('command in container web: not run → migrate up'),
    });
    expect(planned.out).toContain('destructive');
    expect(planned.out).toContain('cannot be undone');
    expect(kubernetes.programs.ran).toHaveLength(before);
  });

  it('prints what it printed and exits with its code', async () => {
    const run = await firebreak('apply', '--yes', '--wait', '5', '--', 'kubectl exec deploy/web -- migrate up');

    expect(run.code).toBe(7);
    expect(run.out).toContain('half way\nstuck\nsucceeded: it was carried out and ended with exit code 7\n');
  });

  it('says the same as JSON', async () => {
    const run = await firebreak('apply', '--yes', '--json', '--', 'kubectl exec deploy/web -- migrate up');

    expect(run.code).toBe(7);
    expect(JSON.parse(run.out)).toMatchObject({
      plan: { class: 'destructive', target: { kind: 'Pod' } },
      run: { outcome: 'succeeded', exitCode: 7, output: 'half way\nstuck\n' },
    });
  });

  it('that is for a person exits 3', async () => {
    expect(await firebreak('apply', '--yes', '--', 'kubectl exec -it deploy/web -- bash')).toMatchObject({ code: 3 });
  });
});
