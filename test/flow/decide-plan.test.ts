import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Desk, openDesk } from './desk.ts';

const up = 'deployment/web --replicas=5';
const down = 'deployment/web --replicas=1';

describe('a plan between people and the cluster', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(() => desk.reset());
  afterAll(() => desk.close());

  const decideAndApply = () => desk.work('decide-plan', 'apply-plan', 'expire-plan');
  /** The cluster is as it was, and nobody has tried to change it. */
  const expectUntouched = async (writesBefore: number): Promise<void> => {
    expect(desk.web()).toMatchObject({ replicas: 3, batch: '100' });
    expect(desk.web().marker).toBeUndefined();
    expect(desk.writes()).toHaveLength(writesBefore);
  };

  it('is approved by one responder, applied once, and undone by a plan of its own', async () => {
    const before = desk.writes().length;
    const plan = await desk.plan(up);
    await desk.vote('U0BOB', plan);
    await decideAndApply();

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect(desk.web()).toMatchObject({ replicas: 5, marker: plan.id });
    expect(
      desk
        .writes()
        .slice(before)
        .map(({ auditID }) => auditID),
    ).toEqual((await desk.attemptsOf(plan)).map(({ auditId }) => auditId));

    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
    const asked = await desk.interactions.undo({ ...desk.gesture('U0ALICE'), runId: run?.id ?? '' });
    await desk.work('propose-plan');
    expect(asked.kind).toBe('accepted');
    const { proposalId } = await desk.db
      .selectFrom('plan')
      .select('proposalId')
      .where('undoOf', '=', run?.id ?? '')
      .executeTakeFirstOrThrow();
    const undo = await desk.ledger.transaction((tx) => tx.planOfProposal(proposalId));
    expect(undo?.content).toMatchObject({ class: 'destructive', changes: [{ before: 5, after: 3 }] });
  });

  describe('votes', () => {
    it('that race both stand in the ledger; the first decides, and the second is told who won', async () => {
      const plan = await desk.plan(up);
      const answers = await Promise.all([desk.vote('U0BOB', plan), desk.vote('U0CAROL', plan, 'deny')]);
      await decideAndApply();

      expect(answers.map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
      const [first] = await desk.votesOf(plan);
      expect((await desk.stateOf(plan)).state).toBe(first?.verdict === 'approve' ? 'approved' : 'denied');
      const late = await desk.vote('U0DAVE', plan);
      expect(late).toMatchObject({ kind: 'refused', text: expect.stringMatching(/already (approved|denied): \w+ by/) });
      expect(await desk.votesOf(plan)).toHaveLength(2);
    });

    it('count once for each person, however often and from however many accounts they come', async () => {
      const plan = await desk.plan(down);
      const first = await desk.vote('U0BOB', plan);
      const again = await desk.vote('U0BOB', plan);
      await desk.vote('U0BOB2', plan);
      await decideAndApply();

      expect(first.kind).toBe('accepted');
      expect(again).toMatchObject({ kind: 'refused', text: expect.stringContaining('already voted') });
      expect(await desk.votesOf(plan)).toMatchObject([
        { voter: 'U0BOB', counted: true },
        { voter: 'U0BOB2', counted: false, reason: expect.stringContaining('same person') },
      ]);
      expect((await desk.stateOf(plan)).state).toBe('proposed');
    });

    it('of a request that was received before change nothing', async () => {
      const plan = await desk.plan(up);
      const gesture = desk.gesture('U0BOB');
      await desk.interactions.vote({ ...gesture, nonce: plan.nonces.deny });
      const replayed = await desk.interactions.vote({ ...gesture, nonce: plan.nonces.deny });

      expect(replayed).toMatchObject({ kind: 'refused', text: expect.stringContaining('already received') });
      expect(await desk.votesOf(plan)).toHaveLength(1);
    });

    it.each([
      ['U0GUEST', 'a guest cannot approve'],
      ['U0BOT', 'a bot cannot approve'],
      ['U0GONE', 'a deactivated cannot approve'],
      ['U0OTHER', 'a stranger cannot approve'],
      ['U0DAVE', 'not a responder of this service'],
      ['U0ALICE', 'the requester may approve their own plan only while on call'],
    ])('of %s do not count and say why', async (user, reason) => {
      const before = desk.writes().length;
      const plan = await desk.plan(up);
      await desk.vote(user, plan);
      await decideAndApply();

      expect(await desk.votesOf(plan)).toMatchObject([{ voter: user, counted: false, reason }]);
      expect((await desk.stateOf(plan)).state).toBe('proposed');
      await expectUntouched(before);
    });

    it('of somebody whom Slack does not know do not keep others from deciding', async () => {
      const plan = await desk.plan(up);
      await desk.vote('U0UNKNOWN', plan);
      await decideAndApply();
      await desk.vote('U0BOB', plan);
      await decideAndApply();

      expect(await desk.votesOf(plan)).toMatchObject([{ voter: 'U0UNKNOWN', counted: false }, { counted: true }]);
      expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    });

    it('of the rest still decide when one of the configured groups is gone from Slack', async () => {
      desk.reconfigure({ service: { responders: { slack: ['S0GONE', 'S0RESPOND'], onCall: [] } } });
      const plan = await desk.plan(up);
      await desk.vote('U0BOB', plan);
      await decideAndApply();

      expect((await desk.stateOf(plan)).outcome).toBe('succeeded');
    });

    it('do not count in a channel that is shared with another organisation', async () => {
      const plan = await desk.plan(up);
      desk.directory.shared = true;
      await desk.vote('U0BOB', plan);
      await decideAndApply();

      expect(await desk.votesOf(plan)).toMatchObject([
        { counted: false, reason: expect.stringContaining('another organisation') },
      ]);
      expect((await desk.stateOf(plan)).state).toBe('proposed');
    });

    it('of people without an e-mail address do not count for what destroys', async () => {
      const plan = await desk.plan(down);
      await desk.vote('U0NOMAIL', plan);
      await desk.vote('U0CAROL', plan);
      await decideAndApply();

      expect(await desk.votesOf(plan)).toMatchObject([{ counted: false }, { counted: true }]);
      expect((await desk.stateOf(plan)).state).toBe('proposed');
    });

    it('of two responders do not destroy without an approver', async () => {
      desk.groups.get('S0RESPOND')?.push('U0DAVE');
      const plan = await desk.plan(down);
      await desk.vote('U0BOB', plan);
      await desk.vote('U0DAVE', plan);
      await decideAndApply();
      expect((await desk.stateOf(plan)).state).toBe('proposed');

      await desk.vote('U0CAROL', plan);
      await decideAndApply();
      expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
      expect(desk.web().replicas).toBe(1);
    });

    it('wait while Slack cannot say who voted, and count when it can', async () => {
      const plan = await desk.plan(up);
      desk.directory.away = true;
      await desk.vote('U0BOB', plan);
      await decideAndApply();
      expect((await desk.stateOf(plan)).state).toBe('proposed');

      desk.directory.away = false;
      await desk.db
        .updateTable('work')
        .set({ dueAt: new Date(0) })
        .where('doneAt', 'is', null)
        .where('kind', '=', 'decide-plan')
        .execute();
      await decideAndApply();
      expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    });

    it('with a nonce that belongs to no plan, or to another one, decide nothing here', async () => {
      const plan = await desk.plan(up);
      const other = await desk.plan('set env deployment/web');
      for (const nonce of [
        '',
        'yes-00000000000000000000',
        `${plan.nonces.approve} `,
        'x'.repeat(10_000),
        '\0',
        plan.id,
      ]) {
        expect(await desk.interactions.vote({ ...desk.gesture('U0BOB'), nonce })).toMatchObject({ kind: 'refused' });
      }
      await desk.vote('U0BOB', other);
      await decideAndApply();

      expect((await desk.stateOf(plan)).state).toBe('proposed');
      expect((await desk.stateOf(other)).outcome).toBe('succeeded');
      expect(desk.web()).toMatchObject({ replicas: 3, batch: '50' });
    });
  });

  it('ends for good when somebody denies it', async () => {
    const before = desk.writes().length;
    const plan = await desk.plan(up);
    await desk.vote('U0BOB', plan, 'deny');
    await decideAndApply();
    const late = await desk.vote('U0CAROL', plan);
    await decideAndApply();

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'denied', reason: 'denied by BOB' });
    expect(late).toMatchObject({ kind: 'refused', text: expect.stringContaining('already denied: denied by BOB') });
    await expectUntouched(before);
  });

  it('expires by the database’s clock: a vote afterwards is refused, one that was on its way comes too late', async () => {
    const before = desk.writes().length;
    const plan = await desk.plan(up);
    await desk.vote('U0CAROL', plan);
    await desk.db
      .updateTable('plan')
      .set({ expiresAt: new Date(0) })
      .where('id', '=', plan.id)
      .execute();
    const late = await desk.vote('U0BOB', plan);
    await decideAndApply();

    expect(late).toMatchObject({ kind: 'refused', text: expect.stringContaining('expired') });
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'expired' });
    await expectUntouched(before);
  });

  it('gives way to a newer plan of the same step', async () => {
    const before = desk.writes().length;
    const older = await desk.plan(up);
    await desk.vote('U0BOB', older);
    const newer = await desk.plan(up, 'U0CAROL');
    await decideAndApply();
    const late = await desk.vote('U0CAROL', older);

    expect((await desk.stateOf(older)).state).toBe('superseded');
    expect((await desk.stateOf(newer)).state).toBe('proposed');
    expect(late).toMatchObject({ kind: 'refused', text: expect.stringContaining('superseded') });
    await expectUntouched(before);
  });

  describe('that is approved is cancelled without a run', () => {
    const approved = async (command = up) => {
      const plan = await desk.plan(command);
      await desk.vote('U0BOB', plan);
      await desk.work('decide-plan');
      expect((await desk.stateOf(plan)).state).toBe('approved');
      return plan;
    };

    it.each<[string, (plan: Awaited<ReturnType<typeof approved>>) => unknown, RegExp]>([
      ['when its voter left the group', () => desk.groups.set('S0RESPOND', ['U0ALICE']), /vote that was needed/],
      [
        'when its voter was deactivated',
        () => desk.people.set('U0BOB', { ...(desk.people.get('U0BOB') ?? fail()), standing: 'deactivated' }),
        /vote that was needed/,
      ],
      ['when its voter is unknown to Slack by now', () => desk.people.delete('U0BOB'), /vote that was needed/],
      ['when the policy changed', () => desk.reconfigure({ policy: { digest: 'policy-2' } }), /policy changed/],
      [
        'when its namespace became protected',
        () => desk.reconfigure({ policy: { protectedNamespaces: ['shop'] } }),
        /shop is protected/,
      ],
      ['when the service lost its namespace', () => desk.reconfigure({ service: { namespaces: ['x'] } }), /no longer/],
      ['when the service is gone', () => desk.reconfigure({ service: { name: 'other' } }), /no longer configured/],
      [
        'when its approval ran out',
        (plan) =>
          desk.db
            .updateTable('plan')
            .set({ approvalExpiresAt: new Date(0) })
            .where('id', '=', plan.id)
            .execute(),
        /approval ran out/,
      ],
      ['when the object was deleted', () => desk.kubernetes.world.remove('deployments', 'shop', 'web'), /is gone/],
      [
        'when the cluster forbids to look',
        () =>
          desk.kubernetes.faults.add({ kind: 'status', code: 403, method: 'GET', path: 'deployments/web', times: 99 }),
        /does not allow/,
      ],
    ])('%s', async (_, happens, reason) => {
      const before = desk.writes().length;
      const plan = await approved();
      await happens(plan);
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({
        state: 'cancelled',
        reason: expect.stringMatching(reason),
        outcome: undefined,
      });
      expect(desk.writes()).toHaveLength(before);
    });

    it('when somebody scaled the object meanwhile, whose change stays', async () => {
      const before = desk.writes().length;
      const plan = await approved();
      desk.kubernetes.world.edit('deployments', 'shop', 'web', (web) =>
        Object.assign(web['spec'] ?? {}, { replicas: 4 }),
      );
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({
        state: 'cancelled',
        reason: expect.stringContaining('replicas'),
      });
      expect(desk.web().replicas).toBe(4);
      expect(desk.writes()).toHaveLength(before);
    });

    it('when the object was deleted and made anew', async () => {
      const before = desk.writes().length;
      const plan = await approved();
      desk.kubernetes.world.remove('deployments', 'shop', 'web');
      desk.kubernetes.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 3 });
      await desk.work('apply-plan');

      expect(await desk.stateOf(plan)).toMatchObject({
        state: 'cancelled',
        reason: expect.stringContaining('made anew'),
      });
      expect(desk.writes()).toHaveLength(before);
      expect(desk.web().replicas).toBe(3);
    });

    it('when the hour’s changes are used up, which an undo does not count among', async () => {
      desk.reconfigure({ policy: { limits: { changesPerHour: 1, podsPerPlan: 50 } } });
      const first = await approved();
      await desk.work('apply-plan');
      const second = await approved('set env deployment/web');
      await desk.work('apply-plan');
      const run = await desk.ledger.transaction((tx) => tx.runOfPlan(first.id));
      await desk.interactions.undo({ ...desk.gesture('U0ALICE'), runId: run?.id ?? '' });
      await desk.work('propose-plan');
      const row = await desk.db
        .selectFrom('plan')
        .select('id')
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow();
      const undo = (await desk.ledger.transaction((tx) => tx.plan(row.id))) ?? fail();
      for (const user of ['U0BOB', 'U0CAROL']) await desk.vote(user, undo);
      await desk.work('decide-plan', 'apply-plan');

      expect((await desk.stateOf(first)).outcome).toBe('succeeded');
      expect(await desk.stateOf(second)).toMatchObject({
        state: 'cancelled',
        reason: expect.stringContaining('1 changes'),
      });
      expect(undo.undoOf).toBe(run?.id);
      expect((await desk.stateOf(undo)).outcome).toBe('succeeded');
      expect(desk.web()).toMatchObject({ replicas: 3, batch: '100' });
    });
  });

  it('whose stored text was changed after the vote is never run', async () => {
    const before = desk.writes().length;
    const plan = await desk.plan(up);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    const forged = plan.canonical.replaceAll('"after":5', '"after":9');
    await desk.db.updateTable('plan').set({ canonical: forged }).where('id', '=', plan.id).execute();
    await desk.work('apply-plan');

    expect(forged).not.toBe(plan.canonical);
    expect((await desk.stateOf(plan)).outcome).toBeUndefined();
    await expectUntouched(before);
  });
});

function fail(): never {
  throw new Error('it is there');
}
