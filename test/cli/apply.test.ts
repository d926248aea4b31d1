/** `firebreak plan` and `apply` as an operator runs them: a process of their own against the stand-in cluster. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apply } from '../../src/cli/apply.ts';
import { UsageError } from '../../src/cli/usage.ts';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
type Ended = { readonly code: number; readonly out: string; readonly err: string };

function firebreak(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const { PATH = '', HOME = '' } = process.env;
    execFile(process.execPath, [main, ...args], { env: { PATH, HOME, ...env }, timeout: 60_000 }, (error, out, err) => {
      // Of a process that ended by itself it is a number.
      resolve({ code: error ? Number(error.code ?? -1) : 0, out, err });
    });
  });
}

describe('firebreak on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-cli-'));
  const kubeconfig = join(folder, 'kubeconfig');
  let kubernetes: SandboxKubernetes;
  beforeAll(async () => {
    kubernetes = await startKubernetes({ backOffMs: 100 });
    writeFileSync(kubeconfig, kubernetes.kubeconfig('shop'));
    kubernetes.world.deployment({
      namespace: 'shop',
      name: 'web',
      image: 'workload:v1',
      replicas: 2,
      env: { DB_PASSWORD: 'hunter2hunter2', BATCH: '100' },
    });
    kubernetes.world.deployment({ namespace: 'shop', name: 'api', image: 'workload:v1' });
    for (const name of ['web', 'api']) {
      // Without one a verification waits until they have run for a while.
      const probe = { op: 'add', path: '/spec/template/spec/containers/0/readinessProbe', value: { periodSeconds: 1 } };
      const patched = await fetch(`${kubernetes.url}/apis/apps/v1/namespaces/shop/deployments/${name}`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: JSON.stringify([probe]),
      });
      expect(patched.status).toBe(200);
    }
    await kubernetes.settle();
  }, 30_000);
  afterAll(async () => {
    await kubernetes.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: string[]) => firebreak(args, { KUBECONFIG: kubeconfig });
  const writes = () => kubernetes.audit.filter(isEffect);
  const replicas = () => kubernetes.world.get('deployments', 'shop', 'web')?.spec.replicas;

  it.each<[string, string[], RegExp]>([
    ['no --', ['kubectl', 'get', 'pods'], /Write the command after --/],
    ['nothing after --', ['--'], /Write the command after --/],
    ['a parameter without a value', ['--param', 'x', '--', 'kubectl get pods'], /NAME=VALUE/],
    ['a wait that is no number', ['--wait', 'long', '--', 'kubectl get pods'], /--wait/],
    ['waves that are no number', ['--waves', '0', '--', 'kubectl delete pods -l app=web'], /--waves wants/],
    ['waves of what deletes no pods', ['--waves', '2', '--', 'kubectl get pods'], /commands that delete pods/],
    ['a placeholder that nobody fills', ['--', 'kubectl logs <pod>'], /--param pod=….*needs a value/],
    ['a value that cannot stand there', ['--param', 'pod=../x', '--', 'kubectl logs <pod>'], /not an object name/],
  ])('refuses %s as a mistake in usage, before it asks the cluster', async (_, args, sentence) => {
    const before = kubernetes.audit.length;

    const made = apply.run(args);

    await expect(made).rejects.toThrow(UsageError);
    await expect(made).rejects.toThrow(sentence);
    expect(kubernetes.audit).toHaveLength(before);
  });

  it('exits 2 on mistakes in usage, with a sentence and the help', async () => {
    const [unsure, unknown] = await Promise.all([
      run('plan', '--yes', '--', 'kubectl get pods'),
      run('aply', '--', 'x'),
    ]);

    expect(unsure).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/--yes[^]*Usage: firebreak plan/) });
    expect(unknown).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no command "aply"') });
    expect(unsure.err).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('exits 3 on what stays manual, and says why', async () => {
    const [told, json] = await Promise.all([
      run('apply', '--yes', '--', 'kubectl edit deployment web'),
      run('plan', '--json', '--', 'kubectl get pods > pods.txt'),
    ]);

    expect(told).toMatchObject({ code: 3, out: '', err: expect.stringContaining('(edits-by-hand)') });
    expect(json.code).toBe(3);
    expect(JSON.parse(json.out)).toEqual({
      kind: 'manual',
      reason: { code: 'writes-file', text: expect.any(String) },
    });
  });

  it('prints a read as kubectl does, in words or as a pipeline, and exits as the chain would', async () => {
    const [words, none, missing, json] = await Promise.all([
      run('apply', '--', 'kubectl', 'get', 'deploy', '-o', 'name'),
      run('apply', '--', 'kubectl get deploy -o name | grep nothing'),
      run('apply', '--', 'kubectl get deploy gone'),
      run('apply', '--json', '--param', 'what=api', '--', 'kubectl get deploy <what> -o name | head -1'),
    ]);

    expect(words).toEqual({ code: 0, out: 'deployment.apps/api\ndeployment.apps/web\n', err: '' });
    expect(none).toEqual({ code: 1, out: '', err: '' });
    expect(missing).toEqual({
      code: 1,
      out: '',
      err: 'Error from server (NotFound): deployments.apps "gone" not found\n',
    });
    expect(json.code).toBe(0);
    expect(JSON.parse(json.out)).toMatchObject({
      plan: { class: 'read', action: { type: 'get' } },
      run: { outcome: 'succeeded', exitCode: 0, text: 'deployment.apps/api\n' },
    });
  }, 60_000);

  it('plans without writing, and applies nothing without --yes', async () => {
    const before = writes().length;
    const [plan, planJson, unsure] = await Promise.all([
      run('plan', '--', 'kubectl scale deployment web --replicas=5'),
      run('plan', '--json', '--', 'kubectl scale deployment web --replicas=1'),
      run('apply', '--', 'kubectl scale deployment web --replicas=5'),
    ]);

    expect(plan).toMatchObject({ code: 0, err: '' });
    expect(plan.out).toMatch(/replicas: 2 → 5/);
    expect(plan.out).toMatch(/undo: scale back to 2 replicas/);
    expect(JSON.parse(planJson.out)).toMatchObject({
      plan: { class: 'destructive', digest: expect.stringMatching(/^[0-9a-f]{64}$/), target: { name: 'web' } },
    });
    expect(unsure).toMatchObject({ code: 2, err: expect.stringContaining('Nothing was done. Add --yes') });
    expect(writes()).toHaveLength(before);
    expect(replicas()).toBe(2);
  }, 60_000);

  it('applies once with --yes, under the Audit-ID that it tells; again there is nothing to change', async () => {
    const before = writes().length;
    const applied = await run('apply', '--yes', '--wait', '30', '--', 'kubectl scale deployment web --replicas=3');
    const again = await run('apply', '--yes', '--json', '--', 'kubectl scale deployment web --replicas=3');

    expect(applied.code).toBe(0);
    expect(applied.out).toMatch(/^succeeded: /m);
    const made = writes().slice(before);
    expect(made).toHaveLength(1);
    expect(applied.out).toContain(made[0]?.auditID);
    expect(replicas()).toBe(3);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({
      run: { exitCode: 0, text: expect.stringContaining('already asks') },
    });
  }, 60_000);

  it('tells what it did as JSON, and no value that looks secret', async () => {
    const command = 'kubectl set env deployment/web DB_PASSWORD=correcthorse BATCH=50';
    const [planned, told] = [
      await run('plan', '--json', '--', command),
      await run('apply', '--yes', '--json', '--', command),
    ];

    expect(told.code).toBe(0);
    const { plan, run: made } = JSON.parse(told.out);
    expect(made).toMatchObject({
      outcome: 'succeeded',
      exitCode: 0,
      text: expect.any(String),
      auditIds: [expect.any(String)],
    });
    expect(plan.changes).toHaveLength(2);
    expect(JSON.stringify(plan)).toContain('"100"');
    for (const { out } of [planned, told]) {
      expect(out).not.toContain('hunter2');
      expect(out).not.toContain('correcthorse');
    }
    const env = kubernetes.world.get('deployments', 'shop', 'web')?.spec.template.spec.containers[0]?.env;
    expect(env).toContainEqual({ name: 'DB_PASSWORD', value: 'correcthorse' });
  }, 60_000);

  it('rolls back, deletes a pod and cordons a node as plans that say what they do', async () => {
    await run('apply', '--yes', '--wait', '30', '--', 'kubectl set env deployment/web API_TOKEN=correcthorse');
    const back = await run('plan', '--', 'kubectl rollout undo deployment/web');
    const backJson = await run('plan', '--json', '--', 'kubectl rollout undo deployment/web');
    const cordoned = await run('apply', '--yes', '--', 'kubectl cordon node-1');
    const made = await run('plan', '--', 'kubectl create configmap made --from-literal=a=b');
    const uncordoned = await run('apply', '--yes', '--json', '--', 'kubectl uncordon node-1');
    const [pod] = kubernetes.world.pods('shop', { app: 'api' });
    const name = pod?.metadata.name ?? '';
    const deleted = await run('apply', '--yes', '--wait', '30', '--', 'kubectl', 'delete', 'pod', name);

    expect(back.out).toMatch(/ReplicaSet: web-\S+ \(revision \d+\) → web-\S+ \(revision \d+\)/);
    expect(back.out).toMatch(/env API_TOKEN \(container web\): •••• → not set/);
    for (const { out } of [back, backJson]) expect(out).not.toContain('correcthorse');
    expect(JSON.parse(backJson.out).plan.changes[0]).not.toHaveProperty('before');
    expect(cordoned.out).toMatch(/^ {2}Node node-1 \(uid [^]*unschedulable: not set → true[^]*^succeeded: /m);
    expect(made.out).toMatch(/^ {2}ConfigMap \S+\/made \(new\) on /m);
    expect(JSON.parse(uncordoned.out)).toMatchObject({
      plan: { target: { kind: 'Node', name: 'node-1' } },
      run: { outcome: 'succeeded' },
    });
    expect(deleted).toMatchObject({ code: 0, err: expect.stringContaining('1 of 1 pods ready') });
    expect(deleted.out).toMatch(/cannot be undone: a deleted pod does not come back/);
    expect(kubernetes.world.get('pods', 'shop', name)).toBeUndefined();
  }, 90_000);

  it('exits 1 when the pods of a change crash, and says what undo would do and how', async () => {
    const { code, err } = await run(
      'apply',
      '--yes',
      '--wait',
      '30',
      '--',
      'kubectl set image deployment/api api=bad:v1',
    );
    const lines = err.trimEnd().split('\n');

    expect(code).toBe(1);
    expect(lines.slice(-3)).toEqual([
      expect.stringMatching(
        /^New pod api-\S+ does not stay up: CrashLoopBackOff, exit 1 after [3-9] restarts; last log line ".*"; 1 old pod still serves$/,
      ),
      expect.stringMatching(/^verification failed; undo would .*workload:v1/),
      '  firebreak apply --yes -- kubectl rollout undo deployments/api -n shop',
    ]);
  }, 60_000);

  it('deletes pods one at a time, or as --waves says, and prints what it kept of them', async () => {
    const byLabel = ['--', 'kubectl delete pods -l app=web'];
    const [planned, atOnce] = await Promise.all([run('plan', ...byLabel), run('plan', '--waves', 'all', ...byLabel)]);
    const applied = await run('apply', '--yes', ...byLabel);
    await kubernetes.settle();
    const json = await run('apply', '--yes', '--json', '--waves', 'all', ...byLabel);

    expect(planned.out).toContain('  order: one at a time\n');
    expect(atOnce.out).toContain('  order: all at once\n');
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toMatch(/kept the last 1 log line of web-\S+\n[^]*waiting: /);
    const { plan, run: ran } = JSON.parse(json.out);
    expect(plan).toMatchObject({ waves: 'all' });
    expect(ran).toMatchObject({ outcome: 'succeeded' });
    expect(ran.captures).toHaveLength(ran.parts.length);
    expect(ran.captures[0].pods).toMatchObject([{ namespace: 'shop', logs: [{ container: 'web' }] }]);
  }, 60_000);

  it('exits 1 on what the cluster refuses, with a sentence and without an effect', async () => {
    kubernetes.faults.add({ kind: 'status', code: 422, method: 'PATCH', dryRun: false });
    const refused = await run('apply', '--yes', '--json', '--', 'kubectl scale deployment api --replicas=4');
    const gone = await run('apply', '--yes', '--', 'kubectl scale deployment gone --replicas=4');
    const nowhere = await run('apply', '--kubeconfig', join(folder, 'none'), '--', 'kubectl get pods');

    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ run: { outcome: 'refused', exitCode: 1 } });
    expect(gone).toMatchObject({ code: 1, out: '', err: expect.stringContaining('There is no Deployment gone') });
    expect(nowhere.code).toBeGreaterThan(0);
    expect(nowhere.err.trim().split('\n')).toHaveLength(1);
    expect(kubernetes.world.get('deployments', 'shop', 'api')?.spec.replicas).toBe(1);
  }, 60_000);

  describe('serve', () => {
    const env = {
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
      REDIS_URL: 'redis://127.0.0.1:9',
      SLACK_BOT_TOKEN: 'xoxb-1',
      SLACK_SIGNING_SECRET: 'shhh',
    };

    it('does not start without what it needs, or with a secret that is empty: a sentence for each, exit code 2', async () => {
      const [bare, empty, role] = await Promise.all([
        firebreak(['serve']),
        firebreak(['serve'], { ...env, ALERTMANAGER_TOKEN: '' }),
        firebreak(['serve', '--role', 'boss'], env),
      ]);

      expect(bare).toMatchObject({ code: 2, out: '' });
      expect(bare.err.trim().split('\n')).toEqual([
        expect.stringContaining('DATABASE_URL is not set'),
        expect.stringContaining('SLACK_BOT_TOKEN is not set'),
        expect.stringContaining('SLACK_SIGNING_SECRET is not set'),
      ]);
      expect(empty).toMatchObject({ code: 2, out: '' });
      expect(empty.err.trim().split('\n')).toEqual([expect.stringContaining('ALERTMANAGER_TOKEN is set but empty')]);
      expect(role).toMatchObject({ code: 2, err: expect.stringContaining('--role takes edge, worker or both') });
    }, 60_000);
  });
});
