/**
 * LargeForge inference under more load than its replicas can serve. Requests that find no free replica wait in a queue,
 * and clients wait with them:
 *
 *   queue   grows by what is offered beyond what can be served, and drains when there is room
 *   p99     what one answer takes, and the time until the queue ahead is served
 */
import type { World } from '../kubernetes/world.ts';
import { largeforge } from './largeforge.ts';
import { addPool, gpus, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import { servingPods } from './serving-pods.ts';
import type { RunningStory, Story } from './story.ts';
import { logLine, scaleDownAtOnce, uncordon } from './workload.ts';

const { namespace, system, image } = largeforge;
const app = 'largeforge-inference';
const pool = 'largeforge-inference';
const nodes = ['largeforge-gpu-1', 'largeforge-gpu-2'] as const;
const bounds = { min: 2, max: 8 };
/**
 * Replicas ask their GPU all the time whether it is done, so their CPUs are as busy without requests as with too many:
 * what the autoscaler aims at, and so it never changes anything by itself.
 */
const pollingCpu = '2800m';

/** Requests a second. */
const calmLoad = 12;
const highLoad = 36;
const perReplica = 10;
/** Requests; what does not fit is turned away. */
const queueMax = 300;
const answerSeconds = 1.2;
/** Without any replica the queue moves as slowly as this. */
const leastPerSecond = 5;
/** Weights are read from the disk before a replica serves. */
const loadingMs = 2_500;
const longestTickSeconds = 2;
const logEveryMs = 1_000;

export const largeforgeLatency: Story = {
  id: 'largeforge-latency',
  system,
  title: 'High latency',
  summary:
    'Three times as many requests arrive as before. Two replicas cannot serve them, so the queue grows, and everybody waits.',
  via: 'Alertmanager',
  namespace,
  alert: {
    labels: { alertname: 'HighLatency', namespace, deployment: app, severity: 'warning' },
    annotations: {
      summary: 'Inference answers slowly',
      description: 'The 99th percentile of inference requests is above 5 s.',
    },
  },
  signal: { label: 'p99 latency', unit: 's', limit: 5 },
  hints: {
    solution: `kubectl scale deployment/${app} --replicas=5`,
    reason:
      'The logs show a queue that does not get shorter, and all GPUs are busy; the autoscaler looks at the CPU, which is as busy as ever. There are free GPUs: *add replicas*.',
    detour: {
      step: `kubectl rollout restart deployment/${app}`,
      effect:
        'Nothing is broken, so fresh pods help nobody; while they load, even less is served, and latency doubles.',
    },
    undo: 'Undo the scaling: two replicas are too few for this load, and the queue grows again.',
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, { name: pool, nodes: Object.fromEntries(nodes.map((node) => [node, {}])), capacity: gpus(4) });
  let load = calmLoad;
  let queue = 0;
  let tickedAt: number | undefined;
  let loggedAt = 0;
  // Nobody asks before the replicas are there for the first time.
  let wasUp = false;
  let isWarm = true;
  world.onPod((pod) =>
    pod.metadata.labels?.['app'] === app
      ? {
          fate: 'ready',
          ...(isWarm ? {} : { startMs: loadingMs }),
          logs: ['level=INFO msg="weights loaded" model=expert-v1', 'level=INFO msg="serving" max_num_seqs=256'],
        }
      : undefined,
  );
  const deployment = world.deployment({
    namespace,
    name: app,
    image,
    container: 'inference',
    replicas: bounds.min,
    env: { MAX_NUM_SEQS: '256' },
    limits: { memory: '48Gi', 'nvidia.com/gpu': '1' },
    requests: { cpu: '4', memory: '32Gi' },
    pod: inPool(pool),
    // There is not always a GPU to spare, so one goes before one comes.
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
  });
  world.service(namespace, app, { app }, 8000);
  world.autoscaler(namespace, app, { deployment: app, ...bounds, cpuPercent: 70 });
  scaleDownAtOnce(world, namespace, app);
  world.budget(namespace, app, { app }, { minAvailable: 1 });
  const restore = keepDeployment(world, deployment);

  return {
    start() {
      wasUp = true;
      isWarm = false;
      load = highLoad;
    },
    reset() {
      load = calmLoad;
      queue = 0;
      uncordon(world, nodes);
      restore();
    },
    tick(now) {
      const at = now.getTime();
      const seconds = Math.min(longestTickSeconds, Math.max(0, (at - (tickedAt ?? at)) / 1000));
      tickedAt = at;
      const serving = servingPods(world, namespace, app);
      const capacity = serving.length * perReplica;
      wasUp ||= serving.length >= bounds.min;
      if (wasUp) queue = Math.min(queueMax, Math.max(0, queue + (load - capacity) * seconds));
      const p99 = answerSeconds + queue / Math.max(leastPerSecond, capacity);

      const busy = Math.min(1, load / Math.max(1, capacity));
      const amounts = { cpu: pollingCpu, memory: `${Math.round(28 + 10 * busy)}Gi` };
      for (const { metadata } of serving) world.setUsage(namespace, metadata.name, amounts);
      if (at - loggedAt >= logEveryMs) {
        loggedAt = at;
        const lines = logLines(now, { queue, p99, busy });
        for (const { metadata } of serving) world.appendLogs(namespace, metadata.name, lines);
      }
      return Math.round(p99 * 10) / 10;
    },
  };
}

function logLines(now: Date, { queue, p99, busy }: { queue: number; p99: number; busy: number }): string[] {
  const waiting = Math.round(queue);
  const lines = [logLine(now, 'INFO', `queue length ${waiting}, GPU ${Math.round(busy * 100)} % busy`)];
  if (waiting > 20) lines.push(logLine(now, 'WARN', `requests wait in the queue, p99 ${p99.toFixed(1)} s`));
  return lines;
}
