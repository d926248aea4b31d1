/** DELETE and eviction: preconditions, dry runs, budgets. */
import { describe, expect, it } from '@jest/globals';
import {
  bodyOf,
  corePath,
  createDeployment,
  deploymentPath,
  eventually,
  type KubernetesServer,
  readyPods,
  textOf,
} from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };

export function holdsDeletes(server: () => KubernetesServer): void {
  describe('DELETE', () => {
    it('with the uid of another object is a conflict', async () => {
      const created = await createDeployment(server(), 'pinned');
      const received = await server().send({
        method: 'DELETE',
        path: deploymentPath(server(), 'pinned'),
        headers: json,
        body: '{"preconditions":{"uid":"other"}}',
      });

      expect(received.status).toBe(409);
      expect(bodyOf(received)).toMatchObject({
        reason: 'Conflict',
        message: `Operation cannot be fulfilled on Deployment.apps "pinned": the UID in the precondition (other) does not match the UID in record (${textOf(created['metadata']?.['uid'])}). The object might have been deleted and then recreated`,
      });
    });

    it('takes dryRun from its body, or from the query when it has none', async () => {
      await createDeployment(server(), 'kept');
      const path = deploymentPath(server(), 'kept');
      const byBody = await server().send({ method: 'DELETE', path, headers: json, body: '{"dryRun":["All"]}' });
      const byQuery = await server().send({ method: 'DELETE', path: `${path}?dryRun=All` });
      expect([byBody.status, byQuery.status]).toEqual([200, 200]);
      expect((await server().send({ path })).status).toBe(200);
    });

    it('with a body ignores dryRun in the query and deletes', async () => {
      await createDeployment(server(), 'lost');
      const path = deploymentPath(server(), 'lost');
      const received = await server().send({
        method: 'DELETE',
        path: `${path}?dryRun=All`,
        headers: json,
        body: '{"propagationPolicy":"Background"}',
      });

      expect(received.status).toBe(200);
      expect((await server().send({ path })).status).toBe(404);
    });

    it('of what is not there names it', async () => {
      const received = await server().send({ method: 'DELETE', path: deploymentPath(server(), 'nobody') });

      expect(received.status).toBe(404);
      expect(bodyOf(received)).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'deployments.apps "nobody" not found',
        reason: 'NotFound',
        details: { name: 'nobody', group: 'apps', kind: 'deployments' },
        code: 404,
      });
    });
  });

  describe('eviction', () => {
    it('asks the budget, also when it is a dry run', async () => {
      await createDeployment(server(), 'guarded', { replicas: 1 });
      const [pod] = await readyPods(server(), 'guarded', 1);
      const name = textOf(pod?.['metadata']?.['name']);
      const budgets = `/apis/policy/v1/namespaces/${server().namespace}/poddisruptionbudgets`;
      await server().send({
        method: 'POST',
        path: budgets,
        headers: json,
        body: JSON.stringify({
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'guard' },
          spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
        }),
      });
      const readBudget = async () => bodyOf(await server().send({ path: `${budgets}/guard` }));
      await eventually(server(), readBudget, (budget) => Number(budget['status']?.['currentHealthy']) === 1);
      const evict = (deleteOptions: object, query = '') =>
        server().send({
          method: 'POST',
          path: corePath(server(), `pods/${name}/eviction${query}`),
          headers: json,
          body: JSON.stringify({
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name, namespace: server().namespace },
            deleteOptions,
          }),
        });

      const blocked = await evict({}, '?dryRun=All');
      const blockedStranger = await evict({ preconditions: { uid: 'other' } });
      await server().send({ method: 'DELETE', path: `${budgets}/guard` });
      const stranger = await evict({ preconditions: { uid: 'other' } });
      const allowed = await evict({ preconditions: { uid: pod?.['metadata']?.['uid'] } });

      expect(blocked.status).toBe(429);
      expect(bodyOf(blocked)).toMatchObject({
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: {
          causes: [
            {
              reason: 'DisruptionBudget',
              message: 'The disruption budget guard needs 1 healthy pods and has 1 currently',
            },
          ],
        },
      });
      expect(blockedStranger.status).toBe(429);
      expect(stranger.status).toBe(409);
      expect(allowed.status).toBe(201);
    });
  });
}
