/**
 * HD-Compute-Toolkit: a backlog of large inputs arrives, and batches of them do not fit into the GPUs' memory. Workers
 * whose batches fit work the backlog off; when it is gone, inputs are as small as before.
 */
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { addPool, gpus, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import type { RunningStory, Story } from './story.ts';
import { batchOf, batchWorker, isRunning, isStandardImage, logLine, uncordon } from './workload.ts';

const namespace = 'hdc';
const name = 'hdc-gpu';
const variable = 'HDC_GPU_BATCH_SIZE';
const pool = 'hdc-gpu';
const nodes = ['gpu-node-a', 'gpu-node-b'] as const;
const gpuGib = 40;
/** GPU memory that one input of a batch takes. */
const gibEach = { usual: 0.33, large: 0.56 } as const;
/** Large inputs that arrive: some twenty seconds of work for three workers with batches of 50. */
const backlogAtStart = 6_000;
/** A failing worker writes every other tick, so that its log stays readable. */
const ticksPerLog = 2;

export const hdcCuda: Story = {
  id: 'hdc-cuda',
  system: 'HD-Compute-Toolkit',
  title: 'CUDA out of memory',
  summary:
    'A backlog of large inputs arrives. A batch of 100 of them needs 56 GiB, the GPUs have 40, so the workers fail every batch.',
  via: 'Alertmanager',
  namespace,
  alert: {
    labels: { alertname: 'HDC_CudaOutOfMemory', namespace, severity: 'high', deployment: name },
    annotations: { summary: 'GPU workers report CUDA out of memory, requests that need the GPU fail' },
  },
  signal: { label: 'GPU memory that a batch needs', unit: 'GiB', limit: gpuGib },
  hints: {
    solution: `${variable}=50`,
    reason:
      'The log says `CUDA out of memory, 16.0 GiB too little`: a batch of 100 does not fit, half of one does. Restarted workers would read the same batch size.',
    detour: {
      step: 'rollout restart',
      effect:
        'The pods are replaced, and each new one writes the same `CUDA out of memory`. With more replicas some pods stay Pending, for there are only four GPUs.',
    },
    undo: 'Once the backlog is worked off, inputs are small again: *Undo…* brings batches of 100 back, and the alert stays quiet. Too early, and it fires again.',
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, {
    name: pool,
    nodes: Object.fromEntries(nodes.map((node) => [node, { accelerator: 'nvidia' }])),
    capacity: gpus(2),
  });
  world.onPod((pod) => {
    if (pod.metadata.namespace !== namespace || pod.metadata.labels?.['app'] !== name) return undefined;
    return isStandardImage(pod) ? batchWorker(pod, variable, `cuda device up, ${gpuGib} GiB`) : undefined;
  });
  const deployment = world.deployment({
    namespace,
    name,
    image: 'hdc/toolkit-gpu:2.4',
    replicas: 3,
    env: { [variable]: '100' },
    requests: { cpu: '2', memory: '8Gi', 'nvidia.com/gpu': '1' },
    limits: { memory: '16Gi', 'nvidia.com/gpu': '1' },
    pod: inPool(pool),
    // Soon enough for somebody who waits for it to be told that pods hang.
    spec: { progressDeadlineSeconds: 30 },
  });
  // What else there is of the system: it goes on as if nothing had happened.
  const others = [
    world.deployment({ namespace, name: 'hdc-toolkit', image: 'hdc/toolkit:2.4', replicas: 2 }),
    world.deployment({ namespace, name: 'hdc-toolkit-blue', image: 'hdc/toolkit:2.3' }),
  ];
  const putBack = [deployment, ...others].map((one) => keepDeployment(world, one));

  let backlog = 0;
  let ticks = 0;
  let peakGib = 0;

  function work(pod: Pod, now: Date): number {
    const batch = batchOf(pod, variable) ?? 1;
    const gib = batch * (backlog > 0 ? gibEach.large : gibEach.usual);
    const fits = gib <= gpuGib;
    const missing = (gib - gpuGib).toFixed(1);
    world.setUsage(
      namespace,
      pod.metadata.name,
      fits ? { cpu: '1700m', memory: '9Gi' } : { cpu: '240m', memory: '6Gi' },
    );
    if (fits) {
      if (ticks % (4 * ticksPerLog) === 0) {
        const text = `cuda: batch of ${batch} done, ${gib.toFixed(1)} of ${gpuGib}.0 GiB used`;
        world.appendLogs(namespace, pod.metadata.name, [logLine(now, 'INFO', text)]);
      }
      backlog = Math.max(0, backlog - batch);
    } else if (ticks % ticksPerLog === 0) {
      world.appendLogs(namespace, pod.metadata.name, [
        logLine(now, 'ERROR', `CUDA out of memory, ${missing} GiB too little for a batch of ${batch}`),
        logLine(now, 'WARN', 'batch failed, 503 sent'),
      ]);
    }
    return gib;
  }

  return {
    start() {
      backlog = backlogAtStart;
      ticks = 0;
    },
    reset() {
      backlog = 0;
      for (const back of putBack) back();
      uncordon(world, nodes);
    },
    tick(now) {
      const pods = world.pods(namespace, { app: name }).filter((pod) => isRunning(pod) && isStandardImage(pod));
      const needed = pods.map((pod) => work(pod, now));
      ticks += 1;
      // Nobody measures while no worker runs, so what was measured last stands.
      if (needed.length > 0) peakGib = Math.max(...needed);
      return peakGib;
    },
  };
}
