import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { sealJournal } from '../../src/adapters/postgres/journal.ts';
import { createDemoJournal, type DemoJournal } from '../../src/cli/demo/journal-source.ts';
import { OperationError } from '../../src/domain/errors.ts';
import type { JournalLook } from '../../src/sandbox/demo/protocol.ts';
import { eventually } from '../eventually.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';

describe('the demo’s journal', () => {
  let opened: TestLedger;
  let journal: DemoJournal | undefined;
  beforeAll(async () => {
    opened = await openTestLedger();
  });
  afterEach(() => journal?.stop());
  afterAll(() => opened.close());

  const write = (kind: string, actor: string, data: Record<string, string>): Promise<void> =>
    opened.ledger.transaction((tx) => tx.journal({ kind, actor, data }));

  it('is empty and unchecked before there is a ledger', async () => {
    journal = createDemoJournal(() => undefined);

    await expect(journal.verify()).rejects.toThrow('The ledger is not open yet. Try again in a few seconds.');

    expect(journal.look()).toEqual({ verified: { ok: null, sealed: 0, unsealed: 0 }, rows: [], total: 0 });
  });

  it('shows the newest row first, by people’s names and in words, and whether the chain holds', async () => {
    await write('freeze.set', 'U0BOB', { scope: 'shop', reason: 'release day' });
    await write('vote.cast', 'U0GONE', { verdict: 'deny' });
    await write('from.tomorrow', 'firebreak', {});
    await sealJournal(opened.db);
    let changes = 0;
    journal = createDemoJournal((id) => (id === 'U0BOB' ? 'Bob Lindqvist' : undefined));
    journal.onChange(() => changes++);
    const open = journal;
    const look = (): JournalLook => open.look();
    journal.open(opened.db);

    const seen = await eventually('the rows, verified', () => look().verified.ok === true && look());

    expect(changes).toBeGreaterThan(0);
    expect(seen).toMatchObject({ total: 3, verified: { sealed: 3, unsealed: 0 } });
    expect(seen.rows.map(({ seq, who, what, details }) => [seq, who, what, ...details])).toEqual([
      [3, 'Firebreak', 'from.tomorrow'],
      [2, 'U0GONE', 'votes against', ['Vote', 'deny']],
      [1, 'Bob Lindqvist', 'Changes are frozen', ['Reason', 'release day'], ['Scope', 'shop']],
    ]);
    expect(seen.verified.head).toBe(seen.rows[0]?.hash);
  });

  it('says that the ledger cannot be read for as long as it cannot, and refuses a check meanwhile', async () => {
    let isAway = false;
    const db = opened.db.withPlugin({
      transformQuery({ node }) {
        if (isAway) throw new OperationError('ledger-unavailable', 'the ledger is away', { retryable: true });
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    journal = createDemoJournal(() => undefined);
    const open = journal;
    const look = (): JournalLook => open.look();
    journal.open(db);
    await eventually('the chain verified', () => look().verified.ok === true);

    isAway = true;
    const trouble = await eventually('the trouble', () => look().verified.trouble);
    const check = journal.verify();
    await expect(check).rejects.toThrow('The journal cannot be checked now: ');
    isAway = false;
    await eventually('no trouble', () => look().verified.trouble === undefined);

    expect(trouble).toContain('the ledger is away');
    expect(look().verified.ok).toBe(true);
  });

  it('goes through the chain anew for each who asks, since rows may have come while another check was under way', async () => {
    let statements = 0;
    const db = opened.db.withPlugin({
      transformQuery({ node }) {
        // The check alone speaks SQL by hand.
        if (node.kind === 'RawNode') statements += 1;
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    journal = createDemoJournal(() => undefined);
    const open = journal;
    journal.open(db);
    await eventually('the chain verified', () => open.look().verified.ok === true);
    statements = 0;
    await journal.verify();
    const once = statements;

    await Promise.all([journal.verify(), journal.verify()]);

    expect(once).toBeGreaterThan(0);
    expect(statements).toBe(3 * once);
  });

  it('says where the chain is broken when it is asked to go through it again', async () => {
    journal = createDemoJournal(() => undefined);
    const open = journal;
    const look = (): JournalLook => open.look();
    journal.open(opened.db);
    await eventually('the chain verified', () => look().verified.ok === true);
    // As somebody would who owns the tables.
    await sql`set session_replication_role = replica`.execute(opened.db);
    await sql`update journal set actor = 'U0MALLORY' where id = (select min(id) from journal)`.execute(opened.db);
    await sql`set session_replication_role = default`.execute(opened.db);

    await journal.verify();

    expect(look().verified).toMatchObject({ ok: false, trouble: expect.stringContaining('is not what seal 1 was') });
  });
});
