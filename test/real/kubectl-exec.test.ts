/** A command in a container: what it prints and how it ends, beside the real kubectl. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { ExecReadAction } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';
import { expectSame, runKubectl } from './side-by-side.ts';

const container = (name: string, over: object = {}) => ({ name, image: 'workload:v1', ...over });
const second = { env: [{ name: 'PORT', value: '8081' }] };
const inOrder = { terminationGracePeriodSeconds: 0 };

const objects = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' }, annotations: { 'kubectl.kubernetes.io/default-container': 'second' } },
        spec: { ...inOrder, containers: [container('first'), container('second', second)] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'two' },
    spec: {
      ...inOrder,
      initContainers: [container('prepare', { command: ['/bin/true'] })],
      containers: [container('main'), container('side', second)],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'misled', annotations: { 'kubectl.kubernetes.io/default-container': 'nope' } },
    spec: { ...inOrder, containers: [container('main'), container('side', second)] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'imageless' },
    spec: { ...inOrder, containers: [container('main', { image: 'workload:none' })] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'over' },
    spec: { ...inOrder, restartPolicy: 'Never', containers: [container('main', { command: ['/bin/true'] })] },
  },
];

const pod = (name: string) => ({ resource: 'pods', name });
const looks = (
  of: ExecReadAction<string>['of'],
  argv: readonly string[],
  over: Partial<ExecReadAction<string>> = {},
): ExecReadAction<string> => ({ type: 'exec-read', of, argv, ...over });
const code = (script: string) => ['sh', '-c', script];
/** Everything that the suite runs; whether a command only looks is not what is tested here. */
const execReads = [['ls', '...'], ['sh', '...'], ['id'], ['nosuch'], ['hostname']];

const commands: readonly (readonly [readonly string[], ExecReadAction<string>])[] = [
  [['two', '--', 'ls', '/'], looks(pod('two'), ['ls', '/'])],
  [['pod/two', '-c', 'side', '--', 'ls', '-a', '/'], looks(pod('two'), ['ls', '-a', '/'], { container: 'side' })],
  [['two', '-c', 'nope', '--', 'ls'], looks(pod('two'), ['ls'], { container: 'nope' })],
  [['two', '-c', 'prepare', '--', 'ls'], looks(pod('two'), ['ls'], { container: 'prepare' })],
  [['misled', '--', 'id'], looks(pod('misled'), ['id'])],
  [['none', '--', 'ls'], looks(pod('none'), ['ls'])],
  [['imageless', '--', 'ls'], looks(pod('imageless'), ['ls'])],
  [['over', '--', 'ls'], looks(pod('over'), ['ls'])],
  [['deploy/none', '--', 'ls'], looks({ resource: 'deployments', name: 'none' }, ['ls'])],
  [['deploy/web', '--', 'hostname'], looks({ resource: 'deployments', name: 'web' }, ['hostname'])],
  [
    ['svc/web', '-c', 'first', '--', 'hostname'],
    looks({ resource: 'services', name: 'web' }, ['hostname'], { container: 'first' }),
  ],
  [
    ['deploy/web', '--', 'ls', '/nothing', '/etc'],
    looks({ resource: 'deployments', name: 'web' }, ['ls', '/nothing', '/etc']),
  ],
  [['two', '-c', 'main', '--', 'sh', '-c', 'exit 3'], looks(pod('two'), code('exit 3'), { container: 'main' })],
  [['two', '-c', 'main', '--', 'sh', '-c', 'kill -9 $$'], looks(pod('two'), code('kill -9 $$'), { container: 'main' })],
  [
    ['two', '-c', 'main', '--', 'sh', '-c', 'echo a; echo b >&2; exit 255'],
    looks(pod('two'), code('echo a; echo b >&2; exit 255'), { container: 'main' }),
  ],
  [
    ['two', '-c', 'main', '--', 'sh', '-c', 'printf \'no newline: é & 100%% + "q"\''],
    looks(pod('two'), code('printf \'no newline: é & 100%% + "q"\''), { container: 'main' }),
  ],
  [
    ['two', '-c', 'main', '--', 'sh', '-c', 'seq 1 60000'],
    looks(pod('two'), code('seq 1 60000'), { container: 'main' }),
  ],
  [
    ['two', '-c', 'main', '--', 'sh', '-c', 'read line; echo "<$line>"'],
    looks(pod('two'), code('read line; echo "<$line>"'), { container: 'main' }),
  ],
];

describe('kubectl exec on a real cluster', () => {
  let server: ServerForCluster;
  let cluster: Cluster;

  beforeAll(async () => {
    server = await openNamespace('exec');
    cluster = connectCluster({ name: 'real', log: createRecordingLog(), ...server.access, execReads });
    for (const object of objects) {
      const { apiVersion, kind } = object;
      const plural = `${kind.toLowerCase()}s`;
      const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
      const answer = await server.send({
        method: 'POST',
        path: `${root}/namespaces/${server.namespace}/${plural}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(object),
      });
      expect(answer.status).toBe(201);
    }
    await eventually(
      'every pod is where it should be',
      async () => {
        const { out } = await runKubectl(['get', 'pods', '-n', server.namespace, '--no-headers']);
        const waits = /over .*Completed/.test(out) && /imageless .*(?:ErrImagePull|ImagePullBackOff)/.test(out);
        return waits && out.match(/ 2\/2 +Running /g)?.length === 4;
      },
      server.patienceMs,
    );
  });
  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  it.each(commands.map(([words, action]) => [`kubectl exec ${words.join(' ')}`, words, action] as const))(
    '%s',
    async (_, words, action) => {
      const flags = ['-n', server.namespace];
      await expectSame({ cluster, namespace: server.namespace }, ['exec', ...flags, ...words], action);
    },
  );

  it('says that a program is not there', async () => {
    const answer = await cluster.read(looks(pod('two'), ['nosuch'], { container: 'main' }), {
      defaultNamespace: server.namespace,
      signal: AbortSignal.timeout(20_000),
      textLimit: 10_000,
    });

    expect(answer.text).toMatch(/^error: Internal error occurred: .*"nosuch": executable file not found in \$PATH/);
    expect(answer.exitCode).toBe(1);
  });
});
