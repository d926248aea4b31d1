import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Freeze } from '../../src/domain/freeze.ts';
import { type Desk, openDesk } from './desk.ts';

const up = 'deployment/web --replicas=5';
const down = 'deployment/web --replicas=1';

describe('a freeze', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.ledger.transaction(async (tx) => {
      for (const { scope } of await tx.freezes()) await tx.liftFreeze(scope);
    });
    writesBefore = desk.writes().length;
  });
  afterAll(() => desk.close());

  const incident = (user: string, text: string) => desk.interactions.incidentCommand({ ...desk.gesture(user), text });
  const freezes = (): Promise<readonly Freeze[]> => desk.ledger.transaction((tx) => tx.freezes());
  const journal = async (kind: string) =>
    desk.db.selectFrom('journal').selectAll().where('kind', '=', kind).orderBy('id').execute();
  const approved = async (command = up) => {
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };

  it('cancels what is approved and has not begun, at once and with the reason', async () => {
    const plan = await approved();

    const answer = await incident('U0ALICE', 'freeze shop payment provider is away');

    expect(answer).toMatchObject({ kind: 'accepted', text: expect.stringContaining('1 approved plan was cancelled') });
    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: 'Changes to shop are frozen by ALICE: payment provider is away.',
    });
    await desk.work('apply-plan', 'expire-plan');
    expect(await desk.attemptsOf(plan)).toEqual([]);
    expect(desk.writes()).toHaveLength(writesBefore);
    expect((await journal('freeze.set')).at(-1)).toMatchObject({
      actor: 'U0ALICE',
      data: { scope: 'shop', reason: 'payment provider is away' },
    });
  });

  it('that comes between the approval and T1 has T1 refuse', async () => {
    const plan = await approved();
    // As another process would have set it, without looking for plans.
    await desk.ledger.transaction((tx) => tx.putFreeze({ scope: '*', by: 'U0CAROL', reason: 'election night' }));

    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: 'Changes to every service are frozen by U0CAROL: election night.',
    });
    expect(desk.writes()).toHaveLength(writesBefore);
  });

  it('leaves alone what has begun', async () => {
    const plan = await approved();
    await desk.work('apply-plan');

    await incident('U0ALICE', 'freeze shop');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect(desk.web().replicas).toBe(5);
  });

  it('leaves other services alone', async () => {
    const plan = await approved();
    await desk.ledger.transaction((tx) => tx.putFreeze({ scope: 'bank', by: 'U0CAROL' }));

    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('takes no votes, and says who froze it and why', async () => {
    const plan = await desk.plan(down);
    await incident('U0ALICE', 'freeze shop stock-taking');

    const answers = [await desk.vote('U0BOB', plan), await desk.vote('U0CAROL', plan, 'deny')];

    const refusal = {
      kind: 'refused',
      text: expect.stringContaining('Changes to shop are frozen by ALICE: stock-taking.'),
    };
    expect(answers).toEqual([refusal, refusal]);
    expect(await desk.votesOf(plan)).toEqual([]);
    expect((await desk.stateOf(plan)).state).toBe('proposed');
  });

  it('lets a plan be made and looked at, and its votes count once it is lifted', async () => {
    await incident('U0ALICE', 'freeze shop');
    const plan = await desk.plan(up);
    const early = await desk.vote('U0BOB', plan);
    const lifted = await incident('U0BOB', 'unfreeze shop');
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan', 'apply-plan');

    expect(early.kind).toBe('refused');
    expect(lifted).toMatchObject({ kind: 'accepted', text: 'The freeze of shop was lifted by BOB.' });
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect((await journal('freeze.lifted')).at(-1)).toMatchObject({ actor: 'U0BOB', data: { scope: 'shop' } });
  });

  it('counts an undo as a change', async () => {
    const plan = await approved();
    await desk.work('apply-plan');
    await incident('U0ALICE', 'freeze shop');
    const run = await desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));

    const asked = await desk.interactions.undo({ ...desk.gesture('U0ALICE'), runId: run?.id ?? '' });

    expect(asked).toMatchObject({ kind: 'refused', text: expect.stringContaining('An undo is a change too') });
  });

  it.each([
    ['U0DAVE', 'Only responders of shop', 'freeze shop'],
    ['U0GUEST', 'A guest of this workspace', 'freeze shop'],
    ['U0ALICE', 'Only approvers of the policy', 'freeze all'],
    ['U0DAVE', 'Only responders of shop', 'unfreeze all'],
    ['U0ALICE', 'Only approvers of the policy', 'unfreeze all'],
    ['U0ALICE', 'say what: /incident freeze and all or a service’s name', 'freeze'],
    ['U0ALICE', 'say what: /incident unfreeze and all or a service’s name', 'unfreeze'],
    ['U0ALICE', 'There is no service bank', 'unfreeze bank'],
    ['U0ALICE', 'There is no freeze of shop', 'unfreeze shop'],
    ['U0ALICE', 'The reason has 301 characters', `freeze shop ${'x'.repeat(301)}`],
  ])('may be refused to %s: %s', async (user, why, text) => {
    const answer = await incident(user, text);

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining(why) });
    expect(await freezes()).toEqual([]);
  });

  it('of everything is for approvers, and outlives the freeze of one service', async () => {
    await incident('U0CAROL', 'freeze all black friday');
    await incident('U0ALICE', 'freeze SHOP');
    const lifted = await incident('U0ALICE', 'unfreeze shop');

    expect(await freezes()).toMatchObject([{ scope: '*', by: 'U0CAROL', byName: 'CAROL', reason: 'black friday' }]);
    expect(lifted).toMatchObject({ text: expect.stringContaining('every service are frozen by CAROL: black friday') });
  });

  it('that was received before is not set twice', async () => {
    const gesture = { ...desk.gesture('U0ALICE'), text: 'freeze shop' };
    await desk.interactions.incidentCommand(gesture);
    await incident('U0ALICE', 'unfreeze shop');

    const again = await desk.interactions.incidentCommand(gesture);

    expect(again).toMatchObject({ kind: 'refused', text: expect.stringContaining('already received') });
    expect(await freezes()).toEqual([]);
  });

  it('cannot be set while Slack cannot say who asks', async () => {
    desk.directory.away = true;

    const answer = await incident('U0ALICE', 'freeze shop');

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining('could not say who you are') });
    expect(await freezes()).toEqual([]);
  });
});
