/**
 * Watches what follows a change: the rollout, the pods. It only reads, so it may run any number of times; each look is
 * one claim of the work, and a restarted process goes on where the last one was. Handles `verify-plan`.
 */
import { invariant, OperationError } from '../domain/errors.ts';
import type { Run, RunOutput, VerificationState } from '../domain/outcome.ts';
import { effectsOf } from './parts.ts';
import type { Ledger } from './ledger.ts';
import { messageKey } from './messages.ts';
import { noteRun } from './pager/note-run.ts';
import type { Actor, EffectPlan, RolloutProgress, World } from './ports.ts';
import { actorOf, type Reach } from './reach.ts';
import { incidentOf } from './propose-plan.ts';
import type { Service } from '../domain/policy.ts';
import type { Handler } from './work.ts';

const lookEveryMs = 1_000;
/** What is not done within a minute takes a while: a look at pods in trouble reads their events and logs, too. */
const quickForMs = 60_000;
const lookLaterMs = 3_000;
/** kubectl's own default for a rollout's progress deadline is 10 minutes; after that somebody else has to look. */
const watchMaxMs = 15 * 60_000;

export function createVerifyPlan({
  ledger,
  reachOf,
  services,
  failpoint,
  newId,
}: World & { ledger: Ledger; reachOf: (service: Service) => Reach }): Handler {
  return async (work) => {
    const { run, plan } = await ledger.transaction(async (tx) => {
      const run = await tx.run(work.subject);
      return { run, plan: run && (await tx.plan(run.planId)) };
    });
    invariant(run && plan, 'work names a run that exists');
    const service = services.find((candidate) => candidate.name === plan.service);
    if (run.verification !== 'watching' || !service) return async () => undefined;
    const effects = effectsOf(plan).filter((_, part) => wasDone(run, part));
    const observe = async (): Promise<RolloutProgress> =>
      run.output ? endOf(run.output) : observeParts(actorOf(reachOf(service), plan.content.action), effects);
    const progress = await observe().catch((error: unknown): RolloutProgress => {
      // Who answers for it is no longer configured, or says no for good: nobody will ever know more.
      if (!(error instanceof OperationError) || error.retryable) throw error;
      return { state: 'lost', text: error.message, ready: 0, wanted: 0 };
    });
    failpoint('verify:watching');

    return async (tx) => {
      const ageMs = (await tx.now()).getTime() - (run.finishedAt ?? run.startedAt).getTime();
      const late = ageMs > watchMaxMs;
      const states = {
        done: 'passed',
        failed: 'failed',
        lost: 'gave-up',
        rolling: late ? 'gave-up' : 'watching',
      } as const;
      const state: VerificationState = states[progress.state];
      if (state === 'watching') {
        if (progress.text !== run.progress) {
          await tx.updateRun(run.id, { progress: progress.text });
          await tx.touchMessage(messageKey.run(run.id), 'status');
        }
        return { againInMs: ageMs < quickForMs ? lookEveryMs : lookLaterMs };
      }
      await tx.updateRun(run.id, { verification: state, verificationText: progress.text, progress: progress.text });
      await tx.journal({
        kind: `verification.${state}`,
        planId: plan.id,
        actor: 'firebreak',
        ...incidentOf(plan),
        data: { run: run.id, text: progress.text.slice(0, 500) },
      });
      await noteRun(tx, newId, plan, run.id);
      await tx.touchMessage(messageKey.run(run.id), 'decision');
      const proposal = await tx.proposal(plan.proposalId);
      if (proposal) {
        await tx.touchMessage(messageKey.step(proposal), 'status');
        await tx.touchMessage(messageKey.posting(proposal.postingId), 'chatter');
      }
      if (plan.incidentId) await tx.touchMessage(messageKey.incident(plan.incidentId), 'chatter');
      return undefined;
    };
  };
}

/** Of a plan of several objects only what was carried out is watched. */
const wasDone = ({ parts }: Run, part: number): boolean => parts === undefined || parts[part]?.outcome === 'succeeded';

/** Several rollouts are done when all are; the first that failed tells why. */
export async function observeParts(actor: Actor, effects: readonly EffectPlan[]): Promise<RolloutProgress> {
  const [only, ...others] = effects;
  if (only && others.length === 0) return actor.observe(only);
  const seen: RolloutProgress[] = [];
  // One after the other: a drain may have very many.
  for (const effect of effects) seen.push(await actor.observe(effect));
  const named = seen.map((progress, index) => ({ ...progress, of: effects[index]?.target.name ?? '' }));
  const told = named.find(({ state }) => state === 'failed') ?? named.find(({ state }) => state === 'rolling');
  const done = seen.filter(({ state }) => state === 'done').length;
  return {
    state: told?.state ?? 'done',
    text: `${done} of ${seen.length} objects are as they should be${told ? `; ${told.of}: ${told.text}` : ''}`,
    ready: seen.reduce((sum, { ready }) => sum + ready, 0),
    wanted: seen.reduce((sum, { wanted }) => sum + wanted, 0),
  };
}

/** Whether a command or a request did what it should nobody can watch; how it ended says whether it thinks so itself. */
const endOf = ({ exitCode }: RunOutput): RolloutProgress => ({
  state: exitCode === 0 ? 'done' : 'failed',
  text: `It ended with exit code ${exitCode}`,
  ready: 0,
  wanted: 0,
});
