/** How a rollout stands, by the words and the order of checks of `kubectl rollout status` (1.34). Pure. */
import type { Json } from '../../domain/json.ts';
import { at, listAt, numberAt, textAt } from './live.ts';

export type RolloutStatus = {
  /** kubectl's line, with its newline; empty when there is only an error. */
  readonly text: string;
  readonly done: boolean;
  /** kubectl ends with it. */
  readonly error?: string;
};

export function rolloutStatus(kind: string, live: Json): RolloutStatus {
  const name = JSON.stringify(textAt(live, 'metadata', 'name') ?? '');
  if (kind === 'Deployment') return deployment(name, live);
  if (kind === 'DaemonSet') return daemonSet(name, live);
  if (kind === 'StatefulSet') return statefulSet(live);
  return { text: '', done: true, error: `no status viewer has been implemented for ${kind}` };
}

const status = (live: Json, field: string): number => numberAt(live, 'status', field) ?? 0;
const generation = (live: Json): number => numberAt(live, 'metadata', 'generation') ?? 0;
const waiting = (text: string): RolloutStatus => ({ text: `${text}...\n`, done: false });
const done = (text: string): RolloutStatus => ({ text: `${text}\n`, done: true });

export const progressDeadlineExceeded = (live: Json): boolean =>
  generation(live) <= status(live, 'observedGeneration') &&
  listAt(live, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Progressing' && textAt(one, 'reason') === 'ProgressDeadlineExceeded',
  );

function deployment(name: string, live: Json): RolloutStatus {
  if (generation(live) > status(live, 'observedGeneration'))
    return waiting('Waiting for deployment spec update to be observed');
  if (progressDeadlineExceeded(live)) {
    return { text: '', done: false, error: `deployment ${name} exceeded its progress deadline` };
  }
  const wanted = numberAt(live, 'spec', 'replicas') ?? 0;
  const updated = status(live, 'updatedReplicas');
  const total = status(live, 'replicas');
  const available = status(live, 'availableReplicas');
  const prefix = `Waiting for deployment ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${prefix} ${updated} out of ${wanted} new replicas have been updated`);
  if (total > updated) return waiting(`${prefix} ${total - updated} old replicas are pending termination`);
  if (available < updated) return waiting(`${prefix} ${available} of ${updated} updated replicas are available`);
  return done(`deployment ${name} successfully rolled out`);
}

const onlyRolling: RolloutStatus = {
  text: '',
  done: true,
  error: 'rollout status is only available for RollingUpdate strategy type',
};

const rolls = (live: Json): boolean => textAt(live, 'spec', 'updateStrategy', 'type') === 'RollingUpdate';

function daemonSet(name: string, live: Json): RolloutStatus {
  if (!rolls(live)) return onlyRolling;
  if (generation(live) > status(live, 'observedGeneration'))
    return waiting('Waiting for daemon set spec update to be observed');
  const wanted = status(live, 'desiredNumberScheduled');
  const updated = status(live, 'updatedNumberScheduled');
  const available = status(live, 'numberAvailable');
  const prefix = `Waiting for daemon set ${name} rollout to finish:`;
  if (updated < wanted) return waiting(`${prefix} ${updated} out of ${wanted} new pods have been updated`);
  if (available < wanted) return waiting(`${prefix} ${available} of ${wanted} updated pods are available`);
  return done(`daemon set ${name} successfully rolled out`);
}

function statefulSet(live: Json): RolloutStatus {
  if (!rolls(live)) return onlyRolling;
  const observed = status(live, 'observedGeneration');
  if (observed === 0 || generation(live) > observed)
    return waiting('Waiting for statefulset spec update to be observed');
  const wanted = numberAt(live, 'spec', 'replicas');
  const ready = status(live, 'readyReplicas');
  const updated = status(live, 'updatedReplicas');
  if (wanted !== undefined && ready < wanted) return waiting(`Waiting for ${wanted - ready} pods to be ready`);
  if (at(live, 'spec', 'updateStrategy', 'rollingUpdate') !== undefined) {
    const partition = numberAt(live, 'spec', 'updateStrategy', 'rollingUpdate', 'partition');
    if (wanted !== undefined && partition !== undefined && updated < wanted - partition) {
      return waiting(
        `Waiting for partitioned roll out to finish: ${updated} out of ${wanted - partition} new pods have been updated`,
      );
    }
    return done(`partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  const updateRevision = textAt(live, 'status', 'updateRevision') ?? '';
  const currentRevision = textAt(live, 'status', 'currentRevision') ?? '';
  if (updateRevision !== currentRevision) {
    return waiting(`waiting for statefulset rolling update to complete ${updated} pods at revision ${updateRevision}`);
  }
  const current = status(live, 'currentReplicas');
  return done(`statefulset rolling update complete ${current} pods at revision ${currentRevision}...`);
}
