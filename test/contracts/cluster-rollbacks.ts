/** Rollbacks: pinned to a revision, shown by an allow-list, and what controllers make of them. */
import { describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import { eventually } from '../eventually.ts';
import {
  apply,
  createSeen,
  factsOf,
  meddle,
  planOf,
  requestOf,
  resolveContext,
  seesTemplate,
  sendOnce,
  setEnv,
  setImage,
  type ClusterSubject,
} from './cluster-subject.ts';
import { bodyOf, patchJson, readDeployment } from './kubernetes-server-subject.ts';

const image = '/spec/template/spec/containers/0/image';
const deployment = (name: string) => ({ resource: 'deployments', name });
const rollBack = (name: string, toRevision?: number): ObjectChange => ({
  type: 'rollout-undo',
  target: deployment(name),
  ...(toRevision === undefined ? {} : { toRevision }),
});

export function holdsRollbacks(subject: () => ClusterSubject): void {
  const live = (name: string) => readDeployment(subject().server, name);
  const annotations = async (name: string) => (await live(name))['metadata']?.['annotations'] ?? {};
  const undone = async (action: ObjectChange) => {
    const { undo } = await factsOf(subject(), action);
    if (undo.kind !== 'action') throw new Error(`no undo: ${undo.why}`);
    return undo.action;
  };
  const revision = async (name: string) => {
    await seesTemplate(subject(), name);
    return Number((await annotations(name))['deployment.kubernetes.io/revision']);
  };

  describe('a rollback', () => {
    /** Revision 1: v1, note first. Revision 2: v2 with a secret and another variable, note second. */
    async function withHistory(name: string): Promise<void> {
      await createSeen(subject().server, name);
      await meddle(subject(), name, [{ op: 'add', path: '/metadata/annotations/note', value: 'first' }]);
      await seesTemplate(subject(), name);
      await apply(subject(), setEnv(name, [{ name: 'API_TOKEN', value: 'hush-hush' }]));
      await revision(name);
      await meddle(subject(), name, [
        { op: 'replace', path: image, value: 'workload:v2' },
        { op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: '9090' },
        { op: 'replace', path: '/metadata/annotations/note', value: 'second' },
        { op: 'add', path: '/metadata/annotations/extra', value: 'later' },
      ]);
      expect(await revision(name)).toBe(3);
    }

    it('shows an allow-listed diff, pins its ReplicaSet, and never shows the whole template', async () => {
      await withHistory('back-shown');

      const { changes, undo, class: kind } = await factsOf(subject(), rollBack('back-shown', 1));

      expect(kind).toBe('change');
      expect(changes[0]?.shown).toEqual([
        {
          label: 'ReplicaSet',
          before: expect.stringMatching(/^back-shown-\S+ \(revision 3\)$/),
          after: expect.stringMatching(/^back-shown-\S+ \(revision 1\)$/),
        },
        { label: 'image (container app)', before: 'workload:v2', after: 'workload:v1' },
        {
          label: 'env PORT (container app)',
          before: { name: 'PORT', value: '9090' },
          after: { name: 'PORT', value: '8080' },
        },
        {
          label: 'env API_TOKEN (container app)',
          before: { name: 'API_TOKEN', value: 'hush-hush' },
          masked: true,
        },
      ]);
      expect(undo).toMatchObject({
        kind: 'action',
        action: { type: 'rollout-undo', pinned: { uid: expect.any(String), hash: expect.any(String) } },
      });
      // Which revision a number means may change until the undo: it is pinned.
      expect(undo).not.toHaveProperty('action.toRevision');
    });

    it('goes to the revision before the newest, with its annotations and our mark, and back again', async () => {
      await withHistory('back');
      const before = await live('back');
      const plan = await planOf(subject(), rollBack('back'));
      const back = await undone(rollBack('back'));
      const request = await requestOf(subject().cluster, plan);

      expect(await sendOnce(subject().cluster, plan, request)).toEqual({
        kind: 'accepted',
        status: 200,
        differences: [],
      });
      expect(await revision('back')).toBe(4);
      expect((await live('back'))['spec']?.['template']?.['spec']?.['containers']?.[0]).toMatchObject({
        image: 'workload:v1',
        env: [
          { name: 'PORT', value: '8080' },
          { name: 'API_TOKEN', value: 'hush-hush' },
        ],
      });
      const kept = await annotations('back');
      expect([kept['note'], kept['extra'], kept['firebreak.dev/plan']]).toEqual(['first', undefined, plan.id]);
      expect(await sendOnce(subject().cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });

      const undo = await apply(subject(), back);
      expect(await revision('back')).toBe(5);
      expect((await live('back'))['spec']).toEqual(before['spec']);
      expect(await annotations('back')).toMatchObject({
        note: 'second',
        extra: 'later',
        'firebreak.dev/plan': undo.id,
      });
    });

    it('is read back rightly after a lost reply, and after a lost request', async () => {
      await withHistory('back-lost');
      const { relayed, relay } = subject();
      const first = await planOf(subject(), rollBack('back-lost'));
      const request = await requestOf(relayed, first);
      relay.lose('request');
      expect(await sendOnce(relayed, first, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(first, request)).toEqual({ kind: 'untouched' });

      relay.lose('reply');
      expect(await sendOnce(relayed, first, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(first, request)).toEqual({ kind: 'landed', differences: [] });
    });

    it('by somebody else copies an older mark, which is not taken for ours', async () => {
      await withHistory('back-others');
      const plan = await planOf(subject(), setImage('back-others', 'workload:v3'));
      const request = await requestOf(subject().cluster, plan);
      // What kubectl rollout undo sends: the template and all annotations of the ReplicaSet, the old mark among them.
      await meddle(subject(), 'back-others', [
        { op: 'replace', path: image, value: 'workload:v1' },
        { op: 'replace', path: '/metadata/annotations', value: { note: 'first', 'firebreak.dev/plan': 'plan-of-old' } },
      ]);

      expect(await sendOnce(subject().cluster, plan, request)).toMatchObject({ kind: 'rejected' });
      expect(await subject().cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
    });

    it('is refused for a revision that is not there, a deployment without history, and a paused one', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'back-no');
      const text = async (action: ObjectChange) => {
        const resolution = await cluster.resolve(action, resolveContext(subject()));
        return resolution.kind === 'resolved' ? 'resolved' : `${resolution.kind}: ${resolution.text}`;
      };

      expect(await text(rollBack('back-no'))).toMatch(/^refused: .* has no earlier revision/);
      expect(await text(rollBack('back-no', 7))).toMatch(/^refused: .* has no revision 7. It has 1\.$/);
      expect(await text(rollBack('back-no', 1))).toMatch(/^no-change: .* already runs the template of revision 1/);
      expect(
        await text({
          type: 'rollout-undo',
          target: deployment('back-no'),
          pinned: { uid: 'gone', hash: 'x', annotations: {} },
        }),
      ).toMatch(/^refused: .* is gone from its history/);
      await meddle(subject(), 'back-no', [{ op: 'add', path: '/spec/paused', value: true }]);
      expect(await text(rollBack('back-no'))).toMatch(/^refused: .* is paused and cannot be rolled back/);
    });

    it('to another service account is never run', async () => {
      await createSeen(subject().server, 'back-account');
      await meddle(subject(), 'back-account', [
        { op: 'add', path: '/spec/template/spec/serviceAccountName', value: 'other' },
        { op: 'replace', path: image, value: 'workload:v2' },
      ]);
      await revision('back-account');

      expect(await factsOf(subject(), rollBack('back-account'))).toMatchObject({
        class: 'forbidden',
        classReason: expect.stringContaining('serviceAccountName'),
      });
    });
  });

  it('a rollback that brings back another command is destructive', async () => {
    await createSeen(subject().server, 'back-command');
    await meddle(subject(), 'back-command', [
      { op: 'add', path: '/spec/template/spec/containers/0/command', value: ['sh', '-c', 'serve --fast'] },
    ]);
    await revision('back-command');

    const { changes, ...facts } = await factsOf(subject(), rollBack('back-command'));

    expect(facts).toMatchObject({
      class: 'destructive',
      classReason: 'it changes more than images, environment and resources: command (container app)',
    });
    expect(changes[0]?.shown?.slice(1)).toEqual([{ label: 'command (container app)', before: 'sh -c "serve --fast"' }]);
  });

  describe.each([
    ['StatefulSet', 'statefulsets'],
    ['DaemonSet', 'daemonsets'],
  ])('a rollback of a %s', (kind, resource) => {
    it('goes to the ControllerRevision before the newest and back, and leaves annotations alone', async () => {
      const { server, cluster } = subject();
      const name = `back-${kind.toLowerCase()}`;
      const path = `/apis/apps/v1/namespaces/${server.namespace}/${resource}`;
      const created = await server.send({
        method: 'POST',
        path,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind,
          metadata: { name, annotations: { note: 'first' } },
          spec: {
            selector: { matchLabels: { app: name } },
            ...(kind === 'StatefulSet' ? { serviceName: name, replicas: 0 } : {}),
            template: {
              metadata: { labels: { app: name } },
              spec: {
                containers: [{ name: 'app', image: server.images.good }],
                // No node has it: nothing has to start.
                nodeSelector: { disk: 'none' },
              },
            },
          },
        }),
      });
      expect(created.status).toBe(201);
      const now = async () => bodyOf(await server.send({ path: `${path}/${name}` }));
      const observed = () =>
        eventually(
          `the controller has seen ${name}`,
          async () => {
            const { metadata, status } = await now();
            return Number(status?.['observedGeneration']) === Number(metadata?.['generation']);
          },
          server.patienceMs,
        );
      await observed();
      const first = (await now())['spec'];
      await apply(subject(), { type: 'set-image', target: { resource, name }, images: [{ image: 'workload:v2' }] });
      await observed();
      await patchJson(server, `${path}/${name}`, [{ op: 'add', path: '/metadata/annotations/note', value: 'second' }]);
      const second = (await now())['spec'];
      const action: ObjectChange = { type: 'rollout-undo', target: { resource, name } };

      const facts = await factsOf(subject(), action);
      expect(facts).toMatchObject({ class: 'change', undo: { action: { pinned: { annotations: {} } } } });
      expect(facts.changes).toHaveLength(1);
      expect(facts.changes[0]?.shown).toEqual([
        {
          label: 'ControllerRevision',
          before: expect.stringMatching(/ \(revision 2\)$/),
          after: expect.stringMatching(/ \(revision 1\)$/),
        },
        { label: 'image (container app)', before: 'workload:v2', after: 'workload:v1' },
      ]);
      const plan = await planOf(subject(), action);
      const request = await requestOf(cluster, plan);
      expect(await sendOnce(cluster, plan, request)).toEqual({ kind: 'accepted', status: 200, differences: [] });
      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });
      expect((await now())['spec']).toEqual(first);
      expect((await now())['metadata']?.['annotations']).toMatchObject({
        note: 'second',
        'firebreak.dev/plan': plan.id,
      });
      await observed();

      if (facts.undo.kind !== 'action') throw new Error('no undo');
      await apply(subject(), facts.undo.action);
      expect((await now())['spec']).toEqual(second);
    });
  });
}
