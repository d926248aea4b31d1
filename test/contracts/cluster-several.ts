/** Plans of several objects, and the ends of objects: each part is an object of its own, pinned to its uid. */
import { describe, expect, it } from '@jest/globals';
import type { WaveSize } from '../../src/domain/waves.ts';
import { operatorOn, planBy, plannedBy, changeOf } from './cluster-operator.ts';
import { createSeen, meddle, resolveContext, type ClusterSubject } from './cluster-subject.ts';
import {
  bodyOf,
  corePath,
  deploymentPath,
  eventually,
  readDeployment,
  readyPods,
  textOf,
} from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };

export function holdsSeveral(subject: () => ClusterSubject): void {
  const plan = (command: string, waves?: WaveSize) =>
    planBy(subject().cluster, command, subject().server.namespace, waves);
  const planned = (command: string) => plannedBy(subject().cluster, command, subject().server.namespace);
  const apply = async (command: string) => operatorOn(subject().cluster).apply(await plan(command));
  const createConfig = async (name: string, set: string) => {
    const created = await subject().server.send({
      method: 'POST',
      path: corePath(subject().server, 'configmaps'),
      headers: json,
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, labels: { set } },
        data: { a: 'b' },
      }),
    });
    if (created.status !== 201) throw new Error(`creating ${name}: ${created.status} ${created.text}`);
  };
  const configStatus = async (name: string) =>
    (await subject().server.send({ path: corePath(subject().server, `configmaps/${name}`) })).status;
  const removeConfig = (name: string) =>
    subject().server.send({ method: 'DELETE', path: corePath(subject().server, `configmaps/${name}`) });
  const replicasOf = async (name: string) => (await readDeployment(subject().server, name))['spec']?.['replicas'];

  describe('several objects', () => {
    it('are what the selector finds when the plan is made, in the order of their names, and nothing else', async () => {
      for (const name of ['found-b', 'found-a']) await createConfig(name, 'found');
      const found = await plan('kubectl delete cm -l set=found');
      await createConfig('found-c', 'found');

      const run = await operatorOn(subject().cluster).apply(found);

      expect(found).toMatchObject({
        class: 'destructive',
        classReason: 'deletes 2 objects',
        parts: [{ target: { name: 'found-a' } }, { target: { name: 'found-b' } }],
        preview: { kind: 'dry-run' },
        undo: { kind: 'none' },
      });
      expect(run).toMatchObject({ outcome: 'succeeded', exitCode: 0 });
      expect(run.auditIds).toHaveLength(2);
      expect(await Promise.all(['found-a', 'found-b', 'found-c'].map(configStatus))).toEqual([404, 404, 200]);
    });

    it('that are gone by then are no trouble when a search found them, and one made anew stays', async () => {
      for (const name of ['late-a', 'late-b', 'late-c']) await createConfig(name, 'late');
      const late = await plan('kubectl delete cm -l set=late');
      await removeConfig('late-a');
      await removeConfig('late-b');
      await createConfig('late-b', 'late');

      const run = await operatorOn(subject().cluster).apply(late);

      expect(run).toMatchObject({
        outcome: 'partial',
        exitCode: 1,
        parts: [{ outcome: 'succeeded' }, { outcome: 'refused' }, { outcome: 'succeeded' }],
      });
      expect(run.auditIds).toHaveLength(1);
      expect(await Promise.all(['late-a', 'late-b', 'late-c'].map(configStatus))).toEqual([404, 200, 404]);
    });

    it('of which one is not there are not planned at all, unless the author does not mind', async () => {
      await createConfig('there', 'half');

      expect(await planned('kubectl delete cm there not-there')).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining('not-there'),
      });
      expect((await plan('kubectl delete cm there not-there --ignore-not-found')).parts).toHaveLength(1);
      expect(await planned('kubectl delete cm not-there --ignore-not-found')).toMatchObject({ kind: 'no-change' });
      expect(await configStatus('there')).toBe(200);
    });

    it('that nobody finds are refused, as are too many, kinds that are never written, and foreign namespaces', async () => {
      for (const name of ['many-a', 'many-b', 'many-c']) await createConfig(name, 'many');
      const { cluster } = subject();
      const resolve = (command: string, over: object) =>
        cluster.resolve(changeOf(command) as Parameters<typeof cluster.resolve>[0], resolveContext(subject(), over));
      const refused = (text: string) => ({ kind: 'refused', text: expect.stringContaining(text) });

      expect(await planned('kubectl delete cm -l set=nobody')).toMatchObject(refused('No resources found'));
      expect(await resolve('kubectl delete cm -l set=many', { podsPerPlan: 2 })).toMatchObject(
        refused('smaller steps'),
      );
      expect(await resolve('kubectl delete cm -n kube-system --all', {})).toMatchObject(refused('protected'));
      expect(await resolve('kubectl delete ns kube-system', {})).toMatchObject(refused('protected'));
      expect(await resolve('kubectl delete cm --all', { allowedNamespaces: ['x'] })).toMatchObject(
        refused('Namespace'),
      );
      expect(await resolve('kubectl delete ns x', { allowedNamespaces: ['x'], clusterScoped: [] })).toMatchObject(
        refused('policy.clusterScoped'),
      );
    });

    it('scale together; what is as wanted is left out, and the undo puts each back, the last first', async () => {
      await createSeen(subject().server, 'scaled-a', { replicas: 0 });
      await createSeen(subject().server, 'scaled-b', { replicas: 1 });
      await createSeen(subject().server, 'scaled-c', { replicas: 0 });
      const names = ['scaled-a', 'scaled-b', 'scaled-c'];
      const found = await plan(`kubectl scale deploy ${names.join(' ')} --replicas=1`);

      const run = await operatorOn(subject().cluster).apply(found);

      expect(found).toMatchObject({
        class: 'change',
        parts: [{ target: { name: 'scaled-a' } }, { target: { name: 'scaled-c' } }],
        warnings: expect.arrayContaining([expect.stringContaining('scaled-b already asks for 1 replica')]),
      });
      expect(run.outcome).toBe('succeeded');
      expect(await Promise.all(names.map(replicasOf))).toEqual([1, 1, 1]);
      if (found.undo.kind !== 'action') throw new Error('there is no undo');
      const undo = await operatorOn(subject().cluster).plan(found.undo.action, 'default');
      if (undo.kind !== 'planned') throw new Error(undo.text);
      expect(undo.plan.parts?.map(({ target }) => target.name)).toEqual(['scaled-c', 'scaled-a']);
      expect(undo.plan.class).toBe('destructive');
      expect((await operatorOn(subject().cluster).apply(undo.plan)).outcome).toBe('succeeded');
      expect(await Promise.all(names.map(replicasOf))).toEqual([0, 1, 0]);
    });

    it('restart together when only a kind is named', async () => {
      await createSeen(subject().server, 'restarted-all', { replicas: 0 });
      await meddle(subject(), 'restarted-all', [
        { op: 'add', path: '/metadata/labels', value: { app: 'restarted-all' } },
      ]);

      const found = await plan('kubectl rollout restart deployment -l app=restarted-all');

      expect(found).toMatchObject({
        class: 'change',
        parts: [{ target: { kind: 'Deployment', name: 'restarted-all' } }],
      });
      expect((await operatorOn(subject().cluster).apply(found)).outcome).toBe('succeeded');
      const { spec } = await readDeployment(subject().server, 'restarted-all');
      expect(spec?.['template']?.['metadata']?.['annotations']).toHaveProperty(['kubectl.kubernetes.io/restartedAt']);
    });
  });

  describe('the end of a workload', () => {
    it('takes its pods along, which the plan says, and is landed when it is on its way', async () => {
      const { server } = subject();
      await createSeen(server, 'ending', { replicas: 2 });
      await readyPods(server, 'ending', 2);
      const found = await plan('kubectl delete deployment ending');

      const run = await operatorOn(subject().cluster).apply(found);

      expect(found).toMatchObject({
        class: 'destructive',
        affected: { pods: 2 },
        warnings: [expect.stringContaining('2 pods end with it')],
        undo: { kind: 'none', why: expect.stringContaining('does not come back') },
      });
      expect(run.outcome).toBe('succeeded');
      expect((await server.send({ path: deploymentPath(server, 'ending') })).status).toBe(404);
      await readyPods(server, 'ending', 0);
      expect(await operatorOn(subject().cluster).apply(found)).toMatchObject({ outcome: 'refused', auditIds: [] });
    });

    it('orphans its pods when the author says so', async () => {
      const { server } = subject();
      await createSeen(server, 'orphaning', { replicas: 1 });
      await readyPods(server, 'orphaning', 1);

      const found = await plan('kubectl delete deployment orphaning --cascade=orphan');

      expect(found).toMatchObject({ affected: { pods: 0 }, warnings: [expect.stringContaining('1 pod stays')] });
    });

    it('whose pods all go keeps serving: one goes at a time, unless somebody wants them all at once', async () => {
      const { server } = subject();
      await createSeen(server, 'all-gone', { replicas: 2 });
      const before = (await readyPods(server, 'all-gone', 2)).map((pod) => textOf(pod['metadata']?.['uid']));
      const [first] = await readyPods(server, 'all-gone', 2);

      const all = await plan('kubectl delete pods -l app=all-gone');
      const one = await plan(
        `kubectl delete pods --field-selector metadata.name=${textOf(first?.['metadata']?.['name'])}`,
      );
      const atOnce = await plan('kubectl delete pods -l app=all-gone', 'all');
      const run = await operatorOn(subject().cluster).apply(all);

      expect(all.waves).toBe(1);
      expect(all.warnings).toContainEqual(
        expect.stringMatching(/^All 2 pods of ReplicaSet all-gone-\S+ go one at a time\.$/),
      );
      expect(atOnce.warnings).toContainEqual(expect.stringMatching(/^All 2 pods .* go at once: nothing of it serves/));
      expect(one.warnings).toContainEqual(expect.stringMatching(/^1 of 2 pods of ReplicaSet .* 1 stays\.$/));
      expect(one.class).toBe('destructive');
      expect(run.outcome).toBe('succeeded');
      await eventually(
        server,
        () => readyPods(server, 'all-gone', 2),
        (pods) => pods.every((pod) => !before.includes(textOf(pod['metadata']?.['uid']))),
      );
    });

    it('with its own ReplicaSet and pods in the list is no trouble: they are on their way already', async () => {
      const { server } = subject();
      await createSeen(server, 'whole', { replicas: 1 });
      await readyPods(server, 'whole', 1);
      await meddle(subject(), 'whole', [{ op: 'add', path: '/metadata/labels', value: { app: 'whole' } }]);

      const run = await apply('kubectl delete deploy,rs,pods -l app=whole');

      expect(run).toMatchObject({ outcome: 'succeeded', parts: [{ part: 0 }, { part: 1 }, { part: 2 }] });
      await eventually(
        server,
        async () => bodyOf(await server.send({ path: corePath(server, 'pods?labelSelector=app%3Dwhole') })),
        (list) => (list['items'] as unknown as unknown[]).length === 0,
      );
    });
  });
}
