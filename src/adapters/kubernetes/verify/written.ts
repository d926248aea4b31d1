/** What follows a change of fields or a new object: a rollout, a job's run, an autoscaler's look, or only that it still stands. */
import { objectName } from '../../../domain/plan.ts';
import type { EffectPlan, RolloutProgress } from '../../../flow/ports.ts';
import { at, atPointer, sameJson } from '../live.ts';
import { observeAutoscaler } from './autoscaler.ts';
import { observeCleanedUp, observeJob } from './job.ts';
import type { ObserveParts } from './observe-parts.ts';
import { readSame } from './same.ts';
import { observeWorkload } from './workload.ts';

const rolling = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet']);

export async function observeWritten(parts: ObserveParts, plan: EffectPlan): Promise<RolloutProgress> {
  const { target, changes } = plan;
  const made = target.uid === '';
  const moves = made || changes.some(({ path }) => path.startsWith('/spec/template') || path === '/spec/replicas');
  if (moves && target.apiVersion === 'apps/v1' && rolling.has(target.kind)) return observeWorkload(parts, plan);
  const live = await readSame(parts.connection, plan);
  if ('state' in live) {
    const cleansUp =
      made && target.kind === 'Job' && at(changes[0]?.after, 'spec', 'ttlSecondsAfterFinished') !== undefined;
    return live.isGone && cleansUp ? observeCleanedUp(parts, target) : live;
  }
  const object = `${target.kind} ${objectName(target)}`;
  if (made && target.kind === 'Job') return observeJob(parts, live.object);
  const lost = made ? undefined : changes.find(({ path, after }) => !sameJson(atPointer(live.object, path), after));
  if (lost !== undefined) {
    return {
      state: 'failed',
      text: `${lost.label} is not as it was made any more: somebody changed it`,
      ready: 0,
      wanted: 0,
    };
  }
  const bounds = made || changes.some(({ path }) => path.startsWith('/spec'));
  if (target.kind === 'HorizontalPodAutoscaler' && target.apiVersion.startsWith('autoscaling/') && bounds) {
    return observeAutoscaler(live.object, object, parts.connection.now());
  }
  return {
    state: 'done',
    text: made ? `${object} is there` : `${object} still is as it was made`,
    ready: 0,
    wanted: 0,
  };
}
