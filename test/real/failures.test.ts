/**
 * Real failures, produced on purpose: what the verification says of each, and how soon. All of them run side by side;
 * each test then looks at one.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { ChangeAction } from '../../src/domain/change-action.ts';
import type { OperatorRun } from '../../src/flow/operate.ts';
import type { Cluster, RolloutProgress } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { changeOf, operatorOn } from '../contracts/cluster-operator.ts';
import { eventually } from '../eventually.ts';
import {
  budget,
  configMap,
  cronJob,
  deadNode,
  denyingPolicy,
  deployment,
  job,
  type Made,
  onDeadNode,
  quota,
  refusesPods,
  statefulSet,
} from './failure-objects.ts';
import { openNamespace } from './kubernetes-api.ts';

const watchMs = 110_000;
const lookMs = 1_000;
const suffix = randomBytes(4).toString('hex');
const node = `dead-${suffix}`;
const policy = `firebreak-${suffix}`;
const image = String.raw`image \S+ cannot be pulled: (?:not found|the registry cannot be reached) \((?:ErrImagePull|ImagePullBackOff)\)`;

type Failure = {
  readonly objects: readonly Made[];
  /** Pods of this app are ready before the command. */
  readonly serving?: string;
  readonly does: string | ChangeAction;
  /** `rolling`: it may mend itself, and is looked at until the sentence is there. */
  readonly state: 'failed' | 'rolling' | 'done';
  readonly says: RegExp;
};

type Seen = Pick<RolloutProgress, 'state' | 'text'>;
type Applied = {
  readonly run: OperatorRun;
  /** Looks until it has ended, or says what is waited for. */
  readonly watch: (until: (text: string) => boolean) => Promise<Seen>;
};

const scaled = (name: string, replicas = 1): string => `kubectl scale deployment/${name} --replicas=${replicas}`;

