import { describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import type { EffectPlan, RolloutProgress } from '../../src/flow/ports.ts';
import {
  apply,
  createSeen,
  meddle,
  readContext,
  scale,
  seesTemplate,
  setEnv,
  setImage,
  type ClusterSubject,
} from './cluster-subject.ts';
import { deploymentPath, readyPods } from './kubernetes-server-subject.ts';

export function holdsRollouts(subject: () => ClusterSubject): void {
  const observeUntil = async (plan: EffectPlan, what: string, is: (progress: RolloutProgress) => boolean) => {
    const seen: RolloutProgress[] = [];
    await eventually(
      what,
      async () => {
        const progress = await subject().cluster.observe(plan);
        seen.push(progress);
        return is(progress);
      },
      subject().server.patienceMs,
    );
    return seen;
  };

  describe('rollouts', () => {
    it('are observed from the change until the new pods serve, and down to nothing', async () => {
      await createSeen(subject().server, 'rolling', { replicas: 1 });
      const up = await apply(subject(), setEnv('rolling', [{ name: 'X', value: '1' }]));

      const seen = await observeUntil(up, 'the rollout is done', ({ state }) => state === 'done');
      expect(seen[0]?.state).toBe('rolling');
      expect(seen.at(-1)).toEqual({ state: 'done', text: '1 of 1 replicas are ready', ready: 1, wanted: 1 });

      const down = await apply(subject(), scale('rolling', 0));
      const ended = await observeUntil(down, 'no pod is left', ({ state }) => state === 'done');
      expect(ended.at(-1)).toMatchObject({ state: 'done', ready: 0, wanted: 0 });
    });

    it('name the pods that cannot start, and logs and descriptions of them are read', async () => {
      const { server, cluster } = subject();
      await createSeen(server, 'stuck', { replicas: 1, image: server.images.missing });
      const plan = await apply(subject(), setEnv('stuck', [{ name: 'X', value: '1' }]));

      const seen = await observeUntil(plan, 'a pod is in trouble', ({ text }) => text.includes('does not start'));
      expect(seen.at(-1)?.text).toMatch(
        /; New pod stuck-\S+ does not start: image \S+ cannot be pulled: [^;]+ \((ErrImagePull|ImagePullBackOff)\)$/,
      );

      const logs = await cluster.read(
        { type: 'logs', of: { resource: 'deployments', name: 'stuck' } },
        readContext(subject()),
      );
      expect(logs.exitCode).toBe(1);
      expect(logs.text).toMatch(
        /Error from server \(BadRequest\): container "app" in pod "stuck-\S+" is waiting to start: /,
      );
      const described = await cluster.read(
        { type: 'describe', kind: { resource: 'pods' }, names: [], selector: 'app=stuck' },
        readContext(subject()),
      );
      expect(described.text).toMatch(/^Name: +stuck-/);
      expect(described.text).toMatch(/Reason: +(ErrImagePull|ImagePullBackOff)\n/);
    });

    it.each([
      ['StatefulSet', 'statefulsets'],
      ['DaemonSet', 'daemonsets'],
    ])('of a %s are restarted, observed and known by our mark', async (kind, resource) => {
      const { server, cluster } = subject();
      const name = kind.toLowerCase();
      const created = await server.send({
        method: 'POST',
        path: `/apis/apps/v1/namespaces/${server.namespace}/${resource}`,
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          apiVersion: 'apps/v1',
          kind,
          metadata: { name },
          spec: {
            selector: { matchLabels: { app: name } },
            ...(kind === 'StatefulSet' ? { serviceName: name, replicas: 1 } : {}),
            template: {
              metadata: { labels: { app: name } },
              spec: { containers: [{ name: 'app', image: server.images.good }], terminationGracePeriodSeconds: 1 },
            },
          },
        }),
      });
      expect(created.status).toBe(201);

      const plan = await apply(subject(), { type: 'rollout-restart', target: { resource, name } });
      const seen = await observeUntil(plan, 'the rollout is done', ({ state }) => state === 'done');

      expect(seen.at(-1)).toMatchObject({ state: 'done', ready: 1, wanted: 1 });
      expect(await cluster.prepare(plan)).toEqual({ kind: 'landed' });
    });

    it('end as failed when the object is gone', async () => {
      const { server } = subject();
      await createSeen(server, 'gone-soon');
      const plan = await apply(subject(), scale('gone-soon', 1));
      await server.send({ method: 'DELETE', path: deploymentPath(server, 'gone-soon') });

      expect(await subject().cluster.observe(plan)).toMatchObject({
        state: 'failed',
        text: expect.stringContaining('is gone'),
      });
    });

    it('fail when they exceed their deadline', async () => {
      const { server } = subject();
      await createSeen(server, 'too-late', { replicas: 1, image: server.images.missing });
      await meddle(subject(), 'too-late', [{ op: 'replace', path: '/spec/progressDeadlineSeconds', value: 1 }]);
      const plan = await apply(subject(), setEnv('too-late', [{ name: 'X', value: '1' }]));

      const seen = await observeUntil(plan, 'the deadline has passed', ({ state }) => state === 'failed');

      expect(seen.at(-1)?.text).toMatch(/^The rollout made no progress within its deadline: /);
    });

    it('tell how their pods crash, with the exit code and the last words', async () => {
      const { server } = subject();
      await createSeen(server, 'crashes', { replicas: 1 });
      await readyPods(server, 'crashes', 1);
      const plan = await apply(subject(), setImage('crashes', server.images.bad));

      const seen = await observeUntil(plan, 'it backs off', ({ text }) => text.includes('CrashLoopBackOff'));

      expect(seen.at(-1)?.text).toMatch(
        /New pod crashes-\S+ does not stay up: CrashLoopBackOff, exit 1 after \d restarts?; last log line "[^\n]*fatal: crashing on purpose \(exit 1\)""/,
      );
    });

    it('say why no node takes a pod', async () => {
      const { server } = subject();
      await createSeen(server, 'homeless');
      const nowhere = { 'firebreak.dev/none': 'such' };
      await meddle(subject(), 'homeless', [{ op: 'add', path: '/spec/template/spec/nodeSelector', value: nowhere }]);
      await seesTemplate(subject(), 'homeless');
      const plan = await apply(subject(), scale('homeless', 1));

      const seen = await observeUntil(plan, 'it is Pending', ({ text }) => text.includes('Pending'));

      expect(seen.at(-1)?.text).toMatch(
        /; New pod homeless-\S+ is Pending: 0\/\d+ nodes are available: .*didn't match Pod's node affinity\/selector/,
      );
    });

    it('are told as kubectl rollout status tells them', async () => {
      await createSeen(subject().server, 'told', { replicas: 1 });

      const answer = await subject().cluster.read(
        {
          type: 'rollout-status',
          target: { resource: 'deployments', name: 'told' },
          timeoutSeconds: subject().server.patienceMs / 1000,
        },
        readContext(subject(), { signal: AbortSignal.timeout(subject().server.patienceMs) }),
      );

      expect(answer.exitCode).toBe(0);
      expect(answer.text).toMatch(/deployment "told" successfully rolled out\n$/);
    });
  });
}
