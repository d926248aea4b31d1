/** Trouble that a real server gives rarely: the stand-in gives it on demand. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { ApiRefusal, parseStatus } from '../../../src/adapters/kubernetes/errors.ts';
import type { ObjectChange } from '../../../src/domain/change-action.ts';
import type { Cluster, EffectPlan } from '../../../src/flow/ports.ts';
import { startKubernetes, type SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ rolloutMs: 20, terminateMs: 20 });
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('default'), log: createRecordingLog() });
});
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

let count = 0;
function deployment(env: Record<string, string> = {}): string {
  const name = `web-${++count}`;
  sandbox.world.deployment({ namespace: 'default', name, image: 'x:v1', replicas: 1, env });
  return name;
}
const setEnv = (name: string): ObjectChange => ({
  type: 'set-env',
  target: { resource: 'deployments', name },
  assignments: [{ name: 'MODE', value: 'fast' }],
});
const context = { defaultNamespace: 'default', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
const read = { defaultNamespace: 'default', signal: new AbortController().signal, textLimit: 100_000 };

async function prepared(name: string) {
  // A deployment's controller adds the first annotation; a patch built before that is rightly refused after it.
  await sandbox.settle();
  return planOf(setEnv(name));
}

async function planOf(action: ObjectChange) {
  const resolution = await cluster.resolve(action, context);
  if (resolution.kind !== 'resolved') throw new Error(resolution.text);
  const plan: EffectPlan = {
    id: randomUUID(),
    action,
    class: resolution.facts.class,
    target: resolution.facts.target,
    changes: resolution.facts.changes,
  };
  const ready = await cluster.prepare(plan);
  if (ready.kind !== 'ready') throw new Error(ready.kind);
  return { plan, request: ready.request };
}

it('names the command that says which rights are missing', () => {
  const refusal = new ApiRefusal('main', parseStatus(403, '{"kind":"Status","details":{"kind":"pods","name":"web"}}'));

  expect(refusal.message).toBe(
    'Cluster main does not allow this for pods web. `firebreak doctor` names the rights that are missing.',
  );
});

describe('the dry run', () => {
  it.each<[403 | 409 | 422, number, string]>([
    [403, 1, 'The cluster would not take this change'],
    [422, 3, 'keeps changing while it is looked at'],
    [409, 3, 'keeps changing while it is looked at'],
  ])('answered with %i refuses the plan', async (code, times, text) => {
    const name = deployment();
    sandbox.faults.add({ kind: 'status', code, method: 'PATCH', dryRun: true, times });

    expect(await cluster.resolve(setEnv(name), context)).toMatchObject({
      kind: 'refused',
      text: expect.stringContaining(text),
    });
  });

  it('that meets a moving object looks again', async () => {
    const name = deployment();
    const fault = sandbox.faults.add({ kind: 'status', code: 422, method: 'PATCH', dryRun: true, times: 1 });

    expect(await cluster.resolve(setEnv(name), context)).toMatchObject({ kind: 'resolved' });
    expect(fault.hits()).toBe(1);
  });

  it('that cannot be asked is thrown, not taken for a refusal', async () => {
    const name = deployment();
    sandbox.faults.add({ kind: 'status', code: 503, method: 'PATCH', dryRun: true, times: 1 });

    await expect(cluster.resolve(setEnv(name), context)).rejects.toMatchObject({
      code: 'cluster-unavailable',
      retryable: true,
    });
  });
});

describe('sending', () => {
  it.each([429, 500, 503, 504] as const)('answered with %i is ambiguous, and untouched', async (code) => {
    const { plan, request } = await prepared(deployment());
    sandbox.faults.add({ kind: 'status', code, method: 'PATCH', dryRun: false, times: 1 });

    expect(await cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 5_000 })).toMatchObject({
      kind: 'ambiguous',
      status: code,
    });
    expect(await cluster.readBack(plan, request)).toEqual({ kind: 'untouched' });
  });

  it.each([
    [429, 'rejected'],
    [503, 'ambiguous'],
  ] as const)(
    'of a new object answered with %i is %s, for what is not there may have come and gone',
    async (code, kind) => {
      const action: ObjectChange = {
        type: 'create',
        target: { resource: 'configmaps', name: `new-${code}` },
        manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `new-${code}` } },
      };
      const { plan, request } = await planOf(action);
      sandbox.faults.add({ kind: 'status', code, method: 'POST', dryRun: false, times: 1 });

      expect(await cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 5_000 })).toMatchObject({ kind });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
    },
  );

  it.each([403, 409, 422] as const)('answered with %i is rejected', async (code) => {
    const { plan, request } = await prepared(deployment());
    sandbox.faults.add({ kind: 'status', code, method: 'PATCH', dryRun: false, times: 1 });

    expect(await cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 5_000 })).toMatchObject({
      kind: 'rejected',
      status: code,
    });
  });

  it('that hangs after its effect is ambiguous at the time-out, and landed', async () => {
    const { plan, request } = await prepared(deployment());
    sandbox.faults.add({ kind: 'hang', afterEffect: true, method: 'PATCH', dryRun: false, times: 1 });

    expect(await cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 100 })).toMatchObject({
      kind: 'ambiguous',
    });
    expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });
  });

  it('that a mutating webhook changed says what differs', async () => {
    const { plan, request } = await prepared(deployment());
    const fault = sandbox.faults.add({
      kind: 'mutate',
      method: 'PATCH',
      dryRun: false,
      times: 1,
      change: (object) => {
        const text = JSON.stringify(object).replace('"value":"fast"', '"value":"slow"');
        Object.assign(object, JSON.parse(text));
      },
    });

    const answer = await cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 5_000 });

    fault.remove();
    expect(answer).toMatchObject({
      kind: 'accepted',
      differences: [expect.stringMatching(/^env MODE .* is "slow", not "fast" as planned/)],
    });
  });
});

describe('secrets', () => {
  it('are hidden in every form of an object that is read', async () => {
    const name = deployment({ DB_PASSWORD: 'hunter2', DATABASE_URL: 'postgres://app:hunter2@db/x', MODE: 'slow' });
    await sandbox.settle();
    const objects = [{ resource: 'deployments', name }];
    const forms = [
      { format: 'yaml' },
      { format: 'json' },
      { format: 'jsonpath', expression: '{..env}' },
      { format: 'jsonpath', expression: '{.spec.template.spec.containers[0].env[?(@.name=="DB_PASSWORD")].value}' },
      { format: 'custom-columns', expression: 'E:.spec.template.spec.containers[*].env[*].value' },
    ] as const;

    const texts = await Promise.all([
      ...forms.map((output) => cluster.read({ type: 'get', objects, output }, read)),
      cluster.read({ type: 'describe', kind: { resource: 'pods' }, names: [], selector: `app=${name}` }, read),
    ]);

    for (const { text, exitCode } of texts) {
      expect(exitCode).toBe(0);
      expect(text).toContain('(masked)');
      expect(text).not.toContain('hunter2');
    }
  });
});

describe('permissions', () => {
  it('that are missing are said as kubectl says them', async () => {
    sandbox.deny.push({ verb: '*', resource: 'pods' });

    const answer = await cluster.read(
      { type: 'get', objects: [{ resource: 'pods' }], output: { format: 'table' } },
      read,
    );

    sandbox.deny.splice(0);
    expect(answer.exitCode).toBe(1);
    expect(answer.text).toMatch(/^Error from server \(Forbidden\): pods is forbidden: /);
  });
});
