/** Images: set in one container or in all, classed by their repository, put back. */
import { describe, expect, it } from '@jest/globals';
import type { ObjectChange } from '../../src/domain/change-action.ts';
import {
  apply,
  createSeen,
  factsOf,
  meddle,
  planOf,
  requestOf,
  resolveContext,
  sendOnce,
  setImage,
  type ClusterSubject,
} from './cluster-subject.ts';
import { deploymentPath, readDeployment } from './kubernetes-server-subject.ts';

export function holdsImages(subject: () => ClusterSubject): void {
  const live = (name: string) => readDeployment(subject().server, name);
  const undone = async (action: ObjectChange) => {
    const { undo } = await factsOf(subject(), action);
    if (undo.kind !== 'action') throw new Error(`no undo: ${undo.why}`);
    return undo.action;
  };

  describe('an image', () => {
    it('is set in one container, stays a change within its repository, and its undo restores it', async () => {
      await createSeen(subject().server, 'img-one', { containers: ['one', 'two'] });
      const action = setImage('img-one', 'workload:v2', 'two');

      const facts = await factsOf(subject(), action);
      expect(facts).toMatchObject({
        changes: [
          {
            path: '/spec/template/spec/containers/1/image',
            label: 'image (container two)',
            before: 'workload:v1',
            after: 'workload:v2',
            guard: [{ path: '/spec/template/spec/containers/1/name', value: 'two' }],
          },
        ],
        class: 'change',
        preview: { kind: 'dry-run' },
      });
      const before = (await live('img-one'))['spec'];
      await apply(subject(), action);
      expect((await live('img-one'))['spec']?.['template']?.['spec']?.['containers']).toMatchObject([
        { name: 'one', image: 'workload:v1' },
        { name: 'two', image: 'workload:v2' },
      ]);
      if (facts.undo.kind !== 'action') throw new Error('no undo');
      await apply(subject(), facts.undo.action);
      expect((await live('img-one'))['spec']).toEqual(before);
    });

    it('of every container sets init containers too, and one undo puts different ones back', async () => {
      const { server } = subject();
      await createSeen(server, 'img-all', { containers: ['one', 'two'] });
      await meddle(subject(), 'img-all', [
        { op: 'add', path: '/spec/template/spec/initContainers', value: [{ name: 'prep', image: 'workload:v0' }] },
      ]);
      const before = (await live('img-all'))['spec'];
      const action = setImage('img-all', 'workload:v2');
      const back = await undone(action);

      await apply(subject(), action);
      const spec = (await live('img-all'))['spec']?.['template']?.['spec'];
      expect([spec?.['initContainers']?.[0]?.['image'], spec?.['containers']?.[1]?.['image']]).toEqual([
        'workload:v2',
        'workload:v2',
      ]);
      await apply(subject(), back);

      expect((await live('img-all'))['spec']).toEqual(before);
    });

    it.each<[string, string, readonly string[], 'change' | 'destructive']>([
      ['img-elsewhere', 'other/workload:v2', [], 'destructive'],
      ['img-listed', 'registry.example.com/shop/api:v2', ['registry.example.com/shop'], 'change'],
      ['img-unlisted', 'workload:v2', ['registry.example.com/shop'], 'destructive'],
    ])('%s: %s is classed by the repositories of the policy', async (name, wanted, imageRepositories, expected) => {
      await createSeen(subject().server, name);

      const resolution = await subject().cluster.resolve(
        setImage(name, wanted),
        resolveContext(subject(), { imageRepositories }),
      );

      expect(resolution).toMatchObject({ kind: 'resolved', facts: { class: expected } });
    });

    it('lands once when the same bytes are sent twice, and is read back after a lost reply', async () => {
      await createSeen(subject().server, 'img-twice');
      const { relayed, relay } = subject();
      const plan = await planOf(subject(), setImage('img-twice', 'workload:v2'));
      const request = await requestOf(relayed, plan);
      relay.lose('reply');

      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'landed', differences: [] });
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });
      expect((await live('img-twice'))['metadata']?.['generation']).toBe((request.generation ?? 0) + 1);
    });

    it.each<[string, ObjectChange, string, RegExp]>([
      ['the same image', setImage('img-no', 'workload:v1'), 'no-change', /already has this image/],
      [
        'an unknown container',
        setImage('img-no', 'workload:v2', 'nope'),
        'refused',
        /has no container nope. It has app/,
      ],
      ['what is no image', setImage('img-no', 'Work load'), 'refused', /is not an image/],
    ])('makes no plan for %s', async (_, action, kind, text) => {
      const { server, cluster } = subject();
      if ((await server.send({ path: deploymentPath(server, 'img-no') })).status === 404)
        await createSeen(server, 'img-no');

      expect(await cluster.resolve(action, resolveContext(subject()))).toMatchObject({
        kind,
        text: expect.stringMatching(text),
      });
    });
  });
}
