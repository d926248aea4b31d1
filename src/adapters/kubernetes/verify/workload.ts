/** How the rollout of a workload stands after a change of it. */
import type { EffectPlan, RolloutProgress } from '../../../flow/ports.ts';
import type { Json } from '../../../domain/json.ts';
import { differencesOf } from '../change/differences.ts';
import { at } from '../live.ts';
import { type Counts, countsOf, keptOld, waitingFor, withoutTemplate } from './counts.ts';
import { diagnoseChange, diagnosePods } from './diagnose.ts';
import { type PodsOfChange, podsOfChange } from './new-pods.ts';
import type { ObserveParts } from './observe-parts.ts';
import { isLate, whoPutBack } from './overtaken.ts';
import { readSame } from './same.ts';
import { whyUnsettled } from './settled.ts';
import { plural } from './short-text.ts';
import { podsWaitedFor, waitsForText } from './stuck.ts';
import { isGoing, serves } from './trouble.ts';

export async function observeWorkload(parts: ObserveParts, plan: EffectPlan): Promise<RolloutProgress> {
  const { connection, settleMs } = parts;
  const { target } = plan;
  const live = await readSame(connection, plan);
  if ('state' in live) return live;
  const found = countsOf(target.kind, live.object);
  const isPaused = at(live.object, 'spec', 'paused') === true;
  const counts = isPaused && plan.action.type === 'scale' ? withoutTemplate(found, live.object) : found;
  const { wanted, ready } = counts;
  const rolling = (text: string): RolloutProgress => ({ state: 'rolling', text, ready, wanted });
  // Until then status and pods tell of the time before the change.
  if (!counts.observed) return rolling(waitingFor(counts) ?? '');
  const putBack = whoPutBack(plan, live.object);
  if (putBack !== undefined) return { state: 'failed', text: putBack, ready, wanted };
  const waiting = waitingFor(counts);
  if (waiting === undefined && wanted === 0) return done(counts);
  const [kind, namespace] = [target.kind, target.namespace ?? ''];
  const pods = await podsOfChange(connection, { kind, namespace }, live.object);
  if (waiting === undefined) {
    const unsettled = whyUnsettled(pods.made, connection.now(), settleMs);
    if (unsettled === undefined) {
      const { text, ...settled } = done(counts);
      const staying = pods.old.filter((pod) => !isGoing(pod)).length;
      return { ...settled, text: `${text}${keptOld(live.object, staying)}${otherwise(plan, live.object)}` };
    }
    const diagnosis = await diagnoseChange(connection, { kind, namespace, live: live.object, wanted, pods });
    return rolling(
      `${readyOf(counts)}, but ${diagnosis === undefined ? unsettled : `${unsettled}; ${diagnosis.text}`}`,
    );
  }
  const stuck = kind === 'StatefulSet' ? podsWaitedFor(live.object, pods.old) : [];
  if (stuck.length > 0) {
    const old = await diagnosePods(connection, { namespace, pods: stuck, noun: 'old pod' });
    const text = [waiting, ...(old === undefined ? [] : [old.text]), waitsForText(stuck)].join('; ');
    return { state: old?.isFinal === true ? 'failed' : 'rolling', text, ready, wanted };
  }
  const late = isLate(live.object, connection.now());
  // A paused deployment changes nothing, whatever its pods do; it can still be scaled.
  if (!late && isPaused && plan.action.type !== 'scale') {
    return rolling('The deployment is paused; its pods change after kubectl rollout resume');
  }
  const diagnosis = await diagnoseChange(connection, { kind, namespace, live: live.object, wanted, pods });
  if (late || diagnosis?.isFinal === true) {
    const what = diagnosis?.text ?? `${ready} of ${wanted} pods serve`;
    const text = late ? `The rollout made no progress within its deadline: ${what}` : what;
    return { state: 'failed', text: `${text}${stillServing(pods)}`, ready, wanted };
  }
  return rolling(diagnosis === undefined ? waiting : `${waiting}; ${diagnosis.text}`);
}

const readyOf = ({ ready, wanted }: Counts): string => `${ready} of ${wanted} replicas are ready`;
const done = (counts: Counts): RolloutProgress => ({
  state: 'done',
  text: readyOf(counts),
  ready: counts.ready,
  wanted: counts.wanted,
});

const namedMax = 2;

/** It runs, but not with what was approved: somebody changed it again, or a webhook did. */
function otherwise({ target, changes }: EffectPlan, live: Json): string {
  // What a plan made is one change as a whole.
  const found = target.uid === '' ? [] : differencesOf({ changes }, live);
  return found
    .slice(0, namedMax)
    .map((text) => `; ${text.replace(/\.$/, '')}`)
    .join('');
}

/** What is left of the time before, while the change does not work. */
function stillServing({ old, before }: PodsOfChange): string {
  const serving = [...old, ...before].filter((pod) => !isGoing(pod) && serves(pod)).length;
  return serving === 0 ? '' : `; ${plural(serving, 'old pod still serves', 'old pods still serve')}`;
}
