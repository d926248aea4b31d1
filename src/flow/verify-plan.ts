/**
 * Watches what follows a change: the rollout, the pods. It only reads, so it may run any number of times; each look is
 * one claim of the work, and a restarted process goes on where the last one was. Handles `verify-plan`.
 */
import { invariant } from '../domain/errors.ts';
import type { VerificationState } from '../domain/outcome.ts';
import { effectOf } from './apply-plan.ts';
import type { Ledger } from './ledger.ts';
import { messageKey } from './messages.ts';
import { noteRun } from './pager/note-run.ts';
import type { Cluster, World } from './ports.ts';
import { incidentOf } from './propose-plan.ts';
import type { Handler } from './work.ts';

const lookEveryMs = 1_000;
/** kubectl's own default for a rollout's progress deadline is 10 minutes; after that somebody else has to look. */
const watchMaxMs = 15 * 60_000;

export function createVerifyPlan({
  ledger,
  clusterOf,
  services,
  failpoint,
  newId,
}: World & { ledger: Ledger; clusterOf: (name: string) => Cluster }): Handler {
  return async (work) => {
    const { run, plan } = await ledger.transaction(async (tx) => {
      const run = await tx.run(work.subject);
      return { run, plan: run && (await tx.plan(run.planId)) };
    });
    invariant(run && plan, 'work names a run that exists');
    const service = services.find((candidate) => candidate.name === plan.service);
    if (run.verification !== 'watching' || !service) return async () => undefined;
    const progress = await clusterOf(service.cluster).observe(effectOf(plan));
    failpoint('verify:watching');

    return async (tx) => {
      const late = (await tx.now()).getTime() - run.startedAt.getTime() > watchMaxMs;
      const state: VerificationState =
        progress.state === 'done' ? 'passed' : progress.state === 'failed' ? 'failed' : late ? 'gave-up' : 'watching';
      if (state === 'watching') {
        if (progress.text !== run.progress) {
          await tx.updateRun(run.id, { progress: progress.text });
          await tx.touchMessage(messageKey.run(run.id), 'status');
        }
        return { againInMs: lookEveryMs };
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
