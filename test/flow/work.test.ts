import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InvariantError, OperationError } from '../../src/domain/errors.ts';
import type { NewWork, Work, WorkKind } from '../../src/domain/work.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import type { FailpointName, Log } from '../../src/flow/ports.ts';
import { createWorker, type Handler, startSweeper } from '../../src/flow/work.ts';
import { eventually } from '../eventually.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';

describe('a worker', () => {
  let opened: TestLedger;
  let logged: [level: string, message: string][];
  let log: Log;
  let counter = 0;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    logged = [];
    const note = (level: string) => (_: object, message: string) => void logged.push([level, message]);
    log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  });

  const unexpected: Handler = (work) => Promise.reject(new InvariantError(`no ${work.kind} was expected`));
  const worker = (
    handler: Handler,
    options: Partial<Parameters<typeof createWorker>[0]> & { kind?: WorkKind } = {},
  ): { readonly perform: (id: string) => Promise<void> } => {
    const { kind = 'read-step', ...rest } = options;
    return createWorker({ ledger: opened.ledger, handlers: { [kind]: handler }, log, ...rest });
  };
  const enqueue = async (over: Partial<NewWork> = {}): Promise<string> => {
    const before = opened.offers.length;
    await opened.ledger.transaction((tx) =>
      tx.enqueue({ kind: 'read-step', subject: `s${++counter}`, lane: 'status', ...over }),
    );
    return opened.offers[before]?.id ?? '';
  };
  const row = (id: string) => opened.db.selectFrom('work').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  const dueNow = (id: string) =>
    opened.db
      .updateTable('work')
      .set({ dueAt: new Date(0) })
      .where('id', '=', id)
      .execute();
  const nothing: Handler = async () => async () => {};

  it('does the work once and settles it with its outcome in one commit', async () => {
    const id = await enqueue();
    const seen: Work[] = [];
    const { perform } = worker(async (work) => {
      seen.push(work);
      return (tx) => tx.journal({ kind: 'test.settled', incidentId: `i${id}`, actor: 'firebreak', data: {} });
    });

    await perform(id);
    await perform(id);

    expect(seen).toMatchObject([{ id, kind: 'read-step', attempts: 1 }]);
    expect((await row(id)).doneAt).toBeInstanceOf(Date);
    expect(await opened.ledger.transaction((tx) => tx.timeline(`i${id}`, 5))).toHaveLength(1);
    expect(logged).toEqual([]);
  });

  it.each([['none'], ['999999999'], ['']])('does nothing for the id %j', async (id) => {
    await worker(unexpected).perform(id);

    expect(logged).toEqual([]);
  });

  it('leaves work of a kind that only a newer version knows to a process of that version', async () => {
    const id = await enqueue({ kind: 'publish' });
    const older = worker(unexpected, { kind: 'read-step', attemptsMax: 1 });
    const newer = worker(nothing, { kind: 'publish' });

    await older.perform(id);
    const left = await row(id);
    await dueNow(id);
    await newer.perform(id);

    expect(left).toMatchObject({ doneAt: null, failedAt: null, claimedBy: null, attempts: 0 });
    expect((await row(id)).doneAt).toBeInstanceOf(Date);
  });

  it('polls for as long as the handler says, without counting attempts', async () => {
    const id = await enqueue();
    let polls = 0;
    const { perform } = worker(async () => async () => (++polls < 30 ? { againInMs: 1 } : undefined), {
      attemptsMax: 3,
    });

    await eventually('it is done', async () => {
      await perform(id);
      return (await row(id)).doneAt !== null;
    });

    expect(polls).toBe(30);
    expect((await row(id)).attempts).toBe(1);
  });

  it.each([
    ['a first failure', 1, undefined, 1_000],
    ['a third failure', 3, undefined, 4_000],
    ['a tenth failure', 10, undefined, 60_000],
    ['an outage of known length', 1, 17_000, 17_000],
  ])('tries again later after %s', async (_, attempts, retryAfterMs, pauseMs) => {
    const id = await enqueue();
    await opened.db
      .updateTable('work')
      .set({ attempts: attempts - 1 })
      .where('id', '=', id)
      .execute();
    const { perform } = worker(() =>
      Promise.reject(
        new OperationError('chat-unavailable', 'Slack asked us to come back.', {
          retryable: true,
          ...(retryAfterMs !== undefined && { retryAfterMs }),
        }),
      ),
    );

    await perform(id);

    const after = await row(id);
    expect(after).toMatchObject({
      attempts,
      error: 'Slack asked us to come back.',
      doneAt: null,
      failedAt: null,
      claimedBy: null,
    });
    const [offer] = opened.offers.filter((offered) => offered.id === id).slice(-1);
    expect(offer?.delayMs).toBe(pauseMs);
    expect(logged).toEqual([['warn', 'work failed and will be tried again']]);
  });

  it.each(['chat-rate-limited', 'pager-rate-limited'] as const)(
    'waits for its turn after %s for ever, which is no attempt and no warning',
    async (code) => {
      const id = await enqueue({ kind: 'publish', coalesce: true });
      const limited = new OperationError(code, 'It is not our turn.', { retryable: true, retryAfterMs: 7_000 });
      const { perform } = worker(() => Promise.reject(limited), { kind: 'publish', attemptsMax: 2 });

      for (let time = 1; time <= 5; time++) {
        await dueNow(id);
        await perform(id);
      }

      expect(await row(id)).toMatchObject({ attempts: 0, failedAt: null, error: 'It is not our turn.' });
      expect(opened.offers.findLast((offered) => offered.id === id)?.delayMs).toBe(7_000);
      expect(logged.filter(([level]) => level !== 'debug')).toEqual([]);
    },
  );

  it('goes on with a message for a day while the chat is away', async () => {
    const away = new OperationError('chat-ambiguous', 'Slack is away.', { retryable: true });
    const id = await enqueue({ kind: 'publish' });
    const after = async (attempts: number) => {
      await opened.db
        .updateTable('work')
        .set({ attempts, dueAt: new Date(0) })
        .where('id', '=', id)
        .execute();
      await worker(() => Promise.reject(away), { kind: 'publish' }).perform(id);
      return (await row(id)).failedAt;
    };

    expect(await after(1_438)).toBeNull();
    expect(await after(1_439)).toBeInstanceOf(Date);
  });

  it.each(['reconcile', 'retain'] as const)('never gives up %s, which nothing would begin again', async (kind) => {
    const away = new OperationError('ledger-unavailable', 'The ledger is away.', { retryable: true });
    const id = await enqueue({ kind });
    await opened.db.updateTable('work').set({ attempts: 100_000 }).where('id', '=', id).execute();

    await worker(() => Promise.reject(away), { kind }).perform(id);

    expect(await row(id)).toMatchObject({ failedAt: null, doneAt: null, attempts: 100_001 });
  });

  it.each<[string, unknown, number]>([
    ['an error that repeating cannot help', new OperationError('chat-rejected', 'No.', { retryable: false }), 1],
    ['a broken promise of ours', new InvariantError('No.'), 1],
    ['the last attempt', new OperationError('chat-unavailable', 'No.', { retryable: true }), 20],
    ['the fifth surprise', new TypeError('x is undefined'), 5],
  ])('fails for good on %s, and the journal says so', async (_, error, attempts) => {
    const id = await enqueue();
    await opened.db
      .updateTable('work')
      .set({ attempts: attempts - 1 })
      .where('id', '=', id)
      .execute();

    await worker(() => Promise.reject(error)).perform(id);

    expect((await row(id)).failedAt).toBeInstanceOf(Date);
    expect(logged).toEqual([['error', 'work failed for good']]);
    const entries = await opened.db.selectFrom('journal').selectAll().where('kind', '=', 'work.failed').execute();
    expect(entries.map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ work: id, kind: 'read-step', attempts }),
    );
  });

  it.each([
    ['a surprise', new TypeError('password is hunter2'), 4],
    ['the last but one attempt', new OperationError('chat-unavailable', 'Slack is away.', { retryable: true }), 19],
  ])('still tries again after %s', async (_, error, attempts) => {
    const id = await enqueue();
    await opened.db
      .updateTable('work')
      .set({ attempts: attempts - 1 })
      .where('id', '=', id)
      .execute();

    await worker(() => Promise.reject(error)).perform(id);

    const after = await row(id);
    expect(after).toMatchObject({ failedAt: null, doneAt: null, attempts });
    expect(after.error).not.toContain('hunter2');
  });

  it('keeps nothing of a settling that throws, and does it all again', async () => {
    const id = await enqueue();
    let tries = 0;
    const { perform } = worker(async () => async (tx) => {
      await tx.journal({ kind: 'test.half', incidentId: `h${id}`, actor: 'firebreak', data: {} });
      if (++tries === 1) throw new OperationError('ledger-conflict', 'Somebody else.', { retryable: true });
    });

    await perform(id);
    expect(await opened.ledger.transaction((tx) => tx.timeline(`h${id}`, 5))).toEqual([]);
    await dueNow(id);
    await perform(id);

    expect(await opened.ledger.transaction((tx) => tx.timeline(`h${id}`, 5))).toHaveLength(1);
    expect((await row(id)).doneAt).toBeInstanceOf(Date);
  });

  it('renews the lease for as long as the handler runs', async () => {
    const id = await enqueue();
    const { perform } = worker(
      async () => {
        const first = (await row(id)).claimedUntil;
        await eventually('the lease was extended', async () => ((await row(id)).claimedUntil ?? 0) > (first ?? 0));
        return async () => {};
      },
      { leaseMs: 60_000, renewEveryMs: 5 },
    );

    await perform(id);

    expect((await row(id)).doneAt).toBeInstanceOf(Date);
  });

  it('tells the handler that the lease was lost, and commits nothing of it', async () => {
    const id = await enqueue();
    let reason: unknown;
    const { perform } = worker(
      async (_, signal) => {
        await opened.db.updateTable('work').set({ claimedBy: 'another' }).where('id', '=', id).execute();
        await eventually('the signal aborts', () => signal.aborted);
        reason = signal.reason;
        return (tx) => tx.journal({ kind: 'test.late', incidentId: `l${id}`, actor: 'firebreak', data: {} });
      },
      { renewEveryMs: 5 },
    );

    await perform(id);

    expect(reason).toMatchObject({ code: 'lease-lost' });
    expect(await opened.ledger.transaction((tx) => tx.timeline(`l${id}`, 5))).toEqual([]);
    expect(await row(id)).toMatchObject({ claimedBy: 'another', doneAt: null, failedAt: null });
    expect(logged).toEqual([['info', 'work was taken over']]);
  });

  it('gives up a lease that it could not renew for its whole length', async () => {
    const id = await enqueue();
    const ledger: Ledger = {
      ...opened.ledger,
      renewWork: () => Promise.reject(new OperationError('ledger-unavailable', 'Away.', { retryable: true })),
    };
    let aborted = false;
    const { perform } = worker(
      async (_, signal) => {
        await eventually('the signal aborts', () => signal.aborted);
        aborted = true;
        return async () => {};
      },
      { ledger, leaseMs: 50, renewEveryMs: 5 },
    );

    await perform(id);

    expect(aborted).toBe(true);
  });

  it('never throws, also when the ledger is away', async () => {
    const away = () => Promise.reject(new OperationError('ledger-unavailable', 'Away.', { retryable: true }));
    const id = await enqueue();

    await worker(nothing, { ledger: { ...opened.ledger, claimWork: away } }).perform(id);
    await worker(nothing, { ledger: { ...opened.ledger, transaction: away } }).perform(id);

    expect(logged.map(([level]) => level)).toEqual(['warn', 'warn', 'warn']);
    expect((await row(id)).doneAt).toBeNull();
  });

  it.each<[WorkKind, readonly FailpointName[]]>([
    ['decide-plan', ['decide:after-commit']],
    ['apply-plan', ['t2:after-commit']],
    ['publish', []],
  ])('passes the places of crash tests after the commit of %s', async (kind, names) => {
    const id = await enqueue({ kind });
    const passed: FailpointName[] = [];

    await worker(nothing, { kind, failpoint: (name) => void passed.push(name) }).perform(id);

    expect(passed).toEqual(names);
  });

  it('hears from the sweeper of what nobody has claimed, until the sweeper stops', async () => {
    const id = await enqueue();
    let awake: string[] = [];
    let away = true;
    const stop = startSweeper({
      ledger: {
        ...opened.ledger,
        dueWork: (limit) =>
          away
            ? Promise.reject(new OperationError('ledger-unavailable', 'Away.', { retryable: true }))
            : opened.ledger.dueWork(limit),
      },
      queue: { wake: async (work) => void awake.push(...work.map((each) => each.id)) },
      everyMs: 5,
      log,
    });

    await eventually('the outage is logged', () => logged.length > 0);
    away = false;
    await eventually('it is offered twice', () => awake.filter((each) => each === id).length >= 2);
    await worker(nothing).perform(id);
    awake = [];
    await stop();

    expect(awake.filter((each) => each === id).length).toBeLessThanOrEqual(1);
    expect(logged.filter(([level]) => level === 'warn')).toHaveLength(1);
  });
});
