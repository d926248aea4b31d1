/** What lint says about numbers of replicas: whether fewer than now may be left. */
import { isRead } from '../../domain/action.ts';
import type { ChangeActionOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { ActionStep, Step } from '../../domain/runbook.ts';
import { type Finding, finding } from './finding.ts';
import { changesOf } from './lint-steps.ts';

type Scale = { readonly of: string; readonly replicas: number; readonly current?: number };

/** `# Five; usually three run` and the like: the author has counted, and the reader can. */
const saysHowMany = /\b(?:usual(?:ly)?|normal(?:ly)?|instead of|from \d+ to)\b/i;

/** Over the steps of one procedure: what went to 0 before cannot lose pods by going up again. */
export function lintScales(path: string, steps: readonly Step[]): Finding[] {
  const stopped = new Set<string>();
  return steps.flatMap((step) => {
    if (step.kind === 'manual' || isRead(step.action)) return [];
    const scales = changesOf(step.action).flatMap(scalesOf);
    const open = scales.filter(
      ({ of, replicas, current }) =>
        replicas > 0 && !stopped.has(of) && !(current !== undefined && current <= replicas),
    );
    for (const { of, replicas } of scales) if (replicas === 0) stopped.add(of);
    return saysHowMany.test(step.label) ? [] : open.map(({ replicas }) => mayBeDown(path, step, replicas));
  });
}

const mayBeDown = (path: string, step: ActionStep, replicas: number): Finding =>
  finding(
    'maybe-scale-down',
    { path, ...step },
    `When more than ${replicas} run already, this takes pods away.`,
    'Say in the comment above how many there usually are, or name the number as a placeholder such as <replicas>.',
  );

function scalesOf(change: ChangeActionOf<Template>): Scale[] {
  const { namespace } = change;
  if (change.type === 'scale') {
    const { target, replicas, currentReplicas } = change;
    const of = JSON.stringify([namespace, target]);
    return typeof replicas === 'number'
      ? [{ of, replicas, ...(currentReplicas !== undefined && { current: currentReplicas }) }]
      : [];
  }
  if (change.type === 'patch') {
    const replicas = typeof change.patch === 'string' ? replicasIn(change.patch) : undefined;
    return replicas === undefined ? [] : [{ of: JSON.stringify([namespace, change.target]), replicas }];
  }
  if (change.type !== 'each' || change.change.type !== 'scale' || typeof change.change.replicas !== 'number') return [];
  return [{ of: JSON.stringify([namespace, change.kind, change.selector]), replicas: change.change.replicas }];
}

/** `spec.replicas` of a merge patch, or of the one operation that sets it. */
function replicasIn(patch: string): number | undefined {
  const found =
    /^\s*\{\s*"spec"\s*:\s*\{[^{}]*"replicas"\s*:\s*(\d{1,9})\b/.exec(patch) ??
    /"path"\s*:\s*"\/spec\/replicas"[^{}]*"value"\s*:\s*(\d{1,9})\b/.exec(patch);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}
