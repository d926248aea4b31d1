/** Trouble as the cluster makes it: memory, quotas, rollouts that do not get on, autoscalers that cannot measure; and what goes with its owner. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  bodyOf,
  corePath,
  createDeployment,
  deploymentPath,
  eventually,
  type Body,
  type KubernetesServer,
  patchJson,
  readDeployment,
  readyPods,
  textOf,
} from './kubernetes-server-subject.ts';

const json = { 'Content-Type': 'application/json' };
const itemsOf = (list: Body): Body[] => [...(list['items'] as unknown as Body[])];
const conditionsOf = (object: Body): Body[] => [...((object['status']?.['conditions'] ?? []) as unknown as Body[])];
const conditionOf = (object: Body, type: string) => conditionsOf(object).find((one) => textOf(one['type']) === type);

export function holdsTrouble(server: () => KubernetesServer): void {
  const list = async (path: string) => itemsOf(bodyOf(await server().send({ path })));
  const podsOf = (app: string) => list(corePath(server(), `pods?labelSelector=app%3D${app}`));
  const eventsOf = (kind: string, reason: string) =>
    list(corePath(server(), `events?fieldSelector=involvedObject.kind%3D${kind}%2Creason%3D${reason}`));
  const post = (path: string, object: object) =>
    server().send({ method: 'POST', path, headers: json, body: JSON.stringify(object) });
  const failing = async (name: string) => conditionOf(await readDeployment(server(), name), 'ReplicaFailure');

  describe('a container that takes more memory than its limit', () => {
    it('is killed with 137 and OOMKilled, restarts, and backs off', async () => {
      await createDeployment(server(), 'greedy');
      const container = '/spec/template/spec/containers/0';
      await patchJson(server(), deploymentPath(server(), 'greedy'), [
        { op: 'add', path: `${container}/env/-`, value: { name: 'ALLOC_MIB', value: '200' } },
        { op: 'add', path: `${container}/resources/limits`, value: { memory: '64Mi' } },
        { op: 'replace', path: '/spec/replicas', value: 1 },
      ]);
      const status = async (): Promise<Body | undefined> => {
        const [pod] = await podsOf('greedy');
        const found = pod?.['status']?.['containerStatuses']?.[0];
        // What a story says in the stand-in, the program does by itself on a real node.
        if (found?.['state']?.['running']) server().fillMemory?.(textOf(pod?.['metadata']?.['name']), '200Mi');
        return found;
      };

      const looping = await eventually(
        server(),
        status,
        (found) => textOf(found?.['state']?.['waiting']?.['reason'] ?? '') === 'CrashLoopBackOff',
      );

      expect(looping).toMatchObject({
        ready: false,
        lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
      });
      expect(Number(textOf(looping?.['restartCount']))).toBeGreaterThan(0);
      expect(textOf((await eventsOf('Pod', 'BackOff'))[0]?.['message'])).toMatch(
        /^Back-off restarting failed container app in pod greedy-/,
      );
      await patchJson(server(), deploymentPath(server(), 'greedy'), [
        { op: 'replace', path: '/spec/replicas', value: 0 },
      ]);
    });
  });

  describe('a quota', () => {
    const quotaPath = () => corePath(server(), 'resourcequotas/small');
    beforeAll(async () => {
      await eventually(
        server(),
        () => podsOf('greedy'),
        (pods) => pods.length === 0,
      );
    });

    it('keeps the pods at its limit; ReplicaSet and Deployment say why, and its status what is used', async () => {
      const already = (await list(corePath(server(), 'pods'))).length;
      const hard = { pods: String(already + 1), 'requests.nvidia.com/gpu': '2' };
      await post(corePath(server(), 'resourcequotas'), { metadata: { name: 'small' }, spec: { hard } });
      const used = async () => bodyOf(await server().send({ path: quotaPath() }))['status']?.['used'];
      await eventually(server(), used, (found) => found !== undefined);
      try {
        await createDeployment(server(), 'crowded', { replicas: 2 });

        const condition = await eventually(
          server(),
          () => failing('crowded'),
          (found) => found !== undefined,
        );
        const why = new RegExp(
          `^pods "crowded-\\w+-\\w{5}" is forbidden: exceeded quota: small, requested: pods=1, used: pods=${hard.pods}, limited: pods=${hard.pods}$`,
        );
        expect(condition).toMatchObject({
          status: 'True',
          reason: 'FailedCreate',
          message: expect.stringMatching(why),
        });
        const [event] = await eventually(
          server(),
          () => eventsOf('ReplicaSet', 'FailedCreate'),
          (found) => found.length > 0,
        );
        expect(event).toMatchObject({
          type: 'Warning',
          source: { component: 'replicaset-controller' },
          message: expect.stringMatching(
            /^Error creating: pods "crowded-\w+-\w{5}" is forbidden: exceeded quota: small, /,
          ),
        });
        expect(await used()).toEqual({ pods: hard.pods, 'requests.nvidia.com/gpu': '0' });

        await patchJson(server(), quotaPath(), [
          { op: 'replace', path: '/spec/hard/pods', value: String(already + 2) },
        ]);
        await readyPods(server(), 'crowded', 2);
      } finally {
        await server().send({ method: 'DELETE', path: quotaPath() });
      }
    });

    it('for memory and CPU refuses a pod that does not say how much it wants', async () => {
      const hard = { 'requests.cpu': '1', 'limits.memory': '8Gi' };
      await post(corePath(server(), 'resourcequotas'), { metadata: { name: 'small' }, spec: { hard } });
      try {
        const pod = {
          metadata: { name: 'silent' },
          spec: { containers: [{ name: 'app', image: server().images.good }] },
        };
        const dry = await eventually(
          server(),
          () => post(corePath(server(), 'pods?dryRun=All'), pod),
          // Admission learns of a new quota a moment later.
          ({ status }) => status === 403,
        );
        expect(bodyOf(dry)).toMatchObject({
          code: 403,
          reason: 'Forbidden',
          message:
            'pods "silent" is forbidden: failed quota: small: must specify limits.memory for: app; requests.cpu for: app',
          details: { name: 'silent', kind: 'pods' },
        });
      } finally {
        await server().send({ method: 'DELETE', path: quotaPath() });
      }
    });
  });

  describe('a rollout', () => {
    it('to an image that never comes up is given up after its deadline, also without one more pod', async () => {
      await createDeployment(server(), 'stuck', { replicas: 1 });
      await readyPods(server(), 'stuck', 1);
      const path = deploymentPath(server(), 'stuck');

      await patchJson(server(), path, [
        { op: 'replace', path: '/spec/strategy', value: { type: 'Recreate' } },
        { op: 'replace', path: '/spec/progressDeadlineSeconds', value: 3 },
        { op: 'replace', path: '/spec/template/spec/containers/0/image', value: server().images.missing },
      ]);

      const progressing = async () => conditionOf(await readDeployment(server(), 'stuck'), 'Progressing');
      const found = await eventually(server(), progressing, (one) => textOf(one?.['status'] ?? '') === 'False');
      expect(found).toMatchObject({
        reason: 'ProgressDeadlineExceeded',
        message: expect.stringMatching(/^ReplicaSet "stuck-\w+" has timed out progressing\.$/),
      });
    });
  });

  describe('an autoscaler', () => {
    it('leaves a deployment at 0 alone, and says that it does', async () => {
      await createDeployment(server(), 'off', { replicas: 0 });
      const path = `/apis/autoscaling/v2/namespaces/${server().namespace}/horizontalpodautoscalers`;
      const target = { type: 'Utilization', averageUtilization: 50 };
      await post(path, {
        metadata: { name: 'off' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'off' },
          minReplicas: 2,
          maxReplicas: 4,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
        },
      });

      const scaler = async () => bodyOf(await server().send({ path: `${path}/off` }));
      const found = await eventually(server(), scaler, (one) => conditionOf(one, 'ScalingActive') !== undefined);

      expect(conditionOf(found, 'ScalingActive')).toMatchObject({
        status: 'False',
        reason: 'ScalingDisabled',
        message: 'scaling is disabled since the replica count of the target is zero',
      });
      expect(found['status']?.['desiredReplicas']).toBe(0);
      expect((await readDeployment(server(), 'off'))['spec']?.['replicas']).toBe(0);
      await server().send({ method: 'DELETE', path: `${path}/off` });
    });
  });

  describe('a deployment that is deleted', () => {
    it('takes its ReplicaSets and pods along, and one of the same name starts afresh', async () => {
      await createDeployment(server(), 'phoenix', { replicas: 1 });
      const [old] = await readyPods(server(), 'phoenix', 1);
      const uid = textOf(old?.['metadata']?.['uid']);

      await server().send({ method: 'DELETE', path: deploymentPath(server(), 'phoenix') });
      await createDeployment(server(), 'phoenix', { replicas: 1 });

      const uids = async () => (await podsOf('phoenix')).map((pod) => textOf(pod['metadata']?.['uid']));
      await eventually(server(), uids, (found) => found.length === 1 && !found.includes(uid));
      const [fresh] = await readyPods(server(), 'phoenix', 1);
      expect(textOf(fresh?.['metadata']?.['uid'])).not.toBe(uid);
    });
  });
}
