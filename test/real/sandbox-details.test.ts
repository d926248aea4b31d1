/** The real kubectl and our reads on the stand-in: devices, usage that a story sets, no metrics server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import type { ClusterRead } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { type SandboxKubernetes, startKubernetes } from '../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { expectSame, runKubectl } from './side-by-side.ts';

const namespace = 'shop';
const named = (resource: string, ...names: string[]): ClusterRead => ({ type: 'describe', kind: { resource }, names });

const reads: readonly (readonly [string, ClusterRead])[] = [
  ['describe node gpu-1', named('nodes', 'gpu-1')],
  ['describe nodes', named('nodes')],
  ['describe deployment web', named('deployments', 'web')],
  ['describe deployments', named('deployments')],
  ['describe services', named('services')],
  ['describe pods', named('pods')],
  ['get endpointslices', { type: 'get', objects: [{ resource: 'endpointslices' }], output: { format: 'table' } }],
  [
    'get controllerrevisions',
    { type: 'get', objects: [{ resource: 'controllerrevisions' }], output: { format: 'table' } },
  ],
  ['rollout history deployment/web', { type: 'rollout-history', target: { resource: 'deployments', name: 'web' } }],
  [
    'rollout history deployment/web --revision=2',
    { type: 'rollout-history', target: { resource: 'deployments', name: 'web' }, revision: 2 },
  ],
  ['rollout history sts/db', { type: 'rollout-history', target: { resource: 'statefulsets', name: 'db' } }],
  [
    'rollout history sts/db --revision=1',
    { type: 'rollout-history', target: { resource: 'statefulsets', name: 'db' }, revision: 1 },
  ],
  ['top nodes', { type: 'top', what: 'nodes' }],
  ['top nodes --sort-by=cpu', { type: 'top', what: 'nodes', sortBy: 'cpu' }],
  ['top node gpu-1 --no-headers', { type: 'top', what: 'nodes', name: 'gpu-1', noHeaders: true }],
  ['top pods', { type: 'top', what: 'pods' }],
  ['top pods --sort-by=memory', { type: 'top', what: 'pods', sortBy: 'memory' }],
  ['top pods -A --containers', { type: 'top', what: 'pods', allNamespaces: true, containers: true }],
  ['top pods -l app=train', { type: 'top', what: 'pods', selector: 'app=train' }],
  ['top pods -l app=none', { type: 'top', what: 'pods', selector: 'app=none' }],
  ['top pods -l app=stuck', { type: 'top', what: 'pods', selector: 'app=stuck' }],
  ['top pod nope', { type: 'top', what: 'pods', name: 'nope' }],
];

describe('kubectl and Firebreak on the stand-in', () => {
  let sandbox: SandboxKubernetes;
  let cluster: Cluster;
  let folder: string;
  let kubeconfig: string;

  async function open(options: Parameters<typeof startKubernetes>[0]): Promise<void> {
    sandbox = await startKubernetes(options);
    folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
    kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, sandbox.kubeconfig(namespace));
    cluster = connectCluster({
      name: 'main',
      kubeconfigText: sandbox.kubeconfig(namespace),
      log: createRecordingLog(),
    });
  }
  async function close(): Promise<void> {
    await cluster.close();
    await sandbox.stop();
    await rm(folder, { recursive: true });
  }

  describe('with metrics', () => {
    beforeAll(async () => {
      await open({});
      const { world } = sandbox;
      world.node('gpu-1', { labels: { 'node-role.kubernetes.io/worker': '' }, capacity: { 'nvidia.com/gpu': '4' } });
      world.edit('nodes', '', 'gpu-1', (node) => {
        node['spec'] = { taints: [{ key: 'nvidia.com/gpu', value: 'yes', effect: 'PreferNoSchedule' }] };
      });
      world.deployment({
        namespace,
        name: 'web',
        image: 'shop/web:v1',
        replicas: 4,
        requests: { cpu: '250m', memory: '100Mi' },
        limits: { memory: '1Gi' },
        annotations: { 'kubernetes.io/change-cause': 'first' },
        sidecars: [{ name: 'proxy', image: 'shop/proxy:v1' }],
      });
      world.deployment({
        namespace,
        name: 'train',
        image: 'shop/train:v1',
        replicas: 2,
        requests: { cpu: '1500m', memory: '1500M', 'nvidia.com/gpu': '2' },
        limits: { 'nvidia.com/gpu': '2' },
      });
      world.deployment({ namespace, name: 'stuck', image: 'shop/missing:v1' });
      world.service(namespace, 'web', { app: 'web' });
      world.service(namespace, 'nobody', { app: 'nobody' });
      const template = {
        metadata: { labels: { app: 'db' } },
        spec: { containers: [{ name: 'db', image: 'shop/db:v1' }] },
      };
      world.create('statefulsets', {
        metadata: { name: 'db', namespace },
        spec: { serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template },
      });
      await sandbox.settle();
      for (const line of [
        'set image deployment/web web=shop/web:v2',
        'set image statefulset/db db=shop/db:v2',
        'annotate deployment/web kubernetes.io/change-cause=second --overwrite',
      ]) {
        expect(await runKubectl([...line.split(' '), '-n', namespace], kubeconfig)).toMatchObject({ status: 0 });
      }
      await sandbox.settle();
      for (const [index, pod] of world.pods(namespace, { app: 'web' }).entries()) {
        world.setUsage(namespace, pod.metadata.name, { cpu: `${index * 100 + 1}m`, memory: `${300 - index}Mi` });
      }
    });
    afterAll(close);

    it.each(reads)('kubectl %s', async (line, action) => {
      await expectSame({ cluster, namespace, kubeconfig }, line.split(' '), action);
    });

    it('shows the devices of a node', async () => {
      const { out } = await runKubectl(['describe', 'node', 'gpu-1'], kubeconfig);

      expect(out).toMatch(/^ {2}nvidia\.com\/gpu +4 +4$/m);
    });
  });

  describe('without metrics', () => {
    beforeAll(() => open({ metrics: false }));
    afterAll(close);

    it.each<[string, ClusterRead]>([
      ['top pods', { type: 'top', what: 'pods' }],
      ['top nodes', { type: 'top', what: 'nodes' }],
    ])('kubectl %s', async (line, action) => {
      await expectSame({ cluster, namespace, kubeconfig }, line.split(' '), action);
    });
  });
});
