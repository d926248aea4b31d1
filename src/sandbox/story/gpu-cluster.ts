/** The cluster of the story: GPU workers whose batches are too large for the memory that they have. */
import type { Pod } from '../kubernetes/objects.ts';
import { type SandboxKubernetes, startKubernetes } from '../kubernetes/start.ts';

const namespace = 'hdc';
const name = 'hdc-gpu';
const variable = 'HDC_GPU_BATCH_SIZE';
const replicas = 3;
/** A batch takes this much of the GPU's memory. */
const gibPerBatch = 0.56;

export type GpuCluster = {
  readonly kubernetes: SandboxKubernetes;
  /** Pods, running or ending, whose batches do not fit. */
  starving(): number;
  batchSize(): string;
  readyPods(): number;
  /** Pods made from now on find this much memory. */
  installGpus(gib: number): void;
};

export async function startGpuCluster(): Promise<GpuCluster> {
  // Slow enough that a rollout can be watched, quick enough for a story.
  const kubernetes = await startKubernetes({ rolloutMs: 450, terminateMs: 150 });
  const { world } = kubernetes;
  let gib = 40;
  const starved = new Set<string>();

  for (const node of ['gpu-node-a', 'gpu-node-b']) {
    world.node(node, { labels: { accelerator: 'nvidia' }, capacity: { 'nvidia.com/gpu': '4' } });
  }
  world.onPod((pod) => {
    if (pod.metadata.labels?.['app'] !== name) return undefined;
    const batch = Number(batchOf(pod));
    const needed = batch * gibPerBatch;
    const fits = needed <= gib;
    if (!fits) starved.add(pod.metadata.uid);
    return { fate: 'ready', logs: fits ? calmLines(batch, needed, gib) : starvedLines(batch, needed, gib) };
  });
  world.deployment({ namespace, name, image: 'hdc/toolkit-gpu:2.4', replicas, env: { [variable]: '100' } });
  await kubernetes.settle();

  return {
    kubernetes,
    starving: () => world.pods(namespace, { app: name }).filter((pod) => starved.has(pod.metadata.uid)).length,
    batchSize() {
      const container = world.get('deployments', namespace, name)?.spec.template.spec.containers[0];
      return container?.env?.find((entry) => entry.name === variable)?.value ?? 'not set';
    },
    readyPods: () => world.get('deployments', namespace, name)?.status?.readyReplicas ?? 0,
    installGpus(size) {
      gib = size;
    },
  };
}

const batchOf = (pod: Pod): string =>
  pod.spec.containers[0]?.env?.find((entry) => entry.name === variable)?.value ?? '1';

const upLine = (batch: number): string => `level=INFO msg="cuda device up" ${variable}=${batch}`;

const starvedLines = (batch: number, needed: number, gib: number): string[] => [
  upLine(batch),
  `level=ERROR msg="CUDA out of memory, ${(needed - gib).toFixed(1)} GiB too little"`,
  'level=WARN msg="request failed, 503 sent"',
  `level=ERROR msg="CUDA out of memory, ${(needed - gib + 0.4).toFixed(1)} GiB too little"`,
];

const calmLines = (batch: number, needed: number, gib: number): string[] => [
  upLine(batch),
  `level=INFO msg="cuda: ${needed.toFixed(1)} of ${gib.toFixed(1)} GiB in use"`,
];
