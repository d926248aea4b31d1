/**
 * continual-tiny-transformer: the next task has longer sequences, so a batch takes more memory than before, and more
 * than the limit of the trainers allows. The kernel ends them again and again, always at the same point.
 */
import type { Pod } from '../kubernetes/objects.ts';
import type { World } from '../kubernetes/world.ts';
import { addPool, inPool } from './node-pool.ts';
import { keepDeployment } from './restore-deployment.ts';
import type { RunningStory, Story } from './story.ts';
import { batchOf, batchWorker, isRunning, isStandardImage, logLine, removeRestarted, uncordon } from './workload.ts';

const namespace = 'continual';
const name = 'continual-trainer';
const variable = 'BATCH_SIZE';
const pool = 'trainers';
const node = 'trainer-node-a';
const limitMib = 4_096;
const modelMib = 640;
/** Memory that one sequence of a batch takes. */
const mibEach = { usual: 70, long: 160 } as const;
/** A trainer fills its memory in as many ticks. */
const climbTicks = 5;
/** What is looked back on, so that the value stands while a pod waits to be started again. */
const windowTicks = 12;
const ticksPerLog = 2;

export const continualMemory: Story = {
  id: 'continual-memory',
  system: 'continual-tiny-transformer',
  title: 'High memory usage',
  summary:
    'The next task has longer sequences. A batch of 32 of them needs 5.6 GiB, a trainer may use 4, so the kernel ends each one, again and again.',
  via: 'Alertmanager',
  namespace,
  alert: {
    labels: { alertname: 'ContinualHighMemoryUsage', namespace, severity: 'high', deployment: name },
    annotations: { summary: 'A trainer uses more than 90 % of its memory limit, training makes no progress' },
  },
  signal: { label: 'Memory of the trainers, of their limit', unit: '%', limit: 90 },
  hints: {
    solution: `${variable}=16`,
    reason:
      'The pods restart again and again, `describe` says `OOMKilled`, and the last lines before each end show a batch of 32 that needs more than the limit. Half of it fits.',
    detour: {
      step: `set image deployment/${name}`,
      effect:
        'With a tag that does not exist, such as `1.4-missing`, pods hang in `ImagePullBackOff` and nothing is trained at all; *Undo…* brings the old image back.',
    },
    undo: 'The sequences stay long, so *Undo…* shows the trouble again: batches of 32, trainers that are killed, and the same alert.',
  },
  build,
};

function build(world: World): RunningStory {
  addPool(world, { name: pool, nodes: { [node]: {} }, capacity: { memory: '64Gi' } });
  const deployment = world.deployment({
    namespace,
    name,
    image: 'continual/tiny-transformer:1.3',
    container: 'trainer',
    replicas: 2,
    env: { [variable]: '32' },
    requests: { cpu: '1', memory: '3Gi' },
    limits: { memory: `${limitMib}Mi` },
    pod: inPool(pool),
    // Soon enough for somebody who waits for it to be told that pods hang.
    spec: { progressDeadlineSeconds: 30 },
  });
  world.onPod((pod) => {
    if (pod.metadata.namespace !== namespace || !isStandardImage(pod)) return undefined;
    return batchWorker(pod, variable, 'trainer up, resumed from the last checkpoint');
  });
  const putBack = keepDeployment(world, deployment);

  /** What was measured of each pod, newest last. */
  const measured = new Map<string, { percents: number[]; usedMib: number; restarts: number }>();
  let isLong = false;
  let ticks = 0;
  let highest = 0;

  function train(pod: Pod, now: Date): void {
    const { uid, name: podName } = pod.metadata;
    const restarts = pod.status.containerStatuses?.[0]?.restartCount ?? 0;
    const before = measured.get(uid);
    const seen = before ?? { percents: [], usedMib: modelMib, restarts };
    const startsAnew = seen.restarts !== restarts;
    const batch = batchOf(pod, variable) ?? 1;
    const needed = modelMib + batch * (isLong ? mibEach.long : mibEach.usual);
    const from = startsAnew ? modelMib : seen.usedMib;
    const usedMib = Math.round(Math.min(needed, from + Math.max((needed - modelMib) / climbTicks, limitMib / 20)));
    const percent = Math.min(100, Math.round((usedMib / limitMib) * 1_000) / 10);
    measured.set(uid, { usedMib, restarts, percents: [...seen.percents, percent].slice(-windowTicks) });
    if (ticks % ticksPerLog === 0 || usedMib > limitMib) {
      world.appendLogs(namespace, podName, [
        logLine(
          now,
          usedMib > 0.9 * limitMib ? 'WARN' : 'INFO',
          `step: batch of ${batch}, ${isLong ? 'sequences of 512' : 'sequences of 224'}, memory ${usedMib} of ${limitMib} MiB, ${needed} needed`,
        ),
      ]);
    }
    // Above the limit, the kernel ends it.
    world.setUsage(namespace, podName, { cpu: '850m', memory: `${usedMib}Mi` });
  }

  return {
    start() {
      isLong = true;
    },
    reset() {
      isLong = false;
      putBack();
      removeRestarted(world, namespace, { app: name });
      uncordon(world, [node]);
    },
    tick(now) {
      const pods = world.pods(namespace, { app: name });
      for (const pod of pods) {
        if (isRunning(pod) && isStandardImage(pod) && pod.metadata.deletionTimestamp === undefined) train(pod, now);
      }
      ticks += 1;
      for (const uid of measured.keys()) {
        if (!pods.some(({ metadata }) => metadata.uid === uid)) measured.delete(uid);
      }
      const percents = [...measured.values()].flatMap((one) => one.percents);
      // Nobody measures while no trainer runs, so what was measured last stands.
      if (percents.length > 0) highest = Math.max(...percents);
      return highest;
    },
  };
}
