/** Being on call by PagerDuty counts while it lasts, and doubt about it neither approves nor stops others. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OnCallPerson } from '../../src/flow/pager/on-call.ts';
import { type Desk, openDesk } from './desk.ts';

const up = 'deployment/web --replicas=5';
const down = 'deployment/web --replicas=1';

const onCall = (name: string, level: number): OnCallPerson => ({
  user: { id: `P${name}`, name },
  level,
  identity: `${name.toLowerCase()}@example.com`,
});

describe('a vote of somebody who is on call by PagerDuty', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    // Nobody but these by firebreak.yaml.
    desk.reconfigure({ service: { responders: { slack: ['U0ALICE', 'U0CAROL'], onCall: [] } } });
  });
  afterAll(() => desk.close());

  it('counts, at any level', async () => {
    desk.rota.people.push(onCall('Dave', 2));
    const plan = await desk.plan(up);
    await desk.vote('U0DAVE', plan);

    await desk.work('decide-plan', 'apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('counts no more when the shift ended before the change could start', async () => {
    desk.rota.people.push(onCall('Dave', 1));
    const plan = await desk.plan(up);
    await desk.vote('U0DAVE', plan);
    await desk.work('decide-plan');
    desk.rota.people.splice(0);

    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('no longer counts'),
    });
    expect(desk.web()).toMatchObject({ replicas: 3 });
  });

  it.each([
    [1, 'approved'],
    [2, 'proposed'],
  ] as const)('of level %i on their own plan leaves it %s', async (level, state) => {
    desk.rota.people.push(onCall('Alice', level));
    const plan = await desk.plan(up, 'U0ALICE');
    await desk.vote('U0ALICE', plan);

    await desk.work('decide-plan');

    expect((await desk.stateOf(plan)).state).toBe(state);
  });

  it('waits while PagerDuty is away, and counts when it is back', async () => {
    desk.rota.people.push(onCall('Dave', 1));
    const plan = await desk.plan(up);
    await desk.vote('U0DAVE', plan);
    desk.rota.away = true;
    await desk.work('decide-plan');
    const during = { state: await desk.stateOf(plan), votes: await desk.votesOf(plan) };
    desk.rota.away = false;
    await desk.dueNow('decide-plan');

    await desk.work('decide-plan', 'apply-plan');

    expect(during.state.state).toBe('proposed');
    expect(during.votes).toMatchObject([
      { voter: 'U0DAVE', counted: false, reason: expect.stringContaining('it is asked again') },
    ]);
    expect(await desk.votesOf(plan)).toMatchObject([{ voter: 'U0DAVE', counted: true }]);
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that was counted starts nothing while PagerDuty is away, and starts it when it is back', async () => {
    desk.rota.people.push(onCall('Dave', 1));
    const plan = await desk.plan(up);
    await desk.vote('U0DAVE', plan);
    await desk.work('decide-plan');
    desk.rota.away = true;
    await desk.work('apply-plan');
    const during = { ...(await desk.stateOf(plan)), replicas: desk.web().replicas };
    desk.rota.away = false;
    await desk.dueNow('apply-plan');

    await desk.work('apply-plan');

    expect(during).toMatchObject({ state: 'approved', outcome: undefined, replicas: 3 });
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that cannot be checked does not keep those whom firebreak.yaml names from deciding', async () => {
    desk.rota.away = true;
    const plan = await desk.plan(up, 'U0CAROL');
    await desk.vote('U0DAVE', plan);
    await desk.vote('U0ALICE', plan);

    await desk.work('decide-plan', 'apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that being on call would not help is not asked about again', async () => {
    desk.rota.away = true;
    const plan = await desk.plan(down, 'U0CAROL');
    await desk.vote('U0GUEST', plan);
    await desk.vote('U0ALICE', plan);
    await desk.work('decide-plan');

    expect(await desk.votesOf(plan)).toMatchObject([
      { voter: 'U0GUEST', counted: false, reason: expect.stringContaining('guest') },
      { voter: 'U0ALICE', counted: true },
    ]);
    const waiting = await desk.db
      .selectFrom('work')
      .selectAll()
      .where('kind', '=', 'decide-plan')
      .where('doneAt', 'is', null)
      .execute();
    expect(waiting).toEqual([]);
  });

  it('that denies is not overtaken by an approval while PagerDuty is away, and stops the plan when it is back', async () => {
    desk.rota.people.push(onCall('Dave', 1));
    desk.rota.away = true;
    const plan = await desk.plan(up, 'U0CAROL');
    await desk.vote('U0DAVE', plan, 'deny');
    await desk.vote('U0ALICE', plan);
    await desk.work('decide-plan', 'apply-plan');
    const during = { state: await desk.stateOf(plan), votes: await desk.votesOf(plan) };
    desk.rota.away = false;
    await desk.dueNow('decide-plan');

    await desk.work('decide-plan', 'apply-plan');

    expect(during.state).toMatchObject({ state: 'proposed', outcome: undefined });
    expect(during.votes).toMatchObject([
      { voter: 'U0DAVE', counted: false, reason: expect.stringContaining('it is asked again') },
      { voter: 'U0ALICE', counted: true },
    ]);
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'denied', reason: 'denied by DAVE' });
    expect(desk.web()).toMatchObject({ replicas: 3 });
  });

  it('that denies without being on call lets the plan go on when PagerDuty is back', async () => {
    desk.rota.away = true;
    const plan = await desk.plan(up, 'U0CAROL');
    await desk.vote('U0DAVE', plan, 'deny');
    await desk.vote('U0ALICE', plan);
    await desk.work('decide-plan', 'apply-plan');
    const during = (await desk.stateOf(plan)).state;
    desk.rota.away = false;
    await desk.dueNow('decide-plan');

    await desk.work('decide-plan', 'apply-plan');

    expect(during).toBe('proposed');
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that denied without counting starts nothing while PagerDuty is away, and what was approved when it is back', async () => {
    const plan = await desk.plan(up, 'U0CAROL');
    await desk.vote('U0DAVE', plan, 'deny');
    await desk.vote('U0ALICE', plan);
    await desk.work('decide-plan');
    desk.rota.away = true;
    await desk.work('apply-plan');
    const during = { ...(await desk.stateOf(plan)), replicas: desk.web().replicas };
    desk.rota.away = false;
    await desk.dueNow('apply-plan');

    await desk.work('apply-plan');

    expect(during).toMatchObject({ state: 'approved', outcome: undefined, replicas: 3 });
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that never can be checked ends with the plan', async () => {
    desk.rota.away = true;
    const plan = await desk.plan(up);
    await desk.vote('U0DAVE', plan);
    await desk.work('decide-plan');
    await desk.db
      .updateTable('plan')
      .set({ expiresAt: new Date(0) })
      .where('id', '=', plan.id)
      .execute();
    await desk.dueNow('decide-plan');

    await desk.work('decide-plan');

    expect((await desk.stateOf(plan)).state).toBe('expired');
  });

  it('counts once for two accounts of one person', async () => {
    desk.rota.people.push(onCall('Bob', 1));
    const plan = await desk.plan(down);
    await desk.vote('U0BOB', plan);
    await desk.vote('U0BOB2', plan);

    await desk.work('decide-plan');

    expect((await desk.stateOf(plan)).state).toBe('proposed');
    expect(await desk.votesOf(plan)).toMatchObject([
      { voter: 'U0BOB', counted: true },
      { voter: 'U0BOB2', counted: false, reason: expect.stringContaining('same person') },
    ]);
  });

  it('is told apart at the door from that of a stranger to the service when PagerDuty is away', async () => {
    desk.rota.away = true;
    const place = { postingId: desk.postingId, ordinal: desk.stepOf(up) };

    const answer = await desk.interactions.useStep({ ...desk.gesture('U0DAVE'), place });

    expect(answer).toMatchObject({ kind: 'refused', text: expect.stringContaining('PagerDuty cannot say just now') });
  });
});