const failures: Readonly<Record<string, Failure>> = {
  'an image name that is none': {
    objects: [deployment('invalid', { image: 'No/Such:Name' })],
    does: scaled('invalid'),
    state: 'failed',
    says: /^New pod invalid-\S+ does not start: image No\/Such:Name is no valid name \(InvalidImageName\)$/,
  },
  'an image that is not there': {
    objects: [deployment('absent', { replicas: 1 })],
    serving: 'absent',
    does: 'kubectl set image deployment/absent app=workload:not-there',
    state: 'failed',
    says: new RegExp(`^New pod absent-\\S+ does not start: ${image}; 1 old pod still serves$`),
  },
  'a crash loop': {
    objects: [
      deployment('crashing', {
        replicas: 2,
        readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
      }),
    ],
    serving: 'crashing',
    does: 'kubectl set image deployment/crashing app=workload:bad',
    state: 'failed',
    says: /^New pod crashing-\S+ does not stay up: CrashLoopBackOff, exit 1 after 3 restarts; last log line "time=\S+ level=ERROR version=bad msg="fatal: crashing on purpose \(exit 1\)""; 2 old pods still serve$/,
  },
  'a program that gives up, with a secret in its last words': {
    objects: [
      deployment('giving-up', {
        command: ['/bin/sh', '-c', 'echo no answer from postgres://app:hunter2@db/shop; exit 4'],
      }),
    ],
    does: scaled('giving-up', 2),
    state: 'failed',
    says: /^2 of 2 new pods do not stay up \(giving-up-\S+, giving-up-\S+\): CrashLoopBackOff, exit 4 after 3 restarts; last log line "no answer from postgres:\/\/app:\(masked\)@db\/shop"$/,
  },
  'a memory limit': {
    objects: [
      deployment('hungry', {
        env: [{ name: 'ALLOC_MIB', value: '200' }],
        resources: { limits: { memory: '48Mi' } },
      }),
    ],
    does: scaled('hungry'),
    state: 'failed',
    says: /^New pod hungry-\S+ does not stay up: CrashLoopBackOff, OOMKilled at its memory limit of 48Mi after 3 restarts; last log line "time=\S+ level=INFO version=v1 msg="starting""$/,
  },
  'a program that is not in the image': {
    objects: [deployment('no-program', { command: ['/nosuch'] })],
    does: scaled('no-program'),
    state: 'failed',
    says: /^New pod no-program-\S+ does not stay up: CrashLoopBackOff, StartError, exec: "\/nosuch": stat \/nosuch: no such file or directory after 3 restarts$/,
  },
  'a request that no node can meet': {
    objects: [deployment('huge', { resources: { requests: { cpu: '900' } } })],
    does: scaled('huge'),
    state: 'failed',
    says: /^New pod huge-\S+ is Pending: 0\/\d+ nodes are available: .*\d Insufficient cpu.*, for 60 s by now; a cluster autoscaler may still bring a node$/,
  },
  'a node selector that fits no node': {
    objects: [deployment('picky', { spec: { nodeSelector: { 'firebreak.dev/none': 'such' } } })],
    does: scaled('picky'),
    state: 'failed',
    says: /^New pod picky-\S+ is Pending: 0\/\d+ nodes are available: .*didn't match Pod's node affinity\/selector.*, for 60 s by now; a cluster autoscaler may still bring a node$/,
  },
  'a key that its config map does not have': {
    objects: [
      configMap({ name: 'settings' }),
      deployment('keyless', {
        env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } }],
      }),
    ],
    does: scaled('keyless'),
    state: 'failed',
    says: /^New pod keyless-\S+ does not start: CreateContainerConfigError, couldn't find key mode in ConfigMap \S+\/settings$/,
  },
  'a config map to mount that is not there': {
    objects: [
      deployment('unmounted', {
        volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
        spec: { volumes: [{ name: 'conf', configMap: { name: 'nowhere' } }] },
      }),
    ],
    does: scaled('unmounted'),
    state: 'failed',
    says: /^New pod unmounted-\S+ does not start: MountVolume\.SetUp failed for volume "conf" : configmap "nowhere" not found$/,
  },
  'a readiness probe that says no': {
    objects: [
      deployment('unready', {
        env: [{ name: 'READY', value: 'false' }],
        readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
      }),
    ],
    does: scaled('unready'),
    state: 'rolling',
    says: /^0 of 1 updated replicas are available; New pod unready-\S+ is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503$/,
  },
  'a liveness probe that has it ended': {
    objects: [
      deployment('unhealthy', {
        env: ['HEALTHY', 'READY'].map((name) => ({ name, value: 'false' })),
        readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1, failureThreshold: 1 },
      }),
    ],
    does: scaled('unhealthy'),
    state: 'failed',
    says: /^New pod unhealthy-\S+ does not stay up: CrashLoopBackOff, exit 0 \(its program is over\) after 3 restarts: Liveness probe failed: HTTP probe failed with statuscode: 500; last log line "time=\S+ level=INFO version=v1 msg="stopping""$/,
  },
  'an admission policy that denies the pods of a StatefulSet': {
    objects: [statefulSet('denied', { labels: { denied: 'policy' } })],
    does: 'kubectl scale statefulset/denied --replicas=1',
    state: 'failed',
    says: new RegExp(
      `^1 new pod cannot be made: ValidatingAdmissionPolicy ${policy} denies it: images come from our registry only$`,
    ),
  },
  'an admission webhook that does not answer': {
    objects: [deployment('silenced', { labels: { denied: 'webhook' } })],
    does: scaled('silenced'),
    state: 'failed',
    says: /^1 new pod cannot be made: admission webhook silent\.firebreak\.dev does not answer$/,
  },
  'a job that fails': {
    objects: [cronJob('nightly', { args: ['exit', '3'] })],
    does: 'kubectl create job tonight --from=cronjob/nightly',
    state: 'failed',
    says: /^The job failed: BackoffLimitExceeded, exit 3 in pod tonight-\S+; last log line "time=\S+ level=ERROR version=v1 msg="asked to exit \(exit 3\)""$/,
  },
  'a drained node': {
    objects: [deployment('bound', { replicas: 1, spec: onDeadNode(node) })],
    does: `kubectl drain ${node}`,
    state: 'failed',
    says: /^1 of 2 objects are as they should be; bound-\S+: Pod \S+\/bound-\S+ is gone; ReplicaSet bound-\S+ has 0 of 1 pods ready; Pod bound-\S+ is Pending: 0\/\d+ nodes are available: .*unschedulable.*, for 60 s by now; a cluster autoscaler may still bring a node$/,
  },
  'an autoscaler without metrics': {
    objects: [deployment('scaled', { replicas: 1 })],
    serving: 'scaled',
    does: 'kubectl autoscale deployment/scaled --min=2 --max=3 --cpu-percent=50',
    state: 'done',
    says: /^HorizontalPodAutoscaler \S+\/scaled holds: 2 replicas within 2 to 3; it cannot decide: FailedGetResourceMetric, .*$/,
  },
};

