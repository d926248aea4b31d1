import { type Kysely, sql } from 'kysely';

/** What was kept of pods before a part of a run ended them; stored with the attempt that does. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table capture (
        run_id text not null,
        part integer not null,
        captured_at timestamptz not null,
        pods json not null,
        missing json not null,
        primary key (run_id, part)
      )`,
    )
    .execute(db);
}
