/**
 * by-name: `POST …/eviction` pinned to a uid. A disruption budget that allows none now answers 429: certainly no
 * effect, and worth another try until the deadline, as kubectl does every 5 s.
 */
import type { EffectRequest } from '../../../../domain/outcome.ts';
import { objectName } from '../../../../domain/plan.ts';
import type { EffectPlan, Prepared } from '../../../../flow/ports.ts';
import type { ServerStatus } from '../../errors.ts';
import { misfit } from '../patch.ts';
import { workloadPath } from '../workload.ts';
import { deletionEffect } from './delete.ts';
import type { Draft, Effect, EffectParts } from './effect.ts';

const asDeletion = deletionEffect((_, plan, live) => Promise.resolve(misfit(plan, live)));

export const evictEffect: Effect = {
  dryRun: (draft) => eviction(draft, true),
  prepare,
  readBack: (parts, plan, request) => asDeletion.readBack(parts, plan, request),
};

function eviction({ action, target }: Pick<Draft, 'action' | 'target'>, dryRun: boolean): EffectRequest {
  const grace = 'gracePeriodSeconds' in action ? action.gracePeriodSeconds : undefined;
  const { namespace, name, uid } = target;
  return {
    method: 'POST',
    path: `${workloadPath(target)}/eviction${dryRun ? '?dryRun=All' : ''}`,
    contentType: 'application/json',
    body: JSON.stringify({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name, namespace },
      deleteOptions: {
        ...(dryRun ? { dryRun: ['All'] } : {}),
        ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
        preconditions: { uid },
      },
    }),
  };
}

/** A pod that is gone or going by now needs no eviction: kubectl says so, too. */
async function prepare(parts: EffectParts, plan: EffectPlan): Promise<Prepared> {
  const found = await asDeletion.readBack(parts, plan, eviction(plan, false));
  if (found.kind === 'landed') {
    return {
      kind: 'landed',
      text: `Pod ${objectName(plan.target)} is gone or on its way out already. Nothing was sent.`,
    };
  }
  if (found.kind === 'moved') return { kind: 'refused', text: found.text };
  return { kind: 'ready', request: eviction(plan, false) };
}

export const severalBudgets = 'several PodDisruptionBudgets cover the pod';

/** A sentence; undefined: it is no disruption budget that says no. */
export function whyBlocked(status: ServerStatus): string | undefined {
  if (status.code === 500 && status.message.includes('more than one PodDisruptionBudget')) {
    return `${severalBudgets}, and an eviction can ask only one`;
  }
  if (status.code !== 429 || !status.fromKubernetes) return undefined;
  const [cause] = status.causes;
  const counts = /^The disruption budget (\S{1,253}) needs (\d+) healthy pods and has (\d+) currently$/.exec(
    cause?.message ?? '',
  );
  const [, budget, needed, healthy] = counts ?? [];
  if (budget !== undefined) return `PodDisruptionBudget ${budget} needs ${needed} healthy pods and has ${healthy}`;
  return status.message.includes('disruption budget') ? 'a PodDisruptionBudget allows no eviction now' : undefined;
}
