/** Counts the votes on a plan. Handles `decide-plan`; T1 counts them again with the same function. */
import { type Decision, decide, type Requester } from '../domain/decision.ts';
import { invariant } from '../domain/errors.ts';
import type { Standing, Vote } from '../domain/person.ts';
import { approvalLifetimeMs, type Plan, type PlanState } from '../domain/plan.ts';
import type { Policy, Service } from '../domain/policy.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { Membership } from './membership.ts';
import { messageKey } from './messages.ts';
import type { World } from './ports.ts';
import { incidentOf } from './propose-plan.ts';
import type { Handler } from './work.ts';

/** Until the plan expires. */
const doubtPauseMs = 5_000;
const unsure = 'PagerDuty cannot say whether they are on call, so it is asked again';

export type Electorate = {
  readonly requester: Requester;
  readonly standings: ReadonlyMap<string, Standing>;
  readonly sharedChannel: boolean;
};

/** What is asked about a plan's votes, and where they were cast. */
export type Poll = { readonly votes: readonly Vote[]; readonly channel: string | undefined };

export async function pollOf(tx: LedgerTransaction, plan: Plan): Promise<Poll> {
  return {
    votes: await tx.votesOf(plan.id),
    channel: (await tx.message(messageKey.proposal(plan.proposalId)))?.channel,
  };
}

/** Asks the directory about everyone who voted, the requester and the channel. Fails closed by throwing. */
export async function electorateOf(
  membership: Membership,
  service: Service,
  plan: Plan,
  { votes, channel }: Poll,
): Promise<Electorate> {
  const standings = new Map<string, Standing>();
  for (const user of new Set([plan.requestedBy, ...votes.map((vote) => vote.voter)])) {
    standings.set(user, await membership.standingOf(service, user));
  }
  return {
    requester: standings.get(plan.requestedBy)?.member ?? { identity: plan.requestedBy, mapped: false },
    standings,
    sharedChannel: channel !== undefined && (await membership.isShared(channel)),
  };
}

/** Undefined: somebody voted whom the directory was not asked about, so look again. */
export function count(
  plan: Plan,
  votes: readonly Vote[],
  electorate: Electorate,
  policy: Policy,
): Decision | undefined {
  const ballots = votes.flatMap((vote) => {
    const standing = electorate.standings.get(vote.voter);
    return standing ? [{ vote, standing }] : [];
  });
  if (ballots.length < votes.length) return undefined;
  const { requester, sharedChannel } = electorate;
  return decide({ ballots, requester, planClass: plan.content.class, policy, sharedChannel });
}

/** `doubt`: whose votes do not count and would if they were on call, when PagerDuty could not say whether they are. */
export type Tally = { readonly decision: Decision; readonly doubt: ReadonlySet<string> };

/**
 * The decision, which is pending as long as being on call could make it a denial: an approval does not overtake a deny
 * that cannot be checked yet. Undefined: somebody voted whom the directory was not asked about, so look again.
 */
export function tally(plan: Plan, votes: readonly Vote[], electorate: Electorate, policy: Policy): Tally | undefined {
  const certain = count(plan, votes, electorate, policy);
  if (!certain) return undefined;
  /** As if everybody with this vote of whom PagerDuty cannot say it were on call. */
  const granting = (verdict: Vote['verdict']): Decision | undefined => {
    const standings = new Map(electorate.standings);
    for (const vote of votes) {
      const standing = standings.get(vote.voter);
      if (vote.verdict === verdict && standing?.onCallUnknown)
        standings.set(vote.voter, { ...standing, responder: true, onCall: true });
    }
    return count(plan, votes, { ...electorate, standings }, policy);
  };
  const stopped = granting('deny');
  const overtaken = certain.verdict === 'approved' && stopped?.verdict === 'denied';
  if (certain.verdict !== 'pending' && !overtaken) return { decision: certain, doubt: new Set() };
  const { decidedBy: _, ...rest } = certain;
  const counted = (decision: Decision | undefined): string[] =>
    decision?.counts.flatMap((one) => (one.counted ? [one.voter] : [])) ?? [];
  const already = new Set(counted(certain));
  const granted = [...counted(stopped), ...counted(granting('approve'))];
  return {
    decision: { ...rest, verdict: 'pending' },
    doubt: new Set(granted.filter((voter) => !already.has(voter))),
  };
}

