import { type Kysely, sql } from 'kysely';

/** Plans of several objects: which of them an attempt is for, and what became of each. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table attempt add column part integer not null default 0').execute(db);
  await sql.raw('alter table run add column parts json').execute(db);
}
