/**
 * What the votes on a plan amount to. Votes are taken in ledger order; the first eligible ones decide, and a vote that
 * does not count says why, so that nobody wonders at 3 a.m.
 */
import type { ActionClass } from './action.ts';
import type { Member, Standing, Vote } from './person.ts';
import type { Gate, Policy } from './policy.ts';

export type Ballot = { readonly vote: Vote; readonly standing: Standing };
/** Who asked for the plan. */
export type Requester = Pick<Member, 'identity' | 'mapped'>;

export type Decision = {
  readonly verdict: 'pending' | 'approved' | 'denied';
  readonly approvals: number;
  readonly needed: number;
  /** A destructive plan also needs one vote of `policy.approvers`; still missing? */
  readonly approverMissing: boolean;
  /** One for each ballot that was looked at, in order. */
  readonly counts: readonly { readonly voter: string; readonly counted: boolean; readonly reason?: string }[];
  /** Whose vote settled it. */
  readonly decidedBy?: string;
};

/** The gate of a class. Reads need none and forbidden has none; neither is ever voted on. */
export function gateOf(policy: Policy, planClass: ActionClass): Gate | undefined {
  if (planClass === 'change') return policy.change;
  if (planClass === 'destructive') return policy.destructive;
  return undefined;
}

/** Why this person's approval would not count, or undefined when it would. */
function ineligible(options: {
  standing: Standing;
  requester: Requester;
  planClass: ActionClass;
  gate: Gate;
}): string | undefined {
  const { standing, requester, planClass, gate } = options;
  const { member } = standing;
  if (member.standing !== 'member') return `a ${member.standing} cannot approve`;
  if (!standing.responder && !standing.approver) return 'not a responder of this service';
  if (planClass === 'destructive' && !member.mapped) {
    return 'no e-mail address or `people:` entry says who this is, which a destructive plan needs';
  }
  if (planClass === 'destructive' && !requester.mapped && !mayApproveOwn(gate, standing)) {
    return 'no e-mail address or `people:` entry says who asked for this, so it may be the same person';
  }
  if (member.identity === requester.identity && !mayApproveOwn(gate, standing)) {
    return gate.selfApproval === 'never'
      ? 'the requester cannot approve their own plan'
      : 'the requester may approve their own plan only while on call';
  }
  return undefined;
}

const mayApproveOwn = (gate: Gate, standing: Standing): boolean =>
  gate.selfApproval === 'always' || (gate.selfApproval === 'on-call' && standing.onCall);

/** Two accounts of one person are one person, and one whose person is not known may be anybody's. */
export function decide(options: {
  ballots: readonly Ballot[];
  requester: Requester;
  planClass: ActionClass;
  policy: Policy;
  /** People of another organisation can see the plan's channel: stopping is possible there, approving is not. */
  sharedChannel: boolean;
}): Decision {
  const { requester, planClass, policy } = options;
  const gate = gateOf(policy, planClass);
  const ballots = options.ballots.toSorted((a, b) => a.vote.ordinal - b.vote.ordinal);
  const counts: { voter: string; counted: boolean; reason?: string }[] = [];
  if (!gate) {
    return { verdict: 'denied', approvals: 0, needed: 0, approverMissing: false, counts };
  }

  const people = new Set<string>();
  let approverSeen = false;
  const missing = (): boolean => planClass === 'destructive' && !approverSeen;
  for (const { vote, standing } of ballots) {
    const { voter, verdict } = vote;
    if (verdict === 'deny') {
      const reason = mayDeny(standing, requester);
      counts.push({ voter, counted: reason === undefined, ...(reason === undefined ? {} : { reason }) });
      if (reason !== undefined) continue;
      return {
        verdict: 'denied',
        approvals: people.size,
        needed: gate.approvals,
        approverMissing: missing(),
        counts,
        decidedBy: voter,
      };
    }
    const reason = options.sharedChannel
      ? 'nothing can be approved in a channel that is shared with another organisation'
      : people.has(standing.member.identity)
        ? 'the same person has approved already'
        : ineligible({ standing, requester, planClass, gate });
    counts.push({ voter, counted: reason === undefined, ...(reason === undefined ? {} : { reason }) });
    if (reason !== undefined) continue;
    people.add(standing.member.identity);
    approverSeen ||= standing.approver;
    if (people.size >= gate.approvals && !missing()) {
      return {
        verdict: 'approved',
        approvals: people.size,
        needed: gate.approvals,
        approverMissing: false,
        counts,
        decidedBy: voter,
      };
    }
  }
  return { verdict: 'pending', approvals: people.size, needed: gate.approvals, approverMissing: missing(), counts };
}

/** Stopping a plan is always the safe side: any responder, approver or the requester may. */
function mayDeny(standing: Standing, requester: Requester): string | undefined {
  if (standing.member.standing !== 'member') return `a ${standing.member.standing} cannot deny`;
  if (standing.responder || standing.approver || standing.member.identity === requester.identity) return undefined;
  return 'not a responder of this service';
}
