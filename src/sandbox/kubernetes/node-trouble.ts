/** What stories do to nodes: they break, lose their devices, and come back. */
import { type Clock, timestamp } from './clock.ts';
import type { Recorder } from './controllers/recorder.ts';
import type { Node } from './objects.ts';
import type { Store } from './store.ts';

type Condition = Node['status']['conditions'][number];
type Trouble = 'unreachable' | 'not-ready';

const notHeard = 'Kubelet stopped posting node status.';
const notReady =
  'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

/** The condition as it is for a sound node; those that nobody knows get their old reasons back too. */
const sound: Readonly<Record<string, { status: string; reason: string; message: string }>> = {
  MemoryPressure: {
    status: 'False',
    reason: 'KubeletHasSufficientMemory',
    message: 'kubelet has sufficient memory available',
  },
  DiskPressure: { status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' },
  PIDPressure: { status: 'False', reason: 'KubeletHasSufficientPID', message: 'kubelet has sufficient PID available' },
  Ready: { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
};

export function createNodeTrouble(tools: {
  readonly store: Store;
  readonly clock: Clock;
  readonly recorder: Recorder;
}) {
  const { store, clock, recorder } = tools;

  function nodeNamed(name: string): Node {
    const node = store.get('nodes', '', name);
    if (!node) throw new Error(`the sandbox has no node ${name}`);
    return node;
  }
  function report(node: Node, conditionOf: (type: string) => Partial<Condition>): void {
    const now = timestamp(clock.now());
    const conditions = node.status.conditions.map((before): Condition => {
      const after = { ...before, ...conditionOf(before.type) };
      return after.status === before.status ? after : { ...after, lastTransitionTime: now };
    });
    store.put('nodes', { ...node, status: { ...node.status, conditions } });
  }
  function say(node: Node, reason: string, component: string): void {
    const message = `Node ${node.metadata.name} status is now: ${reason}`;
    recorder.record(node, { type: 'Normal', reason, message, component });
  }

  return {
    /**
     * The node drops out. `unreachable`, the default: nobody hears of it any more; its pods stay Terminating until it is back.
     * `not-ready`: it says so itself, and still ends its pods. Its pods are evicted after `evictMs` of startKubernetes.
     */
    breakNode(name: string, how: Trouble = 'unreachable'): void {
      const node = nodeNamed(name);
      report(node, (type) => {
        if (how === 'unreachable') return { status: 'Unknown', reason: 'NodeStatusUnknown', message: notHeard };
        return type === 'Ready' ? { status: 'False', reason: 'KubeletNotReady', message: notReady } : {};
      });
      say(node, 'NodeNotReady', how === 'unreachable' ? 'node-controller' : 'kubelet');
    },
    /** A condition of one's own, as the node problem detector reports it. Its time moves when its status does. */
    setCondition(name: string, told: Pick<Condition, 'type' | 'status' | 'reason' | 'message'>): void {
      const node = nodeNamed(name);
      const now = timestamp(clock.now());
      const before = node.status.conditions.find(({ type }) => type === told.type);
      const since = before?.status === told.status ? (before.lastTransitionTime ?? now) : now;
      const condition: Condition = { ...told, lastHeartbeatTime: now, lastTransitionTime: since };
      const others = node.status.conditions.filter((one) => one !== before);
      store.put('nodes', { ...node, status: { ...node.status, conditions: [condition, ...others] } });
    },
    /** The node is back, with all its devices. Pods that were to be deleted end now. */
    mendNode(name: string): void {
      const before = nodeNamed(name);
      const { capacity } = before.status;
      const node = store.put('nodes', { ...before, status: { ...before.status, allocatable: { ...capacity } } });
      const wasDown = node.status.conditions.some(({ type, status }) => type === 'Ready' && status !== 'True');
      report(node, (type) => sound[type] ?? {});
      if (wasDown) say(node, 'NodeReady', 'kubelet');
    },
    /**
     * Devices are no longer offered (a driver or device plugin died): allocatable falls to `left`, capacity stays. Pods that
     * have a device keep running; new ones find none.
     */
    loseDevices(name: string, options: { readonly resource?: string; readonly left?: number } = {}): void {
      const { resource = 'nvidia.com/gpu', left = 0 } = options;
      const node = nodeNamed(name);
      if (node.status.capacity[resource] === undefined) throw new Error(`the node ${name} has no ${resource}`);
      const allocatable = { ...node.status.allocatable, [resource]: String(left) };
      store.put('nodes', { ...node, status: { ...node.status, allocatable } });
    },
  };
}
