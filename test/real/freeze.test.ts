/** A freeze and T1 on a real PostgreSQL, where transactions do run at the same time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { Plan } from '../../src/domain/plan.ts';
import { setFreeze, startsOf } from '../../src/flow/freeze-changes.ts';
import { eventually } from '../eventually.ts';
import { type Desk, openDesk } from '../flow/desk.ts';
import { openRealLedger } from './databases.ts';

const rounds = 12;

describe('a freeze against the start of a change', () => {
  let desk: Desk;
  let writesBefore = 0;
  beforeAll(async () => {
    desk = await openDesk({ open: () => openRealLedger({ connectionsMax: 10 }) });
  });
  beforeEach(async () => {
    await desk.reset();
    await desk.ledger.transaction((tx) => tx.liftFreeze('shop'));
    writesBefore = desk.writes().length;
  });
  afterAll(() => desk.close());

  const approved = async (): Promise<Plan> => {
    const plan = await desk.plan('deployment/web --replicas=5');
    await desk.vote('U0BOB', plan);
    await desk.work('decide-plan');
    return plan;
  };
  const freeze = () => desk.interactions.incidentCommand({ ...desk.gesture('U0ALICE'), text: 'freeze shop release' });
  const freezeOfShop = () => desk.ledger.transaction(async (tx) => (await tx.freezes())[0]);
  const runOf = (plan: Plan) => desk.ledger.transaction((tx) => tx.runOfPlan(plan.id));

  /** Somebody waits for a lock of this type in this database. */
  const waits = (type: 'advisory' | 'relation') =>
    eventually(`somebody waits for a lock (${type})`, async () => {
      const { rows } = await sql<{ waiting: number }>`
        select count(*)::int as waiting from pg_locks
        where not granted and locktype = ${type}
          and database = (select oid from pg_database where datname = current_database())`.execute(desk.db);
      return (rows[0]?.waiting ?? 0) > 0;
    });

  it('holds T1 until it is committed, and T1 then refuses', async () => {
    const plan = await approved();
    const isSet = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    // As a process that does not know of this plan would set it.
    const freezing = desk.ledger.transaction(async (tx) => {
      await tx.lock(startsOf('shop'));
      await tx.putFreeze({ scope: 'shop', by: 'U0ALICE', byName: 'Alice' });
      isSet.resolve();
      await mayCommit.promise;
    });
    await isSet.promise;
    const applying = desk.work('apply-plan');
    await waits('advisory');
    const whileWaiting = await desk.stateOf(plan);
    mayCommit.resolve();
    await Promise.all([freezing, applying]);

    expect(whileWaiting).toMatchObject({ state: 'approved' });
    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: 'Changes to shop are frozen by Alice, who gave no reason.',
    });
    expect(await runOf(plan)).toBeUndefined();
    expect(desk.writes()).toHaveLength(writesBefore);
  });

  it('of all holds T1 of a service that the process of the freeze does not know', async () => {
    const plan = await approved();
    const isSet = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const freezing = desk.ledger.transaction(async (tx) => {
      await setFreeze(tx, [], { scope: '*', user: 'U0CAROL', userName: 'Carol' });
      isSet.resolve();
      await mayCommit.promise;
    });
    await isSet.promise;
    const applying = desk.work('apply-plan');
    await waits('advisory').finally(mayCommit.resolve);
    await Promise.all([freezing, applying]);
    const run = await runOf(plan);
    await desk.ledger.transaction((tx) => tx.liftFreeze('*'));

    expect(await desk.stateOf(plan)).toMatchObject({
      state: 'cancelled',
      reason: 'Changes to every service are frozen by Carol, who gave no reason.',
    });
    expect(run).toBeUndefined();
    expect(desk.writes()).toHaveLength(writesBefore);
  });

  it('lets plans of several services start at the same time', async () => {
    const isShared = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const starting = desk.ledger.transaction(async (tx) => {
      await tx.lock(startsOf('*'), 'shared');
      isShared.resolve();
      await mayCommit.promise;
    });
    await isShared.promise;
    const plan = await approved();

    await desk.work('apply-plan');
    mayCommit.resolve();
    await starting;

    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
  });

  it('that comes while T1 takes the run waits for it, and cancels nothing that has begun', async () => {
    const plan = await approved();
    const isHeld = Promise.withResolvers<void>();
    const mayGoOn = Promise.withResolvers<void>();
    // T1 stops where it stores the request: its locks are taken and its checks are behind it.
    const holding = desk.db.transaction().execute(async (trx) => {
      await sql`lock table attempt in exclusive mode`.execute(trx);
      isHeld.resolve();
      await mayGoOn.promise;
    });
    await isHeld.promise;
    const applying = desk.work('apply-plan');
    await waits('relation');
    const freezing = freeze();
    await waits('advisory');
    const whileWaiting = await freezeOfShop();
    mayGoOn.resolve();
    const [, answer] = await Promise.all([holding, freezing, applying]);

    expect(whileWaiting).toBeUndefined();
    expect(answer).toMatchObject({ kind: 'accepted', text: expect.not.stringContaining('cancelled') });
    expect(await desk.stateOf(plan)).toMatchObject({ state: 'approved', outcome: 'succeeded' });
    expect(desk.writes()).toHaveLength(writesBefore + 1);
  });

  it(`either comes too late or leaves no run, in ${rounds} races`, async () => {
    const ends: string[] = [];
    for (let round = 0; round < rounds; round++) {
      await desk.reset();
      const before = desk.writes().length;
      const plan = await approved();

      await Promise.all([desk.work('apply-plan'), freeze()]);

      const [{ state }, run, standing] = [await desk.stateOf(plan), await runOf(plan), await freezeOfShop()];
      ends.push(run ? 'run' : 'cancelled');
      expect(standing?.scope).toBe('shop');
      expect(desk.writes().length - before).toBe(run ? 1 : 0);
      expect(state).toBe(run ? 'approved' : 'cancelled');
      // 0 where nothing has begun.
      expect(run?.startedAt.getTime() ?? 0).toBeLessThanOrEqual(standing?.since.getTime() ?? -1);
      await desk.ledger.transaction((tx) => tx.liftFreeze('shop'));
    }
    expect(ends).toHaveLength(rounds);
  });
});
