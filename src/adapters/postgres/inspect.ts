/** What `doctor` asks a ledger's server. */
import { sql } from 'kysely';
import type { Database } from './connection.ts';
import { toOperationError } from './errors.ts';
import { journalRights } from './migrations/grants.ts';

export type LedgerFacts = {
  /** 150019 is 15.19. */
  readonly version: number;
  readonly role: string;
  readonly now: Date;
  /** False: `serve` has not run on this database yet. */
  readonly migrated: boolean;
  /** What the role could do to the journal and should not. */
  readonly journalRights: readonly string[];
};

/** Throws `ledger-unavailable`. */
export async function inspectLedger(db: Database): Promise<LedgerFacts> {
  try {
    const { rows } = await sql<{ version: number; role: string; now: Date; migrated: boolean }>`
      select current_setting('server_version_num')::int as version, current_user::text as role,
             clock_timestamp() as now, to_regclass('journal_seal') is not null as migrated`.execute(db);
    const [row] = rows;
    if (!row) throw new Error('A select without a table has one row.');
    return { ...row, journalRights: row.migrated ? await journalRights(db) : [] };
  } catch (error) {
    throw toOperationError(error);
  }
}
