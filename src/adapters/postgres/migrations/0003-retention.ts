import { type Kysely, sql } from 'kysely';

/** Which resolved incidents have had their details taken away, so that each is looked at once. */
const statements = [
  `alter table incident add column pruned_at timestamptz`,
  `create index incident_unpruned on incident (resolved_at) where state = 'resolved' and pruned_at is null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
