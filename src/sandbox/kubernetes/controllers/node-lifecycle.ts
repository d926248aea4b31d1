/**
 * Nodes in trouble. What a node's Ready condition says becomes taints; what a taint does not let stay is evicted after
 * the time that the pod tolerates it (k8s.io/kubernetes/pkg/controller/nodelifecycle, tainteviction).
 *
 *   Ready → Unknown (nobody hears of it) → unreachable: its pods are marked not ready, then to be deleted, and stay so
 *   Ready → False (it says so itself) → not-ready: its pods are deleted, and end
 */
import { type Clock, timestamp } from '../clock.ts';
import { equal } from '../json.ts';
import type { Node, Pod, Toleration } from '../objects.ts';
import type { Store } from '../store.ts';
import { deletePod } from './delete-pod.ts';
import { isActive, isReady } from './pods.ts';
import { withStatus } from './pod-status.ts';
import type { Recorder } from './recorder.ts';
import { type Taint, tolerates, unschedulable } from './taints.ts';

type Tools = {
  readonly store: Store;
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** Stands for the 300 s that a pod tolerates a dead node unless it says otherwise. */
  readonly evictMs: number;
};
/** What admission gives to every pod; such a toleration is shortened. */
const defaultSeconds = 300;
const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const owned: readonly string[] = [unschedulable.key, notReady, unreachable];

const readiness = (node: Node) => node.status.conditions.find(({ type }) => type === 'Ready');

/** Nobody hears of the pod's node: nothing that happens there is known, and no order gets there. */
export function isUnreachable(store: Store, pod: Pod): boolean {
  const node = pod.spec.nodeName === undefined ? undefined : store.get('nodes', '', pod.spec.nodeName);
  return node !== undefined && readiness(node)?.status === 'Unknown';
}

/**
 * The taints that the node's state calls for. A node that never said anything (made by a POST) has none. When no node is
 * ready, the trouble is more likely with the control plane: nothing is evicted then (recorded from 1.34).
 */
function calledFor(node: Node, anyReady: boolean): Omit<Taint, 'timeAdded'>[] {
  const status = readiness(node)?.status ?? 'True';
  const key = status === 'Unknown' ? unreachable : status === 'False' ? notReady : undefined;
  const effects = key === undefined ? [] : anyReady ? ['NoSchedule', 'NoExecute'] : ['NoSchedule'];
  return [
    ...(node.spec.unschedulable === true ? [unschedulable] : []),
    ...effects.map((effect) => ({ key: key ?? '', effect })),
  ];
}

/** The node carries the taints of its state, and those that others put on it. */
export function reconcileNode({ store, clock }: Pick<Tools, 'store' | 'clock'>, node: Node): void {
  const taints = node.spec.taints ?? [];
  const anyReady = store.list('nodes').some((one) => readiness(one)?.status === 'True');
  const next = [
    ...taints.filter(({ key }) => !owned.includes(key)),
    ...calledFor(node, anyReady).map(
      (taint) =>
        taints.find(({ key, effect }) => key === taint.key && effect === taint.effect) ?? {
          ...taint,
          timeAdded: timestamp(clock.now()),
        },
    ),
  ];
  if (equal(next, taints)) return;
  const { taints: _, ...spec } = node.spec;
  store.put('nodes', { ...node, spec: next.length === 0 ? spec : { ...spec, taints: next } });
}

export function createNodeLifecycle(tools: Tools) {
  const { store, clock, recorder } = tools;
  /** When a pod was first seen beside a taint that sends it away: taints are dated in whole seconds only. */
  const since = new Map<string, number>();

  function markNotReady(pod: Pod): void {
    if (!isReady(pod)) return;
    const conditions = (pod.status.conditions ?? []).map((condition) =>
      condition.type === 'Ready' ? { type: 'Ready', status: 'False' } : condition,
    );
    store.put('pods', withStatus(pod, {}, conditions, clock.now()));
    recorder.record(pod, {
      type: 'Warning',
      reason: 'NodeNotReady',
      message: 'Node is not ready',
      component: 'node-controller',
    });
  }

  /** How long the pod stays beside these taints; undefined: for good. */
  function patience(pod: Pod, taints: readonly Taint[]): number | undefined {
    const own = pod.spec.tolerations ?? [];
    const times = taints.map((taint): number | undefined => {
      const fitting = own.filter((one) => tolerates([one], taint));
      return fitting.length === 0 ? 0 : shortest(fitting, tools.evictMs);
    });
    const limited = times.filter((time) => time !== undefined);
    return limited.length === 0 ? undefined : Math.min(...limited);
  }

  function evict(pod: Pod): void {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    };
    const { conditions = [] } = pod.status;
    deletePod(tools, store.put('pods', withStatus(pod, {}, [...conditions, condition], clock.now())));
    recorder.record(pod, {
      type: 'Normal',
      reason: 'TaintManagerEviction',
      message: `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
      component: 'taint-eviction-controller',
    });
  }

  function lookAfter(pod: Pod, taints: readonly Taint[]): number {
    const never = Number.POSITIVE_INFINITY;
    const { uid } = pod.metadata;
    const wait = taints.length === 0 || !isActive(pod) ? undefined : patience(pod, taints);
    if (wait === undefined) {
      since.delete(uid);
      return never;
    }
    const from = since.get(uid) ?? clock.now();
    since.set(uid, from);
    if (from + wait > clock.now()) return from + wait;
    evict(pod);
    return never;
  }

  return {
    /** Marks and evicts what is due. Returns when the next pod is due. */
    step(): number {
      const due: number[] = [];
      for (const node of store.list('nodes')) {
        const taints = (node.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
        for (const pod of store.list('pods').filter(({ spec }) => spec.nodeName === node.metadata.name)) {
          due.push(lookAfter(pod, taints));
          const live = store.get('pods', pod.metadata.namespace ?? '', pod.metadata.name);
          if (live && readiness(node)?.status === 'Unknown') markNotReady(live);
        }
      }
      return Math.min(Number.POSITIVE_INFINITY, ...due);
    },
    /** The pod is gone. */
    forget: (uid: string): void => void since.delete(uid),
  };
}

/** In milliseconds; undefined when one of them is for good. */
function shortest(tolerations: readonly Toleration[], evictMs: number): number | undefined {
  const seconds = tolerations.map(({ tolerationSeconds }) => tolerationSeconds).filter((one) => one !== undefined);
  if (seconds.length === 0) return undefined;
  const least = Math.max(0, Math.min(...seconds));
  return least === defaultSeconds ? evictMs : least * 1000;
}