describe('the verification of a real failure', () => {
  let server: ServerForCluster;
  let crowded: ServerForCluster;
  let cluster: Cluster;
  const seen = new Map<string, Promise<Seen>>();
  const cleanUp: string[] = [];

  const pathIn = ({ path }: Made, { namespace }: ServerForCluster): string =>
    path.startsWith('/') ? path : `/${path.replace(/\/([^/]*)$/, `/namespaces/${namespace}/$1`)}`;

  async function make(made: Made, where: ServerForCluster = server): Promise<void> {
    const whole = pathIn(made, where);
    const answer = await where.send({
      method: 'POST',
      path: whole,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(made.body),
    });
    if (answer.status !== 201) throw new Error(`creating at ${whole}: ${answer.status} ${answer.text}`);
  }

  /** The annotation that its controller adds would get between a plan's look and its request. */
  const isSeen = (made: Made) =>
    eventually('the controller has seen the deployment', async () => {
      const { text } = await server.send({ path: `${pathIn(made, server)}/${made.body.metadata.name}` });
      return text.includes('deployment.kubernetes.io/revision');
    });

  const podsOf = async (app: string, where = server) => {
    const path = `/api/v1/namespaces/${where.namespace}/pods?labelSelector=app%3D${app}`;
    // The API server's own list.
    const { items } = JSON.parse((await where.send({ path })).text) as {
      items: {
        metadata: { name: string };
        spec: { nodeName?: string };
        status: { conditions?: { type: string; status: string }[] };
      }[];
    };
    return items;
  };
  const servesSoon = (app: string, where = server) =>
    eventually(
      `${app} serves`,
      async () => {
        const pods = await podsOf(app, where);
        const ready = pods.every((pod) =>
          pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
        );
        return pods.length > 0 && ready ? pods : undefined;
      },
      60_000,
    );

  async function applied(does: string | ChangeAction, where = server): Promise<Applied> {
    const operator = operatorOn(cluster);
    const planned = await operator.plan(typeof does === 'string' ? changeOf(does) : does, where.namespace);
    if (planned.kind !== 'planned') throw new Error(`${planned.kind}: ${planned.text}`);
    const run = await operator.apply(planned.plan);
    return {
      run,
      watch: async (until) => {
        let last: Seen = { state: 'rolling', text: 'nothing' };
        // It looks twice a second, and is over by what it says, too: some troubles are watched for minutes.
        const look = (): Promise<Seen['state']> =>
          operator.watch(planned.plan, lookMs, (text) => {
            last = { ...last, text };
          });
        await eventually(
          'the verification says so',
          async () => {
            const state = await look();
            last = { ...last, state };
            return last.state !== 'rolling' || until(last.text);
          },
          watchMs,
        ).catch(() => undefined); // what it says then is the test's to judge
        return last;
      },
    };
  }

  async function fail({ objects, serving, does, says, state }: Failure) {
    for (const object of objects) {
      await make(object);
      if (object.path.endsWith('/deployments')) await isSeen(object);
    }
    if (serving !== undefined) await servesSoon(serving);
    if (typeof does === 'string' && does.includes('drain')) {
      await eventually('a pod is on the node', async () => (await podsOf('bound'))[0]?.spec.nodeName === node, 60_000);
    }
    const { run, watch } = await applied(does);
    if (run.outcome !== 'succeeded') throw new Error(`${run.outcome}: ${run.text}`);
    return watch((text) => state === 'rolling' && says.test(text));
  }

  beforeAll(async () => {
    server = await openNamespace('failures');
    crowded = await openNamespace('crowded');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    for (const object of [deadNode(node), ...denyingPolicy(policy, server.namespace)]) {
      await make(object);
      cleanUp.push(`${object.path}/${object.body.metadata.name}`);
    }
    for (const denied of ['policy', 'webhook']) await eventually('it is in force', () => refusesPods(server, denied));
    for (const [name, failure] of Object.entries(failures)) {
      const ends = fail(failure);
      ends.catch(() => undefined); // told by its own test
      seen.set(name, ends);
    }
  });
  afterAll(async () => {
    await Promise.allSettled(seen.values());
    for (const path of cleanUp) await server.send({ method: 'DELETE', path });
    await cluster.close();
    await crowded.close();
    await server.close();
  });

  it('says that a quota is full, and of how much', async () => {
    await make(quota('small', { pods: '1' }), crowded);
    await make(deployment('crowd', { replicas: 1 }), crowded);
    await servesSoon('crowd', crowded);

    const { watch } = await applied(scaled('crowd', 3), crowded);
    const progress = await watch(() => false);

    expect(progress).toMatchObject({
      state: 'failed',
      text: '2 new pods cannot be made: ResourceQuota small does not allow it (requested: pods=1, used: pods=1, limited: pods=1); 1 old pod still serves',
    });
  });

  it('of an eviction that a full budget blocks is its outcome: nothing was done', async () => {
    await make(deployment('guarded', { replicas: 1 }));
    await make(budget('guard', 'guarded'));
    const [pod] = await servesSoon('guarded');

    const { run } = await applied({ type: 'evict', target: { resource: 'pods', name: pod?.metadata.name ?? '' } });

    expect(run).toMatchObject({
      outcome: 'failed',
      text: expect.stringContaining('PodDisruptionBudget guard needs 1 healthy pods and has 1'),
    });
    expect((await podsOf('guarded')).map(({ metadata }) => metadata.name)).toEqual([pod?.metadata.name]);
  });

  it('of an eviction waits for the pod that takes its place', async () => {
    await make(deployment('replaced', { replicas: 1 }));
    const [pod] = await servesSoon('replaced');

    const { watch } = await applied({ type: 'evict', target: { resource: 'pods', name: pod?.metadata.name ?? '' } });
    const progress = await watch(() => false);

    expect(progress.state).toBe('done');
    expect(progress.text).toMatch(/^Pod \S+\/replaced-\S+ is gone; ReplicaSet replaced-\S+ has 1 of 1 pods ready$/);
  });

  it('of an end names the finalizer that it waits for', async () => {
    await make(configMap({ name: 'kept', finalizers: ['firebreak.dev/keep'] }));

    const { watch } = await applied('kubectl delete configmap kept');
    const progress = await watch((text) => text.includes('ending'));

    expect(progress).toMatchObject({
      state: 'rolling',
      text: `ConfigMap ${server.namespace}/kept is still ending: it waits for firebreak.dev/keep`,
    });
    await server.send({
      method: 'PATCH',
      path: `/api/v1/namespaces/${server.namespace}/configmaps/kept`,
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { finalizers: null } }),
    });
    expect((await watch(() => false)).state).toBe('done');
  });

  it('of a pod of a job says that the job has failed with it', async () => {
    await make(job('once'));
    const [pod] = await servesSoon('once');

    const { watch } = await applied(`kubectl delete pod ${pod?.metadata.name ?? ''}`);

    expect(await watch(() => false)).toMatchObject({
      state: 'failed',
      text: expect.stringMatching(/^Pod \S+\/once-\S+ is gone, and Job once has failed: BackoffLimitExceeded$/),
    });
  });

  it.each(Object.entries(failures))('says it of %s', async (name, { state, says }) => {
    const progress = await seen.get(name);

    expect(progress?.text).toMatch(says);
    expect(progress?.state).toBe(state);
  });
});
