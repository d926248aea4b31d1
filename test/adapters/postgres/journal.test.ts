import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { sealJournal, startSealer } from '../../../src/adapters/postgres/journal.ts';
import { verifyJournal } from '../../../src/adapters/postgres/verify-journal.ts';
import { eventually } from '../../eventually.ts';
import { openTestLedger, silent, type TestLedger } from '../../ledger.ts';

describe('the journal', () => {
  let opened: TestLedger;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterAll(() => opened.close());
  beforeEach(() => tamper('truncate journal, journal_seal, journal_pending restart identity'));

  const write = (count: number): Promise<void> =>
    opened.ledger.transaction(async (tx) => {
      for (let entry = 0; entry < count; entry++) {
        await tx.journal({ kind: 'note', actor: 'U1', data: { entry, text: 'half \ud800 pair, NUL \0' } });
      }
    });
  /** As somebody would who owns the tables. */
  const tamper = async (statement: string): Promise<void> => {
    await sql`set session_replication_role = replica`.execute(opened.db);
    try {
      await sql.raw(statement).execute(opened.db);
    } finally {
      await sql`set session_replication_role = default`.execute(opened.db);
    }
  };

  it('is sealed in a chain that can be checked, whatever the rows hold', async () => {
    await write(3);
    expect(await verifyJournal(opened.db)).toEqual({ ok: true, sealed: 0, unsealed: 3 });

    const first = await sealJournal(opened.db);
    await write(2);
    const second = await sealJournal(opened.db);

    expect([first.sealed, second.sealed, (await sealJournal(opened.db)).sealed]).toEqual([3, 2, 0]);
    expect(second.head).toEqual({ seq: 5, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await verifyJournal(opened.db)).toEqual({ ok: true, sealed: 5, unsealed: 0, head: second.head });
  });

  it('reports its progress, page by page', async () => {
    await sql`insert into journal (kind, actor, data) select 'note', 'U1', '{}' from generate_series(1, 6000)`.execute(
      opened.db,
    );
    const pages: number[] = [];

    const { sealed } = await sealJournal(opened.db);
    const report = await verifyJournal(opened.db, { onProgress: (checked) => pages.push(checked) });

    expect(sealed).toBe(6_000);
    expect(report).toMatchObject({ ok: true, sealed: 6_000 });
    expect(pages).toEqual([5_000, 6_000]);
  });

  it.each([
    ['a row was changed', `update journal set data = '{"entry":9}' where id = 2`, 2, /row 2 is not what seal 2/],
    ['a time was moved by a microsecond', `update journal set at = at + interval '1 microsecond' where id = 3`, 3, /3/],
    ['an actor was changed', `update journal set actor = 'U2' where id = 1`, 1, /row 1 is not/],
    ['a row is gone', 'delete from journal where id = 2', 2, /row 2, which seal 2 covers, is gone/],
    ['a seal is gone', 'delete from journal_seal where seq = 2', 3, /Seal 2 is missing/],
    ['the first seal is gone', 'delete from journal_seal where seq = 1', 2, /Seal 1 is missing/],
    ['a hash was replaced', `update journal_seal set hash = repeat('a', 64) where seq = 2`, 2, /is not what seal 2/],
    ['a link was replaced', `update journal_seal set previous = repeat('a', 64) where seq = 4`, 4, /does not follow/],
    [
      'two rows were exchanged',
      'update journal_seal set journal_id = case journal_id when 2 then -3 else -2 end where journal_id in (2, 3)',
      2,
      /gone/,
    ],
  ])('shows it when %s', async (_, statement, seq, text) => {
    await write(4);
    await sealJournal(opened.db);

    await tamper(statement);

    const report = await verifyJournal(opened.db);
    expect(report.ok).toBe(false);
    expect(report.firstBreak).toMatchObject({ seq, text: expect.stringMatching(text) });
  });

  it('cannot hide the end of the chain from somebody who noted the head', async () => {
    await write(4);
    const { head } = await sealJournal(opened.db);

    await tamper('delete from journal_seal where seq = 4');
    await tamper('delete from journal where id = 4');

    const report = await verifyJournal(opened.db);
    expect(report.ok).toBe(true);
    expect(report.head).not.toEqual(head);
  });

  it.each([
    `update journal set actor = 'U2'`,
    'delete from journal',
    'truncate journal cascade',
    `update journal_seal set hash = ''`,
    'delete from journal_seal',
    'truncate journal_seal',
  ])('refuses: %s', async (statement) => {
    await write(1);
    await sealJournal(opened.db);

    await expect(sql.raw(statement).execute(opened.db)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('append-only'),
    });
    expect(await verifyJournal(opened.db)).toMatchObject({ ok: true, sealed: 1 });
  });

  it('is sealed by itself, and to the last row when the sealer stops', async () => {
    const logged: object[] = [];
    const stop = startSealer({
      db: opened.db,
      intervalMs: 5,
      log: { ...silent, info: (fields) => void logged.push(fields) },
    });
    await write(2);
    await eventually('two are sealed', async () => (await verifyJournal(opened.db)).sealed === 2);
    await write(1);
    await stop();

    const report = await verifyJournal(opened.db);
    expect(report).toMatchObject({ ok: true, sealed: 3, unsealed: 0 });
    expect(logged).toHaveLength(1);
  });
});
