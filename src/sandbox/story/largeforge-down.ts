/**
 * LargeForge's expert service after a node has lost its GPUs: a new driver was installed and its kernel module is still
 * the old one. The node itself is fine, and takes pods; their containers find no CUDA device and end. The pods of the
 * service are on that node, because the other one has more to run, and for the same reason new ones come back to it.
 */
import { isActive } from '../kubernetes/controllers/pods.ts';
import type { PodBehaviour } from '../kubernetes/controllers/behaviour.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { largeforge } from './largeforge.ts';
import { addPool, gpus, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import { servingPods } from './serving-pods.ts';
import type { RunningStory, Story } from './story.ts';
import { removeRestarted, uncordon } from './workload.ts';

const { namespace, system, image } = largeforge;
const app = 'largeforge-expert';
const pool = 'largeforge-expert';
const badNode = 'largeforge-expert-1';
const goodNode = 'largeforge-expert-2';
const replicas = 3;
/** On the other node: as many pods as the pool has GPUs on one node, so that the bad one always looks emptier. */
const neighbour = { app: 'largeforge-embeddings', replicas: 4 };
const condition = 'GPUDriverHealthy';
const mismatch = 'NVML: driver/library version mismatch (kernel module 535.183, library 550.54)';

export const largeforgeDown: Story = {
  id: 'largeforge-down',
  system,
  title: 'Service down',
  summary:
    'A driver update leaves one node without working GPUs. All replicas of the expert service run there and crash; new ones land on the same node.',
  via: 'Alertmanager',
  namespace,
  alert: {
    labels: { alertname: 'ExpertDown', namespace, deployment: app, severity: 'critical' },
    annotations: {
      summary: 'The expert service does not answer',
      description: 'Replicas of the expert service are unavailable; requests get 503.',
    },
  },
  signal: { label: 'Replicas unavailable', unit: 'pods', limit: 1 },
  hints: {
    solution: 'kubectl cordon',
    next: `kubectl rollout restart deployment/${app}`,
    reason: `All failing pods are on ${badNode}, which tells of a driver that does not fit; ${goodNode} has free GPUs. *Cordon ${badNode}* so that it takes no more pods, then *restart* the deployment.`,
    detour: {
      step: `kubectl rollout restart deployment/${app}`,
      effect: `Without the cordon the fresh pods come back to ${badNode} and crash as well.`,
    },
    undo: `A restart has nothing to take back, but the cordon has: *Undo…* is on its run, further up. ${badNode} then takes pods again. Nothing moves by itself, but the next restart puts pods there.`,
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, { name: pool, nodes: { [badNode]: {}, [goodNode]: { embeddings: 'true' } }, capacity: gpus(4) });
  let isBroken = false;
  // Nobody misses replicas before they are there for the first time.
  let wasUp = false;
  world.onPod((pod) => (pod.metadata.labels?.['app'] === app ? fateOf(pod, isBroken) : undefined));
  world.deployment({
    namespace,
    name: neighbour.app,
    image,
    container: 'embeddings',
    replicas: neighbour.replicas,
    requests: { cpu: '500m', memory: '2Gi' },
    pod: { ...inPool(pool), nodeSelector: { embeddings: 'true' } },
  });
  const deployment = world.deployment({
    namespace,
    name: app,
    image,
    container: 'expert',
    replicas,
    env: { EXPERT: 'code' },
    limits: { memory: '48Gi', 'nvidia.com/gpu': '1' },
    requests: { cpu: '4', memory: '32Gi' },
    pod: inPool(pool),
    spec: { progressDeadlineSeconds: 60 },
  });
  world.service(namespace, app, { app }, 8000);
  const restore = keepDeployment(world, deployment);
  const pods = (): readonly Pod[] => world.pods(namespace, { app }).filter(isActive);
  const reconsider = (): void => {
    for (const { metadata } of pods()) world.reconsider(namespace, metadata.name);
  };

  return {
    start() {
      wasUp = true;
      isBroken = true;
      setDriver(world, false);
      reconsider();
      // Told the last time to run elsewhere: they come back to the emptier node.
      for (const { metadata, spec } of pods()) if (spec.nodeName !== badNode) world.endPod(namespace, metadata.name);
    },
    reset() {
      isBroken = false;
      setDriver(world, true);
      uncordon(world, [badNode, goodNode]);
      restore();
      removeRestarted(world, namespace, { app });
      reconsider();
    },
    tick() {
      const serving = servingPods(world, namespace, app);
      for (const { metadata } of serving) world.setUsage(namespace, metadata.name, { cpu: '2200m', memory: '31Gi' });
      wasUp ||= serving.length >= replicas;
      return wasUp ? Math.max(0, replicas - serving.length) : 0;
    },
  };
}

function fateOf(pod: Pod, isBroken: boolean): PodBehaviour {
  const node = pod.spec.nodeName;
  if (isBroken && node === badNode) {
    return {
      fate: 'crash',
      logs: [
        `level=INFO msg="expert starting on node ${node}"`,
        'level=ERROR msg="torch.cuda.is_available() is False: no CUDA device"',
        `level=ERROR msg="${mismatch}; exit 1"`,
      ],
    };
  }
  return { fate: 'ready', logs: [`level=INFO msg="expert serving on node ${node ?? 'unknown'}" device=cuda:0`] };
}

/** What the node problem detector says of the node. */
function setDriver(world: World, isHealthy: boolean): void {
  const told = isHealthy
    ? { status: 'True', reason: 'DriverMatches', message: 'driver and library are of one version' }
    : { status: 'False', reason: 'DriverMismatch', message: mismatch };
  world.setCondition(badNode, { type: condition, ...told });
  if (isHealthy) return;
  world.event('nodes', '', badNode, {
    type: 'Warning',
    reason: 'GPUDriverMismatch',
    message: mismatch,
    component: 'gpu-monitor',
    host: badNode,
  });
}
