/** Cordons, on a node without a kubelet, so that nobody's pods are kept away from the real one. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import { eventually } from '../eventually.ts';
import { apply, factsOf, planOf, requestOf, resolveContext, sendOnce, type ClusterSubject } from './cluster-subject.ts';
import { bodyOf, patchJson, type Body } from './kubernetes-server-subject.ts';

const cordon = (type: 'cordon' | 'uncordon', name: string): ObjectChange => ({
  type,
  target: { resource: 'nodes', name },
});

export function holdsCordons(subject: () => ClusterSubject): void {
  const name = `nowhere-${randomBytes(4).toString('hex')}`;
  const path = `/api/v1/nodes/${name}`;
  const node = async (): Promise<Body> => bodyOf(await subject().server.send({ path }));
  const taints = async (): Promise<readonly Body[]> => [
    ...(((await node())['spec']?.['taints'] as unknown as Body[] | undefined) ?? []),
  ];
  const hasTaint = async () =>
    (await taints()).some(({ key }) => JSON.stringify(key) === '"node.kubernetes.io/unschedulable"');

  describe('a node', () => {
    beforeAll(async () => {
      // Its own taint keeps the pods of everybody's DaemonSets away.
      const created = await subject().server.send({
        method: 'POST',
        path: '/api/v1/nodes',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name },
          spec: { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }] },
        }),
      });
      if (created.status !== 201) throw new Error(`creating the node ${name}: ${created.status} ${created.text}`);
    });
    afterAll(async () => {
      await subject().server.send({ method: 'DELETE', path });
    });

    it('has no generation, is in no namespace, and is cordoned and uncordoned, each the undo of the other', async () => {
      const { cluster } = subject();
      const before = (await node())['spec'];
      const facts = await factsOf(subject(), cordon('cordon', name));

      expect((await node())['metadata']?.['generation']).toBeUndefined();
      expect(facts).toMatchObject({
        target: { kind: 'Node', apiVersion: 'v1', resource: 'nodes', name },
        changes: [{ path: '/spec/unschedulable', label: 'unschedulable', after: true }],
        affected: { pods: 0, podNames: [], budgets: [] },
        class: 'change',
        undo: { kind: 'action', action: { type: 'uncordon' } },
        preview: { kind: 'dry-run' },
        warnings: [],
      });
      expect(facts.target).not.toHaveProperty('namespace');
      const plan = await apply(subject(), cordon('cordon', name));
      expect(await cluster.observe(plan)).toMatchObject({
        state: 'done',
        text: expect.stringContaining('no new pods'),
      });
      expect(await cluster.resolve(cordon('cordon', name), resolveContext(subject()))).toMatchObject({
        kind: 'no-change',
      });
      await eventually('the controller has tainted it', hasTaint, subject().server.patienceMs);

      const { undo } = facts;
      if (undo.kind !== 'action') throw new Error('no undo');
      const back = await apply(subject(), undo.action);
      expect(await cluster.observe(back)).toMatchObject({ state: 'done' });
      expect(await cluster.observe(plan)).toMatchObject({ state: 'failed' });
      await eventually('the taint is taken away', async () => !(await hasTaint()), subject().server.patienceMs);
      const { taints: own, ...spec } = (await node())['spec'] ?? {};
      const { taints: ownBefore, ...specBefore } = before ?? {};
      expect(spec).toEqual(specBefore);
      expect(JSON.stringify(own)).toContain('firebreak.dev/test');
      expect(JSON.stringify(ownBefore)).toContain('firebreak.dev/test');
    });

    it('takes the same bytes once: the mark of before is tested, since there is no generation', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), cordon('cordon', name));
      const request = await requestOf(cluster, plan);
      expect(request.generation).toBeUndefined();

      const answers = await Promise.all(Array.from({ length: 16 }, () => sendOnce(cluster, plan, request)));
      expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer.kind === 'rejected' && answer.status === 422)).toHaveLength(15);
      expect(await cluster.readBack(plan, request)).toEqual({ kind: 'landed', differences: [] });

      // Also when somebody put the field back, so that only the mark tells.
      await patchJson(subject().server, path, [{ op: 'remove', path: '/spec/unschedulable' }]);
      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });
      expect((await node())['spec']?.['unschedulable']).toBeUndefined();
      expect(await cluster.readBack(plan, request)).toMatchObject({
        kind: 'landed',
        differences: [expect.any(String)],
      });
    });

    it('is read back rightly after a lost request and a lost reply, and by an earlier plan as moved', async () => {
      const { relayed, relay } = subject();
      const plan = await planOf(subject(), cordon('cordon', name));
      const request = await requestOf(relayed, plan);
      relay.lose('request');
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'untouched' });
      relay.lose('reply');
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'landed', differences: [] });

      await apply(subject(), cordon('uncordon', name));

      expect(await relayed.readBack(plan, request)).toMatchObject({ kind: 'moved' });
    });

    it.each<[string, ObjectChange, readonly string[], RegExp]>([
      ['the policy does not allow nodes', cordon('cordon', name), [], /does not allow changes of nodes.*clusterScoped/],
      ['it is not there', cordon('cordon', 'nobody'), ['nodes'], /There is no Node nobody\. Check/],
      ['the kind is another', { type: 'cordon', target: { resource: 'pods', name: 'x' } }, ['nodes'], /A Pod cannot/],
    ])('is refused when %s', async (_, action, clusterScoped, text) => {
      const resolution = await subject().cluster.resolve(action, resolveContext(subject(), { clusterScoped }));

      expect(resolution).toMatchObject({ kind: 'refused', text: expect.stringMatching(text) });
    });
  });
}
