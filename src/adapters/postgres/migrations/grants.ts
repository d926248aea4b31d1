/** What the role that serves may do: everything it needs, and never a change to what the journal says. */
import { type Kysely, sql } from 'kysely';
import { toOperationError } from '../errors.ts';
import type { Schema } from '../schema.ts';

/**
 * Run as the owner, after every migration: new tables need grants too. The owner itself needs none, and keeps the right
 * to alter the journal's tables, which is why it should not be the role that serves.
 */
export async function grantToServingRole(db: Kysely<Schema>, role: string): Promise<void> {
  const who = sql.id(role);
  const statements = [
    sql`grant usage on schema public to ${who}`,
    sql`grant select, insert, update, delete on all tables in schema public to ${who}`,
    sql`grant usage, select on all sequences in schema public to ${who}`,
    sql`revoke update, delete, truncate on journal, journal_seal from ${who}`,
    sql`revoke insert, update, delete, truncate on kysely_migration, kysely_migration_lock from ${who}`,
  ];
  try {
    await db.transaction().execute(async (tx) => {
      // Two processes that start at once would trip over each other in the catalog.
      await sql`select pg_advisory_xact_lock(hashtextextended('migrations:grants', 0))`.execute(tx);
      for (const statement of statements) await statement.execute(tx);
    });
  } catch (error) {
    throw toOperationError(error);
  }
}

/** What a role must not be able to do to the journal, and can. Empty is how it should be. */
export async function journalRights(db: Kysely<Schema>): Promise<readonly string[]> {
  const { rows } = await sql<{ table: string; right: string }>`
    select tables.name as "table", rights.name as "right"
    from unnest(array['journal', 'journal_seal']) as tables (name),
         unnest(array['UPDATE', 'DELETE', 'TRUNCATE']) as rights (name)
    where has_table_privilege(current_user, tables.name, rights.name)`.execute(db);
  return rows.map(({ table, right }) => `${right} on ${table}`);
}
