/**
 * Twins: commands about several objects, carried out by us in one namespace and by the real kubectl in another, touch the
 * same objects in the same order and leave the same state. Requests are compared in the API server's audit log.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { OperatorRun } from '../../src/flow/operate.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { type AuditEvent, isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { operatorOn, planBy } from '../contracts/cluster-operator.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { textOf, type Body } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { openNamespace } from './kubernetes-api.ts';
import { runKubectl } from './side-by-side.ts';

const patienceMs = 60_000;
const kinds = 'deployments,statefulsets,jobs,services,configmaps,persistentvolumeclaims,poddisruptionbudgets';

const deployment = (name: string, labels: object, replicas = 0): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'app', image: 'workload:v1' }] },
    },
  },
});
const simple = (apiVersion: string, kind: string, name: string, set: string, spec?: object): object => ({
  apiVersion,
  kind,
  metadata: { name, labels: { set } },
  ...(spec === undefined ? {} : { spec }),
});

describe('a command about several objects by us and its twin by kubectl', () => {
  let ours: ServerForCluster;
  let theirs: ServerForCluster;
  let cluster: Cluster;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;

  const create = async (path: string, object: (server: ServerForCluster) => object): Promise<void> => {
    for (const server of [ours, theirs]) {
      const created = await server.send({
        method: 'POST',
        path: path.replace('NS', server.namespace),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(object(server)),
      });
      if (created.status !== 201) throw new Error(`creating at ${path}: ${created.status} ${created.text}`);
    }
  };
  const kubectl = (command: string) => runKubectl([...command.split(' ').slice(1), '-n', theirs.namespace]);
  /** kubectl waits for nothing between two pods. */
  const apply = async (command: string): Promise<OperatorRun> =>
    operatorOn(cluster).apply(await planBy(cluster, command, ours.namespace, 'all'));
  /** The objects of a namespace that are not on their way out, and what is asked of them. */
  let serial = 0;
  const stateOf = async ({ namespace }: ServerForCluster): Promise<string[]> => {
    const { out } = await runKubectl(['-n', namespace, 'get', kinds, '-o', 'json']);
    return [...((JSON.parse(out) as Body)['items'] as unknown as Body[])]
      .filter((item) => item['metadata']?.['deletionTimestamp'] === undefined)
      .map((item) => {
        const template = item['spec']?.['template']?.['metadata']?.['annotations'];
        const restarted = template?.['kubectl.kubernetes.io/restartedAt'] === undefined ? '' : ' restarted';
        const paused = item['spec']?.['paused'] === undefined ? '' : ' paused';
        const count = item['spec']?.['replicas'];
        return `${textOf(item['kind'])} ${textOf(item['metadata']?.['name'])} ${count === undefined ? '' : textOf(count)}${restarted}${paused}`;
      })
      .sort();
  };
  const podsIn = async ({ namespace }: ServerForCluster, app: string): Promise<Body[]> => {
    const { out } = await runKubectl(['-n', namespace, 'get', 'pods', '-l', `app=${app}`, '-o', 'json']);
    return [...((JSON.parse(out) as Body)['items'] as unknown as Body[])];
  };
  const ready = (server: ServerForCluster, app: string, count: number): Promise<string[]> =>
    eventually(
      `${count} pods of ${app} are ready`,
      async () => {
        const pods = await podsIn(server, app);
        const up = pods.filter((pod) => textOf(pod['status']?.['phase']) === 'Running');
        return pods.length === count && up.length === count
          ? pods.map((pod) => textOf(pod['metadata']?.['uid']))
          : undefined;
      },
      patienceMs,
    );
  const renewed = (server: ServerForCluster, app: string, before: readonly string[]): Promise<string[]> =>
    eventually(
      `the pods of ${app} are others`,
      async () => {
        const uids = await ready(server, app, 2);
        return uids.every((uid) => !before.includes(uid)) ? uids : undefined;
      },
      patienceMs,
    );
  /** `delete configmaps a`, in the order in which the server took them. */
  const writesOf = async (is: (event: AuditEvent) => boolean): Promise<string[]> =>
    (await audit.since())
      .filter((event) => event.stage === 'ResponseComplete' && isEffect(event) && is(event))
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.name}`);
  const ourWrites = ({ auditIds }: OperatorRun) => writesOf(({ auditID }) => auditIds.includes(auditID));
  /** Since `from` writes of kubectl in that namespace. */
  const theirWrites = async (from: number) =>
    (
      await writesOf(
        ({ userAgent, objectRef }) => userAgent.startsWith('kubectl/') && objectRef?.namespace === theirs.namespace,
      )
    ).slice(from);

  beforeAll(async () => {
    const path = process.env['AUDIT_LOG'];
    if (!path) throw new Error('AUDIT_LOG is not set: name the file that the API server writes its audit log to.');
    audit = await openAuditLog(path);
    [ours, theirs] = [await openNamespace('several-ours'), await openNamespace('several-theirs')];
    cluster = connectCluster({ name: 'main', ...ours.access, log: createRecordingLog() });
  });
  afterAll(async () => {
    await cluster.close();
    await ours.close();
    await theirs.close();
  });

  const apps = '/apis/apps/v1/namespaces/NS/deployments';
  const core = (plural: string) => `/api/v1/namespaces/NS/${plural}`;
  const configs = async (set: string, ...names: string[]) => {
    for (const name of names) await create(core('configmaps'), () => simple('v1', 'ConfigMap', name, set));
  };
  const deployments = async (set: string, ...names: string[]) => {
    for (const name of names) await create(apps, () => deployment(name, { set }));
  };
  const service = (name: string, set: string) =>
    create(core('services'), () => simple('v1', 'Service', name, set, { ports: [{ port: 80 }] }));

  it.each<[string, (set: string) => Promise<void>]>([
    ['kubectl delete cm c1b c1a', (set) => configs(set, 'c1a', 'c1b', 'c1c')],
    [
      'kubectl delete svc,cm -l set=SET',
      async (set) => {
        await configs(set, 'c2b', 'c2a');
        await service('c2a', set);
        await configs('other', 'c2z');
      },
    ],
    [
      'kubectl delete deploy,cm d3b d3a',
      async (set) => {
        await deployments(set, 'd3a', 'd3b');
        await configs(set, 'd3a', 'd3b');
      },
    ],
    [
      'kubectl delete cm/c4 deploy/c4',
      async (set) => {
        await deployments(set, 'c4');
        await configs(set, 'c4');
      },
    ],
    ['kubectl delete cm --field-selector metadata.name=c5b', (set) => configs(set, 'c5a', 'c5b')],
    ['kubectl delete cm c6 nobody --ignore-not-found', (set) => configs(set, 'c6')],
    ['kubectl delete deploy d7 --cascade=orphan --wait=false', (set) => deployments(set, 'd7')],
    [
      'kubectl delete job j8 --cascade=foreground --wait=false',
      (set) =>
        create('/apis/batch/v1/namespaces/NS/jobs', () =>
          simple('batch/v1', 'Job', 'j8', set, {
            suspend: true,
            template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'workload:v1' }] } },
          }),
        ),
    ],
    [
      'kubectl delete pvc p9 --now',
      (set) =>
        create(core('persistentvolumeclaims'), () =>
          simple('v1', 'PersistentVolumeClaim', 'p9', set, {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Mi' } },
          }),
        ),
    ],
    ['kubectl scale deploy s10b s10a --replicas=1', (set) => deployments(set, 's10a', 's10b')],
    ['kubectl scale deploy -l set=SET --replicas=1', (set) => deployments(set, 's11b', 's11a')],
    ['kubectl rollout restart deployment -l set=SET', (set) => deployments(set, 'r12b', 'r12a')],
    ['kubectl rollout restart deploy/r13b deploy/r13a', (set) => deployments(set, 'r13a', 'r13b')],
    ['kubectl rollout pause deploy r14a r14b', (set) => deployments(set, 'r14a', 'r14b')],
  ])('%s', async (written, createTwins) => {
    const set = `set-${serial++}`;
    const command = written.replace('SET', set);
    await createTwins(set);
    const from = (await theirWrites(0)).length;

    const run = await apply(command);
    const { status } = await kubectl(command);

    expect(run.outcome).toBe('succeeded');
    expect(status).toBe(0);
    // kubectl asks for `nobody` without looking first.
    const asked = (await theirWrites(from)).filter((write) => !write.endsWith(' nobody'));
    expect(await ourWrites(run)).toEqual(asked);
    expect(asked.length).toBeGreaterThan(0);
    expect(await stateOf(ours)).toEqual(await stateOf(theirs));
  });

  it('kubectl delete pods -l: the same pods go, and as many take their places', async () => {
    await create(apps, () => deployment('gone', {}, 2));
    const before = [await ready(ours, 'gone', 2), await ready(theirs, 'gone', 2)].flat();

    const run = await apply('kubectl delete pods -l app=gone');
    const { status } = await kubectl('kubectl delete pods -l app=gone');

    expect([run.outcome, run.parts?.length, status]).toEqual(['succeeded', 2, 0]);
    const after = [await renewed(ours, 'gone', before), await renewed(theirs, 'gone', before)];
    expect(after.map(({ length }) => length)).toEqual([2, 2]);
  });

  describe('kubectl drain of the only node, for the pods of one selector', () => {
    const unschedulable = async () =>
      (await runKubectl(['get', 'node', node, '-o', 'jsonpath={.spec.unschedulable}'])).out;
    const uncordon = () => runKubectl(['uncordon', node]);
    const flags = (server: ServerForCluster) => `${node} --pod-selector=drain=${server.namespace}`;
    let node = '';

    beforeAll(async () => {
      await create(apps, ({ namespace }) => deployment('drained', { drain: namespace }, 2));
      await ready(ours, 'drained', 2);
      await ready(theirs, 'drained', 2);
      node = textOf((await podsIn(ours, 'drained'))[0]?.['spec']?.['nodeName']);
    }, 120_000);
    afterAll(async () => {
      await uncordon();
    });

    it('leaves the node cordoned and the pods where a budget keeps them, and says so', async () => {
      await create('/apis/policy/v1/namespaces/NS/poddisruptionbudgets', () =>
        simple('policy/v1', 'PodDisruptionBudget', 'drained', 'drain', {
          minAvailable: 2,
          selector: { matchLabels: { app: 'drained' } },
        }),
      );
      await eventually(
        'the budgets have counted',
        async () => {
          const counts = [ours, theirs].map(async ({ namespace }) => {
            const path = 'jsonpath={.status.currentHealthy}';
            return (await runKubectl(['-n', namespace, 'get', 'pdb', 'drained', '-o', path])).out;
          });
          return (await Promise.all(counts)).every((count) => count === '2');
        },
        patienceMs,
      );
      const before = [await ready(ours, 'drained', 2), await ready(theirs, 'drained', 2)];

      const plan = await planBy(cluster, `kubectl drain ${flags(ours)} --timeout=4s`, ours.namespace);
      const run = await operatorOn(cluster).apply(plan);
      const oursCordoned = await unschedulable();
      await uncordon();
      const { status, out } = await runKubectl(['drain', ...flags(theirs).split(' '), '--timeout=4s']);
      const theirsCordoned = await unschedulable();
      await uncordon();

      expect(plan.warnings.join()).toContain('PodDisruptionBudget drained needs 2 healthy pods and has 2');
      expect(run).toMatchObject({ outcome: 'partial', exitCode: 1 });
      expect(run.parts?.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed', 'failed']);
      expect(run.text).toContain('PodDisruptionBudget drained needs 2 healthy pods and has 2');
      expect(status).toBe(1);
      expect(out).toContain('disruption budget');
      expect([oursCordoned, theirsCordoned]).toEqual(['true', 'true']);
      expect([await ready(ours, 'drained', 2), await ready(theirs, 'drained', 2)]).toEqual(before);
    });

    it('cordons it, evicts them, and leaves all others', async () => {
      for (const { namespace } of [ours, theirs]) await runKubectl(['-n', namespace, 'delete', 'pdb', '--all']);
      const before = [await ready(ours, 'drained', 2), await ready(theirs, 'drained', 2)].flat();

      const run = await apply(`kubectl drain ${flags(ours)}`);
      const oursCordoned = await unschedulable();
      await uncordon();
      const { status } = await runKubectl(['drain', ...flags(theirs).split(' ')]);
      const theirsCordoned = await unschedulable();
      await uncordon();

      expect([run.outcome, status, oursCordoned, theirsCordoned]).toEqual(['succeeded', 0, 'true', 'true']);
      expect(await ourWrites(run)).toEqual([
        `patch nodes ${node}`,
        expect.stringMatching(/^create pods drained-/),
        expect.stringMatching(/^create pods drained-/),
      ]);
      expect(await renewed(ours, 'drained', before)).toHaveLength(2);
      expect(await renewed(theirs, 'drained', before)).toHaveLength(2);
    });
  });
});