export function createDecidePlan({
  ledger,
  membership,
  services,
  policy,
  failpoint,
}: World & { ledger: Ledger; membership: Membership }): Handler {
  return async (work) => {
    const { plan, poll } = await ledger.transaction(async (tx) => {
      const plan = await tx.plan(work.subject);
      return { plan, poll: plan && (await pollOf(tx, plan)) };
    });
    invariant(plan && poll, 'work names a plan that exists');
    const service = services.find((candidate) => candidate.name === plan.service);
    if (plan.state !== 'proposed' || !service) return async () => undefined;
    const electorate = await electorateOf(membership, service, plan, poll);

    return async (tx) => {
      const locked = await tx.planForUpdate(plan.id);
      if (locked?.state !== 'proposed') return undefined;
      const now = await tx.now();
      if (now >= locked.expiresAt)
        return settlePlan(tx, locked, { state: 'expired', reason: 'nobody decided in time', actor: 'firebreak', now });
      const cast = await tx.votesOf(plan.id);
      const tallied = tally(locked, cast, electorate, policy);
      if (!tallied) return { againInMs: 0 };
      const { decision, doubt } = tallied;
      for (const { voter, counted, reason } of decision.counts) {
        const why = doubt.has(voter) ? unsure : reason;
        await tx.updateVote(plan.id, voter, { counted, ...(why === undefined ? {} : { reason: why }) });
      }
      const by = decision.decidedBy && electorate.standings.get(decision.decidedBy)?.member.name;
      await applyDecision(tx, locked, { decision, by: by ?? 'somebody', now });
      failpoint('decide:before-commit');
      return doubt.size > 0 ? { againInMs: doubtPauseMs } : undefined;
    };
  };
}

async function applyDecision(
  tx: LedgerTransaction,
  plan: Plan,
  { decision, by, now }: { decision: Decision; by: string; now: Date },
): Promise<void> {
  const actor = decision.decidedBy ?? 'firebreak';
  switch (decision.verdict) {
    case 'pending':
      await tx.touchMessage(messageKey.proposal(plan.proposalId), 'decision');
      return;
    case 'denied':
      await settlePlan(tx, plan, { state: 'denied', reason: `denied by ${by}`, actor, now });
      return;
    case 'approved': {
      const approvalExpiresAt = new Date(now.getTime() + approvalLifetimeMs);
      await settlePlan(tx, plan, { state: 'approved', reason: `approved by ${by}`, actor, now, approvalExpiresAt });
      await tx.enqueue({ kind: 'apply-plan', subject: plan.id, lane: 'decision', serial: `plan:${plan.id}` });
      await tx.enqueue({ kind: 'expire-plan', subject: plan.id, lane: 'decision', delayMs: approvalLifetimeMs });
      return;
    }
    default:
      decision.verdict satisfies never;
  }
}

/** Moves a plan to its next state, journals it and redraws what shows it. */
export async function settlePlan(
  tx: LedgerTransaction,
  plan: Plan,
  to: {
    state: Exclude<PlanState, 'proposed' | 'superseded'>;
    reason: string;
    actor: string;
    now: Date;
    approvalExpiresAt?: Date;
  },
): Promise<undefined> {
  const { state, reason, actor, now, approvalExpiresAt } = to;
  const lifetime = approvalExpiresAt ? { approvalExpiresAt } : {};
  await tx.updatePlan(plan.id, { state, stateReason: reason, decidedAt: now, ...lifetime });
  await tx.journal({
    kind: `plan.${state}`,
    planId: plan.id,
    actor,
    ...incidentOf(plan),
    data: { digest: plan.digest, reason },
  });
  await redrawPlan(tx, plan);
  return undefined;
}

export async function redrawPlan(tx: LedgerTransaction, plan: Plan): Promise<void> {
  await tx.touchMessage(messageKey.proposal(plan.proposalId), 'decision');
  const proposal = await tx.proposal(plan.proposalId);
  if (proposal) {
    await tx.touchMessage(messageKey.step(proposal), 'status');
    await tx.touchMessage(messageKey.posting(proposal.postingId), 'chatter');
  }
  if (plan.incidentId) await tx.touchMessage(messageKey.incident(plan.incidentId), 'chatter');
}
