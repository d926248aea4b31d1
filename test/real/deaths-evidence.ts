/** What the audit log, the cluster and the ledger say about plans that were carried out while things died, side by side. */
import type { Attempt, Run } from '../../src/domain/outcome.ts';
import { partDeadlineMs } from '../../src/flow/parts.ts';
import { effectsOf } from '../../src/flow/parts.ts';
import type { EffectPlan } from '../../src/flow/ports.ts';
import { type AuditEvent, isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import type { Office } from './approved-plans.ts';
import { whyNotAsPlanned } from './as-planned.ts';
import { type Case, inTurns } from './deaths-stage.ts';
import { runKubectl } from './side-by-side.ts';
import { hadEffect, type VerbStage } from './verb-stage.ts';
import type { Place } from './verbs.ts';

/** Sentences about what should not be: empty. `events` are those of the audit log since before the first plan. */
export async function contradictions(
  { stage, office }: { stage: VerbStage; office: Office },
  cases: readonly Case[],
  events: readonly AuditEvent[],
): Promise<string[]> {
  const ended = events.filter((event) => event.stage === 'ResponseComplete');
  const ours = ended.filter(
    (event) =>
      event.userAgent === 'firebreak' &&
      (isEffect(event) || event.objectRef?.subresource === 'exec') &&
      // A question, though it is asked with a POST.
      event.objectRef?.resource !== 'selfsubjectaccessreviews' &&
      // The names of nodes and namespaces begin with it.
      JSON.stringify(event).includes(stage.server.namespace),
  );
  const attempted = new Set<string>();
  const wrong = await inTurns(cases, async (each) => {
    const { plan, verb, at } = each;
    const { run, attempts, state } = await office.recordOf(plan);
    for (const { auditId } of attempts) attempted.add(auditId);
    const meddled = isMeddledWith(plan.content.target, ended);
    const whys = run
      ? await whyWrong(stage, each, { run, attempts, ours, meddled })
      : state === 'cancelled' && meddled
        ? []
        : ['it has no run'];
    return whys.map((why) => `${verb.name} (${at.suffix}, ${plan.id}) ${run?.outcome ?? state}: ${why}`);
  });
  const ids = ours.map(({ auditID }) => auditID);
  // I6
  const stray = ids.filter((id, index) => !attempted.has(id) || ids.indexOf(id) !== index);
  return [...wrong.flat(), ...stray.map((id) => `the write ${id} is no attempt of its own`)];
}

/** A controller taints nodes that no machine stands behind. */
const isMeddledWith = ({ resource, name }: EffectPlan['target'], events: readonly AuditEvent[]): boolean =>
  resource === 'nodes' &&
  events.some(
    ({ objectRef, userAgent, verb }) =>
      userAgent !== 'firebreak' &&
      ['patch', 'update'].includes(verb) &&
      objectRef?.resource === 'nodes' &&
      objectRef.name === name &&
      objectRef.subresource === undefined,
  );

async function whyWrong(
  stage: VerbStage,
  { plan, at, verb }: Case,
  seen: { run: Run; attempts: readonly Attempt[]; ours: readonly AuditEvent[]; meddled: boolean },
): Promise<string[]> {
  const { run, attempts, ours, meddled } = seen;
  const eventOf = new Map(ours.map((event) => [event.auditID, event]));
  const isAccepted = ({ auditId }: Attempt): boolean => {
    const event = eventOf.get(auditId);
    return event !== undefined && hadEffect(event);
  };
  /** A write whose client or server dies may be stored, and be logged as 504 "context canceled" or not at all. */
  const isUnsure = ({ auditId }: Attempt): boolean => {
    const code = eventOf.get(auditId)?.responseStatus.code;
    return code === undefined || code === 504;
  };
  const wrong: string[] = [];
  for (const attempt of attempts) {
    if (attempt.answer === 'accepted' && !isAccepted(attempt)) wrong.push(`${attempt.auditId} was not accepted`);
    if (attempt.answer === 'rejected' && isAccepted(attempt)) wrong.push(`${attempt.auditId} was not rejected`);
  }
  for (const [part, effect] of effectsOf(plan).entries()) {
    const own = attempts.filter((attempt) => attempt.part === part);
    const accepted = own.filter(isAccepted).length;
    const outcome = run.parts ? (run.parts.find((ended) => ended.part === part)?.outcome ?? 'untried') : run.outcome;
    const happened = await timesItHappened(stage, at, effect, meddled);
    const say = (why: string): void => void wrong.push(`part ${part} ${outcome}: ${why}; ${run.outcomeText ?? ''}`);
    if (accepted > 1 || happened > 1) say(`${accepted} accepted, happened ${happened} times`); // I1
    switch (outcome) {
      case 'succeeded': // I4
        if (happened !== 1) say('it is not on the cluster');
        if (accepted === 0 && !own.some(isUnsure)) say('no attempt was accepted');
        break;
      case 'failed':
      case 'refused':
      case 'untried':
        if (happened > 0 || accepted > 0) say('it happened');
        break;
      case 'unknown': {
        // I5: what is made may be gone again, a command leaves no trace. All others can be found again, in time.
        const givenUpAt = (own[0]?.startedAt.getTime() ?? 0) + partDeadlineMs(plan.content.action);
        const inTime = (run.finishedAt?.getTime() ?? 0) < givenUpAt;
        const canBeFound = effect.target.uid !== '' && verb.guarded !== 'opaque' && !meddled;
        if (canBeFound && inTime) say('it could have been found out');
        if (own.some(({ answer }) => answer === 'accepted')) say('it was answered');
        break;
      }
      case 'partial':
      case undefined: // I3
        say('it has not ended');
    }
  }
  return wrong;
}

/** Of a command by the line that it leaves; of others 0 or 1, by what stands. */
async function timesItHappened(stage: VerbStage, at: Place, effect: EffectPlan, meddled: boolean): Promise<number> {
  if (effect.action.type !== 'exec') {
    const why = await whyNotAsPlanned(stage, effect);
    return why === undefined || (meddled && why.includes('has other values')) ? 1 : 0;
  }
  const args = ['exec', effect.target.name, '-n', at.namespace, '--', 'cat', '/tmp/effects'];
  const { out, status } = await runKubectl(args);
  return status === 0 ? out.trim().split('\n').length : 0;
}
