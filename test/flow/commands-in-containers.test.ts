/** From votes to the end of a command in a container: sent at most once, its output kept, its exit code believed. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Plan } from '../../src/domain/plan.ts';
import type { Ended } from '../../src/sandbox/kubernetes/programs.ts';
import { type Desk, openDesk } from './desk.ts';

const command = 'kubectl exec deployment/web';
const onExec = { method: 'GET', path: '/exec' } as const;

describe('a command in a container', () => {
  let desk: Desk;
  let ranBefore = 0;
  beforeAll(async () => {
    desk = await openDesk();
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.kubernetes.settle();
    ranBefore = desk.kubernetes.programs.ran.length;
  });
  afterAll(() => desk.close());

  const ran = () => desk.kubernetes.programs.ran.slice(ranBefore);
  const migrates = (ended: Ended): void =>
    desk.kubernetes.programs.add({ namespace: 'shop', labels: { app: 'web' }, argv: ['migrate'], run: () => ended });
  const approved = async (): Promise<Plan> => {
    const plan = await desk.plan(command);
    for (const user of ['U0BOB', 'U0CAROL']) await desk.vote(user, plan);
    await desk.work('decide-plan');
    return plan;
  };
  const runOf = (plan: Plan) => desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));
  const verified = async (plan: Plan) => {
    await desk.dueNow('verify-plan');
    await desk.work('verify-plan');
    return runOf(plan);
  };

  it('needs the votes of a destructive plan', async () => {
    migrates({});
    const plan = await desk.plan(command);
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan', 'apply-plan');

    expect(plan.content).toMatchObject({ class: 'destructive', target: { kind: 'Pod' }, undo: { kind: 'none' } });
    expect((await desk.stateOf(plan)).state).toBe('proposed');
    expect(ran()).toEqual([]);
  });

  it('runs once in the pod that was approved, and its output is kept without secrets', async () => {
    migrates({ out: 'applied 3\n', err: 'db_password=hunter2\n' });
    const plan = await approved();
    await desk.work('apply-plan');

    expect(ran()).toEqual([{ pod: plan.content.target.name, container: 'web', argv: ['migrate', 'up'] }]);
    expect(await verified(plan)).toMatchObject({
      outcome: 'succeeded',
      outcomeText: 'it was carried out and ended with exit code 0',
      output: { text: 'applied 3\ndb_password=(masked)\n', exitCode: 0 },
      verification: 'passed',
    });
    expect(desk.kubernetes.audit.filter(({ objectRef }) => objectRef?.subresource === 'exec').at(-1)?.auditID).toBe(
      (await desk.attemptsOf(plan))[0]?.auditId,
    );
  });

  it('that fails was carried out, and its verification fails with the exit code', async () => {
    migrates({ err: 'no such table\n', exitCode: 4 });
    const plan = await approved();
    await desk.work('apply-plan');

    expect(await verified(plan)).toMatchObject({
      outcome: 'succeeded',
      output: { text: 'no such table\n', exitCode: 4 },
      verification: 'failed',
      verificationText: 'It ended with exit code 4',
    });
  });

  it('whose answer is lost is unknown, and never sent again', async () => {
    migrates({ out: 'applied 3\n' });
    const plan = await approved();
    desk.kubernetes.faults.add({ kind: 'lost-reply', ...onExec });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'unknown' });
    expect(await desk.attemptsOf(plan)).toHaveLength(1);
    expect(ran()).toHaveLength(1);
  });

  it('whose connection broke before the server saw it is unknown too', async () => {
    migrates({});
    const plan = await approved();
    desk.kubernetes.faults.add({ kind: 'reset-before', ...onExec });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'unknown' });
    expect(await desk.attemptsOf(plan)).toHaveLength(1);
    expect(ran()).toEqual([]);
  });

  it('is refused, with no effect, when the server says no', async () => {
    migrates({});
    const plan = await approved();
    desk.kubernetes.faults.add({ kind: 'status', code: 403, ...onExec });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ outcome: 'refused' });
    expect(ran()).toEqual([]);
  });

  it('is not even begun when our account may not any more', async () => {
    migrates({});
    const plan = await approved();
    desk.kubernetes.deny.push({ verb: '*', resource: 'pods/exec' });
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringContaining('may not get pods/exec in shop'),
    });
    expect(ran()).toEqual([]);
  });

  it('is cancelled when its pod is gone by then', async () => {
    migrates({});
    const plan = await approved();
    desk.kubernetes.world.remove('pods', 'shop', plan.content.target.name);
    await desk.work('apply-plan');

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'cancelled', reason: expect.stringContaining('gone') });
    expect(ran()).toEqual([]);
  });
});
