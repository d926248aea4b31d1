/** Deleting one pod: pinned to its uid, known by its absence. */
import { describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { EffectPlan } from '../../src/flow/ports.ts';
import { eventually } from '../eventually.ts';
import {
  createSeen,
  factsOf,
  planOf,
  requestOf,
  resolveContext,
  sendOnce,
  type ClusterSubject,
} from './cluster-subject.ts';
import { bodyOf, corePath, readyPods, textOf, type Body } from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };
const deletePod = (name: string, gracePeriodSeconds?: number): ObjectChange => ({
  type: 'delete-pod',
  target: { resource: 'pods', name },
  ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
});
const nameOf = (pod: Body | undefined): string => textOf(pod?.['metadata']?.['name']);
const uidOf = (pod: Body | undefined): string => textOf(pod?.['metadata']?.['uid']);

export function holdsPodDeletes(subject: () => ClusterSubject): void {
  const podPath = (name: string) => corePath(subject().server, `pods/${name}`);
  /** Undefined: there is none of this name. */
  const podNamed = async (name: string): Promise<Body | undefined> => {
    const received = await subject().server.send({ path: podPath(name) });
    return received.status === 404 ? undefined : bodyOf(received);
  };
  const isGone = async (name: string, uid: string) => {
    const pod = await podNamed(name);
    return pod === undefined || uidOf(pod) !== uid;
  };
  /** A pod of its own, without a controller. */
  const createPod = async (name: string, more: object = {}): Promise<Body> => {
    const { server } = subject();
    const received = await server.send({
      method: 'POST',
      path: corePath(server, 'pods'),
      headers: json,
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels: { app: name } },
        spec: {
          containers: [{ name: 'app', image: server.images.good }],
          terminationGracePeriodSeconds: 1,
          ...more,
        },
      }),
    });
    if (received.status !== 201) throw new Error(`creating ${name}: ${received.status} ${received.text}`);
    await readyPods(server, name, 1);
    return bodyOf(received);
  };
  const ended = (plan: EffectPlan) =>
    eventually(
      'the verification ends',
      async () => {
        const progress = await subject().cluster.observe(plan);
        return progress.state === 'rolling' ? undefined : progress;
      },
      subject().server.patienceMs,
    );

  describe('a deleted pod', () => {
    it('of a controller is a change; it ends once, and another one takes its place', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'replaced', { replicas: 2 });
      const [pod] = await readyPods(server, 'replaced', 2);
      const name = nameOf(pod);
      const facts = await factsOf(subject(), deletePod(name));

      expect(facts).toMatchObject({
        target: { kind: 'Pod', apiVersion: 'v1', namespace: server.namespace, name, uid: uidOf(pod) },
        affected: { pods: 1, podNames: [name] },
        class: 'change',
        classReason: expect.stringMatching(/^ReplicaSet replaced-\S+ makes another one$/),
        undo: { kind: 'none', why: expect.stringContaining('does not come back') },
        preview: { kind: 'dry-run' },
      });
      expect(facts.changes[0]?.shown).toEqual([
        {
          label: `pod ${name}`,
          before: expect.stringMatching(/^Running, 1 of 1 container ready, 0 restarts, on /),
          after: 'deleted',
        },
      ]);
      expect((await podNamed(name))?.['metadata']?.['deletionTimestamp']).toBeUndefined();

      const plan = await planOf(subject(), deletePod(name));
      const request = await requestOf(cluster, plan);
      expect(await sendOnce(cluster, plan, request)).toEqual({ kind: 'accepted', status: 200, differences: [] });
      const second = await sendOnce(cluster, plan, request);
      // While it ends the server takes the same bytes again and changes nothing; afterwards it knows no such uid.
      expect(second.kind === 'accepted' || (second.kind === 'rejected' && [404, 409].includes(second.status))).toBe(
        true,
      );
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });

      expect(await ended(plan)).toMatchObject({ state: 'done', ready: 2, wanted: 2 });
      const after = await readyPods(server, 'replaced', 2);
      expect(after.map(nameOf)).not.toContain(name);
    });

    it('of a StatefulSet gets its name back under another uid, which the same bytes do not hit', async () => {
      const { server, cluster } = subject();
      const created = await server.send({
        method: 'POST',
        path: `/apis/apps/v1/namespaces/${server.namespace}/statefulsets`,
        headers: json,
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          metadata: { name: 'named' },
          spec: {
            selector: { matchLabels: { app: 'named' } },
            serviceName: 'named',
            replicas: 1,
            template: {
              metadata: { labels: { app: 'named' } },
              spec: {
                containers: [{ name: 'app', image: server.images.good }],
                terminationGracePeriodSeconds: 1,
                volumes: [{ name: 'scratch', emptyDir: {} }],
              },
            },
          },
        }),
      });
      expect(created.status).toBe(201);
      const [pod] = await readyPods(server, 'named', 1);
      const plan = await planOf(subject(), deletePod('named-0'));
      const { warnings } = await factsOf(subject(), deletePod('named-0'));
      const request = await requestOf(cluster, plan);

      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'accepted' });
      await eventually(
        'the new pod is there',
        async () => {
          const now = await podNamed('named-0');
          return now !== undefined && uidOf(now) !== uidOf(pod);
        },
        server.patienceMs,
      );
      const [fresh] = await readyPods(server, 'named', 1);
      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 409 });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });
      expect(await cluster.prepare(plan)).toMatchObject({ kind: 'refused' });
      expect(uidOf(await podNamed('named-0'))).toBe(uidOf(fresh));
      expect(warnings).toEqual([
        'What is in its emptyDir volumes is lost (scratch).',
        'It is the only replica: nothing serves until its replacement is ready.',
      ]);
      expect(await ended(plan)).toMatchObject({ state: 'done', ready: 1, wanted: 1 });
    });

    it('of no controller is destructive, and its verification is that it is gone', async () => {
      const { server, cluster } = subject();
      await createPod('alone');

      const facts = await factsOf(subject(), deletePod('alone', 1));
      expect(facts).toMatchObject({
        class: 'destructive',
        classReason: 'it has no controller: nothing makes it again',
        undo: { kind: 'none', why: expect.stringContaining('nothing makes it again') },
      });
      const plan = await planOf(subject(), deletePod('alone', 1));
      expect(await sendOnce(cluster, plan, await requestOf(cluster, plan))).toMatchObject({ kind: 'accepted' });
      expect(await ended(plan)).toMatchObject({ state: 'done', text: `Pod ${server.namespace}/alone is gone` });
    });

    it('is shown with the budgets that a delete does not ask', async () => {
      const { server } = subject();
      await createPod('budgeted');
      await server.send({
        method: 'POST',
        path: `/apis/policy/v1/namespaces/${server.namespace}/poddisruptionbudgets`,
        headers: json,
        body: JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'keep' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'budgeted' } } },
        }),
      });

      const { affected } = await factsOf(subject(), deletePod('budgeted'));

      expect(affected.budgets).toEqual([
        expect.stringMatching(/^keep: allows 0 disruptions; a delete does not ask it$/),
      ]);
    });

    it('is known as landed after a lost reply, and as untouched after a lost request', async () => {
      const { relayed, relay } = subject();
      const created = await createPod('lossy');
      const plan = await planOf(subject(), deletePod('lossy'));
      const request = await requestOf(relayed, plan);

      relay.lose('request');
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'untouched' });
      relay.lose('reply');
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(plan, request)).toMatchObject({
        kind: 'landed',
        text: expect.stringContaining("by this request or by somebody else's"),
      });
      await eventually('it is gone', () => isGone('lossy', uidOf(created)), subject().server.patienceMs);
      expect(await relayed.readBack(plan, request)).toMatchObject({ kind: 'landed' });
    });

    it('that somebody else deleted before is certainly not deleted by us', async () => {
      const { server, cluster } = subject();
      const created = await createPod('raced');
      const plan = await planOf(subject(), deletePod('raced'));
      const request = await requestOf(cluster, plan);
      await server.send({ method: 'DELETE', path: podPath('raced') });
      await eventually('it is gone', () => isGone('raced', uidOf(created)), server.patienceMs);

      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 404 });
      expect(await cluster.prepare(plan)).toMatchObject({ kind: 'refused', text: expect.stringContaining('is gone') });
    });

    it('that lost its controller since the plan is not deleted as one that is made again', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'orphaned', { replicas: 1 });
      const [pod] = await readyPods(server, 'orphaned', 1);
      const plan = await planOf(subject(), deletePod(nameOf(pod)));
      // The ReplicaSet lets go of a pod that its selector does not find any more.
      const let_go = await server.send({
        method: 'PATCH',
        path: podPath(nameOf(pod)),
        headers: { 'Content-Type': 'application/json-patch+json' },
        body: JSON.stringify([
          { op: 'remove', path: '/metadata/ownerReferences' },
          { op: 'replace', path: '/metadata/labels', value: { app: 'free' } },
        ]),
      });
      expect(let_go.status).toBe(200);

      expect(await cluster.prepare(plan)).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining('is not as it was when the plan was made'),
      });
    });

    it.each<[string, ObjectChange, RegExp]>([
      ['no such pod', deletePod('nobody'), /There is no Pod nobody in namespace/],
      ['no grace', deletePod('nograce', 0), /never deleted without waiting/],
      [
        'another kind',
        { type: 'delete-pod', target: { resource: 'services', name: 'x' } },
        /A Service cannot be deleted here; only Pod can/,
      ],
    ])('is refused: %s', async (_, action, text) => {
      if (action.target.name === 'nograce') await createPod('nograce');

      expect(await subject().cluster.resolve(action, resolveContext(subject()))).toMatchObject({
        kind: 'refused',
        text: expect.stringMatching(text),
      });
    });
  });
}
