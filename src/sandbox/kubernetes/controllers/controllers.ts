/** Runs every controller until nothing changes, then sleeps until something is written or due. */
import type { Clock } from '../clock.ts';
import type { PodLogs } from '../pod-logs.ts';
import type { Store } from '../store.ts';
import type { Usage } from '../usage.ts';
import { createAutoscaling } from './autoscaling.ts';
import type { PodRule } from './behaviour.ts';
import { createPodMaker } from './create-pod.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileEndpointSlice } from './endpoint-slices.ts';
import { createGitOps } from './gitops.ts';
import { createKubelet, type Timings } from './kubelet.ts';
import { reconcileBudget, reconcileEndpoints } from './policy.ts';
import { createRecorder } from './recorder.ts';
import { createNodeLifecycle, reconcileNode } from './node-lifecycle.ts';
import { reconcileQuota } from './quotas.ts';
import { reconcileReplicaSet } from './replicaset.ts';
import { reconcileRevisions } from './revisions.ts';
import { reconcileDaemonSet, reconcileJob, reconcileStatefulSet } from './stateful.ts';

/** Rounds in one go; more means that two controllers undo each other's work. */
const roundsMax = 200;

export function createControllers(tools: {
  store: Store;
  clock: Clock;
  logs: PodLogs;
  rules: readonly PodRule[];
  usage: Usage;
  timings: Timings & {
    /** From a node's trouble to the eviction of its pods, for those that tolerate it for the usual 300 s. */
    readonly evictMs: number;
    /** How long a smaller wish of an autoscaler has to last. */
    readonly scaleDownMs: number;
  };
  /** Whether there is a metrics server. */
  metrics: boolean;
  reactionMs: number;
}) {
  const { store, clock } = tools;
  const recorder = createRecorder(tools);
  const pods = createPodMaker({ store, clock, recorder });
  const shared = { ...tools, recorder, pods };
  const kubelet = createKubelet(shared);
  const gitops = createGitOps(shared, wake);
  const measured = tools.metrics ? tools.usage : undefined;
  const autoscaling = createAutoscaling({ ...shared, measured, scaleDownMs: tools.timings.scaleDownMs });
  const lifecycle = createNodeLifecycle({ ...shared, evictMs: tools.timings.evictMs });
  let callOff: (() => void) | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  /** When a GitOps owner writes next. */
  let healing = Number.POSITIVE_INFINITY;
  /** When the next pod of a broken node is evicted. */
  let evicting = Number.POSITIVE_INFINITY;
  let dirty = false;
  let stopped = false;
  const waiting = new Set<() => void>();

  function pass(): void {
    deadline = Number.POSITIVE_INFINITY;
    recorder.sweep();
    for (const node of store.list('nodes')) reconcileNode(shared, node);
    evicting = lifecycle.step();
    for (const scaler of store.list('horizontalpodautoscalers')) {
      deadline = Math.min(deadline, autoscaling.reconcile(scaler));
    }
    for (const deployment of store.list('deployments')) {
      deadline = Math.min(deadline, reconcileDeployment(shared, deployment) ?? Number.POSITIVE_INFINITY);
    }
    for (const set of store.list('replicasets')) reconcileReplicaSet(shared, set);
    for (const set of store.list('statefulsets')) reconcileStatefulSet(shared, set);
    for (const set of store.list('daemonsets')) reconcileDaemonSet(shared, set);
    for (const job of store.list('jobs')) reconcileJob(shared, job);
    for (const pod of store.list('pods')) kubelet.step(pod);
    for (const set of [...store.list('statefulsets'), ...store.list('daemonsets')]) reconcileRevisions(shared, set);
    for (const service of store.list('services')) {
      reconcileEndpoints(shared, service);
      reconcileEndpointSlice(shared, service);
    }
    for (const budget of store.list('poddisruptionbudgets')) reconcileBudget(shared, budget);
    for (const quota of store.list('resourcequotas')) reconcileQuota(shared, quota);
    healing = gitops.step();
    deadline = Math.min(deadline, pods.nextDue());
  }

  function reconcile(): void {
    for (let round = 0; ; round++) {
      if (round === roundsMax) throw new Error("the stand-in's controllers do not come to rest");
      const before = store.version();
      pass();
      if (store.version() === before) break;
    }
    dirty = false;
    arm();
    if (isIdle()) for (const done of waiting) done();
  }

  const isIdle = (): boolean => !dirty && !Number.isFinite(Math.min(healing, evicting, kubelet.nextDue(true)));

  function arm(): void {
    callOff?.();
    if (stopped) return;
    const at = dirty ? clock.now() + tools.reactionMs : Math.min(kubelet.nextDue(false), healing, evicting, deadline);
    // Node's timers hold at most 2^31-1 ms; a day is far beyond any story.
    if (Number.isFinite(at)) callOff = clock.wakeAt(Math.min(at, clock.now() + 86_400_000), reconcile);
  }

  /** Something beside the store has changed. */
  function wake(): void {
    if (dirty) return;
    dirty = true;
    arm();
  }
  const unlisten = store.onChange(({ type, object }) => {
    const { uid } = object.metadata;
    if (type === 'DELETED') for (const part of [kubelet, lifecycle, pods, autoscaling]) part.forget(uid);
    wake();
  });

  return {
    recorder,
    kubelet,
    gitops,
    wake,
    isIdle,
    reconcile,
    /** Calls `done` each time the world comes to rest. Returns a way to stop. */
    onIdle(done: () => void): () => void {
      waiting.add(done);
      return () => waiting.delete(done);
    },
    stop(): void {
      stopped = true;
      unlisten();
      callOff?.();
    },
  };
}

export type Controllers = ReturnType<typeof createControllers>;
