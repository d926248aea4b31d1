/**
 * One small cluster, the same at every start: what the commands of the tables and of the seeds name is there. Its clock
 * stands still, so that what a command leaves behind is what its requests did, and no controller's doing.
 */
import { type SandboxKubernetes, startKubernetes } from '../../../src/sandbox/kubernetes/start.ts';

/** The namespace of the tables; the seeds' own are beside it. */
export const shop = 'shop';

/** kubectl prints ages by its own clock: after a hundred days and a half only whole days show. */
const ageMs = 100.5 * 24 * 3_600_000;

export async function startWorld(port = 0): Promise<SandboxKubernetes> {
  const sandbox = await startKubernetes({
    clock: 'manual',
    startAt: Math.floor(Date.now() / 60_000) * 60_000 - ageMs,
    port,
  });
  addNodes(sandbox);
  addShop(sandbox);
  addSeeds(sandbox);
  await sandbox.settle();
  addRevisions(sandbox);
  await sandbox.settle();
  writeLogs(sandbox);
  await sandbox.settle();
  return sandbox;
}

function addNodes({ world }: SandboxKubernetes): void {
  world.node('node-2', { labels: { disk: 'ssd' } });
  world.node('gpu-1', {
    labels: { accelerator: 'nvidia-gpu', 'gaudi.habana.ai/gaudi': 'true' },
    capacity: { 'nvidia.com/gpu': '4' },
  });
  world.edit('nodes', '', 'gpu-1', (node) => {
    node['spec'] = { taints: [{ key: 'nvidia.com/gpu', value: 'yes', effect: 'PreferNoSchedule' }] };
  });
  world.node('old-1', { labels: { 'node.example.com/pool': 'old' } });
  world.edit('nodes', '', 'old-1', (node) => {
    node['spec'] = { unschedulable: true };
  });
}

function addShop(sandbox: SandboxKubernetes): void {
  const { world } = sandbox;
  const namespace = shop;
  world.deployment({
    namespace,
    name: 'web',
    image: 'shop/web:v1',
    replicas: 3,
    labels: { app: 'web', tier: 'front' },
    annotations: { note: 'first', 'kubernetes.io/change-cause': 'the beginning' },
    env: { MODE: 'slow', EMPTY: '', BATCH: '100' },
    requests: { cpu: '250m', memory: '100Mi' },
    limits: { memory: '1Gi' },
    sidecars: [{ name: 'proxy', image: 'shop/proxy:v1' }],
    pod: { initContainers: [{ name: 'prep', image: 'shop/prep:v1' }] },
  });
  world.deployment({ namespace, name: 'api', image: 'shop/api:v1', replicas: 2, labels: { app: 'api', tier: 'back' } });
  world.deployment({ namespace, name: 'idle', image: 'shop/idle:v1', replicas: 0 });
  world.deployment({ namespace, name: 'once', image: 'shop/once:v1', annotations: { owner: 'b' } });
  world.deployment({ namespace, name: 'held', image: 'shop/held:v1', spec: { paused: true } });
  world.deployment({ namespace, name: 'stuck', image: 'shop/missing:v1' });
  world.autoscaler(namespace, 'api', { deployment: 'api', min: 2, max: 5 });
  world.budget(namespace, 'web', { app: 'web' }, { maxUnavailable: 1 });
  world.service(namespace, 'web', { app: 'web' });
  world.service(namespace, 'api', { app: 'api' });
  world.configMap(namespace, 'web-config', { mode: 'slow', 'app.yaml': 'size: 3\nname: web\n' });
  world.create('secrets', { metadata: { namespace, name: 'web-secret' }, data: { password: 'aHVudGVyMg==' } });
  world.create('statefulsets', {
    metadata: { namespace, name: 'db', labels: { app: 'db' } },
    spec: { serviceName: 'db', replicas: 2, selector: { matchLabels: { app: 'db' } }, template: template('db') },
  });
  world.create('daemonsets', {
    metadata: { namespace, name: 'agent', labels: { app: 'agent' } },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
  });
  world.create('jobs', {
    metadata: { namespace, name: 'migrate', labels: { app: 'migrate' } },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'shop/job:v1' }] } } },
  });
  world.create('pods', {
    metadata: { namespace, name: 'lone', labels: { app: 'lone', tier: 'front' } },
    spec: { containers: [{ name: 'lone', image: 'shop/lone:v1' }] },
  });
  world.create('persistentvolumeclaims', {
    metadata: { namespace, name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  world.create('resourcequotas', { metadata: { namespace, name: 'room' }, spec: { hard: { pods: '100' } } });
}

const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name, image: `shop/${name}:v1` }] },
});

/** Deployments with the revisions that an undo needs. */
function addRevisions({ world }: SandboxKubernetes): void {
  const edit = (resource: 'deployments' | 'statefulsets', namespace: string, name: string): void => {
    world.edit(resource, namespace, name, (object) => {
      // Both kinds have pods made from a template.
      const { spec } = object as unknown as { spec: { template: { spec: { containers: { image: string }[] } } } };
      for (const container of spec.template.spec.containers) container.image = container.image.replace(':v1', ':v2');
    });
  };
  edit('deployments', shop, 'api');
  edit('statefulsets', shop, 'db');
  edit('deployments', 'default', 'hdc-toolkit');
  edit('deployments', 'largeforge', 'largeforge-inference');
}

