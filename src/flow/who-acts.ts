/** In whose name a plan is carried out, where the cluster is to see people: chosen from the votes that count, in T1 too. */
import { type ActingAs, whoCompleted, type WhoActs } from '../domain/acting-as.ts';
import type { Vote } from '../domain/person.ts';
import type { Plan, PlanContent } from '../domain/plan.ts';
import type { Policy } from '../domain/policy.ts';
import { type Electorate, tally } from './decide-plan.ts';
import type { Actor } from './ports.ts';

/** Undefined: the account that is configured acts, whoever approved. */
export function whoActsFor(
  { whoActs }: Pick<Actor, 'whoActs'>,
  { plan, votes, electorate, policy }: { plan: Plan; votes: readonly Vote[]; electorate: Electorate; policy: Policy },
): WhoActs | undefined {
  if (whoActs === undefined) return undefined;
  const tallied = tally(plan, votes, electorate, policy);
  const approver = tallied && whoCompleted(tallied.decision, electorate.standings, plan.content.class);
  return approver ? whoActs(approver) : { kind: 'nobody', why: 'nobody whose approval counts is left to act for' };
}

export const personOf = (who: WhoActs | undefined): ActingAs | undefined =>
  who?.kind === 'person' ? who.as : undefined;

/** Why the person of T1 is not the one that the request was made for, or not as people approved it; undefined: it is. */
export function whyAnother(
  { inNameOf }: Pick<PlanContent, 'inNameOf'>,
  before: WhoActs | undefined,
  now: WhoActs | undefined,
): string | undefined {
  if ((inNameOf === 'approver') !== (now !== undefined)) {
    return 'firebreak.yaml says something else by now about in whose name it is sent; propose the change again';
  }
  if (now?.kind === 'nobody') return now.why;
  return personOf(before)?.user === personOf(now)?.user
    ? undefined
    : 'another person than a moment ago completed the decision; propose the change again';
}
