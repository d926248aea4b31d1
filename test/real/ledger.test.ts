import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { Client } from 'pg';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { sealJournal } from '../../src/adapters/postgres/journal.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import { migrateLedger } from '../../src/adapters/postgres/migrations/migrate.ts';
import { verifyJournal } from '../../src/adapters/postgres/verify-journal.ts';
import type { NewWork, Work } from '../../src/domain/work.ts';
import { holdsLedgerContract } from '../contracts/ledger.ts';
import { leastPlan, leastRun, uid } from '../contracts/samples.ts';
import { eventually } from '../eventually.ts';
import { silent } from '../ledger.ts';
import { createDatabase, openRealLedger } from './databases.ts';

describe('the ledger on PostgreSQL', () => {
  holdsLedgerContract(() => openRealLedger());
});

describe('the ledger on PostgreSQL under contention', () => {
  let opened: Awaited<ReturnType<typeof openRealLedger>>;
  beforeAll(async () => {
    opened = await openRealLedger({ connectionsMax: 20 });
  });
  afterAll(() => opened.close());
  const times = <T>(count: number, run: (index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => run(index)));
  const enqueue = (...news: NewWork[]) =>
    opened.ledger.transaction(async (tx) => {
      for (const each of news) await tx.enqueue(each);
    });
  const rowsOf = async (subject: string) =>
    opened.db.selectFrom('work').selectAll().where('subject', '=', subject).orderBy('id').execute();

  it('gives one row to one of 16 claimers, every time', async () => {
    for (let round = 0; round < 20; round++) {
      const subject = uid('read');
      await enqueue({ kind: 'read-step', subject, lane: 'status' });
      const id = (await rowsOf(subject))[0]?.id ?? '';

      const claims = await times(16, () => opened.ledger.claimWork(id, 60_000));

      expect(claims.filter(Boolean)).toHaveLength(1);
    }
  });

  it('coalesces what many transactions ask for at once', async () => {
    const subject = uid('card');

    await times(40, () => enqueue({ kind: 'publish', subject, lane: 'status', coalesce: true }));

    expect(await rowsOf(subject)).toHaveLength(1);
  });

  it('does not let coalescing work be claimed before the change that joined it is committed', async () => {
    const { ledger } = opened;
    const key = uid('card');
    await ledger.transaction((tx) => tx.putMessage({ key, kind: 'notice', subject: 's', channel: 'C' }, 'status'));
    const id = (await rowsOf(key))[0]?.id ?? '';
    await eventually('it is due', async () => (await ledger.dueWork(1_000)).some((due) => due.id === id));
    // The statements of a touch, held open before the commit.
    const other = new Client({ connectionString: opened.url });
    await other.connect();
    await other.query('begin');
    await other.query('update message set revision = revision + 1 where key = $1', [key]);
    await other.query(
      `insert into work (kind, subject, lane, coalesces) values ('publish', $1, 'status', true)
       on conflict (kind, subject) where coalesces and claimed_by is null and done_at is null and failed_at is null
       do update set due_at = least(work.due_at, excluded.due_at)`,
      [key],
    );
    let claimed = false;

    const claim = ledger.claimWork(id, 60_000).then((work) => {
      claimed = work !== undefined;
      return work;
    });
    await eventually('the claim waits for the lock', async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(opened.db);
      return rows[0]?.count === 1;
    });
    const early = claimed;
    await other.query('commit');
    await other.end();

    expect(early).toBe(false);
    expect((await claim)?.id).toBe(id);
    expect((await ledger.transaction((tx) => tx.message(key)))?.revision).toBe(2);
  });

  it('never loses a touch while the message is being published by several workers', async () => {
    const { ledger } = opened;
    const key = uid('card');
    await ledger.transaction((tx) => tx.putMessage({ key, kind: 'notice', subject: 's', channel: 'C' }, 'status'));
    const touching = new AbortController();
    const publishAll = async (): Promise<number> => {
      let published = 0;
      for (const row of await rowsOf(key)) {
        const work = row.doneAt ? undefined : await ledger.claimWork(row.id, 60_000);
        if (!work) continue;
        const revision = (await ledger.transaction((tx) => tx.message(key)))?.revision ?? 0;
        await ledger.transaction(async (tx) => {
          await tx.updateMessage(key, { publishedRevision: revision });
          await tx.completeWork(work);
        });
        published++;
      }
      return published;
    };
    const publishers = times(3, async () => {
      while (!touching.signal.aborted || (await publishAll()) > 0) await publishAll();
    });

    await times(60, () => ledger.transaction((tx) => tx.touchMessage(key, 'status')));
    touching.abort();
    await publishers;
    await eventually('all that was asked for is published', async () => {
      await publishAll();
      return (await rowsOf(key)).every(({ doneAt }) => doneAt !== null);
    });

    expect(await ledger.transaction((tx) => tx.message(key))).toMatchObject({ revision: 61, publishedRevision: 61 });
  });

  it('works a serial in order and one at a time while it grows', async () => {
    const { ledger } = opened;
    const [serial, subject] = [uid('serial'), uid('serial')];
    const order: string[] = [];
    let running = 0;
    let most = 0;
    let adding = true;
    const workers = times(6, async () => {
      for (;;) {
        const waiting = (await rowsOf(subject)).filter(({ doneAt }) => !doneAt);
        if (waiting.length === 0 && !adding) return;
        for (const { id } of waiting) {
          const work = await ledger.claimWork(id, 60_000);
          if (!work) continue;
          most = Math.max(most, ++running);
          order.push(id);
          running--;
          await ledger.transaction((tx) => tx.completeWork(work));
        }
      }
    });

    await times(60, () => enqueue({ kind: 'read-step', subject, lane: 'status', serial }));
    adding = false;
    await workers;

    const rows = await rowsOf(subject);
    expect(order).toEqual(rows.map(({ id }) => id));
    expect(order).toHaveLength(60);
    expect(most).toBe(1);
    // One at a time by the database's own clock too: the claim of each came after the end of the one before.
    const ends = rows.map(({ doneAt }) => doneAt?.getTime() ?? 0);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });

  it('always offers the next of a serial, so that nothing waits for the sweeper', async () => {
    const serial = uid('serial');
    const done: Work[] = [];
    const { url } = opened;
    const connection = openPostgres({ url, log: silent, connectionsMax: 10 });
    const ledger = createLedger({
      db: connection.db,
      log: silent,
      onEnqueued: async (offers) => {
        for (const { id } of offers) {
          const work = await ledger.claimWork(id, 60_000);
          if (!work) continue;
          done.push(work);
          await ledger.transaction((tx) => tx.completeWork(work));
        }
      },
    });

    await times(80, () =>
      ledger.transaction((tx) => tx.enqueue({ kind: 'read-step', subject: uid('read'), lane: 'status', serial })),
    );
    await eventually('all are done with no sweeper', () => done.length === 80);
    await connection.close();

    expect(new Set(done.map(({ id }) => id)).size).toBe(80);
  });

  it('gives one of 20 takers the run', async () => {
    const plan = leastPlan();
    await opened.ledger.transaction((tx) => tx.insertPlan(plan));

    const taken = await times(20, () => opened.ledger.transaction((tx) => tx.insertRun(leastRun(plan.id))));

    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('takes the votes of many people at once and one vote of each', async () => {
    const plan = leastPlan();
    await opened.ledger.transaction((tx) => tx.insertPlan(plan));

    const accepted = await times(30, (index) =>
      opened.ledger.transaction((tx) =>
        tx.insertVote({ planId: plan.id, voter: `U${index % 10}`, verdict: index < 15 ? 'approve' : 'deny' }),
      ),
    );

    expect(accepted.filter(Boolean)).toHaveLength(10);
    expect(await opened.ledger.transaction((tx) => tx.votesOf(plan.id))).toHaveLength(10);
  });

  it('lets one transaction at a time hold a lock, and different locks not wait for each other', async () => {
    const name = uid('lock');
    let inside = 0;
    let most = 0;
    await times(12, () =>
      opened.ledger.transaction(async (tx) => {
        await tx.lock(name);
        most = Math.max(most, ++inside);
        await tx.now();
        inside--;
      }),
    );

    await opened.ledger.transaction(async (tx) => {
      await tx.lock(uid('lock'));
      await opened.ledger.transaction((other) => other.lock(uid('lock')));
    });

    expect(most).toBe(1);
  });

  it('touches many messages crosswise without a deadlock', async () => {
    const keys = Array.from({ length: 8 }, () => uid('card'));
    for (const key of keys) {
      await opened.ledger.transaction((tx) =>
        tx.putMessage({ key, kind: 'notice', subject: 's', channel: 'C' }, 'status'),
      );
    }

    await times(40, (index) =>
      opened.ledger.transaction(async (tx) => {
        for (const key of index % 2 ? keys : keys.toReversed()) await tx.touchMessage(key, 'status');
      }),
    );

    const messages = await opened.ledger.transaction(async (tx) => {
      const found = [];
      for (const key of keys) found.push((await tx.message(key))?.revision);
      return found;
    });
    expect(messages).toEqual(keys.map(() => 41));
  });

  it('seals every row once while many write and several seal, late commits included', async () => {
    const { ledger, db } = opened;
    const before = await verifyJournal(db);
    // Takes the lowest id and commits last.
    const late = new Client({ connectionString: opened.url });
    await late.connect();
    await late.query('begin');
    await late.query(`insert into journal (kind, actor, data) values ('test.late', 'firebreak', '{}')`);
    const writing = new AbortController();
    const sealers = times(3, async () => {
      while (!writing.signal.aborted) await sealJournal(db);
    });

    await times(10, async (writer) => {
      for (let entry = 0; entry < 50; entry++) {
        const written = ledger.transaction(async (tx) => {
          await tx.journal({ kind: 'test.entry', actor: 'firebreak', data: { writer, entry } });
          if (entry % 10 === 9) throw new Error('rolled back');
        });
        await written.catch(() => undefined);
      }
    });
    await late.query('commit');
    await late.end();
    writing.abort();
    await sealers;
    await sealJournal(db);

    const after = await verifyJournal(db);
    expect(after).toMatchObject({ ok: true, unsealed: 0 });
    expect(after.sealed).toBe(before.sealed + before.unsealed + 10 * 45 + 1);
  });
});

describe('PostgreSQL that goes away', () => {
  it('is a retryable error and no crash, and works again afterwards', async () => {
    const opened = await openRealLedger();
    const lost: unknown[] = [];
    const connection = openPostgres({
      url: opened.url,
      log: { ...silent, warn: (fields) => void lost.push(fields) },
      connectionsMax: 2,
    });
    const ledger = createLedger({ db: connection.db, log: silent, onEnqueued: () => {} });
    await ledger.transaction((tx) => tx.now());

    const cut = ledger.transaction(async (tx) => {
      await tx.now();
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(opened.db);
      await eventually('the client has noticed', () => lost.length > 0);
      await tx.now();
    });

    await expect(cut).rejects.toMatchObject({ code: 'ledger-unavailable', retryable: true });
    expect(await ledger.transaction((tx) => tx.now())).toBeInstanceOf(Date);
    await connection.close();
    await opened.close();
  });

  it.each([
    ['nobody listens', 'postgres://root@127.0.0.1:1/none', true],
    ['there is no such database', undefined, false],
  ])('says so when %s', async (_, url, retryable) => {
    const database = await createDatabase();
    await database.drop();
    const connection = openPostgres({ url: url ?? database.url, log: silent });
    const ledger = createLedger({ db: connection.db, log: silent, onEnqueued: () => {} });

    await expect(ledger.backlog()).rejects.toMatchObject({ code: 'ledger-unavailable', retryable });
    await expect(ledger.transaction((tx) => tx.now())).rejects.toMatchObject({ code: 'ledger-unavailable', retryable });

    await connection.close();
  });

  it('is migrated once when many start at the same time', async () => {
    const database = await createDatabase();
    const connections = Array.from({ length: 4 }, () => openPostgres({ url: database.url, log: silent }));

    await Promise.all(connections.map(({ db }) => migrateLedger(db)));

    const ledger = createLedger({ db: connections[0]!.db, log: silent, onEnqueued: () => {} }); // four were made
    expect(await ledger.dueWork(1)).toEqual([]);
    await Promise.all(connections.map((connection) => connection.close()));
    await database.drop();
  });
});
