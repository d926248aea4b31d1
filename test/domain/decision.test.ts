import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Ballot, decide } from '../../src/domain/decision.ts';
import type { Member, Standing } from '../../src/domain/person.ts';
import type { Policy } from '../../src/domain/policy.ts';

const policy: Policy = {
  approvers: { slack: ['U0ERIN'], onCall: [] },
  change: { approvals: 1, selfApproval: 'on-call' },
  destructive: { approvals: 2, selfApproval: 'on-call' },
  protectedNamespaces: [],
  clusterScoped: [],
  imageRepositories: [],
  limits: { changesPerHour: 20, podsPerPlan: 50 },
  digest: 'p',
};

type Someone = Partial<Member> & Partial<Omit<Standing, 'member'>>;

function person(slack: string, more: Someone = {}): Standing {
  const { responder = true, approver = false, onCall = false, ...member } = more;
  return {
    member: {
      slack,
      identity: `${slack.toLowerCase()}@example.com`,
      mapped: true,
      name: slack,
      standing: 'member',
      ...member,
    },
    responder,
    approver,
    onCall,
  };
}

function ballots(...votes: [Standing, 'approve' | 'deny'][]): Ballot[] {
  return votes.map(([standing, verdict], index) => ({
    standing,
    vote: { planId: 'plan', voter: standing.member.slack, verdict, ordinal: index + 1, at: new Date(index) },
  }));
}

const alice = person('U0ALICE');
const bob = person('U0BOB');
const erin = person('U0ERIN', { approver: true });
const requester = bob.member;