type Service = {
  readonly namespace: string;
  readonly names: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
};

/** The deployments of the seeds. */
const services: readonly Service[] = [
  {
    namespace: 'default',
    names: ['hdc-toolkit', 'hdc-toolkit-green', 'hdc-toolkit-blue', 'hdc-toolkit-canary', 'hdc-gpu'],
  },
  { namespace: 'gaudi3-scale', names: ['gaudi3-scale-api'], labels: { 'app.kubernetes.io/component': 'api' } },
  { namespace: 'gaudi3-scale', names: ['gaudi3-scale-trainer'], labels: { 'app.kubernetes.io/component': 'trainer' } },
  { namespace: 'gaudi3-scale', names: ['canary'], labels: { version: 'canary' } },
  { namespace: 'database', names: ['postgres'] },
  { namespace: 'pipeline-production', names: ['multimodal-pipeline'] },
  { namespace: 'largeforge', names: ['largeforge-inference', 'largeforge-router'] },
  { namespace: 'ingress-nginx', names: ['nginx-ingress'] },
];

/** Containers whose name is not the deployment's. */
const containers: Readonly<Record<string, string>> = {
  'hdc-toolkit-green': 'hdc-toolkit',
  'hdc-toolkit-blue': 'hdc-toolkit',
  'hdc-toolkit-canary': 'hdc-toolkit',
  'multimodal-pipeline': 'pipeline',
  'largeforge-inference': 'inference',
};

function addSeeds({ world }: SandboxKubernetes): void {
  for (const { namespace, names, labels } of services) {
    for (const name of names) {
      world.deployment({
        namespace,
        name,
        image: `registry.local/${name}:v1`,
        replicas: 2,
        container: containers[name] ?? name,
        labels: { app: name, 'app.kubernetes.io/name': namespace, ...labels },
        limits: { memory: '8Gi' },
      });
    }
  }
  for (const name of ['hdc-toolkit-pod', 'hdc-gpu-pod', 'postgres-pod']) {
    world.create('pods', {
      metadata: { namespace: 'default', name },
      spec: { containers: [{ name: 'main', image: `registry.local/${name}:v1` }] },
    });
  }
  world.create('pods', {
    metadata: { namespace: 'gaudi3-scale', name: 'gaudi3-scale-trainer-xxx' },
    spec: { containers: [{ name: 'main', image: 'registry.local/trainer:v1' }] },
  });
  world.create('jobs', {
    metadata: {
      namespace: 'gaudi3-scale',
      name: 'training-1',
      labels: { 'app.kubernetes.io/component': 'training' },
    },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'shop/job:v1' }] } } },
  });
  world.create('persistentvolumeclaims', {
    metadata: { namespace: 'gaudi3-scale', name: 'models' },
    spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '9Gi' } } },
  });
  world.autoscaler('gaudi3-scale', 'gaudi3-scale-api-hpa', { deployment: 'gaudi3-scale-api', min: 2, max: 9 });
  world.autoscaler('pipeline-production', 'multimodal-pipeline', { deployment: 'multimodal-pipeline', min: 1, max: 4 });
  world.configMap('default', 'hdc-config', { batch: '100' });
  world.configMap('gaudi3-scale', 'gaudi3-scale-config', { maintenance_mode: 'false' });
  world.configMap('pipeline-production', 'multimodal-pipeline-config', { mode: 'fast' });
  world.configMap('largeforge', 'largeforge-config', {
    'config.yaml': 'maxNumSeqs: 256\ngpuMemoryUtilization: 0.95\n',
  });
  world.service('default', 'hdc-toolkit', { app: 'hdc-toolkit', version: 'blue' });
  world.service('gaudi3-scale', 'gaudi3-scale-api', { app: 'gaudi3-scale-api' });
  world.service('largeforge', 'largeforge-inference', { app: 'largeforge-inference' });
  world.create('resourcequotas', {
    metadata: { namespace: 'pipeline-production', name: 'room' },
    spec: { hard: { pods: '50' } },
  });
}

/** Lines that the greps of the tables and the seeds find some of. */
const lines = [
  'level=INFO msg="starting"',
  'level=ERROR msg="CUDA out of memory" code=7',
  'slow request took 5123 ms',
  'error: connection timeout',
  'Exception in thread main',
  '{"level":"warn","msg":"retry","n":3}',
  '{"level":"error","msg":"Failed","n":10}',
  'größe überschritten',
  '',
  'last line',
];

function writeLogs({ world }: SandboxKubernetes): void {
  for (const { metadata, spec, status } of world.list('pods')) {
    if (status.phase !== 'Running') continue;
    for (const { name } of spec.containers) {
      world.setLogs(
        metadata.namespace ?? '',
        metadata.name,
        Array.from({ length: 30 }, (_, at) => lines[at % lines.length] ?? ''),
        { container: name },
      );
    }
    world.setUsage(metadata.namespace ?? '', metadata.name, { cpu: '120m', memory: `${50 + metadata.name.length}Mi` });
  }
  for (const name of ['hdc-toolkit-pod', 'lone']) {
    const namespace = name === 'lone' ? shop : 'default';
    world.setLogs(namespace, name, ['before', 'panic: it ended'], { previous: true });
  }
}
