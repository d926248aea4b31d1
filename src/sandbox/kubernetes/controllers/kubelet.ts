/**
 * Lives of pods. A pod is looked at when it is due:
 *
 *   new → (node found) creating → running → ended → backing off → running → …
 *                     ↘ pulling fails, again and again
 *   running → (uses more memory than its limit) ended → …
 *   on a node that nobody reaches → nothing happens until it is back
 *   deleted → gone after the time to terminate
 *
 * A container that is going to crash is not reported ready in between, unlike a real one without a readiness probe.
 */
import { type Clock, timestamp } from '../clock.ts';
import type { Container, ContainerStatus, Pod } from '../objects.ts';
import type { PodLogs } from '../pod-logs.ts';
import type { Store } from '../store.ts';
import type { Usage } from '../usage.ts';
import { behaviourOf, type PodBehaviour, type PodRule } from './behaviour.ts';
import { runtimeId, terminated, waitingStatus, withContainers, withStatus } from './pod-status.ts';
import type { Recorder } from './recorder.ts';
import { overLimit } from './memory.ts';
import { isUnreachable } from './node-lifecycle.ts';
import { chooseNode } from './scheduler.ts';

export type Timings = {
  /** From scheduled to ready. */
  readonly rolloutMs: number;
  /** From deleted to gone. */
  readonly terminateMs: number;
  /** The first wait of a crash loop; it doubles up to 32 times this. A real kubelet starts with 10 s. */
  readonly backOffMs: number;
  /** How long a container that crashes runs. */
  readonly runMs: number;
};

type Life = {
  step: 'creating' | 'running' | 'backing-off' | 'settled' | 'going';
  behaviour: PodBehaviour;
  due: number;
  /** Since it last ran well. */
  restarts: number;
  startedAt: number;
  /** The container that restarts; the others run on. */
  who: number;
  /** Its node is out of reach. */
  cutOff: boolean;
};
/** How a container ends. */
type Ending = { readonly code: number; readonly reason: 'Completed' | 'OOMKilled' | 'Error' };
const outOfMemory: Ending = { code: 137, reason: 'OOMKilled' };
/** A container that ran this many first waits is forgiven its restarts (10 min of a real kubelet's 10 s). */
const forgivenAfter = 60;
type Tools = {
  store: Store;
  clock: Clock;
  recorder: Recorder;
  logs: PodLogs;
  rules: readonly PodRule[];
  usage: Usage;
  timings: Timings;
};

const endsBy = ({ fate }: PodBehaviour): boolean => fate === 'crash' || fate === 'oom-killed' || fate === 'complete';