describe('decide', () => {
  it('approves a change with one responder who did not ask for it', () => {
    const decision = decide({
      sharedChannel: false,
      ballots: ballots([alice, 'approve']),
      requester,
      planClass: 'change',
      policy,
    });

    expect(decision).toMatchObject({ verdict: 'approved', approvals: 1, decidedBy: 'U0ALICE' });
  });

  it.each([
    ['the requester who is not on call', bob, 'requester may approve'],
    ['a guest', person('U0GUEST', { standing: 'guest' }), 'guest'],
    ['a stranger from a shared channel', person('U0STRANGER', { standing: 'stranger' }), 'stranger'],
    ['a bot', person('U0BOT', { standing: 'bot' }), 'bot'],
    ['a deactivated user', person('U0GONE', { standing: 'deactivated' }), 'deactivated'],
    ['somebody who is no responder', person('U0EVE', { responder: false }), 'not a responder'],
  ])('does not count the approval of %s, and says why', (_, voter, reason) => {
    const decision = decide({
      sharedChannel: false,
      ballots: ballots([voter, 'approve']),
      requester,
      planClass: 'change',
      policy,
    });

    expect(decision.verdict).toBe('pending');
    expect(decision.counts[0]?.reason).toContain(reason);
  });

  it('counts the requester’s own approval while on call', () => {
    const onCall = person('U0BOB', { onCall: true });

    expect(
      decide({ sharedChannel: false, ballots: ballots([onCall, 'approve']), requester, planClass: 'change', policy })
        .verdict,
    ).toBe('approved');
  });

  it('never counts the requester’s own approval when the policy says never, by whichever account', () => {
    const strict = { ...policy, change: { approvals: 1, selfApproval: 'never' as const } };
    const secondAccount = person('U0BOB2', { identity: requester.identity, onCall: true });

    const decision = decide({
      sharedChannel: false,
      ballots: ballots([secondAccount, 'approve']),
      requester,
      planClass: 'change',
      policy: strict,
    });

    expect(decision.verdict).toBe('pending');
  });

  it('needs two people for a destructive plan, one of them an approver', () => {
    const carol = person('U0CAROL');

    const twoResponders = decide({
      sharedChannel: false,
      ballots: ballots([alice, 'approve'], [carol, 'approve']),
      requester,
      planClass: 'destructive',
      policy,
    });
    const withApprover = decide({
      sharedChannel: false,
      ballots: ballots([alice, 'approve'], [erin, 'approve']),
      requester,
      planClass: 'destructive',
      policy,
    });

    expect(twoResponders).toMatchObject({ verdict: 'pending', approvals: 2, approverMissing: true });
    expect(withApprover).toMatchObject({ verdict: 'approved', decidedBy: 'U0ERIN' });
  });

  it('takes two accounts of one person as one person', () => {
    const secondErin = person('U0ERIN2', { identity: erin.member.identity, approver: true });

    const decision = decide({
      sharedChannel: false,
      ballots: ballots([erin, 'approve'], [secondErin, 'approve']),
      requester,
      planClass: 'destructive',
      policy,
    });

    expect(decision).toMatchObject({ verdict: 'pending', approvals: 1 });
    expect(decision.counts[1]?.reason).toContain('same person');
  });

  it('does not let people without a known identity vote on a destructive plan', () => {
    const unmapped = person('U0NOBODY', { identity: 'slack:U0NOBODY', mapped: false });

    const decision = decide({
      sharedChannel: false,
      ballots: ballots([unmapped, 'approve'], [erin, 'approve']),
      requester,
      planClass: 'destructive',
      policy,
    });

    expect(decision).toMatchObject({ verdict: 'pending', approvals: 1 });
  });

  it('counts no approval of a destructive plan when nobody knows who asked, but of those who may approve their own', () => {
    const unknown = { identity: 'slack:U0SECOND', mapped: false };
    const onCall = [person('U0DAVE', { onCall: true }), person('U0FAY', { onCall: true, approver: true })] as const;
    const decided = (planClass: 'change' | 'destructive', ...voters: Standing[]) =>
      decide({
        sharedChannel: false,
        ballots: ballots(...voters.map((voter): [Standing, 'approve'] => [voter, 'approve'])),
        requester: unknown,
        planClass,
        policy,
      });

    const destructive = decided('destructive', alice, erin);

    expect(destructive).toMatchObject({ verdict: 'pending', approvals: 0 });
    expect(destructive.counts.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('who asked for this'),
      expect.stringContaining('who asked for this'),
    ]);
    expect(decided('destructive', ...onCall).verdict).toBe('approved');
    expect(decided('change', alice).verdict).toBe('approved');
  });

  it('counts no approval in a channel that others can see, though anyone of us may stop the plan there', () => {
    const shared = { requester, planClass: 'change' as const, policy, sharedChannel: true };

    expect(decide({ ...shared, ballots: ballots([alice, 'approve']) }).verdict).toBe('pending');
    expect(decide({ ...shared, ballots: ballots([alice, 'deny']) }).verdict).toBe('denied');
  });

  it('is settled by the first denial in ledger order, the requester’s included', () => {
    const decision = decide({
      sharedChannel: false,
      ballots: ballots([bob, 'deny'], [alice, 'approve']),
      requester,
      planClass: 'change',
      policy,
    });

    expect(decision).toMatchObject({ verdict: 'denied', decidedBy: 'U0BOB' });
  });

  it('does not let a stranger deny', () => {
    const stranger = person('U0STRANGER', { standing: 'stranger' });

    expect(
      decide({ sharedChannel: false, ballots: ballots([stranger, 'deny']), requester, planClass: 'change', policy })
        .verdict,
    ).toBe('pending');
  });

  it.each(['read', 'forbidden'] as const)('denies the class %s, which nobody can approve', (planClass) => {
    expect(
      decide({ sharedChannel: false, ballots: ballots([erin, 'approve']), requester, planClass, policy }).verdict,
    ).toBe('denied');
  });

  it('never approves a destructive plan with fewer than two different eligible people', () => {
    const anyone = fc.record({
      who: fc.constantFrom('A', 'B', 'C'),
      account: fc.integer({ min: 1, max: 2 }),
      standing: fc.constantFrom('member' as const, 'guest' as const, 'bot' as const),
      responder: fc.boolean(),
      approver: fc.boolean(),
      verdict: fc.constantFrom('approve' as const, 'deny' as const),
    });
    fc.assert(
      fc.property(fc.array(anyone, { maxLength: 8 }), (people) => {
        const cast = ballots(
          ...people.map(({ who, account, verdict, ...more }): [Standing, 'approve' | 'deny'] => [
            person(`U0${who}${account}`, { identity: who, ...more }),
            verdict,
          ]),
        );
        const decision = decide({
          sharedChannel: false,
          ballots: cast,
          requester: { identity: 'A', mapped: true },
          planClass: 'destructive',
          policy,
        });
        if (decision.verdict !== 'approved') return;
        const voters = cast.slice(0, decision.counts.length).filter((_, index) => decision.counts[index]?.counted);
        const identities = new Set(voters.map(({ standing }) => standing.member.identity));
        expect(identities.size).toBeGreaterThanOrEqual(2);
        expect(voters.some(({ standing }) => standing.approver)).toBe(true);
        expect(identities.has('A')).toBe(false);
      }),
    );
  });
});
