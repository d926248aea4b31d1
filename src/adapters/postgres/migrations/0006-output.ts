import { type Kysely, sql } from 'kysely';

/** What a command in a container or a request over HTTP printed, and how it ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table run add column output json').execute(db);
}
