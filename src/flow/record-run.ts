/** What a run leaves in the ledger: that it began, how each part ended, and how it ended. */
import type { Captured } from '../domain/capture.ts';
import type { PartOutcome, Run } from '../domain/outcome.ts';
import { objectName, partsOf, type Plan } from '../domain/plan.ts';
import type { CarriedOut } from './carry-out.ts';
import { redrawPlan } from './decide-plan.ts';
import type { LedgerTransaction } from './ledger.ts';
import { messageKey } from './messages.ts';
import { goesOn, together, type Together } from './parts.ts';
import { incidentOf } from './propose-plan.ts';

/** In the journal, and as a message in the thread. */
export async function announceRun(tx: LedgerTransaction, plan: Plan, run: Run): Promise<void> {
  await tx.journal({
    kind: 'run.started',
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: { run: run.id, digest: plan.digest, ...(run.actingAs && { as: run.actingAs.user }) },
  });
  const proposal = await tx.proposal(plan.proposalId);
  const card = proposal && (await tx.message(messageKey.proposal(proposal.id)));
  if (!proposal || !card) return;
  const threadKey = card.threadKey ?? card.key;
  await tx.putMessage(
    { key: messageKey.run(run.id), kind: 'run', subject: run.id, channel: card.channel, threadKey },
    'decision',
  );
  await redrawPlan(tx, plan);
}

/** T2 of one part. True when the run is over; of a plan of one object it always is. */
export async function recordPart(
  tx: LedgerTransaction,
  plan: Plan,
  { run, part }: { readonly run: Run; readonly part: number },
  { outcome, text, differences, output, last }: Omit<CarriedOut, 'last'> & Partial<Pick<CarriedOut, 'last'>>,
): Promise<boolean> {
  if (last) await tx.answerAttempt(last.auditId, last.answer, last.status);
  const parts = partsOf(plan.content);
  const at = plan.content.waves === undefined ? {} : { at: (await tx.now()).toISOString() };
  const ended: readonly PartOutcome[] = [...(run.parts ?? []), { part, outcome, text, differences, ...at }];
  const auditId = last?.auditId;
  if (parts.length === 1) {
    if (output !== undefined) await tx.updateRun(run.id, { output });
    await recordOutcome(tx, plan, run, { outcome, text, differences }, auditId);
    return true;
  }
  await tx.updateRun(run.id, { parts: ended });
  const target = parts[part]?.target;
  await tx.journal({
    kind: `part.${outcome}`,
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: {
      run: run.id,
      part,
      ...(target && { object: `${target.kind} ${objectName(target)}` }),
      text: text.slice(0, 500),
      ...(auditId !== undefined && { auditId }),
    },
  });
  const more = ended.length < parts.length && goesOn(plan.content, { part, outcome, text, differences });
  if (more) {
    await tx.updateRun(run.id, { progress: `${ended.length} of ${parts.length} objects` });
    await tx.touchMessage(messageKey.run(run.id), 'status');
    return false;
  }
  await recordOutcome(tx, plan, run, together(parts, ended), auditId);
  return true;
}

/** The parts behind those that have ended are not tried, and why. */
export async function stopRun(tx: LedgerTransaction, plan: Plan, run: Run, why: string): Promise<void> {
  await recordOutcome(tx, plan, run, together(partsOf(plan.content), run.parts ?? [], why), undefined);
}

/** What the run waits for, when it is another thing than before. */
export async function noteWait(tx: LedgerTransaction, plan: Plan, run: Run, what: string): Promise<void> {
  const done = run.parts?.length ?? 0;
  const progress = `${done} of ${partsOf(plan.content).length} objects; next when this is done: ${what}`;
  if (progress === run.progress) return;
  await tx.updateRun(run.id, { progress });
  await tx.touchMessage(messageKey.run(run.id), 'status');
}

/** What pods would have left behind, stored with the attempt that ends them and told in the thread. */
export async function recordCapture(
  tx: LedgerTransaction,
  plan: Plan,
  { run, part }: { readonly run: Run; readonly part: number },
  captured: Captured,
): Promise<void> {
  const { pods, missing } = captured;
  if (pods.length === 0 && missing.length === 0) return;
  await tx.insertCapture(run.id, { part, capturedAt: await tx.now(), ...captured });
  await tx.journal({
    kind: 'pods.captured',
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: { run: run.id, part, pods: pods.map(({ namespace, name }) => `${namespace}/${name}`), missing },
  });
  const card = await tx.message(messageKey.run(run.id));
  const key = messageKey.captures(run.id);
  if (await tx.message(key)) await tx.touchMessage(key, 'status');
  else if (card) {
    const threadKey = card.threadKey ?? card.key;
    await tx.putMessage({ key, kind: 'captures', subject: run.id, channel: card.channel, threadKey }, 'status');
  }
}

/** T2: the outcome, the journal and what follows, in one transaction with the end of the work. */
async function recordOutcome(
  tx: LedgerTransaction,
  plan: Plan,
  run: Run,
  { outcome, text, differences }: Together,
  auditId: string | undefined,
): Promise<void> {
  const follows = outcome === 'succeeded' || outcome === 'partial';
  await tx.updateRun(run.id, {
    outcome,
    outcomeText: text,
    differences,
    finishedAt: await tx.now(),
    ...(follows ? { verification: 'watching' as const } : {}),
  });
  await tx.journal({
    kind: `run.${outcome}`,
    planId: plan.id,
    actor: 'firebreak',
    ...incidentOf(plan),
    data: { run: run.id, digest: plan.digest, text: text.slice(0, 500), ...(auditId !== undefined && { auditId }) },
  });
  if (follows) await tx.enqueue({ kind: 'verify-plan', subject: run.id, lane: 'status', delayMs: 300 });
  await tx.touchMessage(messageKey.run(run.id), 'decision');
  await redrawPlan(tx, plan);
}
