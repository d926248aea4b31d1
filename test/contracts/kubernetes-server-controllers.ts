/** What controllers make of writes: revisions, pauses, taints; and deletes of pods that are already ending. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  bodyOf,
  corePath,
  createDeployment,
  deploymentPath,
  eventually,
  type Body,
  type KubernetesServer,
  patchJson,
  readDeployment,
  readyPods,
  textOf,
} from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };
const image = '/spec/template/spec/containers/0/image';
const revisionKey = 'deployment.kubernetes.io/revision';

export function holdsControllers(server: () => KubernetesServer): void {
  const revisionOf = (object: Body) => textOf(object['metadata']?.['annotations']?.[revisionKey] ?? '');
  const atRevision = (name: string, revision: string) =>
    eventually(
      server(),
      () => readDeployment(server(), name),
      (found) => revisionOf(found) === revision,
    );
  const setsOf = async (name: string): Promise<Body[]> => {
    const path = `/apis/apps/v1/namespaces/${server().namespace}/replicasets?labelSelector=app%3D${name}`;
    return [...(bodyOf(await server().send({ path }))['items'] as unknown as Body[])];
  };

  describe('the deployment controller', () => {
    it('makes an old template that comes back the newest revision, and copies annotations to its ReplicaSet', async () => {
      await createDeployment(server(), 'again');
      await atRevision('again', '1');
      const path = deploymentPath(server(), 'again');
      await patchJson(server(), path, [{ op: 'replace', path: image, value: 'workload:v2' }]);
      await atRevision('again', '2');

      await patchJson(server(), path, [
        { op: 'replace', path: image, value: server().images.good },
        { op: 'add', path: '/metadata/annotations/note', value: 'back' },
      ]);
      await atRevision('again', '3');

      const sets = await eventually(
        server(),
        () => setsOf('again'),
        (found) => found.some((set) => set['metadata']?.['annotations']?.['note'] !== undefined),
      );
      expect(sets.map(revisionOf).sort()).toEqual(['2', '3']);
      const current = sets.find((set) => revisionOf(set) === '3');
      expect(current?.['metadata']?.['annotations']).toMatchObject({
        note: 'back',
        'deployment.kubernetes.io/revision-history': '1',
      });
      expect(current?.['metadata']?.['labels']?.['pod-template-hash']).toBeDefined();
    });

    it('leaves annotations on a ReplicaSet that the deployment has lost', async () => {
      await createDeployment(server(), 'copied');
      const path = deploymentPath(server(), 'copied');
      await atRevision('copied', '1');
      await patchJson(server(), path, [{ op: 'add', path: '/metadata/annotations/note', value: 'x' }]);
      const noteOf = (sets: readonly Body[]) => sets[0]?.['metadata']?.['annotations']?.['note'];
      await eventually(
        server(),
        () => setsOf('copied'),
        (sets) => noteOf(sets) !== undefined,
      );

      const removed = await patchJson(server(), path, [{ op: 'remove', path: '/metadata/annotations/note' }]);
      const generation = bodyOf(removed)['metadata']?.['generation'];
      await eventually(
        server(),
        () => readDeployment(server(), 'copied'),
        (found) => JSON.stringify(found['status']?.['observedGeneration']) === JSON.stringify(generation),
      );

      expect(noteOf(await setsOf('copied'))).toBe('x');
    });

    it('makes no ReplicaSet for a new template while the deployment is paused', async () => {
      await createDeployment(server(), 'still');
      await atRevision('still', '1');
      const path = deploymentPath(server(), 'still');

      const paused = await patchJson(server(), path, [
        { op: 'add', path: '/spec/paused', value: true },
        { op: 'replace', path: image, value: 'workload:v2' },
      ]);
      const generation = bodyOf(paused)['metadata']?.['generation'];
      const seen = await eventually(
        server(),
        () => readDeployment(server(), 'still'),
        (found) => JSON.stringify(found['status']?.['observedGeneration']) === JSON.stringify(generation),
      );
      expect(revisionOf(seen)).toBe('1');
      expect(await setsOf('still')).toHaveLength(1);

      await patchJson(server(), path, [{ op: 'remove', path: '/spec/paused' }]);
      await atRevision('still', '2');
      expect(await setsOf('still')).toHaveLength(2);
    });
  });

  describe('DELETE of a pod', () => {
    it('as a dry run in its body leaves it, and the same DELETE twice changes nothing the second time', async () => {
      await createDeployment(server(), 'ending', { replicas: 1 });
      await patchJson(server(), deploymentPath(server(), 'ending'), [
        { op: 'replace', path: '/spec/template/spec/terminationGracePeriodSeconds', value: 5 },
      ]);
      const running = async () => (await readyPods(server(), 'ending', 1))[0];
      const pod = await eventually(
        server(),
        running,
        (found) => textOf(found?.['spec']?.['terminationGracePeriodSeconds']) === '5',
      );
      const uid = pod?.['metadata']?.['uid'];
      const path = corePath(server(), `pods/${textOf(pod?.['metadata']?.['name'])}`);
      const send = (more: object) =>
        server().send({
          method: 'DELETE',
          path,
          headers: json,
          body: JSON.stringify({ preconditions: { uid }, propagationPolicy: 'Background', ...more }),
        });

      expect((await send({ dryRun: ['All'] })).status).toBe(200);
      expect(bodyOf(await server().send({ path }))['metadata']?.['deletionTimestamp']).toBeUndefined();
      const first = await send({});
      const second = await send({});

      expect(first.status).toBe(200);
      const ends = (received: typeof first) => bodyOf(received)['metadata']?.['deletionTimestamp'];
      expect(ends(first)).toBeDefined();
      // It may have ended in between: then there is nothing of this uid any more.
      expect([200, 404]).toContain(second.status);
      expect(second.status === 200 ? ends(second) : ends(first)).toEqual(ends(first));
      expect(bodyOf(await send({ preconditions: { uid: 'other' } })).reason).toMatch(/^(Conflict|NotFound)$/);
    });
  });

  describe('a node', () => {
    it('has no generation, is tainted while it is cordoned, and takes a patch with tests once', async () => {
      const name = `contract-${randomBytes(4).toString('hex')}`;
      const path = `/api/v1/nodes/${name}`;
      const created = await server().send({
        method: 'POST',
        path: '/api/v1/nodes',
        headers: json,
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name, annotations: { present: 'yes' } },
          // Keeps the pods of everybody's DaemonSets away.
          spec: { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }] },
        }),
      });
      expect(created.status).toBe(201);
      try {
        const uid = bodyOf(created)['metadata']?.['uid'];
        const operations = [
          { op: 'test', path: '/metadata/uid', value: uid },
          { op: 'test', path: '/spec/unschedulable', value: null },
          { op: 'test', path: '/metadata/annotations/mark', value: null },
          { op: 'add', path: '/metadata/annotations/mark', value: 'plan-1' },
          { op: 'add', path: '/spec/unschedulable', value: true },
        ];
        const taints = async () => JSON.stringify(bodyOf(await server().send({ path }))['spec']?.['taints'] ?? []);

        const first = await patchJson(server(), path, operations);
        const second = await patchJson(server(), path, operations);
        expect([first.status, second.status]).toEqual([200, 422]);
        expect(bodyOf(first)['metadata']?.['generation']).toBeUndefined();
        await eventually(server(), taints, (found) => found.includes('node.kubernetes.io/unschedulable'));

        // The field as it was before: only the mark tells that the bytes have landed.
        await patchJson(server(), path, [{ op: 'remove', path: '/spec/unschedulable' }]);
        expect((await patchJson(server(), path, operations)).status).toBe(422);
        await eventually(server(), taints, (found) => !found.includes('node.kubernetes.io/unschedulable'));

        // Taints have no merge key: two may share theirs, and a strategic patch replaces them all.
        const effects = ['NoSchedule', 'PreferNoSchedule'].map((effect) => ({ key: 'firebreak.dev/two', effect }));
        await server().send({
          method: 'PATCH',
          path,
          headers: { 'Content-Type': 'application/strategic-merge-patch+json' },
          body: JSON.stringify({ spec: { taints: effects } }),
        });
        expect(await taints()).toBe(JSON.stringify(effects));
      } finally {
        await server().send({ method: 'DELETE', path });
      }
    });
  });
}
