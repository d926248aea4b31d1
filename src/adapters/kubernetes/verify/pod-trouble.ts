/** What keeps each pod from serving: its containers, else its place, its volumes, its probes, or an end that does not come. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt } from '../live.ts';
import { configGraceMs, endingGraceMs, scheduleGraceMs, unreadyGraceMs } from './bounds.ts';
import { containerTrouble } from './container-trouble.ts';
import { shortText } from './short-text.ts';
import { conditionOf, type Evidence, eventsOf, isGoing, serves, timeAt, type Trouble, uidOf } from './trouble.ts';

/** At most one for each pod. */
export function troublesOf(pods: readonly Json[], evidence: Evidence, now: number): readonly Trouble[] {
  return pods.flatMap((pod) => troubleOf(pod, evidence, now) ?? []);
}

function troubleOf(pod: Json, evidence: Evidence, now: number): Trouble | undefined {
  if (isGoing(pod)) return notEnding(pod, evidence, now);
  if (textAt(pod, 'status', 'phase') === 'Succeeded') return undefined;
  const found = evicted(pod) ?? containerTrouble(pod, evidence, now) ?? notScheduled(pod, evidence, now);
  // A container that has just started again may be ready already.
  if (found !== undefined || serves(pod)) return found;
  return notMounted(pod, evidence, now) ?? notReady(pod, evidence, now);
}

function notScheduled(pod: Json, evidence: Evidence, now: number): Trouble | undefined {
  const condition = conditionOf(pod, 'PodScheduled');
  if (textAt(condition, 'status') !== 'False') return undefined;
  const reason = textAt(condition, 'reason') ?? '';
  if (reason === 'SchedulingGated') {
    const gates = listAt(pod, 'spec', 'schedulingGates').map((gate) => textAt(gate, 'name') ?? '');
    const cause = `it is held back by its scheduling gates ${shortText(gates.join(', '))}`;
    return { pod, key: reason, verb: 'schedule', weight: 0, cause, isFinal: false };
  }
  // What preemption would not help either is a second sentence of the scheduler's.
  const told = shortText((textAt(condition, 'message') ?? reason).split(/\.? (?:preemption|no new claims)/)[0] ?? '');
  const since = timeAt(condition, 'lastTransitionTime') ?? timeAt(pod, 'metadata', 'creationTimestamp') ?? now;
  const helps = eventsOf(evidence, uidOf(pod), ['TriggeredScaleUp', 'Nominated']).length > 0;
  const isFinal = !helps && now - since >= scheduleGraceMs;
  const late = isFinal ? `, for ${scheduleGraceMs / 1000} s by now; a cluster autoscaler may still bring a node` : '';
  const cause = `${told}${helps ? '; the autoscaler brings a node' : late}`;
  return { pod, key: `schedule ${told}`, verb: 'schedule', weight: Number(isFinal), cause, isFinal };
}

/** Pushed off its node by the kubelet: it stays as Failed, and its controller makes another one. */
function evicted(pod: Json): Trouble | undefined {
  if (textAt(pod, 'status', 'phase') !== 'Failed') return undefined;
  const reason = textAt(pod, 'status', 'reason');
  if (reason === undefined) return undefined;
  const cause = `${reason}, ${shortText(textAt(pod, 'status', 'message') ?? 'no reason is given')}`;
  return { pod, key: reason, verb: 'stay', weight: 0, cause, isFinal: false };
}

function notMounted(pod: Json, evidence: Evidence, now: number): Trouble | undefined {
  const waits = listAt(pod, 'status', 'containerStatuses').every((one) => at(one, 'state', 'running') === undefined);
  if (!waits) return undefined;
  const event = eventsOf(evidence, uidOf(pod), ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']).at(-1);
  if (event === undefined) return undefined;
  const cause = shortText(event.message);
  // A config map that is not there is a mistake; a volume may still be attached elsewhere.
  const isMissing = /(configmap|secret) "[^"]*" not found|references non-existent/.test(event.message);
  const isFinal = isMissing && now - event.first >= configGraceMs;
  return { pod, key: `mount ${cause}`, verb: 'start', weight: 0, cause, isFinal };
}

/** It runs, and its probe says no. The rollout's own deadline decides when that is too long. */
function notReady(pod: Json, evidence: Evidence, now: number): Trouble | undefined {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  const running = statuses.filter((one) => at(one, 'state', 'running') !== undefined && at(one, 'ready') !== true);
  if (running.length === 0) return undefined;
  const event = eventsOf(evidence, uidOf(pod), ['Unhealthy', 'ProbeWarning']).at(-1);
  const since = Math.min(...running.map((one) => timeAt(one, 'state', 'running', 'startedAt') ?? now));
  if (event === undefined && now - since < unreadyGraceMs) return undefined;
  const names = running.map((one) => textAt(one, 'name') ?? '').join(', ');
  const told =
    event === undefined ? 'its containers run, and their readiness probes do not pass' : shortText(event.message);
  const cause = statuses.length > 1 ? `${told} (container ${names})` : told;
  return { pod, key: `ready ${cause}`, verb: 'ready', weight: 0, cause, isFinal: false };
}

/** `deletionTimestamp` is when its grace period ends. */
function notEnding(pod: Json, { nodesDown }: Evidence, now: number): Trouble | undefined {
  const due = timeAt(pod, 'metadata', 'deletionTimestamp');
  if (due === undefined || now - due < endingGraceMs) return undefined;
  const finalizers = listAt(pod, 'metadata', 'finalizers').filter((one) => typeof one === 'string');
  const node = textAt(pod, 'spec', 'nodeName') ?? '';
  const cause =
    finalizers.length > 0
      ? `its finalizer ${shortText(finalizers.join(', '))} keeps it`
      : nodesDown.has(node)
        ? `its node ${node} is NotReady`
        : 'its containers run on past their grace period';
  return { pod, key: `end ${cause}`, verb: 'end', weight: 0, cause, isFinal: false };
}
