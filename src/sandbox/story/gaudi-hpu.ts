/**
 * Gaudi 3 Scale: a trainer leaves a little HPU memory behind with each graph that it compiles, so the longer it runs the
 * less is free. At the start of the story the trainers have run for nine days; fresh ones have as long before them.
 */
import { isActive, isReady } from '../kubernetes/controllers/pods.ts';
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { addPool, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import type { RunningStory, Story } from './story.ts';
import { isRunning, logLine, scaleDownAtOnce, uncordon } from './workload.ts';

const namespace = 'gaudi3-scale';
const trainer = { name: 'gaudi3-scale-trainer', component: 'trainer' } as const;
const api = { name: 'gaudi3-scale-api', component: 'api', replicas: 3 } as const;
const pool = 'gaudi';
const nodes = ['gaudi-node-a', 'gaudi-node-b'] as const;
const component = 'app.kubernetes.io/component';

/** Percent of a pod's HPU memory. */
const memory = { fresh: 38, usual: 62, full: 97 } as const;
/** Percent in a tick: how fast a trainer fills its caches, and how fast nine days of leaks go by. */
const growth = { caches: 3, leak: 5 } as const;
const ticksPerLog = 3;
/** Of a pod of the API: what its autoscaler aims at, so that it is content. */
const apiUsage = { cpu: '400m', memory: '300Mi' };

export const gaudiHpu: Story = {
  id: 'gaudi-hpu',
  system: 'Gaudi 3 Scale',
  title: 'HPU memory high',
  summary:
    'The trainers have run for nine days, and each graph that they compiled left some HPU memory behind. Now it is nearly full, and the next batch may fail.',
  via: 'Alertmanager',
  namespace,
  alert: {
    labels: { alertname: 'HPUMemoryHigh', namespace, severity: 'warning', deployment: trainer.name },
    annotations: { summary: 'More than 90 % of the HPU memory of a trainer is in use' },
  },
  signal: { label: 'HPU memory in use', unit: '%', limit: 90 },
  hints: {
    solution: `rollout restart deployment/${trainer.name}`,
    reason:
      'The trainers’ logs show memory that grows and never comes back, in `graphs` and not in `batch`: a leak. Fresh pods start with an empty HPU and go on from the last checkpoint.',
    detour: {
      step: `scale deployment ${api.name} --replicas=8`,
      effect:
        'The autoscaler takes it back to six at once, and seconds later Argo CD to the three that Git says; the plan had warned of both. The alert does not care.',
    },
    undo: 'A restart has nothing to take back, and its plan said so before anybody approved it.',
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, {
    name: pool,
    nodes: Object.fromEntries(nodes.map((node) => [node, { 'gaudi.habana.ai/gaudi': 'true' }])),
    capacity: { 'habana.ai/gaudi': '8' },
  });
  world.deployment({
    namespace,
    name: trainer.name,
    image: 'gaudi3-scale/trainer:1.7.0',
    labels: { 'app.kubernetes.io/name': 'gaudi3-scale', [component]: trainer.component },
    container: 'trainer',
    replicas: 2,
    requests: { cpu: '4', memory: '12Gi', 'habana.ai/gaudi': '4' },
    limits: { memory: '24Gi', 'habana.ai/gaudi': '4' },
    pod: inPool(pool),
    // Soon enough for somebody who waits for it to be told that pods hang.
    spec: { progressDeadlineSeconds: 30 },
  });
  world.deployment({
    namespace,
    name: api.name,
    image: 'gaudi3-scale/api:1.7.0',
    labels: { 'app.kubernetes.io/name': 'gaudi3-scale', [component]: api.component },
    container: 'api',
    replicas: api.replicas,
    requests: { cpu: '500m', memory: '512Mi' },
    limits: { memory: '1Gi' },
  });
  world.autoscaler(namespace, `${api.name}-hpa`, { deployment: api.name, min: 2, max: 6, cpuPercent: 80 });
  scaleDownAtOnce(world, namespace, `${api.name}-hpa`);
  world.gitOps({ name: 'gaudi3-scale', objects: [{ namespace, name: api.name, replicas: api.replicas }] });
  world.onPod((pod) => {
    if (pod.metadata.namespace !== namespace || !isOurs(pod)) return undefined;
    const log = pod.metadata.labels?.[component] === trainer.component ? 'resumed from the last checkpoint' : 'serving';
    return { fate: 'ready', logs: [`level=INFO msg="${log}"`] };
  });
  // Argo CD only brings back what it declares; kept with its marks, which it would write anew otherwise.
  const putBack = world.list('deployments', namespace).map((one) => keepDeployment(world, one));

  const percents = new Map<string, number>();
  let leaking = new Set<string>();
  // It has begun, and the trainers that it is about are not all there: some are being replaced.
  let begins = false;
  let ticks = 0;
  let highest = 0;
  const trainers = (): Pod[] =>
    world.pods(namespace, { [component]: trainer.component }).filter((pod) => isRunning(pod) && isOurs(pod));

  const apiPods = (): Pod[] =>
    world.pods(namespace, { [component]: api.component }).filter((pod) => isActive(pod) && isReady(pod));

  function train(pod: Pod, now: Date): number {
    const { uid, name } = pod.metadata;
    const isLeaking = leaking.has(uid);
    const before = percents.get(uid) ?? memory.fresh;
    const most = isLeaking ? memory.full : memory.usual;
    const percent = Math.min(Math.max(before, most), before + (isLeaking ? growth.leak : growth.caches));
    percents.set(uid, percent);
    world.setUsage(namespace, name, { cpu: '3100m', memory: '9Gi' });
    if (ticks % ticksPerLog === 0) {
      const graphs = Math.max(4, percent - memory.usual + 4);
      const text = `hpu memory ${percent} %: batch ${percent - graphs} %, graphs ${graphs} %`;
      world.appendLogs(namespace, name, [
        logLine(now, percent > 90 ? 'WARN' : 'INFO', text),
        ...(percent > 90 ? [logLine(now, 'WARN', 'hpu: graph cache not released after compile')] : []),
      ]);
    }
    return percent;
  }

  return {
    start() {
      begins = true;
    },
    reset() {
      begins = false;
      leaking = new Set();
      percents.clear();
      for (const back of putBack) back();
      uncordon(world, nodes);
    },
    tick(now) {
      const running = trainers();
      if (begins && isSettled(world, running.length)) {
        begins = false;
        leaking = new Set(running.map(({ metadata }) => metadata.uid));
      }
      const measured = running.map((pod) => train(pod, now));
      for (const pod of apiPods()) world.setUsage(namespace, pod.metadata.name, apiUsage);
      ticks += 1;
      for (const uid of percents.keys()) {
        if (!running.some(({ metadata }) => metadata.uid === uid)) percents.delete(uid);
      }
      // Nobody measures while no trainer runs, so what was measured last stands.
      if (measured.length > 0) highest = Math.max(...measured);
      return highest;
    },
  };
}

/** No trainer is being replaced. */
function isSettled(world: World, running: number): boolean {
  const found = world.get('deployments', namespace, trainer.name);
  if (!found || found.status.observedGeneration !== found.metadata.generation) return false;
  const { updatedReplicas, readyReplicas } = found.status;
  return running > 0 && [found.spec.replicas, updatedReplicas, readyReplicas].every((count) => count === running);
}

/** Another image is not this story's program; the cluster decides what becomes of it. */
const isOurs = (pod: Pod): boolean => /:1\.\d+\.\d+$/.test(pod.spec.containers[0]?.image ?? '');
