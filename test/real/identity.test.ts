/** Who acts on a real cluster: an account with too few rights, one that lost one, and people in whose name changes are made. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { inspectCluster } from '../../src/adapters/kubernetes/inspect.ts';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { Cluster, EffectPlan, Resolution } from '../../src/flow/ports.ts';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { createDeployment, readDeployment, readyPods } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { silent } from '../ledger.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { openOffice, type Office } from './approved-plans.ts';
import { openIdentityStage, rule } from './identity-stage.ts';

/** Who approves in an office. */
const bob = 'oidc:u0bob@example.com';
let stage: Awaited<ReturnType<typeof openIdentityStage>>;
let audit: Awaited<ReturnType<typeof openAuditLog>>;
let kubeconfigText = '';
let office: Office;
let acting: Cluster;
const opened: Cluster[] = [];

const open = (over: Partial<Parameters<typeof connectCluster>[0]> = {}): Cluster => {
  const cluster = connectCluster({ name: 'main', log: silent, kubeconfigText, ...over });
  opened.push(cluster);
  return cluster;
};
const impersonate = () => ({ prefix: 'oidc:', groups: ['everywhere', stage.group] });

beforeAll(async () => {
  [stage, audit] = await Promise.all([openIdentityStage(), openAuditLog(process.env['AUDIT_LOG'] ?? '')]);
  const reads = [
    rule('apps', 'deployments replicasets', 'get list'),
    rule('', 'pods events', 'get list'),
    rule('policy', 'poddisruptionbudgets', 'list'),
    rule('autoscaling', 'horizontalpodautoscalers', 'list'),
  ];
  await stage.grant('reads', reads, stage.bot);
  await stage.grant('uid', [rule('', 'namespaces', 'get', 'kube-system')], stage.bot, true);
  kubeconfigText = await stage.account.kubeconfig();
  await createDeployment(stage.server, 'web', { replicas: 1, containers: ['app'] });
  await readyPods(stage.server, 'web', 1);
  office = await openOffice(
    { kubeconfigText },
    {
      machines: 1,
      wrap: () => (acting = connectCluster({ name: 'main', log: silent, kubeconfigText, impersonate: impersonate() })),
    },
  );
}, 60_000);
afterEach(async () => {
  for (const cluster of opened.splice(0)) await cluster.close();
});
afterAll(async () => {
  await office.close();
  await stage.close();
});

const context = () => ({
  defaultNamespace: stage.namespace,
  protectedNamespaces: [],
  podsPerPlan: 50,
  now: new Date(),
});
const scale = (replicas: number): ObjectChange => ({
  type: 'scale',
  target: { resource: 'deployments', name: 'web' },
  replicas,
});
const resolve = (cluster: Cluster, action: ObjectChange): Promise<Resolution> => cluster.resolve(action, context());
/** Roles reach the authorizer a moment after they are stored. */
const resolved = (cluster: Cluster, action: ObjectChange) =>
  eventually('the change is allowed', async () => {
    const resolution = await resolve(cluster, action);
    return resolution.kind === 'resolved' ? resolution.facts : undefined;
  });

async function planOf(cluster: Cluster, action: ObjectChange & EffectPlan['action']): Promise<EffectPlan> {
  const { target, changes, class: planClass } = await resolved(cluster, action);
  return { id: `plan-${randomUUID()}`, action, class: planClass, target, changes };
}
const patches = rule('apps', 'deployments', 'patch');
const mayNotPatch = (): string => `The account of cluster main may not patch deployments in ${stage.namespace}.`;

it('an account without the right is told before anybody votes', async () => {
  expect(await resolve(open(), scale(2))).toEqual({
    kind: 'refused',
    text: `${mayNotPatch()} \`firebreak rbac\` prints the rights that it needs.`,
  });
});

it('a right that was taken away since the plan refuses the change, and nothing is sent', async () => {
  await stage.grant('patches', [patches], stage.bot);
  const cluster = open();
  const plan = await planOf(cluster, scale(2));
  expect(await cluster.prepare(plan)).toMatchObject({ kind: 'ready' });

  await stage.revoke('patches');

  const refusal = await eventually('the right is gone', async () => {
    const prepared = await cluster.prepare(plan);
    return prepared.kind === 'refused' ? prepared.text : undefined;
  });
  expect(refusal).toBe(`${mayNotPatch()} \`firebreak rbac\` prints the rights that it needs. Nothing was sent.`);
});

