/** Pausing and resuming a deployment. */
import { describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { RolloutProgress } from '../../src/flow/ports.ts';
import { eventually } from '../eventually.ts';
import {
  apply,
  createSeen,
  factsOf,
  planOf,
  requestOf,
  resolveContext,
  seesTemplate,
  sendOnce,
  setEnv,
  setImage,
  type ClusterSubject,
} from './cluster-subject.ts';
import { readDeployment } from './kubernetes-server-subject.ts';

const turn = (type: 'rollout-pause' | 'rollout-resume', name: string): ObjectChange => ({
  type,
  target: { resource: 'deployments', name },
});

export function holdsPauses(subject: () => ClusterSubject): void {
  const live = (name: string) => readDeployment(subject().server, name);

  describe('a pause', () => {
    it('holds a new template back until it is resumed, and each is the undo of the other', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'held', { replicas: 1 });
      const observed = (plan: Parameters<typeof cluster.observe>[0], is: (progress: RolloutProgress) => boolean) =>
        eventually(
          'the state that is waited for',
          async () => {
            const progress = await cluster.observe(plan);
            return is(progress) ? progress : undefined;
          },
          server.patienceMs,
        );
      await observed(
        await planOf(subject(), setEnv('held', [{ name: 'X', value: '0' }])),
        (one) => one.state === 'done',
      );

      expect(await factsOf(subject(), turn('rollout-pause', 'held'))).toMatchObject({
        changes: [{ path: '/spec/paused', label: 'paused', after: true }],
        affected: { pods: 0 },
        class: 'change',
        undo: { kind: 'action', action: { type: 'rollout-resume' } },
      });
      const paused = await apply(subject(), turn('rollout-pause', 'held'));
      expect(await cluster.observe(paused)).toMatchObject({
        state: 'done',
        text: expect.stringContaining('is paused'),
      });
      expect(await cluster.resolve(turn('rollout-pause', 'held'), resolveContext(subject()))).toMatchObject({
        kind: 'no-change',
      });

      const changed = await apply(subject(), setImage('held', 'workload:v2'));
      await seesTemplate(subject(), 'held');
      expect(await cluster.observe(changed)).toMatchObject({ state: 'rolling' });
      expect(await factsOf(subject(), turn('rollout-resume', 'held'))).toMatchObject({
        changes: [{ path: '/spec/paused', before: true }],
        affected: { pods: 1 },
        undo: { kind: 'action', action: { type: 'rollout-pause' } },
      });
      const resumed = await apply(subject(), turn('rollout-resume', 'held'));
      expect((await live('held'))['spec']?.['paused']).toBeUndefined();
      await observed(resumed, ({ state }) => state === 'done');
      const { items } = JSON.parse(
        (await server.send({ path: `/api/v1/namespaces/${server.namespace}/pods?labelSelector=app%3Dheld` })).text,
      ) as { items: { spec: { containers: { image: string }[] } }[] };
      expect(items.map(({ spec }) => spec.containers[0]?.image)).toContain('workload:v2');
      expect(await cluster.observe(paused)).toMatchObject({
        state: 'failed',
        text: expect.stringContaining('resumed'),
      });
    });

    it('sent twice with the same bytes lands once', async () => {
      await createSeen(subject().server, 'held-twice');
      const { cluster } = subject();
      const plan = await planOf(subject(), turn('rollout-pause', 'held-twice'));
      const request = await requestOf(cluster, plan);

      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'accepted' });
      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });
    });
  });
}
