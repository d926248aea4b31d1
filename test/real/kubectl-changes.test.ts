/**
 * Twins: the same commands, applied by us to one object and by the real kubectl to another, leave the same object, but
 * for our mark; undone, ours is as it was. Every write of ours in the API server's audit log is one attempt (I6).
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../../src/domain/action.ts';
import type { ChangeAction } from '../../src/domain/change-action.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createOperator, type OperatorPlan } from '../../src/flow/operate.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileCommand } from '../../src/runbook/command.ts';
import { isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import {
  bodyOf,
  corePath,
  deploymentPath,
  readyPods,
  textOf,
  type Body,
} from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { openNamespace } from './kubernetes-api.ts';
import { runKubectl } from './side-by-side.ts';

const patienceMs = 60_000;

function changeOf(command: string): ChangeAction {
  const compiled = compileCommand(command);
  if (compiled.kind !== 'action') throw new Error(`${command}: ${compiled.reason.text}`);
  const bound = bindAction(compiled.action, compiled.parameters, {});
  if (!bound.ok || isRead(bound.action)) throw new Error(`${command} is no change`);
  return bound.action;
}

/** What a person would call the object: no bookkeeping, no moments, and not our mark. */
function essence(object: Body): object {
  const { spec, metadata } = object as unknown as {
    spec: { taints?: { key: string; timeAdded?: string }[] };
    metadata: { annotations?: Record<string, string>; labels?: object };
  };
  const { 'firebreak.dev/plan': _, ...annotations } = metadata.annotations ?? {};
  const taints = spec.taints?.map(({ timeAdded: __, ...taint }) => taint);
  return { spec: taints === undefined ? spec : { ...spec, taints }, annotations, labels: metadata.labels ?? {} };
}

