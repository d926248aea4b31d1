/** What an autoscaler makes of new bounds: whether it scales at all, and what holds it. */
import type { Json } from '../../../domain/json.ts';
import type { RolloutProgress } from '../../../flow/ports.ts';
import { numberAt, textAt } from '../live.ts';
import { changedAt } from './new-pods.ts';
import { shortText } from './short-text.ts';
import { conditionOf, timeAt } from './trouble.ts';

/** It looks every 15 s by default; one that says nothing for longer is not looked after. */
const firstLookMs = 60_000;

export function observeAutoscaler(hpa: Json, object: string, now: number): RolloutProgress {
  const current = numberAt(hpa, 'status', 'currentReplicas') ?? 0;
  const wanted = numberAt(hpa, 'status', 'desiredReplicas') ?? current;
  const answer = (state: 'rolling' | 'done' | 'failed', text: string): RolloutProgress => ({
    state,
    text,
    ready: current,
    wanted,
  });
  const trouble = troubleOf(hpa);
  if (conditionOf(hpa, 'AbleToScale') === undefined && conditionOf(hpa, 'ScalingActive') === undefined) {
    const since = changedAt(hpa) ?? timeAt(hpa, 'metadata', 'creationTimestamp') ?? now;
    return now - since < firstLookMs
      ? answer('rolling', `${object} is stored; waiting for the autoscaler to look at it`)
      : answer('done', `${object} is stored; no autoscaler has looked at it yet`);
  }
  const [min, max] = [numberAt(hpa, 'spec', 'minReplicas') ?? 1, numberAt(hpa, 'spec', 'maxReplicas') ?? current];
  const counts = `${current} replicas within ${min} to ${max}`;
  const reason = textAt(conditionOf(hpa, 'ScalingActive'), 'reason');
  if (current === 0 && reason === 'ScalingDisabled') {
    return answer('done', `${object} is stored; what it scales stands at 0 replicas, and it leaves it there`);
  }
  if (trouble?.isFinal === true) return answer('failed', `${object} does not scale: ${trouble.text}`);
  if (current < min || current > max) {
    const text = `${object} brings ${current} replicas to within ${min} to ${max}`;
    return answer('rolling', trouble === undefined ? text : `${text}; ${trouble.text}`);
  }
  return answer('done', `${object} holds: ${counts}${trouble === undefined ? '' : `; ${trouble.text}`}`);
}

/** Its target is not there or cannot be scaled: final. Metrics may come, and bounds that hold it are the author's. */
function troubleOf(hpa: Json): { readonly text: string; readonly isFinal: boolean } | undefined {
  const is = (type: string, status: string): string | undefined => {
    const found = conditionOf(hpa, type);
    return textAt(found, 'status') === status
      ? `${textAt(found, 'reason') ?? type}, ${shortText(textAt(found, 'message') ?? '')}`
      : undefined;
  };
  const unable = is('AbleToScale', 'False');
  if (unable !== undefined) return { text: unable, isFinal: unable.startsWith('FailedGetScale') };
  const inactive = is('ScalingActive', 'False');
  if (inactive !== undefined) return { text: `it cannot decide: ${inactive}`, isFinal: false };
  const limited = is('ScalingLimited', 'True');
  return limited === undefined ? undefined : { text: `it is held: ${limited}`, isFinal: false };
}
