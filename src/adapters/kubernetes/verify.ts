/** Watches what follows a change: one look, in people's words. The caller decides how long to go on looking. */
import type { Json } from '../../domain/json.ts';
import type { EffectPlan, RolloutProgress } from '../../flow/ports.ts';
import { objectName } from '../../domain/plan.ts';
import { podsOf, readWorkload } from './change/workload.ts';
import type { Connection } from './connection.ts';
import { type Discovery, isNotFound } from './discovery.ts';
import { at, atPointer, numberAt, sameJson, textAt } from './live.ts';
import { progressDeadlineExceeded } from './rollout.ts';
import { troubledPods, withTroubles } from './troubled-pods.ts';
import { observeReplacement } from './verify-replacement.ts';

type Parts = { readonly connection: Connection; readonly discovery: Discovery };

/** How what follows the plan's change stands. */
export function observeChange(parts: Parts, plan: EffectPlan): Promise<RolloutProgress> {
  switch (plan.action.type) {
    case 'delete-pod':
      return observeReplacement(parts, plan);
    case 'rollout-pause':
      return observeField(parts.connection, plan, {
        holds: 'It is paused: its pods stay as they are until it is resumed',
        lost: 'It is not paused any more: somebody resumed it',
      });
    case 'cordon':
      return observeField(parts.connection, plan, {
        holds: 'The node takes no new pods; those that run there stay',
        lost: 'The node takes pods again: somebody uncordoned it',
      });
    case 'uncordon':
      return observeField(parts.connection, plan, {
        holds: 'The node takes pods again',
        lost: 'The node takes no pods: somebody cordoned it again',
      });
    case 'scale':
    case 'rollout-restart':
    case 'rollout-undo':
    case 'rollout-resume':
    case 'set-env':
    case 'set-image':
      return observeRollout(parts.connection, plan);
    default:
      return plan.action satisfies never;
  }
}

async function observeRollout(connection: Connection, plan: EffectPlan): Promise<RolloutProgress> {
  const { target } = plan;
  const live = await readSame(connection, plan);
  if ('state' in live) return live;
  const counts = countsOf(target.kind, live.object);
  const { wanted, ready } = counts;
  const troubled = async (): Promise<readonly string[]> =>
    troubledPods(await podsOf(connection, target.namespace ?? '', live.object));
  if (progressDeadlineExceeded(live.object)) {
    const text = withTroubles('The rollout made no progress within its deadline', await troubled());
    return { state: 'failed', text, ready, wanted };
  }
  const waiting = waitingFor(counts);
  if (waiting === undefined) return { state: 'done', text: `${ready} of ${wanted} replicas are ready`, ready, wanted };
  if (at(live.object, 'spec', 'paused') === true && plan.action.type !== 'scale') {
    return {
      state: 'rolling',
      text: 'The deployment is paused; its pods change after kubectl rollout resume',
      ready,
      wanted,
    };
  }
  return { state: 'rolling', text: withTroubles(waiting, await troubled()), ready, wanted };
}

/** For a change that is done when it is stored: whether it still holds. */
async function observeField(
  connection: Connection,
  plan: EffectPlan,
  words: { readonly holds: string; readonly lost: string },
): Promise<RolloutProgress> {
  const live = await readSame(connection, plan);
  if ('state' in live) return live;
  const holds = plan.changes.every(({ path, after }) => sameJson(atPointer(live.object, path), after));
  return { state: holds ? 'done' : 'failed', text: holds ? words.holds : words.lost, ready: 0, wanted: 0 };
}

async function readSame(
  connection: Connection,
  { target }: EffectPlan,
): Promise<{ readonly object: Json } | (RolloutProgress & { state: 'failed' })> {
  const object = `${target.kind} ${objectName(target)}`;
  const failed = (text: string) => ({ state: 'failed' as const, text, ready: 0, wanted: 0 });
  try {
    const live = await readWorkload(connection, target);
    return textAt(live, 'metadata', 'uid') === target.uid
      ? { object: live }
      : failed(`${object} was deleted and made anew.`);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return failed(`${object} is gone.`);
  }
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
