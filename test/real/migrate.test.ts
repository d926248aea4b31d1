/** `serve` brings a ledger up to date however long its statements take. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Kysely, sql } from 'kysely';
import { type LedgerConnection, openPostgres } from '../../src/adapters/postgres/connection.ts';
import { up as first } from '../../src/adapters/postgres/migrations/0001-first.ts';
import { migrate } from '../../src/cli/serve.ts';
import { groupScope } from '../../src/flow/incident-key.ts';
import { silent } from '../ledger.ts';
import { createDatabase, type TestDatabase } from './databases.ts';

/** More than a statement (10 s) and its answer (15 s) may take while serving. */
const slowSeconds = 16;

let database: TestDatabase;
let connection: LedgerConnection;
beforeAll(async () => {
  database = await createDatabase();
  connection = openPostgres({ url: database.url, log: silent });
  const { db } = connection;
  // A migration knows no tables.
  await first(db as unknown as Kysely<unknown>);
  await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(db);
  await sql`insert into kysely_migration values ('0001-first', '2026-01-01T00:00:00.000Z')`.execute(db);
  await sql`insert into alert (scope, fingerprint, name, status, labels, annotations, starts_at)
            values ('shop|{}:{}', 'f', 'HighErrorRate', 'firing', '{}', '{}', now())`.execute(db);
  // One row that is as slow to rewrite as a million.
  await sql`create function slow() returns trigger language plpgsql as $$
    begin perform pg_sleep(${sql.lit(slowSeconds)}); return new; end $$`.execute(db);
  await sql`create trigger slow before update on alert for each row execute function slow()`.execute(db);
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

it('rewrites keys for longer than a statement may take while serving', async () => {
  await migrate({ owner: undefined, serving: database.url, log: silent });

  const { rows } = await sql<{ scope: string }>`select scope from alert`.execute(connection.db);
  expect(rows).toEqual([{ scope: `shop|${groupScope('{}:{}')}` }]);
}, 60_000);
