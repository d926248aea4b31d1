/**
 * The multimodal pipeline after a release that cannot read the configuration that is there. It is replaced all at once
 * (strategy Recreate), since two generations would not find GPUs side by side: so nothing of the old release serves on.
 */
import type { PodBehaviour } from '../kubernetes/controllers/behaviour.ts';
import { isObject, type JsonObject } from '../kubernetes/json.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { addPool, gpus, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import { servingPods } from './serving-pods.ts';
import type { RunningStory, Story } from './story.ts';
import { logLine, uncordon } from './workload.ts';

const namespace = 'pipeline-production';
const app = 'multimodal-pipeline';
const pool = 'pipeline';
const nodes = ['pipeline-gpu-1', 'pipeline-gpu-2'] as const;
/** Workers that the pipeline needs to keep up. */
const replicas = 3;
const oldRelease = { image: `${app}:v0.1.4`, cause: 'release v0.1.4' };
const newRelease = { image: `${app}:v0.2.0`, cause: 'release v0.2.0' };
/** What the registry has, and the schema of the configuration that each of them reads. */
const schemaOf: Readonly<Record<string, number>> = { 'v0.1.3': 1, 'v0.1.4': 1, 'v0.2.0': 2 };
const causeKey = 'kubernetes.io/change-cause';
const schemaVariable = 'PIPELINE_CONFIG_SCHEMA';
const logEveryMs = 5_000;

export const pipelineStart: Story = {
  id: 'pipeline-start',
  system: 'Multimodal pipeline',
  title: 'Pipeline not starting',
  summary:
    'Release v0.2.0 goes out with a new image and setting. It cannot read the configuration that is there, so every worker ends right after its start.',
  via: 'PagerDuty',
  namespace,
  alert: {
    // No summary beside it: what PagerDuty calls its incident is what finds the procedure.
    labels: { alertname: 'Pipeline Not Starting', namespace, deployment: app, severity: 'critical' },
    annotations: { description: 'Workers of the multimodal pipeline are missing; nothing is processed.' },
  },
  signal: { label: 'Workers missing', unit: 'pods', limit: 1 },
  hints: {
    solution: `kubectl rollout undo deployment/${app}`,
    reason:
      'The logs say that v0.2.0 wants schema 2 while the configuration has schema 1, and the history shows that v0.2.0 is the newest revision. The revision before it is the last one that ran: *roll back*.',
    otherwise: `If it does not, the revision before was v0.2.0 as well, as after a restart. Name the release that ran: *Plan…* at the step with \`kubectl set image\`, version \`${oldRelease.image.split(':')[1]}\`.`,
    detour: {
      step: `kubectl scale deployment/${app} --replicas=6`,
      effect: 'More workers of the same release: they crash as well, and those without a free GPU stay Pending.',
    },
    undo: 'Undo the rollback: v0.2.0 comes back, the workers crash again, and so does the page.',
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, {
    name: pool,
    nodes: Object.fromEntries(nodes.map((name) => [name, { accelerator: 'nvidia-gpu' }])),
    capacity: gpus(2),
  });
  world.configMap(namespace, `${app}-config`, {
    'pipeline.yaml': 'schema: 1\nbatch_size: 32\nstreaming: true\noutput: s3://media-features/production\n',
  });
  world.create('resourcequotas', {
    metadata: { namespace, name: 'pipeline' },
    spec: { hard: { pods: '12', 'requests.nvidia.com/gpu': '8' } },
  });
  world.onPod((pod) => (pod.metadata.labels?.['app'] === app ? fateOf(pod) : undefined));
  const deployment = world.deployment({
    namespace,
    name: app,
    image: oldRelease.image,
    container: 'pipeline',
    replicas,
    annotations: { [causeKey]: oldRelease.cause },
    env: { [schemaVariable]: '1' },
    limits: { memory: '24Gi', 'nvidia.com/gpu': '1' },
    requests: { cpu: '4', memory: '16Gi' },
    pod: inPool(pool),
    spec: { strategy: { type: 'Recreate' }, progressDeadlineSeconds: 60 },
  });
  world.service(namespace, 'pipeline-service', { app });
  const restore = keepDeployment(world, deployment);
  let loggedAt = 0;
  let batches = 0;
  // Nobody misses workers before they are there for the first time.
  let wasUp = false;

  return {
    start() {
      wasUp = true;
      release(world);
    },
    reset() {
      uncordon(world, nodes);
      restore();
    },
    tick(now) {
      const serving = servingPods(world, namespace, app);
      batches += serving.length;
      for (const { metadata } of serving) {
        world.setUsage(namespace, metadata.name, { cpu: '2600m', memory: '11Gi' });
      }
      if (now.getTime() - loggedAt >= logEveryMs) {
        loggedAt = now.getTime();
        const line = logLine(now, 'INFO', `${batches} batches done`);
        for (const { metadata } of serving) world.appendLogs(namespace, metadata.name, [line]);
      }
      // What the work needs: asking for fewer workers does not make it less, nor asking for more makes it more.
      wasUp ||= serving.length >= replicas;
      return wasUp ? Math.max(0, replicas - serving.length) : 0;
    },
  };
}

/** What the release job does. */
function release(world: World): void {
  world.edit('deployments', namespace, app, (object) => {
    const annotations = at(object, 'metadata', 'annotations');
    annotations[causeKey] = newRelease.cause;
    const containers = at(object, 'spec', 'template', 'spec')['containers'];
    const container = Array.isArray(containers) ? containers[0] : undefined;
    if (!isObject(container)) throw new Error(`the deployment ${app} has no container`);
    container['image'] = newRelease.image;
    container['env'] = [{ name: schemaVariable, value: '2' }];
  });
}

function at(object: JsonObject, ...path: readonly string[]): JsonObject {
  let found = object;
  for (const field of path) {
    const next = found[field];
    if (!isObject(next)) throw new Error(`the deployment ${app} has no ${path.join('.')}`);
    found = next;
  }
  return found;
}

/** The image decides: a release before v0.2 takes no notice of the schema that it is told to expect. */
function fateOf(pod: Pod): PodBehaviour {
  const image = pod.spec.containers[0]?.image ?? '';
  const release = image.split(':').at(-1) ?? '';
  const schema = schemaOf[release];
  if (schema === undefined) return { fate: 'image-pull' };
  const starting = `level=INFO msg="pipeline ${release} starting on {pod}"`;
  if (schema !== 1) {
    return {
      fate: 'crash',
      logs: [
        starting,
        'level=INFO msg="reading /etc/pipeline/pipeline.yaml"',
        `level=ERROR msg="cannot start: pipeline.yaml has schema 1, release ${release} needs schema ${schema}"`,
        'level=ERROR msg="ray cluster was not initialised; exit 1"',
      ],
    };
  }
  return {
    fate: 'ready',
    logs: [
      starting,
      'level=INFO msg="configuration read, schema 1"',
      'level=INFO msg="ray cluster initialised; worker ready"',
    ],
  };
}
