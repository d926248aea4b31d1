/** A command in a container: read when it only looks, else sent at most once. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ExecAction } from '../../src/domain/change-action.ts';
import type { ExecReadAction } from '../../src/domain/read-action.ts';
import type { ReadAnswer } from '../../src/flow/ports.ts';
import { eventually } from '../eventually.ts';
import {
  factsOf,
  planOf,
  readContext,
  requestOf,
  resolveContext,
  sendOnce,
  type ClusterSubject,
} from './cluster-subject.ts';
import { bodyOf, corePath, createDeployment, readyPods, textOf } from './kubernetes-server-subject.ts';

const runs = (argv: readonly string[], over: Partial<ExecAction<string>> = {}): ExecAction<string> => ({
  type: 'exec',
  target: { resource: 'deployments', name: 'inside' },
  argv,
  ...over,
});

export function holdsCommands(subject: () => ClusterSubject): void {
  describe('a command in a container', () => {
    let pod = { name: '', uid: '' };
    beforeAll(async () => {
      const { server } = subject();
      await createDeployment(server, 'inside', { replicas: 1, containers: ['app', 'helper'] });
      const [found] = await readyPods(server, 'inside', 1);
      pod = { name: textOf(found?.['metadata']?.['name']), uid: textOf(found?.['metadata']?.['uid']) };
    });

    const look = (argv: readonly string[], over: Partial<ExecReadAction<string>> = {}): Promise<ReadAnswer> =>
      subject().cluster.read(
        { type: 'exec-read', of: { resource: 'deployments', name: 'inside' }, argv, container: 'app', ...over },
        readContext(subject()),
      );

    it('that only looks prints what it prints, and exits with its code', async () => {
      expect(await look(['ls', '/nothing'])).toEqual({
        text: 'ls: /nothing: No such file or directory\ncommand terminated with exit code 1\n',
        errorText: 'ls: /nothing: No such file or directory\ncommand terminated with exit code 1\n',
        exitCode: 1,
        truncated: false,
      });
    });

    it('runs in the first container when none is named, and says so', async () => {
      const { container: _, ...unnamed }: ExecReadAction<string> = {
        type: 'exec-read',
        of: { resource: 'pods', name: pod.name },
        argv: ['ls', '/nothing'],
        container: 'app',
      };
      const answer = await subject().cluster.read(unnamed, readContext(subject()));

      expect(answer.text).toMatch(/^Defaulted container "app" out of: app, helper\nls: /);
    });

    it.each([
      [
        'a container that is not there',
        { container: 'nope' },
        /^Error from server \(BadRequest\): container nope is not valid for pod inside-/,
      ],
      [
        'a pod that is not there',
        { of: { resource: 'pods', name: 'nope' } },
        /^Error from server \(NotFound\): pods "nope" not found/,
      ],
    ])('does not look into %s', async (_, over, words) => {
      const answer = await look(['ls', '/'], over);

      expect(answer.text).toMatch(words);
      expect(answer.exitCode).toBe(1);
    });

    it('that is not on the list of reads is not run as one', async () => {
      expect(await look(['hostname'])).toMatchObject({ exitCode: 1, text: expect.stringContaining('policy.exec') });
      expect(await look(['ls', '/run/secrets/x'])).toMatchObject({ text: expect.stringContaining('policy.exec') });
    });

    it('is planned for one pod and container, without preview and without a way back', async () => {
      const facts = await factsOf(subject(), runs(['hostname']));

      expect(facts).toMatchObject({
        target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace: subject().server.namespace },
        changes: [{ shown: [{ label: 'command in container app', after: 'hostname' }] }],
        affected: { pods: 1, podNames: [pod.name] },
        class: 'destructive',
        undo: { kind: 'none' },
        preview: { kind: 'none' },
      });
      expect(facts.warnings.join(' ')).toContain('rights of container app');
      expect((await factsOf(subject(), runs(['python', '-c', 'x']))).warnings.join(' ')).toContain('new process');
    });

    it.each([
      [
        'a workload that is not there',
        runs(['id'], { target: { resource: 'deployments', name: 'nope' } }),
        'no deployments nope',
      ],
      ['a container that is not there', runs(['id'], { container: 'nope' }), 'no container nope'],
      ['another namespace', runs(['id'], { namespace: 'kube-system' }), 'protected'],
      ['a token', runs(['cat', '/var/run/secrets/kubernetes.io/serviceaccount/token']), 'never reads'],
      ['a name that is none', runs(['id'], { target: { resource: 'pods', name: '../secrets/x?' } }), 'not an object'],
    ])('is not planned for %s', async (_, action, words) => {
      expect(await subject().cluster.resolve(action, resolveContext(subject()))).toMatchObject({
        kind: 'refused',
        text: expect.stringContaining(words),
      });
    });

    it('runs once it is approved, and its output and exit code come back', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), runs(['hostname']));
      const other = await planOf(subject(), runs(['false'], { container: 'helper' }));

      expect(await sendOnce(cluster, plan, await requestOf(cluster, plan))).toEqual({
        kind: 'accepted',
        status: 101,
        differences: [],
        output: { text: `${pod.name}\n`, exitCode: 0 },
      });
      expect(await sendOnce(cluster, other, await requestOf(cluster, other))).toMatchObject({
        kind: 'accepted',
        output: { text: '', exitCode: 1 },
      });
    });

    it('hides what looks like a password in its output', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), runs(['echo', 'DB_PASSWORD=hunter2']));

      expect(await sendOnce(cluster, plan, await requestOf(cluster, plan))).toMatchObject({
        output: { text: 'DB_PASSWORD=(masked)\n' },
      });
    });

    it('without its program was certainly not run', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), runs(['nosuch']));

      expect(await sendOnce(cluster, plan, await requestOf(cluster, plan))).toMatchObject({
        kind: 'rejected',
        text: expect.stringContaining('no such program'),
      });
    });

    it('is not run in a pod of another uid, and nobody can tell afterwards whether it ran', async () => {
      const { cluster } = subject();
      const plan = await planOf(subject(), runs(['hostname']));
      const request = await requestOf(cluster, plan);
      const moved = { ...plan, target: { ...plan.target, uid: randomUUID() } };

      expect(await cluster.prepare(moved)).toMatchObject({ kind: 'refused' });
      expect(await sendOnce(cluster, moved, request)).toMatchObject({ kind: 'rejected' });
      expect(await cluster.readBack(plan, request)).toMatchObject({ kind: 'moved' });
    });

    it('is not run in a pod that is gone', async () => {
      const { server, cluster } = subject();
      await createDeployment(server, 'left', { replicas: 1 });
      const [found] = await readyPods(server, 'left', 1);
      const plan = await planOf(subject(), runs(['hostname'], { target: { resource: 'deployments', name: 'left' } }));
      const path = corePath(server, `pods/${textOf(found?.['metadata']?.['name'])}`);
      await server.send({ method: 'DELETE', path });
      await eventually(
        'the pod is gone',
        async () => bodyOf(await server.send({ path }))['kind'] === ('Status' as unknown),
        server.patienceMs,
      );

      expect(await cluster.prepare(plan)).toMatchObject({ kind: 'refused', text: expect.stringContaining('gone') });
    });
  });
}
