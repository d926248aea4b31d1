/** Watches what follows a change: one look, in people's words. The caller decides how long to go on looking. */
import type { Json } from '../../domain/json.ts';
import type { EffectPlan, RolloutProgress } from '../../flow/ports.ts';
import { podsOf, readWorkload } from './change/workload.ts';
import type { Connection } from './connection.ts';
import { isNotFound } from './discovery.ts';
import { at, listAt, numberAt, textAt } from './live.ts';
import { progressDeadlineExceeded } from './rollout.ts';

export async function observeRollout(connection: Connection, plan: EffectPlan): Promise<RolloutProgress> {
  const { target } = plan;
  const object = `${target.kind} ${target.namespace}/${target.name}`;
  let live: Json;
  try {
    live = await readWorkload(connection, target);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { state: 'failed', text: `${object} is gone.`, ready: 0, wanted: 0 };
  }
  if (textAt(live, 'metadata', 'uid') !== target.uid) {
    return { state: 'failed', text: `${object} was deleted and made anew.`, ready: 0, wanted: 0 };
  }
  const counts = countsOf(target.kind, live);
  const { wanted, ready } = counts;
  if (progressDeadlineExceeded(live)) {
    const troubles = await troubledPods(connection, target.namespace, live);
    return { state: 'failed', text: join('The rollout made no progress within its deadline', troubles), ready, wanted };
  }
  const waiting = waitingFor(counts);
  if (waiting === undefined) return { state: 'done', text: `${ready} of ${wanted} replicas are ready`, ready, wanted };
  if (at(live, 'spec', 'paused') === true && plan.action.type !== 'scale') {
    return {
      state: 'rolling',
      text: 'The deployment is paused; its pods change after kubectl rollout resume',
      ready,
      wanted,
    };
  }
  return {
    state: 'rolling',
    text: join(waiting, await troubledPods(connection, target.namespace, live)),
    ready,
    wanted,
  };
}

type Counts = {
  /** False until the controller has seen the newest spec. */
  readonly observed: boolean;
  readonly wanted: number;
  readonly updated: number;
  readonly total: number;
  /** Updated and serving. */
  readonly ready: number;
};

function countsOf(kind: string, live: Json): Counts {
  const status = (field: string): number => numberAt(live, 'status', field) ?? 0;
  const observed = status('observedGeneration') >= (numberAt(live, 'metadata', 'generation') ?? 0);
  const wanted = numberAt(live, 'spec', 'replicas') ?? 1;
  switch (kind) {
    case 'DaemonSet': {
      const scheduled = status('desiredNumberScheduled');
      const updated = onDelete(live) ? scheduled : status('updatedNumberScheduled');
      return {
        observed,
        wanted: scheduled,
        updated,
        total: scheduled,
        ready: Math.min(updated, status('numberAvailable')),
      };
    }
    case 'StatefulSet': {
      const partition = numberAt(live, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
      const same = textAt(live, 'status', 'updateRevision') === textAt(live, 'status', 'currentRevision');
      const held = onDelete(live) ? wanted : Math.min(partition, wanted);
      const updated = same ? status('replicas') : status('updatedReplicas') + held;
      return {
        observed,
        wanted,
        updated,
        total: status('replicas'),
        ready: Math.min(updated, status('readyReplicas')),
      };
    }
    case 'ReplicaSet':
      return {
        observed,
        wanted,
        updated: status('replicas'),
        total: status('replicas'),
        ready: status('availableReplicas'),
      };
    default:
      return {
        observed,
        wanted,
        updated: status('updatedReplicas'),
        total: status('replicas'),
        ready: Math.min(status('updatedReplicas'), status('availableReplicas')),
      };
  }
}

const onDelete = (live: Json): boolean => textAt(live, 'spec', 'updateStrategy', 'type') === 'OnDelete';

function waitingFor({ observed, wanted, updated, total, ready }: Counts): string | undefined {
  if (!observed) return 'Waiting for the controller to see the change';
  if (updated < wanted) return `${updated} of ${wanted} replicas are updated`;
  if (total > wanted) return `${total - wanted} replica${total - wanted === 1 ? '' : 's'} still to end`;
  if (total > updated) return `${total - updated} old replica${total - updated === 1 ? '' : 's'} still to end`;
  if (ready < wanted) return `${ready} of ${wanted} updated replicas are available`;
  return undefined;
}

const troubledMax = 5;
const troubles = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

/** `web-1 (CrashLoopBackOff)`: names and reasons only; the kubelet's messages may hold values. */
async function troubledPods(connection: Connection, namespace: string, live: Json): Promise<readonly string[]> {
  const pods = await podsOf(connection, namespace, live);
  return pods.flatMap((pod) => {
    const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
    const reason = statuses
      .map((one) => textAt(one, 'state', 'waiting', 'reason') ?? textAt(one, 'state', 'terminated', 'reason') ?? '')
      .find((one) => troubles.has(one) || one === 'Error' || one === 'OOMKilled');
    return reason === undefined ? [] : [`${textAt(pod, 'metadata', 'name') ?? ''} (${reason})`];
  });
}

function join(text: string, pods: readonly string[]): string {
  if (pods.length === 0) return text;
  const more = pods.length > troubledMax ? ` and ${pods.length - troubledMax} more` : '';
  return `${text}; in trouble: ${pods.slice(0, troubledMax).join(', ')}${more}`;
}