it('a context that points elsewhere refuses', async () => {
  await stage.grant('elsewhere', [patches], stage.bot);
  const plan = await planOf(open(), scale(2));
  const sandbox = await startKubernetes();
  try {
    sandbox.world.deployment({ namespace: stage.namespace, name: 'web', image: 'workload:v1', replicas: 1 });
    const both: unknown = {
      ...JSON.parse(kubeconfigText),
      contexts: [{ name: 'there', context: { cluster: 'there', user: 'u' } }],
      clusters: [{ name: 'there', cluster: { server: sandbox.url } }],
    };

    expect(await open({ kubeconfigText: JSON.stringify(both), context: 'there' }).prepare(plan)).toEqual({
      kind: 'refused',
      text: 'main is another cluster now than the one the plan was made for. Nothing was sent.',
    });
    expect(sandbox.audit.filter(isEffect)).toEqual([]);
  } finally {
    await sandbox.stop();
    await stage.revoke('elsewhere');
  }
});

it('an account that may act as nobody is told before anybody votes', async () => {
  await stage.grant('bot-patches', [patches], stage.bot);
  await resolved(open(), scale(2));

  expect(await resolve(acting, scale(2))).toEqual({
    kind: 'refused',
    text: 'The account of cluster main may not act as the people who approve (impersonate users). `firebreak rbac` prints the rights that it needs.',
  });
});

it('who approved needs the right: without it nothing is sent, with it the audit log names them beside the bot', async () => {
  const borrowed = [
    rule('', 'users', 'impersonate', bob),
    rule('', 'groups', 'impersonate', 'everywhere', stage.group),
  ];
  await stage.grant('act-as', borrowed, stage.bot, true);
  await resolved(acting, scale(2));
  const where = { service: 'shop', namespaces: [stage.namespace] };
  const [machine] = office.machines;

  const denied = await office.approve(scale(2), where);
  await machine?.perform(denied.workId);
  const after = await office.ledger.transaction((tx) => tx.plan(denied.plan.id));

  expect(after).toMatchObject({
    state: 'cancelled',
    stateReason: expect.stringContaining(`${bob} may not patch deployments in ${stage.namespace} on cluster main`),
  });

  await stage.grant('people', [patches, rule('', 'pods/exec', 'get create')], { kind: 'Group', name: stage.group });
  const as = { user: bob, groups: impersonate().groups };
  const plan = await planOf(acting, scale(2));
  await eventually(
    'the person is allowed',
    async () => (await acting.prepare(plan, Promise.resolve(as))).kind === 'ready',
  );
  const granted = await office.approve(scale(2), where);
  await machine?.perform(granted.workId);
  const { run, attempts } = await office.recordOf(granted.plan);

  expect(run).toMatchObject({ outcome: 'succeeded', actingAs: as });
  expect((await readDeployment(stage.server, 'web'))['spec']?.['replicas']).toBe(2);
  const ours = (await audit.since()).filter(({ user }) => user.username === stage.account.user);
  const effects = ours.filter((event) => isEffect(event) && !event.requestURI.includes('reviews'));
  expect(effects).toMatchObject([
    {
      auditID: attempts[0]?.auditId,
      user: { username: stage.account.user },
      impersonatedUser: { username: bob, groups: ['everywhere', stage.group, 'system:authenticated'] },
    },
  ]);
  const borrowing = ours.filter(({ impersonatedUser }) => impersonatedUser !== undefined);
  expect(borrowing.filter(({ requestURI }) => !requestURI.endsWith('/selfsubjectaccessreviews'))).toHaveLength(1);
});

it('a command in a container carries the name over its WebSocket', async () => {
  const action = { type: 'exec' as const, target: { resource: 'deployments', name: 'web' }, argv: ['touch', '/tmp/x'] };
  const plan = await planOf(acting, action);
  const as = { user: bob, groups: impersonate().groups };
  const prepared = await acting.prepare(plan, Promise.resolve(as));
  if (prepared.kind !== 'ready') throw new Error(JSON.stringify(prepared));
  const auditId = randomUUID();

  const answer = await acting.send(plan, prepared.request, { auditId, timeoutMs: 20_000 });

  expect(['accepted', 'rejected']).toContain(answer.kind);
  const sent = await eventually('the audit log has it', async () =>
    (await audit.since()).find(({ auditID }) => auditID === auditId),
  );
  expect(sent).toMatchObject({
    responseStatus: { code: 101 },
    objectRef: { subresource: 'exec' },
    user: { username: stage.account.user },
    impersonatedUser: { username: bob, groups: ['everywhere', stage.group, 'system:authenticated'] },
  });
});

it('doctor’s questions: which account it is, and that acting as somebody works', async () => {
  const inspection = inspectCluster({ name: 'main', kubeconfigText, impersonate: impersonate() });
  try {
    expect(await inspection.whoAmI()).toBe(stage.account.user);
    expect(await inspection.whyNoImpersonation()).toBeUndefined();
    expect(await inspection.whoAmI({ user: bob, groups: [stage.group] })).toBe(bob);
    await expect(inspection.whoAmI({ user: 'oidc:mallory@example.com', groups: [] })).rejects.toMatchObject({
      code: 'cluster-denied',
    });
  } finally {
    await inspection.close();
  }
});
