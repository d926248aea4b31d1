/** Evictions and drains. The node is one without a kubelet, so that nobody's pods are moved. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import { planBy, plannedBy } from './cluster-operator.ts';
import {
  createSeen,
  factsOf,
  planOf,
  requestOf,
  resolveContext,
  sendOnce,
  type ClusterSubject,
} from './cluster-subject.ts';
import { bodyOf, corePath, eventually, readyPods, textOf, type Body } from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };
const evict = (name: string): ObjectChange => ({ type: 'evict', target: { resource: 'pods', name } });
const nameOf = (pod: Body | undefined): string => textOf(pod?.['metadata']?.['name']);

export function holdsEvictions(subject: () => ClusterSubject): void {
  const create = async (path: string, body: object): Promise<void> => {
    const created = await subject().server.send({ method: 'POST', path, headers: json, body: JSON.stringify(body) });
    if (created.status !== 201) throw new Error(`creating at ${path}: ${created.status} ${created.text}`);
  };
  const budgetsPath = () => `/apis/policy/v1/namespaces/${subject().server.namespace}/poddisruptionbudgets`;

  describe('an eviction', () => {
    it('is blocked by a full budget, which the plan says, has no effect then, and goes when the budget allows it', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'guarded', { replicas: 1 });
      const [pod] = await readyPods(server, 'guarded', 1);
      await create(budgetsPath(), {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'guarded' },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
      });
      await eventually(
        server,
        async () => bodyOf(await server.send({ path: `${budgetsPath()}/guarded` })),
        (budget) => Number(budget['status']?.['currentHealthy']) === 1,
      );
      const facts = await factsOf(subject(), evict(nameOf(pod)));
      const plan = await planOf(subject(), evict(nameOf(pod)));
      const request = await requestOf(cluster, plan);

      const blocked = await sendOnce(cluster, plan, request);
      const after = await cluster.readBack(plan, request);
      await server.send({ method: 'DELETE', path: `${budgetsPath()}/guarded` });
      const allowed = await eventually(
        server,
        () => sendOnce(cluster, plan, request),
        (answer) => answer.kind !== 'ambiguous',
      );

      const why = 'PodDisruptionBudget guarded needs 1 healthy pods and has 1';
      expect(facts).toMatchObject({ class: 'destructive', preview: { kind: 'none', why }, affected: { pods: 1 } });
      expect(blocked).toMatchObject({ kind: 'ambiguous', status: 429, text: why });
      expect(after).toEqual({ kind: 'untouched' });
      expect(allowed).toMatchObject({ kind: 'accepted', differences: [] });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });
      expect(await cluster.prepare(plan)).toMatchObject({
        kind: 'landed',
        text: expect.stringContaining('Nothing was sent'),
      });
    });

    it('of another pod by the same name does not happen: it is pinned to the uid', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'renewed', { replicas: 1 });
      const [pod] = await readyPods(server, 'renewed', 1);
      const plan = await planOf(subject(), evict(nameOf(pod)));
      const request = await requestOf(cluster, plan);

      const answer = await sendOnce(cluster, plan, {
        ...request,
        body: request.body.replace(plan.target.uid, 'another'),
      });

      expect(answer).toMatchObject({ kind: 'rejected', status: 409 });
      expect(await cluster.readBack(plan, request)).toEqual({ kind: 'untouched' });
    });
  });

  describe('what follows an eviction', () => {
    it('is done when the pod that takes its place is ready', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'evicted-once', { replicas: 1 });
      const [pod] = await readyPods(server, 'evicted-once', 1);
      const plan = await planOf(subject(), evict(nameOf(pod)));
      expect(await sendOnce(cluster, plan, await requestOf(cluster, plan))).toMatchObject({ kind: 'accepted' });

      const first = await cluster.observe(plan);
      const last = await eventually(
        server,
        () => cluster.observe(plan),
        ({ state }) => state !== 'rolling',
      );

      expect(first.state).toBe('rolling');
      expect(last).toMatchObject({ state: 'done', ready: 1, wanted: 1 });
      expect(last.text).toMatch(/ is gone; ReplicaSet evicted-once-\S+ has 1 of 1 pods ready$/);
    });
  });

  describe('a drain', () => {
    const node = `drained-${randomBytes(4).toString('hex')}`;
    const createPod = (name: string, more: { spec?: object; metadata?: object } = {}) =>
      create(corePath(subject().server, 'pods'), {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { on: node, name }, ...more.metadata },
        spec: {
          nodeName: node,
          terminationGracePeriodSeconds: 0,
          tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'app', image: subject().server.images.good }],
          ...more.spec,
        },
      });
    const plan = (command: string) => planBy(subject().cluster, command, subject().server.namespace);
    const planned = (command: string) => plannedBy(subject().cluster, command, subject().server.namespace);

    beforeAll(async () => {
      await create('/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: node },
        spec: { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }] },
      });
      await createPod('drain-b');
      await createPod('drain-a', { spec: { volumes: [{ name: 'scratch', emptyDir: {} }] } });
    });
    afterAll(async () => {
      for (const name of ['drain-a', 'drain-b']) {
        await subject().server.send({
          method: 'DELETE',
          path: corePath(subject().server, `pods/${name}`),
          headers: json,
          body: JSON.stringify({ kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }),
        });
      }
      await subject().server.send({ method: 'DELETE', path: `/api/v1/nodes/${node}` });
    });

    it('cordons the node, then evicts its pods by name; its undo is to uncordon it', async () => {
      const { namespace } = subject().server;
      const found = await plan(`kubectl drain ${node} --force --delete-emptydir-data --grace-period=5`);

      expect(found).toMatchObject({
        target: { kind: 'Node', name: node },
        class: 'destructive',
        classReason: 'evicts 2 pods',
        parts: [
          { action: { type: 'cordon' }, target: { kind: 'Node', name: node } },
          { action: { type: 'evict', gracePeriodSeconds: 5 }, target: { namespace, name: 'drain-a' } },
          { action: { type: 'evict', gracePeriodSeconds: 5 }, target: { namespace, name: 'drain-b' } },
        ],
        undo: { kind: 'action', action: { type: 'uncordon' } },
        affected: { pods: 2 },
      });
      expect(found.warnings.join('\n')).not.toContain('stay there');
    });

    it('is refused with the reasons of kubectl, before anything is done', async () => {
      const { cluster, server } = subject();
      const refused = (text: string) => ({ kind: 'refused', text: expect.stringContaining(text) });
      const drain = { type: 'drain', target: { resource: 'nodes', name: node } } as const;

      expect(await planned(`kubectl drain ${node} --force`)).toMatchObject(
        refused('--delete-emptydir-data to override): '),
      );
      expect(await planned(`kubectl drain ${node} --delete-emptydir-data`)).toMatchObject(
        refused('--force to override): '),
      );
      expect(await planned('kubectl drain not-there')).toMatchObject(refused('There is no Node not-there'));
      expect(await cluster.resolve(drain, resolveContext(subject(), { clusterScoped: [] }))).toMatchObject(
        refused('policy.clusterScoped'),
      );
      expect(
        await cluster.resolve(
          { ...drain, force: true, deleteEmptyDirData: true },
          resolveContext(subject(), { protectedNamespaces: [server.namespace] }),
        ),
      ).toMatchObject(refused('protects'));
    });

    it('is limited to the pods of a selector; a service that may drain is told whose pods go', async () => {
      const { cluster } = subject();
      const one = await plan(`kubectl drain ${node} --force --pod-selector=name=drain-b`);
      const foreign = await cluster.resolve(
        { type: 'drain', target: { resource: 'nodes', name: node }, force: true, podSelector: 'name=drain-b' },
        resolveContext(subject(), { allowedNamespaces: ['elsewhere'], clusterScoped: ['nodes'] }),
      );

      expect(one.parts?.map(({ target }) => target.name)).toEqual([node, 'drain-b']);
      expect(foreign).toMatchObject({
        kind: 'resolved',
        facts: { warnings: expect.arrayContaining([expect.stringContaining('Pods of other services go too')]) },
      });
    });
  });
}
