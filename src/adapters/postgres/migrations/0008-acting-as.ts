import { type Kysely, sql } from 'kysely';

/** In whose name a run's requests are sent. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table run add column acting_as json').execute(db);
}
