import { type Kysely, sql } from 'kysely';

/** Messages that somebody has deleted in Slack: they are drawn no more. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table message add column gone_at timestamptz').execute(db);
}
