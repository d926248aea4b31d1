/** `describe` of nodes, deployments and services, `rollout history` and `top` print what the real kubectl prints. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type {
  DescribeAction,
  EventsAction,
  GetAction,
  ClusterRead,
  RolloutHistoryAction,
  TopAction,
} from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { eventually } from '../eventually.ts';
import { openNamespace } from './kubernetes-api.ts';
import { expectSame, runKubectl } from './side-by-side.ts';

const fixture = join(import.meta.dirname, '../fixtures/kubernetes/described.yaml');

const described = (
  resource: string,
  names: readonly string[] = [],
  over: Partial<DescribeAction<string>> = {},
): DescribeAction<string> => ({ type: 'describe', kind: { resource }, names, ...over });
const top = (what: 'pods' | 'nodes', over: Partial<TopAction<string>> = {}): TopAction<string> => ({
  type: 'top',
  what,
  ...over,
});
const history = (resource: string, name: string, revision?: number): RolloutHistoryAction<string> => ({
  type: 'rollout-history',
  target: { resource, name },
  ...(revision !== undefined && { revision }),
});
const events = (over: Partial<GetAction<string>>): GetAction<string> => ({
  type: 'get',
  objects: [{ resource: 'events' }],
  output: { format: 'table' },
  ...over,
});

const happened = (over: Partial<EventsAction<string>> = {}): EventsAction<string> => ({ type: 'events', ...over });

const reads: readonly (readonly [string, ClusterRead])[] = [
  ['describe nodes', described('nodes')],
  ['describe node NODE', described('nodes', ['NODE'])],
  ['describe node/NODE', described('nodes', ['NODE'], { exact: true })],
  ['describe nodes -l kubernetes.io/os=linux', described('nodes', [], { selector: 'kubernetes.io/os=linux' })],
  ['describe nodes -l kubernetes.io/os=none', described('nodes', [], { selector: 'kubernetes.io/os=none' })],
  ['describe node nope', described('nodes', ['nope'])],
  ['describe deployments', described('deployments')],
  ['describe deployment shop', described('deployments', ['shop'])],
  ['describe deploy/shop', described('deployments', ['shop'], { exact: true })],
  ['describe deployment full', described('deployments', ['full'])],
  ['describe deployment trouble', described('deployments', ['trouble'])],
  ['describe deployment asleep', described('deployments', ['asleep'])],
  ['describe deployment shop trouble nope', described('deployments', ['shop', 'trouble', 'nope'])],
  ['describe deployments -l app=shop', described('deployments', [], { selector: 'app=shop' })],
  ['describe deployment sh', described('deployments', ['sh'])],
  ['describe deploy/sh', described('deployments', ['sh'], { exact: true })],
  ['describe services', described('services')],
  ['describe svc outside', described('services', ['outside'])],
  ['describe service headless portless', described('services', ['headless', 'portless'])],
  ['describe service/elsewhere', described('services', ['elsewhere'], { exact: true })],
  ['describe services -l app=shop', described('services', [], { selector: 'app=shop' })],
  ['describe services -l app=none', described('services', [], { selector: 'app=none' })],
  ['describe services -A', described('services', [], { allNamespaces: true })],
  ['describe sts', described('statefulsets')],
  ['describe statefulset db', described('statefulsets', ['db'])],
  ['describe ds', described('daemonsets')],
  ['describe daemonset/agent', described('daemonsets', ['agent'], { exact: true })],
  ['describe configmaps', described('configmaps')],
  ['describe cm conf', described('configmaps', ['conf'])],
  ['describe resourcequota', described('resourcequotas')],
  ['describe quota scoped', described('resourcequotas', ['scoped'])],
  ['describe jobs', described('jobs')],
  ['describe job once', described('jobs', ['once'])],
  ['describe hpa', described('horizontalpodautoscalers')],
  ['describe hpa shop', described('horizontalpodautoscalers', ['shop'])],
  ['rollout history deployment/shop', history('deployments', 'shop')],
  ['rollout history deployment/shop --revision=1', history('deployments', 'shop', 1)],
  ['rollout history deployment/shop --revision=2', history('deployments', 'shop', 2)],
  ['rollout history deployment/shop --revision=9', history('deployments', 'shop', 9)],
  ['rollout history deployment/full --revision=1', history('deployments', 'full', 1)],
  ['rollout history deployment/asleep', history('deployments', 'asleep')],
  ['rollout history deployment/nope', history('deployments', 'nope')],
  ['rollout history statefulset/db', history('statefulsets', 'db')],
  ['rollout history statefulset/db --revision=2', history('statefulsets', 'db', 2)],
  ['rollout history ds/agent', history('daemonsets', 'agent')],
  ['rollout history ds/agent --revision=1', history('daemonsets', 'agent', 1)],
  ['top nodes', top('nodes')],
  ['top nodes --no-headers --sort-by=cpu', top('nodes', { noHeaders: true, sortBy: 'cpu' })],
  ['top node NODE', top('nodes', { name: 'NODE' })],
  ['top node nope', top('nodes', { name: 'nope' })],
  ['top pods', top('pods')],
  ['top pods -A', top('pods', { allNamespaces: true })],
  ['top pods --containers', top('pods', { containers: true })],
  ['top pods -A --containers --no-headers', top('pods', { allNamespaces: true, containers: true, noHeaders: true })],
  ['top pods --sort-by=memory', top('pods', { sortBy: 'memory' })],
  ['top pods --sort-by=cpu --containers', top('pods', { sortBy: 'cpu', containers: true })],
  ['top pods -l app=shop', top('pods', { selector: 'app=shop' })],
  ['top pods -l app=none', top('pods', { selector: 'app=none' })],
  ['top pods -l app=trouble', top('pods', { selector: 'app=trouble' })],
  ['top pod nope', top('pods', { name: 'nope' })],
  ['top pod db-0', top('pods', { name: 'db-0' })],
  ['get events --sort-by=.metadata.creationTimestamp', events({ sortBy: '.metadata.creationTimestamp' })],
  ['get events --sort-by=.lastTimestamp -A', events({ sortBy: '.lastTimestamp', allNamespaces: true })],
  ['get events --sort-by={.lastTimestamp}', events({ sortBy: '{.lastTimestamp}' })],
  ['get events --sort-by=.count', events({ sortBy: '.count' })],
  ['get events -A', events({ allNamespaces: true })],
  ['get events -o wide', events({ output: { format: 'wide' } })],
  ['get events --field-selector type=Warning', events({ fieldSelector: 'type=Warning' })],
  [
    'get events --field-selector type!=Normal --sort-by=.lastTimestamp -o wide',
    events({ fieldSelector: 'type!=Normal', sortBy: '.lastTimestamp', output: { format: 'wide' } }),
  ],
  [
    'get events --field-selector involvedObject.kind=Deployment,involvedObject.name=shop',
    events({ fieldSelector: 'involvedObject.kind=Deployment,involvedObject.name=shop' }),
  ],
  ['get events --field-selector reason=Nothing', events({ fieldSelector: 'reason=Nothing' })],
  ['get events --field-selector nope=x', events({ fieldSelector: 'nope=x' })],
  ['get events --no-headers --sort-by=.metadata.name', events({ noHeaders: true, sortBy: '.metadata.name' })],
  ['events', happened()],
  ['events -A', happened({ allNamespaces: true })],
  ['events --types=Warning --no-headers', happened({ types: ['Warning'], noHeaders: true })],
  ['events --for deploy/shop', happened({ about: { resource: 'deployments', name: 'shop' } })],
  ['events --for pod/db-0 --types=Normal', happened({ about: { resource: 'pods', name: 'db-0' }, types: ['Normal'] })],
  ['events --for pod/nope', happened({ about: { resource: 'pods', name: 'nope' } })],
  ['events --for foo/x', happened({ about: { resource: 'foo', name: 'x' } })],
];

describe('details', () => {
  let server: ServerForCluster;
  let cluster: Cluster;
  let node = '';
  beforeAll(async () => {
    server = await openNamespace('details');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    const { namespace } = server;
    const kubectl = async (line: string): Promise<string> => {
      const { out, status } = await runKubectl([...line.split(' '), '-n', namespace]);
      expect({ line, status, out }).toMatchObject({ status: 0 });
      return out;
    };
    await kubectl(`apply -f ${fixture}`);
    node = (await kubectl('get nodes -o name')).split('\n')[0]?.replace('node/', '') ?? '';
    await kubectl('rollout status deployment/shop --timeout=60s');
    await kubectl('annotate deployment/shop kubernetes.io/change-cause=second<release --overwrite');
    await kubectl('set env deployment/shop A=1');
    await kubectl('set env statefulset/db A=1');
    await kubectl('rollout status deployment/shop --timeout=60s');
    await kubectl('rollout status statefulset/db --timeout=60s');
    await eventually(
      'the deployment in trouble has missed its deadline, and metrics of the pods have come',
      async () => {
        const trouble = await runKubectl(['describe', 'deployment', 'trouble', '-n', namespace]);
        const usage = await runKubectl(['top', 'pods', '-n', namespace]);
        return trouble.out.includes('ProgressDeadlineExceeded') && usage.out.split('\n').length >= 7;
      },
      120_000,
    );
  });
  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  it.each(reads)('kubectl %s', async (line, action) => {
    const named = (text: string): string => text.replaceAll('NODE', node);
    const bound: ClusterRead =
      action.type === 'describe'
        ? { ...action, names: action.names.map(named) }
        : action.type === 'top' && action.name !== undefined
          ? { ...action, name: named(action.name) }
          : action;

    await expectSame({ cluster, namespace: server.namespace }, named(line).split(' '), bound);
  });
});