describe('a change by us and its twin by kubectl', () => {
  let ours: ServerForCluster;
  let theirs: ServerForCluster;
  let cluster: Cluster;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  const nodes = { ours: `twin-${randomBytes(4).toString('hex')}`, theirs: `twin-${randomBytes(4).toString('hex')}` };
  const auditIds: string[] = [];
  const operator = () =>
    createOperator({
      cluster,
      clock: { now: () => new Date() },
      newId,
      journal: { started: async () => undefined, ended: async () => undefined },
    });

  async function applyOurs(action: ChangeAction): Promise<OperatorPlan> {
    const planned = await operator().plan(action, ours.namespace);
    if (planned.kind !== 'planned') throw new Error(planned.text);
    const run = await operator().apply(planned.plan);
    auditIds.push(...run.auditIds);
    expect(run).toMatchObject({ outcome: 'succeeded', differences: [] });
    return planned.plan;
  }
  async function applyTheirs(command: string): Promise<void> {
    const args = command.split(' ').slice(1);
    expect(await runKubectl([...args, '-n', theirs.namespace])).toMatchObject({ status: 0 });
  }
  /** When its controller has seen all of it. */
  const settled = (server: ServerForCluster, name: string): Promise<Body> =>
    eventually(
      `the controller has seen ${name}`,
      async () => {
        const object = bodyOf(await server.send({ path: deploymentPath(server, name) }));
        const { metadata, status } = object;
        const seen = Number(status?.['observedGeneration']) === Number(metadata?.['generation']);
        return seen && metadata?.['annotations']?.['deployment.kubernetes.io/revision'] !== undefined
          ? object
          : undefined;
      },
      patienceMs,
    );
  const bothSettled = async (name: string) => [await settled(ours, name), await settled(theirs, name)] as const;

  async function createTwins(name: string): Promise<void> {
    const container = (container: string) => ({
      name: container,
      image: 'workload:v1',
      env: [{ name: 'MODE', value: container }],
    });
    for (const server of [ours, theirs]) {
      const created = await server.send({
        method: 'POST',
        path: deploymentPath(server),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name, annotations: { note: 'first' } },
          spec: {
            replicas: 0,
            selector: { matchLabels: { app: name } },
            template: {
              metadata: { labels: { app: name }, annotations: { team: 'web' } },
              spec: { initContainers: [container('prep')], containers: [container('app'), container('side')] },
            },
          },
        }),
      });
      expect(created.status).toBe(201);
      await settled(server, name);
    }
  }

  beforeAll(async () => {
    const path = process.env['AUDIT_LOG'];
    if (!path) throw new Error('AUDIT_LOG is not set: name the file that the API server writes its audit log to.');
    audit = await openAuditLog(path);
    [ours, theirs] = [await openNamespace('twin-ours'), await openNamespace('twin-theirs')];
    cluster = connectCluster({ name: 'main', ...ours.access, log: createRecordingLog() });
    for (const name of [nodes.ours, nodes.theirs]) {
      const created = await ours.send({
        method: 'POST',
        path: '/api/v1/nodes',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name },
          // Keeps the pods of everybody's DaemonSets away.
          spec: { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }] },
        }),
      });
      expect(created.status).toBe(201);
    }
  });
  afterAll(async () => {
    for (const name of Object.values(nodes)) await ours.send({ method: 'DELETE', path: `/api/v1/nodes/${name}` });
    await cluster.close();
    await ours.close();
    await theirs.close();
  });

  it.each<[string, readonly string[], string]>([
    ['image-one', [], 'kubectl set image deployment/image-one app=workload:v2'],
    ['image-two', [], 'kubectl set image deployment/image-two app=workload:v2 prep=workload:v3'],
    ['image-all', [], 'kubectl set image deployment/image-all *=workload:v2'],
    [
      'undo-last',
      ['kubectl set image deployment/undo-last app=workload:v2'],
      'kubectl rollout undo deployment/undo-last',
    ],
    [
      'undo-first',
      [
        'kubectl set image deployment/undo-first app=workload:v2',
        'kubectl annotate deployment/undo-first note=second extra=later --overwrite',
        'kubectl set env deployment/undo-first MODE=fast API_TOKEN=hush',
        'kubectl annotate deployment/undo-first extra- another=one',
      ],
      'kubectl rollout undo deployment/undo-first --to-revision=1',
    ],
    ['pause', [], 'kubectl rollout pause deployment/pause'],
    ['resume', ['kubectl rollout pause deployment/resume'], 'kubectl rollout resume deployment/resume'],
    [
      'resume-later',
      ['kubectl rollout pause deployment/resume-later', 'kubectl set image deployment/resume-later app=workload:v2'],
      'kubectl rollout resume deployment/resume-later',
    ],
  ])('%s: after %j: %s', async (name, history, command) => {
    await createTwins(name);
    for (const earlier of history) {
      for (const { namespace } of [ours, theirs]) {
        expect(await runKubectl([...earlier.split(' ').slice(1), '-n', namespace])).toMatchObject({ status: 0 });
      }
      await bothSettled(name);
    }
    const [before, twinBefore] = await bothSettled(name);
    expect(essence(before)).toEqual(essence(twinBefore));

    const plan = await applyOurs(changeOf(command.replace('*=', "'*='")));
    await applyTheirs(command);

    const [after, twinAfter] = await bothSettled(name);
    expect(essence(after)).toEqual(essence(twinAfter));
    expect(essence(after)).not.toEqual(essence(before));
    if (plan.undo.kind !== 'action') throw new Error(`no undo: ${plan.undo.why}`);
    await applyOurs(plan.undo.action);
    const undone = essence(await settled(ours, name)) as { annotations: object };
    const start = essence(before) as { annotations: object };
    // A rollout backwards is a new revision, too.
    const revision = 'deployment.kubernetes.io/revision';
    expect({ ...undone, annotations: { ...undone.annotations, [revision]: '' } }).toEqual({
      ...start,
      annotations: { ...start.annotations, [revision]: '' },
    });
  });

  it('rollout undo of a StatefulSet', async () => {
    const path = (server: ServerForCluster) => `/apis/apps/v1/namespaces/${server.namespace}/statefulsets`;
    const seen = (server: ServerForCluster): Promise<Body> =>
      eventually(
        'the controller has seen it',
        async () => {
          const object = bodyOf(await server.send({ path: `${path(server)}/db` }));
          const { metadata, status } = object;
          return Number(status?.['observedGeneration']) === Number(metadata?.['generation']) ? object : undefined;
        },
        patienceMs,
      );
    for (const server of [ours, theirs]) {
      const created = await server.send({
        method: 'POST',
        path: path(server),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'db', annotations: { note: 'first' } },
          spec: {
            replicas: 0,
            serviceName: 'db',
            selector: { matchLabels: { app: 'db' } },
            template: {
              metadata: { labels: { app: 'db' } },
              spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
            },
          },
        }),
      });
      expect(created.status).toBe(201);
      await seen(server);
      for (const args of [
        ['set', 'image', 'sts/db', 'app=workload:v2'],
        ['annotate', 'sts/db', 'extra=later'],
      ]) {
        expect(await runKubectl([...args, '-n', server.namespace])).toMatchObject({ status: 0 });
        await seen(server);
      }
    }
    const before = essence(await seen(ours));

    const plan = await applyOurs(changeOf('kubectl rollout undo sts/db'));
    await applyTheirs('kubectl rollout undo sts/db');

    const after = essence(await seen(ours));
    expect(after).toEqual(essence(await seen(theirs)));
    expect(after).not.toEqual(before);
    if (plan.undo.kind !== 'action') throw new Error('no undo');
    await applyOurs(plan.undo.action);
    expect(essence(await seen(ours))).toEqual(before);
  });

  it('cordon and uncordon', async () => {
    const node = async (name: string) => bodyOf(await ours.send({ path: `/api/v1/nodes/${name}` }));
    const tainted = (name: string, wanted: boolean) =>
      eventually(
        `${name} is ${wanted ? '' : 'not '}tainted`,
        async () => {
          const object = await node(name);
          const has = JSON.stringify(object['spec']?.['taints']).includes('node.kubernetes.io/unschedulable');
          return has === wanted ? object : undefined;
        },
        patienceMs,
      );
    // Addresses of pods are given out by a controller, to each node its own; labels hold its name.
    const same = (object: Body): object => {
      const { spec } = essence(object) as { spec: Record<string, unknown> };
      const { podCIDR: _, podCIDRs: __, ...rest } = spec;
      return rest;
    };
    const before = same(await node(nodes.ours));

    const plan = await applyOurs(changeOf(`kubectl cordon ${nodes.ours}`));
    expect(await runKubectl(['cordon', nodes.theirs])).toMatchObject({ status: 0 });
    expect(same(await tainted(nodes.ours, true))).toEqual(same(await tainted(nodes.theirs, true)));

    if (plan.undo.kind !== 'action') throw new Error('no undo');
    await applyOurs(plan.undo.action);
    expect(await runKubectl(['uncordon', nodes.theirs])).toMatchObject({ status: 0 });
    const after = same(await tainted(nodes.ours, false));
    expect(after).toEqual(same(await tainted(nodes.theirs, false)));
    expect(after).toEqual(before);
  });

  it('delete pod: the pod is replaced by one of the same template', async () => {
    for (const server of [ours, theirs]) {
      const created = await server.send({
        method: 'POST',
        path: deploymentPath(server),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'doomed' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'doomed' } },
            template: {
              metadata: { labels: { app: 'doomed' } },
              spec: { containers: [{ name: 'app', image: 'workload:v1' }], terminationGracePeriodSeconds: 1 },
            },
          },
        }),
      });
      expect(created.status).toBe(201);
    }
    const [first] = await readyPods(ours, 'doomed', 1);
    const [twin] = await readyPods(theirs, 'doomed', 1);
    const nameOf = (pod: Body | undefined) => textOf(pod?.['metadata']?.['name']);

    const plan = await applyOurs(changeOf(`kubectl delete pod ${nameOf(first)} --grace-period=1`));
    await applyTheirs(`kubectl delete pod ${nameOf(twin)} --grace-period=1`);

    expect(await operator().watch(plan, patienceMs, () => undefined)).toBe('done');
    const [next] = await readyPods(ours, 'doomed', 1);
    const [nextTwin] = await readyPods(theirs, 'doomed', 1);
    expect(nameOf(next)).not.toBe(nameOf(first));
    expect(nameOf(nextTwin)).not.toBe(nameOf(twin));
    expect((await ours.send({ path: corePath(ours, `pods/${nameOf(first)}`) })).status).toBe(404);
  });

  it('leaves one line in the audit log for each attempt, and none without one', async () => {
    const events = (await audit.since()).filter(({ stage }) => stage === 'ResponseComplete');

    // Ours are known by our user agent; others may work on the same cluster.
    const writes = events.filter(
      (event) =>
        event.userAgent === 'firebreak' &&
        isEffect(event) &&
        (event.requestURI.includes(`/namespaces/${ours.namespace}/`) || event.requestURI.includes(nodes.ours)),
    );
    expect(writes.map(({ auditID }) => auditID)).toEqual(auditIds);
    expect(new Set(writes.map(({ verb }) => verb))).toEqual(new Set(['patch', 'delete']));
    expect(writes.map(({ responseStatus }) => responseStatus.code)).toEqual(writes.map(() => 200));
  });
});
