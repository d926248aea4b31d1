/** The role that serves, on a real PostgreSQL: it can do its work, and cannot rewrite the journal. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type LedgerConnection, openPostgres } from '../../src/adapters/postgres/connection.ts';
import { sealJournal } from '../../src/adapters/postgres/journal.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import { grantToServingRole, journalRights } from '../../src/adapters/postgres/migrations/grants.ts';
import { migrateLedger } from '../../src/adapters/postgres/migrations/migrate.ts';
import { leastIncident } from '../contracts/samples.ts';
import { silent } from '../ledger.ts';
import { createDatabase, type TestDatabase } from './databases.ts';

const role = `firebreak_serve_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
let database: TestDatabase;
let owner: LedgerConnection;
let serving: LedgerConnection;

beforeAll(async () => {
  database = await createDatabase();
  owner = openPostgres({ url: database.url, log: silent });
  await sql`create role ${sql.id(role)} login password 'serve'`.execute(owner.db);
  await migrateLedger(owner.db);
  await grantToServingRole(owner.db, role);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'serve';
  serving = openPostgres({ url: url.href, log: silent });
});

afterAll(async () => {
  await serving.close();
  await sql`drop owned by ${sql.id(role)}`.execute(owner.db);
  await sql`drop role ${sql.id(role)}`.execute(owner.db);
  await owner.close();
  await database.drop();
});

it('works on the ledger, seals the journal and takes old rows away', async () => {
  const ledger = createLedger({ db: serving.db, log: silent, onEnqueued: () => undefined });
  const incident = leastIncident();

  await ledger.transaction(async (tx) => {
    await tx.insertIncident(incident);
    await tx.enqueue({ kind: 'open-incident', subject: incident.id, lane: 'status' });
    await tx.journal({ kind: 'incident.opened', incidentId: incident.id, actor: 'firebreak', data: {} });
  });
  const { sealed } = await sealJournal(serving.db);
  const pruned = await ledger.prune({ days: 90 });

  expect(sealed).toBe(1);
  expect(pruned.incidents).toBe(0);
});

it.each([
  ['update journal', sql`update journal set kind = 'another'`],
  ['delete from journal', sql`delete from journal`],
  ['truncate journal_seal', sql`truncate journal_seal`],
  ['alter table journal', sql`alter table journal disable trigger all`],
  ['delete from kysely_migration', sql`delete from kysely_migration`],
])('may not %s', async (_, statement) => {
  await expect(statement.execute(serving.db)).rejects.toMatchObject({ code: '42501' });
});

it('can be told apart from the owner by what it may do to the journal', async () => {
  expect(await journalRights(serving.db)).toEqual([]);
  expect(await journalRights(owner.db)).toContain('UPDATE on journal');
});

it('finds nothing to migrate, and starts', async () => {
  await migrateLedger(serving.db);

  expect(await journalRights(serving.db)).toEqual([]);
});
