import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  createSeen,
  apply,
  factsOf,
  meddle,
  planOf,
  requestOf,
  restart,
  scale,
  sendOnce,
  setEnv,
  type ClusterSubject,
} from './cluster-subject.ts';
import { deploymentPath, readDeployment } from './kubernetes-server-subject.ts';

const env = '/spec/template/spec/containers/0/env';

export function holdsApplying(subject: () => ClusterSubject): void {
  const live = (name: string) => readDeployment(subject().server, name);
  const marker = async (name: string) => (await live(name))['metadata']?.['annotations']?.['firebreak.dev/plan'];

  describe('apply', () => {
    it('lands once, with our mark, and is known as landed afterwards', async () => {
      await createSeen(subject().server, 'once');
      const { cluster } = subject();
      const plan = await planOf(subject(), scale('once', 1));
      const request = await requestOf(cluster, plan);

      const first = await sendOnce(cluster, plan, request);
      const second = await sendOnce(cluster, plan, request);

      expect(first).toEqual({ kind: 'accepted', status: 200, differences: [] });
      expect(second).toMatchObject({ kind: 'rejected', status: 422 });
      expect(await cluster.readBack(plan, request)).toEqual({ kind: 'landed', differences: [] });
      expect(await cluster.prepare(plan)).toEqual({ kind: 'landed' });
      expect(await marker('once')).toBe(plan.id);
      expect((await live('once'))['spec']?.['replicas']).toBe(1);
    });

    it('builds the same bytes for the same object', async () => {
      await createSeen(subject().server, 'bytes');
      const plan = await planOf(subject(), restart('bytes'));

      expect(await requestOf(subject().cluster, plan)).toEqual(await requestOf(subject().cluster, plan));
    });

    it('restarts with exactly the planned time', async () => {
      await createSeen(subject().server, 'restart');

      await apply(subject(), restart('restart'));

      expect((await live('restart'))['spec']?.['template']?.['metadata']?.['annotations']).toEqual({
        'kubectl.kubernetes.io/restartedAt': '2026-03-01T12:00:00Z',
      });
    });

    it('sets, adds and removes variables in one patch, and its undo restores what was there', async () => {
      await createSeen(subject().server, 'vars-all');
      const entries = ['A', 'B', 'C', 'D'].map((name) => ({ name, value: name.toLowerCase() }));
      await meddle(subject(), 'vars-all', [{ op: 'replace', path: env, value: entries }]);
      const action = setEnv('vars-all', [
        { name: 'D', remove: true },
        { name: 'NEW', value: '1' },
        { name: 'B', value: 'changed' },
        { name: 'A', remove: true },
        { name: 'LAST', value: '' },
      ]);
      const { undo } = await factsOf(subject(), action);

      await apply(subject(), action);
      const names = async () => (await live('vars-all'))['spec']?.['template']?.['spec']?.['containers']?.[0]?.['env'];
      expect(await names()).toEqual([
        { name: 'B', value: 'changed' },
        { name: 'C', value: 'c' },
        { name: 'NEW', value: '1' },
        expect.objectContaining({ name: 'LAST' }),
      ]);

      if (undo.kind !== 'action') throw new Error('no undo');
      await apply(subject(), undo.action);
      expect(await names()).toEqual(expect.arrayContaining(entries));
      expect(await names()).toHaveLength(entries.length);
    });

    it('gives a container its first variable and takes its last one away', async () => {
      await createSeen(subject().server, 'first-var');
      await meddle(subject(), 'first-var', [{ op: 'remove', path: env }]);

      await apply(
        subject(),
        setEnv('first-var', [
          { name: 'ONLY', value: '1' },
          { name: 'TWO', value: '2' },
        ]),
      );
      const container = async () => (await live('first-var'))['spec']?.['template']?.['spec']?.['containers']?.[0];
      expect((await container())?.['env']).toEqual([
        { name: 'ONLY', value: '1' },
        { name: 'TWO', value: '2' },
      ]);

      await apply(
        subject(),
        setEnv('first-var', [
          { name: 'ONLY', remove: true },
          { name: 'TWO', remove: true },
        ]),
      );
      expect((await container())?.['env'] ?? []).toEqual([]);
    });

    it('replaces the mark of an earlier plan', async () => {
      await createSeen(subject().server, 'marked');
      await apply(subject(), setEnv('marked', [{ name: 'X', value: '1' }]));

      const second = await apply(subject(), setEnv('marked', [{ name: 'X', value: '2' }]));

      expect(await marker('marked')).toBe(second.id);
    });

    it('is accepted from exactly one of 64 senders at the same time', async () => {
      await createSeen(subject().server, 'crowd');
      const { cluster } = subject();
      const plan = await planOf(subject(), setEnv('crowd', [{ name: 'X', value: '1' }]));
      const request = await requestOf(cluster, plan);

      const answers = await Promise.all(Array.from({ length: 64 }, () => sendOnce(cluster, plan, request)));

      expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(answers.filter((answer) => answer.kind === 'rejected' && answer.status === 422)).toHaveLength(63);
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'landed' });
    });

    it('sends our Audit-ID, once for each call', async () => {
      await createSeen(subject().server, 'audited');
      const { relayed, relay } = subject();
      const plan = await planOf(subject(), setEnv('audited', [{ name: 'X', value: '1' }]));
      const request = await requestOf(relayed, plan);
      const auditId = randomUUID();

      await relayed.send(plan, request, { auditId, timeoutMs: 10_000 });

      const writes = relay.relayed.filter(({ auditId: sent }) => sent === auditId);
      expect(writes).toEqual([{ method: 'PATCH', path: request.path, auditId, status: 200, echoed: auditId }]);
    });
  });

  describe('a world that moved', () => {
    it('refuses to prepare when a before-value is another one now', async () => {
      await createSeen(subject().server, 'moved');
      const plan = await planOf(subject(), setEnv('moved', [{ name: 'PORT', value: '9000' }]));
      await meddle(subject(), 'moved', [{ op: 'replace', path: `${env}/0/value`, value: '1' }]);

      expect(await subject().cluster.prepare(plan)).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining('env PORT (container app) is not as it was'),
      });
    });

    it('prepares when only something else changed', async () => {
      await createSeen(subject().server, 'elsewhere');
      const plan = await planOf(subject(), setEnv('elsewhere', [{ name: 'PORT', value: '9000' }]));
      await meddle(subject(), 'elsewhere', [{ op: 'replace', path: '/spec/replicas', value: 1 }]);

      const request = await requestOf(subject().cluster, plan);
      expect(await sendOnce(subject().cluster, plan, request)).toMatchObject({ kind: 'accepted' });
    });

    it('refuses an object of the same name made anew, and cannot tell about one that is gone', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'anew');
      const plan = await planOf(subject(), scale('anew', 1));
      const request = await requestOf(cluster, plan);
      await server.send({ method: 'DELETE', path: deploymentPath(server, 'anew') });

      expect(await cluster.prepare(plan)).toMatchObject({ kind: 'refused', text: expect.stringContaining('is gone') });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
      await createSeen(server, 'anew');
      expect(await cluster.prepare(plan)).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining('made anew'),
      });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected' });
    });

    it('refuses another cluster of the same name', async () => {
      await createSeen(subject().server, 'swapped');
      const plan = await planOf(subject(), scale('swapped', 1));

      const prepared = await subject().cluster.prepare({ ...plan, target: { ...plan.target, clusterUid: 'other' } });

      expect(prepared).toMatchObject({ kind: 'refused', text: expect.stringContaining('another cluster') });
    });

    it('is rejected, and read back as moved, after a foreign change between preparing and sending', async () => {
      await createSeen(subject().server, 'foreign');
      const { cluster } = subject();
      const plan = await planOf(subject(), scale('foreign', 1));
      const request = await requestOf(cluster, plan);
      await meddle(subject(), 'foreign', [{ op: 'add', path: '/spec/minReadySeconds', value: 1 }]);

      expect(await sendOnce(cluster, plan, request)).toMatchObject({ kind: 'rejected', status: 422 });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
    });
  });

  describe('a broken connection', () => {
    it('is ambiguous when the reply is lost, and read back as landed', async () => {
      await createSeen(subject().server, 'lost-reply');
      const { relayed, relay } = subject();
      const plan = await planOf(subject(), setEnv('lost-reply', [{ name: 'X', value: '1' }]));
      const request = await requestOf(relayed, plan);
      relay.lose('reply');
      const before = relay.relayed.length;

      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });

      expect(relay.relayed.slice(before).map(({ method, status }) => [method, status])).toEqual([['PATCH', 200]]);
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'landed', differences: [] });
    });

    it('is ambiguous when the request is lost, is read back as untouched, and the same bytes land then', async () => {
      await createSeen(subject().server, 'lost-request');
      const { relayed, relay } = subject();
      const plan = await planOf(subject(), setEnv('lost-request', [{ name: 'X', value: '1' }]));
      const request = await requestOf(relayed, plan);
      relay.lose('request');
      const before = relay.relayed.length;

      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'ambiguous' });

      expect(relay.relayed).toHaveLength(before);
      expect(await relayed.readBack(plan, request)).toEqual({ kind: 'untouched' });
      expect(await sendOnce(relayed, plan, request)).toMatchObject({ kind: 'accepted' });
    });

    it('reports what others made of our values after we landed', async () => {
      await createSeen(subject().server, 'overwritten');
      const plan = await planOf(
        subject(),
        setEnv('overwritten', [
          { name: 'X', value: '1' },
          { name: 'A_TOKEN', value: 'hush' },
        ]),
      );
      const request = await requestOf(subject().cluster, plan);
      await sendOnce(subject().cluster, plan, request);
      await meddle(subject(), 'overwritten', [
        { op: 'replace', path: `${env}/1/value`, value: '2' },
        { op: 'replace', path: `${env}/2/value`, value: 'loud' },
      ]);

      expect(await subject().cluster.readBack(plan, request)).toEqual({
        kind: 'landed',
        differences: [
          'env X (container app) is "2", not "1" as planned.',
          'env A_TOKEN (container app) is (masked), not (masked) as planned.',
        ],
      });
    });
  });
}
