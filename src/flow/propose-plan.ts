/** Turns a request for a change into a plan that people see before they approve it. Handles `propose-plan`. */
import { actorOf, type Reach } from './reach.ts';
import { isRead } from '../domain/action.ts';
import type { ChangeAction } from '../domain/change-action.ts';
import { sealPlan } from '../domain/digest.ts';
import { invariant, OperationError } from '../domain/errors.ts';
import { type Plan, type PlanFacts, planLifetimeMs } from '../domain/plan.ts';
import type { Proposal } from '../domain/posting.ts';
import { bindAction } from '../runbook/bind.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import { messageKey, placeText } from './messages.ts';
import { effectsOf } from './parts.ts';
import type { Resolution, Undone, World } from './ports.ts';
import { isAction, type PlacedStep, placedStep } from './steps.ts';
import type { Service } from '../domain/policy.ts';
import type { Handler } from './work.ts';

/** 1, 2, 4 and 8 s apart; see work.ts. */
const attemptsMax = 5;

type Resolved = { readonly kind: 'resolved'; readonly facts: PlanFacts; readonly action: ChangeAction };

export function createProposePlan({
  ledger,
  reachOf,
  services,
  policy,
  clock,
  newId,
}: World & { ledger: Ledger; reachOf: (service: Service) => Reach }): Handler {
  function actionOf(proposal: Proposal, placed: PlacedStep): ChangeAction | { problem: string } {
    if (proposal.action) return proposal.action;
    const { step } = placed;
    invariant(isAction(step) && !isRead(step.action), 'only changes are planned');
    const bound = bindAction(step.action, step.parameters, proposal.parameters);
    if (!bound.ok) return { problem: bound.problems.map(({ parameter, text }) => `${parameter}: ${text}`).join('; ') };
    // A compiled change binds to a change: `bindAction` keeps the action's type.
    return bound.action as ChangeAction;
  }

  async function resolve(
    proposal: Proposal,
    placed: PlacedStep,
    undoes: readonly Undone[] | undefined,
  ): Promise<Resolved | Exclude<Resolution, { kind: 'resolved' }>> {
    const action = actionOf(proposal, placed);
    if ('problem' in action) return { kind: 'refused', text: action.problem };
    const { service } = placed;
    const resolution = await actorOf(reachOf(service), action).resolve(action, {
      defaultNamespace: service.namespaces[0] ?? 'default',
      allowedNamespaces: service.namespaces,
      protectedNamespaces: policy.protectedNamespaces,
      podsPerPlan: policy.limits.podsPerPlan,
      clusterScoped: policy.clusterScoped,
      imageRepositories: policy.imageRepositories,
      ...(undoes === undefined ? {} : { undoes }),
      now: clock.now(),
    });
    return resolution.kind === 'resolved' ? { ...resolution, action } : resolution;
  }

  return async (work) => {
    const { proposal, placed, undoes } = await ledger.transaction(async (tx) => {
      const proposal = await tx.proposal(work.subject);
      return {
        proposal,
        placed: proposal && (await placedStep(tx, proposal, services)),
        undoes: proposal && (await undoneBy(tx, proposal)),
      };
    });
    invariant(proposal, 'work names a proposal that exists');
    if (proposal.state !== 'planning') return async () => undefined;
    if (!placed) return async (tx) => refuse(tx, proposal, 'This service or step is no longer configured.');

    if (proposal.undoOf !== undefined && undoes === undefined) {
      return async (tx) => refuse(tx, proposal, 'The change that this would undo is no longer known.');
    }

    const resolved = await resolve(proposal, placed, undoes).catch((error: unknown) => {
      // Somebody waits for this: an answer that is not coming is said, and the button can be pressed again.
      const final = error instanceof OperationError && (!error.retryable || work.attempts >= attemptsMax);
      if (final) return { kind: 'refused' as const, text: error.message };
      throw error;
    });
    if (resolved.kind !== 'resolved') return async (tx) => refuse(tx, proposal, resolved.text);
    if (resolved.facts.class === 'forbidden') {
      return async (tx) => refuse(tx, proposal, resolved.facts.classReason ?? 'Firebreak never runs this.');
    }
    return async (tx) => propose(tx, { proposal, placed, resolved });
  };

  async function propose(
    tx: LedgerTransaction,
    made: { proposal: Proposal; placed: PlacedStep; resolved: Resolved },
  ): Promise<void> {
    const { proposal, placed, resolved } = made;
    const expiresAt = new Date((await tx.now()).getTime() + planLifetimeMs);
    const id = newId('plan');
    const content = {
      ...resolved.facts,
      id,
      action: resolved.action,
      policyDigest: policy.digest,
      runbookDigest: placed.runbook.digest,
      expiresAt: expiresAt.toISOString(),
    };
    const plan: Plan = {
      id,
      proposalId: proposal.id,
      service: placed.service.name,
      content,
      ...sealPlan(content),
      state: 'proposed',
      requestedBy: proposal.requestedBy,
      expiresAt,
      nonces: { approve: newId('yes'), deny: newId('no') },
      ...(placed.posting.incidentId ? { incidentId: placed.posting.incidentId } : {}),
      ...(proposal.undoOf ? { undoOf: proposal.undoOf } : {}),
    };
    await supersedeOlder(tx, proposal);
    await tx.insertPlan(plan);
    await tx.updateProposal(proposal.id, { state: 'planned' });
    await tx.enqueue({ kind: 'expire-plan', subject: id, lane: 'decision', delayMs: planLifetimeMs });
    await tx.journal({
      kind: 'plan.proposed',
      planId: id,
      actor: proposal.requestedBy,
      ...incidentOf(plan),
      data: {
        digest: plan.digest,
        class: content.class,
        step: placed.step.id,
        source: placed.step.source.slice(0, 500),
      },
    });
    await redraw(tx, proposal, plan.incidentId);
  }

  /** Two open plans for one step would be two ways to do one thing. */
  async function supersedeOlder(tx: LedgerTransaction, proposal: Proposal): Promise<void> {
    await tx.lock(`step:${placeText(proposal)}`);
    for (const older of await tx.proposalsOf(proposal.postingId)) {
      if (older.id === proposal.id || older.ordinal !== proposal.ordinal || older.undoOf !== proposal.undoOf) continue;
      const plan = await tx.planOfProposal(older.id);
      const locked = plan && (await tx.planForUpdate(plan.id));
      if (locked?.state !== 'proposed') continue;
      await tx.updatePlan(locked.id, {
        state: 'superseded',
        stateReason: 'a newer plan for this step took its place',
        decidedAt: await tx.now(),
      });
      await tx.journal({
        kind: 'plan.superseded',
        planId: locked.id,
        actor: proposal.requestedBy,
        ...incidentOf(locked),
        data: { by: proposal.id },
      });
      await tx.touchMessage(messageKey.proposal(older.id), 'status');
    }
  }

  async function refuse(tx: LedgerTransaction, proposal: Proposal, reason: string): Promise<void> {
    await tx.updateProposal(proposal.id, { state: 'refused', reason: reason.slice(0, 1500) });
    await tx.journal({
      kind: 'plan.refused',
      actor: proposal.requestedBy,
      data: { proposal: proposal.id, reason: reason.slice(0, 500) },
    });
    await redraw(tx, proposal, undefined);
  }

  async function redraw(tx: LedgerTransaction, proposal: Proposal, incidentId: string | undefined): Promise<void> {
    await tx.touchMessage(messageKey.proposal(proposal.id), 'decision');
    await tx.touchMessage(messageKey.step(proposal), 'status');
    await tx.touchMessage(messageKey.posting(proposal.postingId), 'chatter');
    if (incidentId) await tx.touchMessage(messageKey.incident(incidentId), 'chatter');
  }
}

/** What was carried out: of several objects those that were changed. */
async function undoneBy(tx: LedgerTransaction, { undoOf }: Proposal): Promise<readonly Undone[] | undefined> {
  const run = undoOf === undefined ? undefined : await tx.run(undoOf);
  const plan = run && (await tx.plan(run.planId));
  return (
    plan &&
    effectsOf(plan).flatMap((effect, part) => {
      const ended = run.parts?.find((one) => one.part === part);
      const isDone = run.parts === undefined || ended?.outcome === 'succeeded';
      return isDone ? [{ ...effect, differences: ended?.differences ?? run.differences }] : [];
    })
  );
}

export const incidentOf = (plan: Pick<Plan, 'incidentId'>): { incidentId?: string } =>
  plan.incidentId ? { incidentId: plan.incidentId } : {};