export function createKubelet(tools: Tools) {
  const { store, clock, recorder, logs, usage, timings } = tools;
  const lives = new Map<string, Life>();
  let addresses = 0;
  let processes = 1000;

  const say = (pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string) =>
    recorder.record(pod, {
      type,
      reason,
      message,
      component: 'kubelet',
      host: pod.spec.nodeName ?? '',
      ...(container === undefined ? {} : { fieldPath: `spec.containers{${container}}` }),
    });

  function schedule(pod: Pod): void {
    const now = clock.now();
    const choice =
      behaviourOf(pod, tools.rules).fate === 'unschedulable'
        ? { why: '0/1 nodes are available: 1 Insufficient memory.' }
        : chooseNode(store, pod);
    if ('why' in choice) {
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: choice.why };
      const known = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
      if (known?.message === choice.why) return;
      store.put('pods', withStatus(pod, { phase: 'Pending' }, [condition], now));
      recorder.record(pod, {
        type: 'Warning',
        reason: 'FailedScheduling',
        message: choice.why,
        component: 'default-scheduler',
      });
      return;
    }
    const { node } = choice;
    const host = node.status.addresses.find(({ type }) => type === 'InternalIP')?.address ?? '10.0.0.2';
    const bound: Pod = {
      ...pod,
      spec: { ...pod.spec, nodeName: node.metadata.name },
      status: { ...pod.status, hostIP: host, hostIPs: [{ ip: host }], startTime: timestamp(now) },
    };
    const waiting = bound.spec.containers.map((container) => waitingStatus(container, 'ContainerCreating'));
    recorder.record(pod, {
      type: 'Normal',
      reason: 'Scheduled',
      message: `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node.metadata.name}`,
      component: 'default-scheduler',
    });
    store.put('pods', withContainers(bound, waiting, now));
    // Asked again: a rule may be about the node that it got.
    const behaviour = behaviourOf(bound, tools.rules);
    const due = now + (behaviour.startMs ?? timings.rolloutMs);
    lives.set(pod.metadata.uid, { ...newborn, behaviour, due });
  }

  function start(pod: Pod, life: Life): void {
    const now = clock.now();
    const { fate } = life.behaviour;
    if (fate === 'image-pull') return failPull(pod, life);
    addresses = pod.status.podIP === undefined ? addresses + 1 : addresses;
    const ip = pod.status.podIP ?? `10.1.${Math.floor(addresses / 250)}.${(addresses % 250) + 2}`;
    const ready = fate === 'ready' || fate === 'complete';
    const before = pod.status.containerStatuses ?? [];
    const statuses = pod.spec.containers.map((container, at): ContainerStatus => {
      const known = before.find(({ name }) => name === container.name);
      if (at !== life.who && known?.state.running) return known;
      return {
        name: container.name,
        state: { running: { startedAt: timestamp(now) } },
        lastState: known?.lastState ?? {},
        ready: at > 0 || ready,
        restartCount: known?.restartCount ?? 0,
        image: container.image,
        imageID: `sha256:${pod.metadata.uid.replaceAll('-', '').padEnd(64, '0')}`,
        containerID: runtimeId(),
        started: true,
      };
    });
    const addressed: Pod = { ...pod, status: { ...pod.status, podIP: ip, podIPs: [{ ip }] } };
    store.put('pods', withContainers(addressed, statuses, now));
    const started = life.restarts === 0 ? pod.spec.containers : pod.spec.containers.slice(life.who, life.who + 1);
    for (const container of started) tellStarted(pod, container);
    writeLogs(pod, life);
    const ends = endsBy(life.behaviour);
    life.startedAt = now;
    life.step = ends ? 'running' : 'settled';
    life.due = ends ? now + (life.behaviour.runMs ?? timings.runMs) : Number.POSITIVE_INFINITY;
  }

  function tellStarted(pod: Pod, container: Container): void {
    say(pod, 'Normal', 'Pulled', `Container image "${container.image}" already present on machine`, container.name);
    say(pod, 'Normal', 'Created', `Created container: ${container.name}`, container.name);
    say(pod, 'Normal', 'Started', `Started container ${container.name}`, container.name);
  }

  function writeLogs(pod: Pod, life: Life): void {
    const now = clock.now();
    const stamp = `time=${new Date(now).toISOString()} `;
    for (const [at, container] of pod.spec.containers.entries()) {
      if (at !== life.who && life.restarts > 0) continue;
      const lines = life.behaviour.logs ?? ['level=INFO msg="starting"'];
      const texts = lines.map((line) =>
        (line.startsWith('level=') ? stamp + line : line).replaceAll('{pod}', pod.metadata.name),
      );
      logs.append(pod.metadata.uid, container.name, now, texts);
    }
  }

  function failPull(pod: Pod, life: Life): void {
    const now = clock.now();
    const first = life.restarts++ === 0;
    const statuses = pod.spec.containers.map((container) => {
      const why = `failed to pull and unpack image "docker.io/library/${container.image}": not found`;
      const message = first ? why : `Back-off pulling image "${container.image}": ErrImagePull: ${why}`;
      return waitingStatus(container, first ? 'ErrImagePull' : 'ImagePullBackOff', message);
    });
    store.put('pods', withContainers(pod, statuses, now));
    const [container] = pod.spec.containers;
    if (container) {
      if (first) {
        say(pod, 'Normal', 'Pulling', `Pulling image "${container.image}"`, container.name);
        say(pod, 'Warning', 'Failed', `Failed to pull image "${container.image}": not found`, container.name);
      } else say(pod, 'Normal', 'BackOff', `Back-off pulling image "${container.image}"`, container.name);
    }
    life.step = first ? 'creating' : 'backing-off';
    life.due = first ? now + timings.runMs : now + timings.backOffMs * 32;
  }

  /** The end that a story's fate means. */
  function fatedEnd({ behaviour: { fate, exitCode = 1 } }: Life): Ending {
    if (fate === 'oom-killed') return outOfMemory;
    return fate === 'complete' ? { code: 0, reason: 'Completed' } : { code: exitCode, reason: 'Error' };
  }

  function end(pod: Pod, life: Life, { code, reason }: Ending): void {
    const now = clock.now();
    if (now - life.startedAt >= forgivenAfter * timings.backOffMs) life.restarts = 0;
    const state = terminated(code, reason, life.startedAt, now);
    const container = pod.spec.containers[life.who];
    if (container) usage.forget(pod.metadata.uid, container.name);
    const stays = pod.spec.restartPolicy === 'Never' || (pod.spec.restartPolicy === 'OnFailure' && code === 0);
    const loops = !stays && life.restarts > 0;
    const statuses = (pod.status.containerStatuses ?? []).map((status, at): ContainerStatus => {
      if (at !== life.who && !stays) return status;
      const ended = { ...status, ready: false, started: false };
      if (!loops) return { ...ended, state };
      const message = `back-off restarting failed container=${status.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
      return { ...ended, state: { waiting: { reason: 'CrashLoopBackOff', message } }, lastState: state };
    });
    store.put('pods', withContainers(pod, statuses, now));
    if (reason === 'OOMKilled') tellKilled(pod, container?.name ?? 'app');
    if (loops && container) {
      const whose = `${container.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
      say(pod, 'Warning', 'BackOff', `Back-off restarting failed container ${whose}`, container.name);
    }
    life.step = stays ? 'settled' : 'backing-off';
    const wait = timings.backOffMs * 2 ** Math.min(5, Math.max(0, life.restarts - 1));
    life.due = stays ? Number.POSITIVE_INFINITY : loops ? now + wait : now + timings.runMs;
  }

  /** The kernel's message is an event of the node, not of the pod: the app's namespace looks clean. */
  function tellKilled(pod: Pod, container: string): void {
    const node = store.get('nodes', '', pod.spec.nodeName ?? '');
    const process = `Killed process ${++processes} (${container})`;
    if (node) {
      const message = `Memory cgroup out of memory: ${process}`;
      recorder.record(node, {
        type: 'Warning',
        reason: 'OOMKilling',
        message,
        component: 'kernel-monitor',
        host: node.metadata.name,
      });
    }
  }

  /** What it would have ended of is gone: it is ready. */
  function goOn(pod: Pod, life: Life): void {
    life.step = 'settled';
    life.due = Number.POSITIVE_INFINITY;
    const statuses = (pod.status.containerStatuses ?? []).map((one) => ({ ...one, ready: true }));
    store.put('pods', withContainers(pod, statuses, clock.now()));
  }

  function restart(pod: Pod, life: Life): void {
    if (life.behaviour.fate === 'image-pull') return failPull(pod, life);
    const container = pod.spec.containers[life.who];
    if (container) {
      logs.rotate(pod.metadata.uid, container.name);
      usage.forget(pod.metadata.uid, container.name);
    }
    life.restarts++;
    const statuses = (pod.status.containerStatuses ?? []).map((status, at) => {
      if (at !== life.who) return status;
      const lastState = status.state.terminated ? status.state : status.lastState;
      return { ...status, lastState, restartCount: status.restartCount + 1 };
    });
    start({ ...pod, status: { ...pod.status, containerStatuses: statuses } }, life);
  }

  function step(pod: Pod): void {
    const now = clock.now();
    const life = lives.get(pod.metadata.uid);
    if (!life) {
      if (pod.metadata.deletionTimestamp === undefined && pod.spec.nodeName === undefined) schedule(pod);
      return;
    }
    if (isUnreachable(store, pod)) {
      life.cutOff = true;
      return;
    }
    if (life.cutOff) comeBack(pod, life);
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    if (isGoing && life.step !== 'going') {
      for (const { name } of pod.spec.containers) say(pod, 'Normal', 'Killing', `Stopping container ${name}`, name);
      life.step = 'going';
      life.due = now + timings.terminateMs;
    }
    const victim = life.step === 'settled' ? overLimit(pod, usage) : -1;
    if (victim >= 0) {
      life.who = victim;
      return end(pod, life, outOfMemory);
    }
    if (life.due > now) return;
    if (life.step === 'creating') start(pod, life);
    else if (life.step === 'running') end(pod, life, fatedEnd(life));
    else if (life.step === 'backing-off') restart(pod, life);
    else if (life.step === 'going') store.remove('pods', pod.metadata.namespace ?? '', pod.metadata.name);
  }

  /** The node answers again: the kubelet reports what its containers do. */
  function comeBack(pod: Pod, life: Life): void {
    life.cutOff = false;
    const { containerStatuses } = pod.status;
    if (containerStatuses) store.put('pods', withContainers(pod, containerStatuses, clock.now()));
  }

  return {
    step,
    /** When the next pod is due; `settling` leaves out those that only back off. */
    nextDue(settling: boolean): number {
      const isLooping = (life: Life) => life.step === 'backing-off' || (life.step !== 'going' && life.restarts > 1);
      const counted = [...lives.values()].filter((life) => !life.cutOff && !(settling && isLooping(life)));
      return Math.min(Number.POSITIVE_INFINITY, ...counted.map((life) => life.due));
    },
    /**
     * Asks the rules again about a pod that has a node: a container that runs and ends by them ends now, one that was
     * about to end goes on, one that backs off starts by them the next time.
     */
    reconsider(pod: Pod): void {
      const life = lives.get(pod.metadata.uid);
      if (!life || life.step === 'going') return;
      life.behaviour = behaviourOf(pod, tools.rules);
      life.who = 0;
      if (life.step === 'settled' && endsBy(life.behaviour)) end(pod, life, fatedEnd(life));
      else if (life.step === 'running' && !endsBy(life.behaviour)) goOn(pod, life);
    },
    /** A pod that was put into the world by hand in a given state: left as it is until it is deleted. */
    adopt(pod: Pod): void {
      const due = Number.POSITIVE_INFINITY;
      const behaviour = { fate: 'ready' } as const;
      lives.set(pod.metadata.uid, { ...newborn, step: 'settled', behaviour, due, startedAt: clock.now() });
    },
    /** The pod is gone, whoever took it away. */
    forget(uid: string): void {
      lives.delete(uid);
      logs.forget(uid);
      usage.forget(uid);
    },
  };
}

const newborn = { step: 'creating', restarts: 0, startedAt: 0, who: 0, cutOff: false } as const;
