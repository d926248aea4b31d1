/** What is kept of pods before they end: asked of a real kubelet and of the stand-in alike. */
import { describe, expect, it } from '@jest/globals';
import type { Captured } from '../../src/domain/capture.ts';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import type { EffectPlan } from '../../src/flow/ports.ts';
import { createSeen, planOf, scale, type ClusterSubject } from './cluster-subject.ts';
import { bodyOf, corePath, eventually, readyPods, textOf, type Body } from './kubernetes-server-subject.ts';

export function holdsCaptures(subject: () => ClusterSubject): void {
  const capture = async (plan: EffectPlan, signal = AbortSignal.timeout(5_000)): Promise<Captured> => {
    const captured = await subject().cluster.capture?.(plan, { signal, podsMax: 10, bytesMax: 128 * 1024 });
    if (!captured) throw new Error('the cluster captures nothing');
    return captured;
  };
  const podsOf = async (app: string): Promise<readonly Body[]> => {
    const { server } = subject();
    const list = bodyOf(await server.send({ path: corePath(server, `pods?labelSelector=app%3D${app}`) }));
    return [...(list['items'] as unknown as Body[])];
  };
  const nameOf = (pod: Body | undefined): string => textOf(pod?.['metadata']?.['name']);
  const deletion = (name: string): ObjectChange => ({ type: 'delete-pod', target: { resource: 'pods', name } });

  describe('what is kept of a pod that is about to end', () => {
    it('of one that crashes again and again: its last lines, how it ended, and its events', async () => {
      const { server } = subject();
      await createSeen(server, 'crashing', { replicas: 1, image: server.images.bad });
      const [pod] = await eventually(
        server,
        () => podsOf('crashing'),
        ([one]) => JSON.stringify(one?.['status'] ?? {}).includes('"lastState":{"terminated"'),
      );

      const { pods, missing } = await capture(await planOf(subject(), deletion(nameOf(pod))));

      expect(missing).toEqual([]);
      expect(pods).toMatchObject([{ namespace: server.namespace, name: nameOf(pod), missing: [] }]);
      expect(pods[0]?.state).toMatch(/^Running; app: .*exit 1 \(Error\), \d+ restarts?$/);
      expect(pods[0]?.logs.map(({ text }) => text).join('')).toMatch(/exit 1|exiting with code 1|crashing/i);
      expect(pods[0]?.events.join('\n')).toMatch(/(Created|Started|BackOff)/);
    });

    it('of a workload: each of its pods; of a smaller one as many as go', async () => {
      const { server } = subject();
      await createSeen(server, 'kept', { replicas: 2 });
      const names = (await readyPods(server, 'kept', 2)).map(nameOf).toSorted();
      const remove: ObjectChange = { type: 'delete', target: { resource: 'deployments', group: 'apps', name: 'kept' } };

      const all = await capture(await planOf(subject(), remove));
      const one = await capture(await planOf(subject(), scale('kept', 1)));

      expect(all.pods.map(({ name }) => name).toSorted()).toEqual(names);
      expect(all.pods.every(({ logs }) => logs.length === 1 && logs[0]?.text !== '')).toBe(true);
      expect(one.pods).toHaveLength(1);
    });

    it('is nothing when another pod has its name by then, and said when there was no time', async () => {
      const { server } = subject();
      await createSeen(server, 'hurried', { replicas: 1 });
      const [pod] = await readyPods(server, 'hurried', 1);
      const plan = await planOf(subject(), deletion(nameOf(pod)));

      const other = await capture({ ...plan, target: { ...plan.target, uid: 'another' } });
      const late = await capture(plan, AbortSignal.abort());

      expect(other).toEqual({ pods: [], missing: [] });
      expect(late).toEqual({ pods: [], missing: [expect.stringContaining('did not answer in time')] });
    });
  });
}
