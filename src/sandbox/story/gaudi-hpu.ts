/**
 * Gaudi 3 Scale: a trainer leaves a little HPU memory behind with each graph that it compiles, so the longer it runs the
 * less is free. At the start of the story the trainers have run for nine days; fresh ones have as long before them.
 */
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { keepDeployment } from './restore-deployment.ts';
import type { RunningStory, Story } from './story.ts';
import { isRunning, logLine, uncordon } from './workload.ts';

const namespace = 'gaudi3-scale';
const trainer = { name: 'gaudi3-scale-trainer', component: 'trainer' } as const;
const api = { name: 'gaudi3-scale-api', component: 'api', replicas: 3 } as const;
const nodes = ['gaudi-node-a', 'gaudi-node-b'] as const;
const component = 'app.kubernetes.io/component';

/** Percent of a pod's HPU memory. */
const memory = { fresh: 38, usual: 62, full: 97 } as const;
/** Percent in a tick: how fast a trainer fills its caches, and how fast nine days of leaks go by. */
const growth = { caches: 3, leak: 5 } as const;
const ticksPerLog = 3;

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
  for (const node of nodes) {
    world.node(node, { labels: { 'gaudi.habana.ai/gaudi': 'true' }, capacity: { 'habana.ai/gaudi': '8' } });
  }
  const deployments = [
    world.deployment({
      namespace,
      name: trainer.name,
      image: 'gaudi3-scale/trainer:1.7.0',
      labels: { 'app.kubernetes.io/name': 'gaudi3-scale', [component]: trainer.component },
      container: 'trainer',
      replicas: 2,
      requests: { cpu: '4', memory: '12Gi', 'habana.ai/gaudi': '4' },
      limits: { memory: '24Gi', 'habana.ai/gaudi': '4' },
    }),
    world.deployment({
      namespace,
      name: api.name,
      image: 'gaudi3-scale/api:1.7.0',
      labels: { 'app.kubernetes.io/name': 'gaudi3-scale', [component]: api.component },
      container: 'api',
      replicas: api.replicas,
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { memory: '1Gi' },
    }),
  ];
  // It has a quiet day: nobody says what the API's pods use, so the autoscaler only keeps to its bounds.
  world.autoscaler(namespace, `${api.name}-hpa`, { deployment: api.name, min: 2, max: 6, cpuPercent: 80 });
  world.gitOps({ name: 'gaudi3-scale', objects: [{ namespace, name: api.name, replicas: api.replicas }] });
  world.onPod((pod) => {
    if (pod.metadata.namespace !== namespace || !isOurs(pod)) return undefined;
    const log = pod.metadata.labels?.[component] === trainer.component ? 'resumed from the last checkpoint' : 'serving';
    return { fate: 'ready', logs: [`level=INFO msg="${log}"`] };
  });
  // What belongs to Git is brought back by Argo CD, so only the trainer's own is put back here.
  const putBack = deployments.slice(0, 1).map((one) => keepDeployment(world, one));

  const percents = new Map<string, number>();
  let leaking = new Set<string>();
  let ticks = 0;
  let highest = 0;
  const trainers = (): Pod[] =>
    world.pods(namespace, { [component]: trainer.component }).filter((pod) => isRunning(pod) && isOurs(pod));

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
      leaking = new Set(trainers().map(({ metadata }) => metadata.uid));
    },
    reset() {
      leaking = new Set();
      percents.clear();
      for (const back of putBack) back();
      uncordon(world, nodes);
    },
    tick(now) {
      const running = trainers();
      const measured = running.map((pod) => train(pod, now));
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

/** Another image is not this story's program; the cluster decides what becomes of it. */
const isOurs = (pod: Pod): boolean => /:1\.\d+\.\d+$/.test(pod.spec.containers[0]?.image ?? '');
