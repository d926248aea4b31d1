/** Which rights are asked for, of whom, and what people read when one is missing. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAccess } from '../../../src/adapters/kubernetes/access/access.ts';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { openConnection } from '../../../src/adapters/kubernetes/connection.ts';
import type { ClusterChange, ObjectChange } from '../../../src/domain/change-action.ts';
import { isSingle } from '../../../src/domain/change-action.ts';
import type { Cluster, EffectPlan } from '../../../src/flow/ports.ts';
import { isEffect } from '../../../src/sandbox/kubernetes/audit.ts';
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

let sandbox: SandboxKubernetes;
const opened: Cluster[] = [];
beforeAll(async () => {
  sandbox = await startKubernetes({ rolloutMs: 10, terminateMs: 10 });
  sandbox.world.namespace('shop');
  sandbox.programs.add({ namespace: 'shop', labels: {}, argv: ['migrate'], run: () => ({ out: 'done\n' }) });
});
beforeEach(async () => {
  sandbox.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 2 });
  await sandbox.settle();
});
afterEach(async () => {
  sandbox.deny.splice(0);
  sandbox.faults.clear();
  sandbox.world.remove('deployments', 'shop', 'web');
  for (const cluster of opened.splice(0)) await cluster.close();
});
afterAll(() => sandbox.stop());

const open = (over: Partial<Parameters<typeof connectCluster>[0]> = {}): Cluster => {
  const log = createRecordingLog();
  const cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log, ...over });
  opened.push(cluster);
  return cluster;
};
const context = { defaultNamespace: 'shop', protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
const scale: ObjectChange = { type: 'scale', target: { resource: 'deployments', name: 'web' }, replicas: 3 };
const podName = (): string => sandbox.world.list('pods', 'shop')[0]?.metadata.name ?? '';
const alice = { user: 'oidc:alice@example.com', groups: ['oncall', 'sre'] };
const impersonate = { prefix: 'oidc:', groups: ['oncall', 'sre'] };

async function planOf(cluster: Cluster, action: ClusterChange): Promise<EffectPlan> {
  const resolution = await cluster.resolve(action, context);
  if (resolution.kind !== 'resolved' || !isSingle(action)) throw new Error(JSON.stringify(resolution));
  const { target, changes, class: planClass } = resolution.facts;
  return { id: `plan-${randomUUID()}`, action, class: planClass, target, changes };
}
const configMap: ObjectChange = {
  type: 'create',
  target: { resource: 'configmaps', name: 'fresh' },
  manifest: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'fresh' }, data: { mode: 'fast' } },
};
const exec = (): ObjectChange => ({ type: 'exec', target: { resource: 'pods', name: podName() }, argv: ['migrate'] });

const denials: [string, () => ClusterChange, string, string][] = [
  ['a patch', () => scale, 'patch', 'deployments'],
  ['a delete', () => ({ type: 'delete', target: { resource: 'deployments', name: 'web' } }), 'delete', 'deployments'],
  ['an eviction', () => ({ type: 'evict', target: { resource: 'pods', name: podName() } }), 'create', 'pods/eviction'],
  ['a new object', () => configMap, 'create', 'configmaps'],
  ['a command, which has no dry run', exec, 'get', 'pods/exec'],
];

describe('at plan time', () => {
  it.each(denials)('%s without the right is refused, with its name', async (_, action, verb, resource) => {
    sandbox.deny.push({ verb: verb as 'get', resource, namespace: 'shop' });

    expect(await open().resolve(action(), context)).toEqual({
      kind: 'refused',
      text: `The account of cluster main may not ${verb} ${resource} in shop. \`firebreak rbac\` prints the rights that it needs.`,
    });
  });

  it('an operator is told about their own account', async () => {
    sandbox.deny.push({ verb: 'patch', resource: 'deployments' });

    expect(await open({ isOperators: true }).resolve(scale, context)).toEqual({
      kind: 'refused',
      text: 'Your account on cluster main may not patch deployments in shop. Ask whoever runs the cluster for that right, or use another context.',
    });
  });

  it('what is not there, or has nothing to change in it, is still said first', async () => {
    sandbox.deny.push({ verb: 'patch', resource: 'deployments' });
    const gone: ObjectChange = { ...scale, target: { resource: 'deployments', name: 'gone' } };

    expect(await open().resolve(gone, context)).toMatchObject({ text: expect.stringContaining('no Deployment gone') });
  });

  it('one review is enough for several objects of a kind', async () => {
    const cluster = open();
    const before = sandbox.audit.length;

    const found = await cluster.resolve(
      { type: 'each', kind: { resource: 'pods' }, change: { type: 'delete-pod' }, selector: 'app=web' },
      context,
    );

    const reviews = sandbox.audit
      .slice(before)
      .filter(({ requestURI }) => requestURI.endsWith('/selfsubjectaccessreviews'));
    expect(found.kind).toBe('resolved');
    expect(reviews.length).toBeLessThanOrEqual(2);
  });

  it('a server that has no reviews refuses nothing by that', async () => {
    sandbox.faults.add({ kind: 'status', code: 403, path: 'selfsubjectaccessreviews', times: 9 });

    expect(await open().resolve(scale, context)).toMatchObject({ kind: 'resolved' });
  });

  it.each([
    ['no', { status: { allowed: false } }, expect.stringContaining('may not patch deployments')],
    ['that a webhook did not answer', { status: { allowed: false, evaluationError: 'webhook: timeout' } }, undefined],
    ['nothing', { kind: 'SelfSubjectAccessReview' }, undefined],
  ])('only a "no" is one: a review that says %s', async (_, review, denied) => {
    const connection = openConnection({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop') });
    const request = async () => ({ status: 201, body: JSON.stringify(review), truncated: false });
    const access = createAccess({ ...connection, request }, {});
    const needed = [{ verb: 'patch', group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web' }];

    expect(await access.whyDenied(needed)).toEqual(denied);
    expect(await access.whyDeniedNow(needed, undefined)).toEqual(denied);
    await connection.close();
  });

  it('whether the account may act as anybody is asked, and who approves is told', async () => {
    const cluster = open({ impersonate });

    const fine = await cluster.resolve(scale, context);
    sandbox.deny.push({ verb: 'impersonate', resource: 'users' });
    const users = await open({ impersonate }).resolve(scale, context);
    sandbox.deny.splice(0, 1, { verb: 'impersonate', resource: 'groups' });
    const groups = await open({ impersonate }).resolve(scale, context);

    expect(fine).toMatchObject({
      facts: {
        warnings: expect.arrayContaining([expect.stringContaining('in the name of the person whose approval')]),
      },
    });
    expect(users).toMatchObject({ text: expect.stringContaining('may not act as the people who approve') });
    expect(groups).toMatchObject({ text: expect.stringContaining('may not act as members of oncall') });
  });
});

describe('before the request goes out', () => {
  it.each(denials)(
    '%s whose right was taken away is refused, and nothing is sent',
    async (_, action, verb, resource) => {
      const cluster = open();
      const plan = await planOf(cluster, action());
      sandbox.deny.push({ verb: verb as 'get', resource });

      expect(await cluster.prepare(plan)).toEqual({
        kind: 'refused',
        text: `The account of cluster main may not ${verb} ${resource} in shop. \`firebreak rbac\` prints the rights that it needs. Nothing was sent.`,
      });
    },
  );

  it('with the person who approved, their right counts and not that of the account', async () => {
    const cluster = open({ impersonate });
    const plan = await planOf(cluster, scale);
    sandbox.deny.push({ verb: 'patch', resource: 'deployments', user: alice.user });

    const denied = await cluster.prepare(plan, Promise.resolve(alice));
    sandbox.deny.splice(0, 1, { verb: 'patch', resource: 'deployments', user: 'sandbox-user' });
    const granted = await cluster.prepare(plan, Promise.resolve(alice));

    expect(denied).toEqual({
      kind: 'refused',
      text: 'oidc:alice@example.com may not patch deployments in shop on cluster main, and the change is made in the name of who approved it. Ask for that right, or let somebody else approve. Nothing was sent.',
    });
    expect(granted).toMatchObject({ kind: 'ready', request: { as: alice } });
  });

  it('an account that may not act as them is told so', async () => {
    const cluster = open({ impersonate });
    const plan = await planOf(cluster, scale);
    sandbox.deny.push({ verb: 'impersonate', resource: 'users' });

    expect(await cluster.prepare(plan, Promise.resolve(alice))).toMatchObject({
      text: expect.stringContaining('may not act as oidc:alice@example.com (impersonate users)'),
    });
  });
});

describe('the request of somebody else', () => {
  const kinds: [string, () => ObjectChange][] = [
    ['a patch', () => scale],
    ['a delete', () => ({ type: 'delete-pod', target: { resource: 'pods', name: podName() } })],
    ['an eviction', () => ({ type: 'evict', target: { resource: 'pods', name: podName() } })],
    ['a new object', () => configMap],
    ['a command', exec],
  ];

  it.each(kinds)('%s carries their name and groups, and nothing else does', async (_, action) => {
    const cluster = open({ impersonate });
    const before = sandbox.audit.length;
    const plan = await planOf(cluster, action());
    const prepared = await cluster.prepare(plan, Promise.resolve(alice));
    if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
    const auditId = randomUUID();

    const answer = await cluster.send(plan, prepared.request, { auditId, timeoutMs: 5_000 });
    await cluster.readBack(plan, prepared.request);

    const requests = sandbox.audit.slice(before);
    const theirs = requests.filter(({ impersonatedUser }) => impersonatedUser !== undefined);
    expect(answer.kind).toBe('accepted');
    expect(theirs.filter((event) => !event.requestURI.endsWith('reviews'))).toMatchObject([
      {
        auditID: auditId,
        user: { username: 'sandbox-user' },
        impersonatedUser: { username: alice.user, groups: ['oncall', 'sre', 'system:authenticated'] },
      },
    ]);
    expect(theirs.filter((event) => event.requestURI.endsWith('reviews'))).toHaveLength(1);
    expect(requests.filter((event) => isEffect(event) && event.auditID === auditId).length).toBeLessThanOrEqual(1);
    if (plan.target.name === 'fresh') sandbox.world.remove('configmaps', 'shop', 'fresh');
  });

  it('a name that could end a header is never sent', async () => {
    const cluster = open({ impersonate });
    const plan = await planOf(cluster, scale);
    const as = { user: 'alice@example.com\r\nImpersonate-Group: system:masters', groups: [] };

    await expect(cluster.prepare(plan, Promise.resolve(as))).rejects.toThrow('checked before it was stored');
  });
});
