/** Reads print what the real kubectl prints, byte for byte: its output, then its errors, and its exit code. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { GetAction, GetOutput, ClusterRead } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';
import { expectSame, runKubectl } from './side-by-side.ts';

const fixture = join(import.meta.dirname, '../fixtures/kubernetes/workloads.yaml');

const get = (objects: GetAction<string>['objects'], over: Partial<GetAction<string>> = {}): GetAction<string> => ({
  type: 'get',
  objects,
  output: { format: 'table' },
  ...over,
});
const as = (format: GetOutput['format'], expression = ''): { output: GetOutput } =>
  format === 'jsonpath' || format === 'jsonpath-as-json' || format === 'custom-columns'
    ? { output: { format, expression } }
    : { output: { format } };

const reads: readonly (readonly [readonly string[], ClusterRead])[] = [
  [['get', 'pods'], get([{ resource: 'pods' }])],
  [['get', 'pods', '-o', 'wide'], get([{ resource: 'pods' }], as('wide'))],
  [['get', 'pods', '-A'], get([{ resource: 'pods' }], { allNamespaces: true })],
  [
    ['get', 'pods', '-A', '-o', 'wide', '--show-labels'],
    get([{ resource: 'pods' }], { allNamespaces: true, showLabels: true, ...as('wide') }),
  ],
  [['get', 'pods', '--no-headers'], get([{ resource: 'pods' }], { noHeaders: true })],
  [
    ['get', 'pods', '-l', 'app=web', '--show-labels'],
    get([{ resource: 'pods' }], { selector: 'app=web', showLabels: true }),
  ],
  [['get', 'pods', '-l', 'app=none'], get([{ resource: 'pods' }], { selector: 'app=none' })],
  [
    ['get', 'deploy,svc,pdb'],
    get([{ resource: 'deployments' }, { resource: 'services' }, { resource: 'poddisruptionbudgets' }]),
  ],
  [
    ['get', 'deploy,sts', '-A', '--no-headers'],
    get([{ resource: 'deployments' }, { resource: 'statefulsets' }], { allNamespaces: true, noHeaders: true }),
  ],
  [
    ['get', 'deploy', 'web', 'api'],
    get([
      { resource: 'deployments', name: 'web' },
      { resource: 'deployments', name: 'api' },
    ]),
  ],
  [
    ['get', 'deploy', 'web', 'nope'],
    get([
      { resource: 'deployments', name: 'web' },
      { resource: 'deployments', name: 'nope' },
    ]),
  ],
  [
    ['get', 'deploy', 'nope', 'nada'],
    get([
      { resource: 'deployments', name: 'nope' },
      { resource: 'deployments', name: 'nada' },
    ]),
  ],
  [
    ['get', 'deploy/web', 'svc/web'],
    get([
      { resource: 'deployments', name: 'web' },
      { resource: 'services', name: 'web' },
    ]),
  ],
  [['get', 'deploy', 'nope'], get([{ resource: 'deployments', name: 'nope' }])],
  [['get', 'deploy', 'nope', '-o', 'yaml'], get([{ resource: 'deployments', name: 'nope' }], as('yaml'))],
  [
    ['get', 'deploy', 'nope', '--ignore-not-found'],
    get([{ resource: 'deployments', name: 'nope' }], { ignoreNotFound: true }),
  ],
  [['get', 'nodes'], get([{ resource: 'nodes' }])],
  [['get', 'nodes', '-o', 'wide'], get([{ resource: 'nodes' }], as('wide'))],
  [['get', 'hpa'], get([{ resource: 'horizontalpodautoscalers' }])],
  [['get', 'all'], get([{ resource: 'all' }])],
  [['get', 'events'], get([{ resource: 'events' }])],
  [['get', 'events', '--sort-by=.lastTimestamp'], get([{ resource: 'events' }], { sortBy: '.lastTimestamp' })],
  [['get', 'pods', '--sort-by=.metadata.name'], get([{ resource: 'pods' }], { sortBy: '.metadata.name' })],
  [['get', 'pods', '--sort-by=.status.startTime'], get([{ resource: 'pods' }], { sortBy: '.status.startTime' })],
  [['get', 'pods', '--sort-by=.status.nope'], get([{ resource: 'pods' }], { sortBy: '.status.nope' })],
  [
    ['get', 'pods', '--field-selector=status.phase=Pending'],
    get([{ resource: 'pods' }], { fieldSelector: 'status.phase=Pending' }),
  ],
  [['get', 'pods', '-o', 'name'], get([{ resource: 'pods' }], as('name'))],
  [['get', 'deploy,svc', '-o', 'name'], get([{ resource: 'deployments' }, { resource: 'services' }], as('name'))],
  [
    ['get', 'pods', '-l', 'app=none', '-o', 'name'],
    get([{ resource: 'pods' }], { selector: 'app=none', ...as('name') }),
  ],
  [
    ['get', 'pods', '-l', 'app=none', '-o', 'yaml'],
    get([{ resource: 'pods' }], { selector: 'app=none', ...as('yaml') }),
  ],
  [['get', 'deploy', 'web', '-o', 'yaml'], get([{ resource: 'deployments', name: 'web' }], as('yaml'))],
  [['get', 'deploy', 'api', '-o', 'yaml'], get([{ resource: 'deployments', name: 'api' }], as('yaml'))],
  [['get', 'deploy', '-o', 'yaml'], get([{ resource: 'deployments' }], as('yaml'))],
  [['get', 'pods', '-o', 'yaml'], get([{ resource: 'pods' }], as('yaml'))],
  [['get', 'events', '-o', 'yaml'], get([{ resource: 'events' }], as('yaml'))],
  [['get', 'nodes', '-o', 'yaml'], get([{ resource: 'nodes' }], as('yaml'))],
  [['get', 'all', '-A', '-o', 'yaml'], get([{ resource: 'all' }], { allNamespaces: true, ...as('yaml') })],
  [['get', 'cm', 'conf', '-o', 'yaml'], get([{ resource: 'configmaps', name: 'conf' }], as('yaml'))],
  [['get', 'cm', 'conf', '-o', 'json'], get([{ resource: 'configmaps', name: 'conf' }], as('json'))],
  [['get', 'pods', '-o', 'json'], get([{ resource: 'pods' }], as('json'))],
  [
    ['get', 'deploy', 'web', 'nope', '-o', 'json'],
    get(
      [
        { resource: 'deployments', name: 'web' },
        { resource: 'deployments', name: 'nope' },
      ],
      as('json'),
    ),
  ],
  [
    ['get', 'pods', '-o', 'jsonpath={.items[*].metadata.name}'],
    get([{ resource: 'pods' }], as('jsonpath', '{.items[*].metadata.name}')),
  ],
  [
    ['get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}'],
    get([{ resource: 'pods' }], as('jsonpath', '{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{"\\n"}{end}')),
  ],
  [
    ['get', 'deploy', 'api', '-o', 'jsonpath={.spec.template.spec.containers[0].resources}'],
    get([{ resource: 'deployments', name: 'api' }], as('jsonpath', '{.spec.template.spec.containers[0].resources}')),
  ],
  [
    ['get', 'pods', '-o', 'jsonpath={.items[?(@.status.phase=="Pending")].metadata.name}'],
    get([{ resource: 'pods' }], as('jsonpath', '{.items[?(@.status.phase=="Pending")].metadata.name}')),
  ],
  [
    [
      'get',
      'deploy',
      'api',
      '-o',
      'jsonpath={.metadata.annotations.deployment\\.kubernetes\\.io/revision} {..image} {.spec.replicas}{.spec.nope}',
    ],
    get(
      [{ resource: 'deployments', name: 'api' }],
      as(
        'jsonpath',
        '{.metadata.annotations.deployment\\.kubernetes\\.io/revision} {..image} {.spec.replicas}{.spec.nope}',
      ),
    ),
  ],
  [
    [
      'get',
      'deploy',
      'api',
      '-o',
      "jsonpath={.spec.template.spec.containers[-1:].name} {.spec.template.spec.containers[*]['name','image']}",
    ],
    get(
      [{ resource: 'deployments', name: 'api' }],
      as('jsonpath', "{.spec.template.spec.containers[-1:].name} {.spec.template.spec.containers[*]['name','image']}"),
    ),
  ],
  [
    ['get', 'pods', '-o', 'custom-columns=NAME:.metadata.name,IMG:.spec.containers[*].image,N:.spec.nodeName,X:.nope'],
    get(
      [{ resource: 'pods' }],
      as('custom-columns', 'NAME:.metadata.name,IMG:.spec.containers[*].image,N:.spec.nodeName,X:.nope'),
    ),
  ],
  [
    ['get', 'pods', '--no-headers', '-o', 'custom-columns=:metadata.name,L:.metadata.labels'],
    get([{ resource: 'pods' }], { noHeaders: true, ...as('custom-columns', ':metadata.name,L:.metadata.labels') }),
  ],
  [['get', 'foo'], get([{ resource: 'foo' }])],
  [['get', 'crd'], get([{ resource: 'crd' }])],
  [['get', 'roles,sc'], get([{ resource: 'roles' }, { resource: 'sc' }])],
  [['get', 'pods', '-n', 'nonexistent'], get([{ resource: 'pods' }], { namespace: 'nonexistent' })],
  [['logs', 'deploy/web'], { type: 'logs', of: { resource: 'deployments', name: 'web' } }],
  [['logs', 'deploy/api', '--tail=2'], { type: 'logs', of: { resource: 'deployments', name: 'api' }, tail: 2 }],
  [
    ['logs', 'deploy/api', '-c', 'prep'],
    { type: 'logs', of: { resource: 'deployments', name: 'api' }, container: 'prep' },
  ],
  [
    ['logs', 'deploy/api', '-c', 'nope'],
    { type: 'logs', of: { resource: 'deployments', name: 'api' }, container: 'nope' },
  ],
  [
    ['logs', 'deploy/bad', '--previous', '--tail=5'],
    { type: 'logs', of: { resource: 'deployments', name: 'bad' }, previous: true, tail: 5 },
  ],
  [['logs', 'deploy/nopull'], { type: 'logs', of: { resource: 'deployments', name: 'nopull' } }],
  [['logs', 'pending'], { type: 'logs', of: { resource: 'pods', name: 'pending' } }],
  [['logs', 'nope'], { type: 'logs', of: { resource: 'pods', name: 'nope' } }],
  [['logs', 'deploy/nope'], { type: 'logs', of: { resource: 'deployments', name: 'nope' } }],
  [
    ['logs', 'db-0', '--timestamps', '--tail=1'],
    { type: 'logs', of: { resource: 'pods', name: 'db-0' }, timestamps: true, tail: 1 },
  ],
  [['logs', 'db-0', '--since=1h'], { type: 'logs', of: { resource: 'pods', name: 'db-0' }, sinceSeconds: 3600 }],
  [['logs', '-l', 'app=agent'], { type: 'logs', of: { selector: 'app=agent' } }],
  [['logs', '-l', 'app=none'], { type: 'logs', of: { selector: 'app=none' } }],
  [['logs', 'svc/web', '--tail=1'], { type: 'logs', of: { resource: 'services', name: 'web' }, tail: 1 }],
  [['logs', 'db-0', '--previous'], { type: 'logs', of: { resource: 'pods', name: 'db-0' }, previous: true }],
  [['rollout', 'status', 'deploy/web'], { type: 'rollout-status', target: { resource: 'deployments', name: 'web' } }],
  [['rollout', 'status', 'sts/db'], { type: 'rollout-status', target: { resource: 'statefulsets', name: 'db' } }],
  [['rollout', 'status', 'ds/agent'], { type: 'rollout-status', target: { resource: 'daemonsets', name: 'agent' } }],
  [['rollout', 'status', 'deploy/nope'], { type: 'rollout-status', target: { resource: 'deployments', name: 'nope' } }],
  [
    ['rollout', 'status', 'deploy/bad', '--timeout=1s'],
    { type: 'rollout-status', target: { resource: 'deployments', name: 'bad' }, timeoutSeconds: 1 },
  ],
  [['describe', 'pods'], { type: 'describe', kind: { resource: 'pods' }, names: [] }],
  [
    ['describe', 'pods', '-l', 'app=api'],
    { type: 'describe', kind: { resource: 'pods' }, names: [], selector: 'app=api' },
  ],
  [['describe', 'pods', '-A'], { type: 'describe', kind: { resource: 'pods' }, names: [], allNamespaces: true }],
  [['describe', 'pod', 'pending'], { type: 'describe', kind: { resource: 'pods' }, names: ['pending'] }],
  [
    ['describe', 'pod', 'pending', 'db-0'],
    { type: 'describe', kind: { resource: 'pods' }, names: ['pending', 'db-0'] },
  ],
  [['describe', 'pod', 'nope'], { type: 'describe', kind: { resource: 'pods' }, names: ['nope'] }],
  [['describe', 'pod', 'db'], { type: 'describe', kind: { resource: 'pods' }, names: ['db'] }],
  [
    ['describe', 'pods', '-l', 'app=none'],
    { type: 'describe', kind: { resource: 'pods' }, names: [], selector: 'app=none' },
  ],
];

describe('reads', () => {
  let server: ServerForCluster;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await openNamespace('kubectl');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    expect(await runKubectl(['apply', '-n', server.namespace, '-f', fixture])).toMatchObject({ status: 0 });
    // Every state that the table is about has come.
    await eventually(
      'the pods are ready, crashed again, pending and without image',
      async () => {
        const { out } = await runKubectl(['get', 'pods', '--no-headers', '-n', server.namespace]);
        return (
          out.split('\n').filter((line) => / 1\/1 +Running | 2\/2 +Running /.test(line)).length >= 6 &&
          /^bad-\S+ +0\/1 +(Error|CrashLoopBackOff) +[1-9]/m.test(out) &&
          /ImagePull/.test(out)
        );
      },
      120_000,
    );
  });
  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  it.each(reads.map(([args, action]) => [args.join(' '), args, action] as const))(
    'kubectl %s',
    async (_, args, action) => {
      await expectSame({ cluster, namespace: server.namespace }, args, action);
    },
  );
});
