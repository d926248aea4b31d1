/** Runs every controller until nothing changes, then sleeps until something is written or due. */
import type { Clock } from '../clock.ts';
import type { PodLogs } from '../pod-logs.ts';
import type { Store } from '../store.ts';
import type { PodRule } from './behaviour.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileEndpointSlice } from './endpoint-slices.ts';
import { createKubelet, type Timings } from './kubelet.ts';
import { reconcileAutoscaler, reconcileBudget, reconcileEndpoints } from './policy.ts';
import { createRecorder } from './recorder.ts';
import { reconcileReplicaSet } from './replicaset.ts';
import { reconcileRevisions } from './revisions.ts';
import { reconcileDaemonSet, reconcileJob, reconcileStatefulSet } from './stateful.ts';
import { reconcileNode } from './taints.ts';

/** Rounds in one go; more means that two controllers undo each other's work. */
const roundsMax = 200;

export function createControllers(tools: {
  store: Store;
  clock: Clock;
  logs: PodLogs;
  rules: readonly PodRule[];
  timings: Timings;
  reactionMs: number;
}) {
  const { store, clock } = tools;
  const recorder = createRecorder(tools);
  const shared = { ...tools, recorder };
  const kubelet = createKubelet(shared);
  let callOff: (() => void) | undefined;
  let deadline = Number.POSITIVE_INFINITY;
  let dirty = false;
  let stopped = false;
  const waiting = new Set<() => void>();

  function pass(): void {
    deadline = Number.POSITIVE_INFINITY;
    for (const node of store.list('nodes')) reconcileNode(shared, node);
    for (const scaler of store.list('horizontalpodautoscalers')) reconcileAutoscaler(shared, scaler);
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

  const isIdle = (): boolean => !dirty && !Number.isFinite(kubelet.nextDue(true));

  function arm(): void {
    callOff?.();
    if (stopped) return;
    const at = dirty ? clock.now() + tools.reactionMs : Math.min(kubelet.nextDue(false), deadline);
    // Node's timers hold at most 2^31-1 ms; a day is far beyond any story.
    if (Number.isFinite(at)) callOff = clock.wakeAt(Math.min(at, clock.now() + 86_400_000), reconcile);
  }

  const unlisten = store.onChange(() => {
    if (dirty) return;
    dirty = true;
    arm();
  });

  return {
    recorder,
    kubelet,
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
