/** A process of the version before goes on working beside the new one, so migrations after the first only add, but one. */
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import type { LedgerConnection } from '../../../src/adapters/postgres/connection.ts';
import { openEmbeddedPostgres } from '../../../src/adapters/postgres/embedded.ts';
import { up as first } from '../../../src/adapters/postgres/migrations/0001-first.ts';
import { migrateLedger } from '../../../src/adapters/postgres/migrations/migrate.ts';

const folder = new URL('../../../src/adapters/postgres/migrations/', import.meta.url);
const later = readdirSync(folder).filter((name) => /^\d{4}-/.test(name) && !name.startsWith('0001'));

/** What a migration sends, to a driver that does nothing. */
async function statementsOf(name: string): Promise<readonly string[]> {
  const sent: string[] = [];
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (of) => new PostgresIntrospector(of),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query }) => void sent.push(query.sql),
  });
  const migration: { up(db: Kysely<unknown>): Promise<void> } = await import(new URL(name, folder).href);
  await migration.up(db);
  return sent.map((statement) => statement.trim());
}

const adds = [
  /^create table /,
  /^create (unique )?index /,
  // A column that an older process does not know must do without a value.
  /^alter table \w+ add column \w+ (?!.*not null(?!.*default))/,
  /^create (or replace )?function /,
];

/** The one that such a process cannot live with: it rewrites keys, and has to say so to whoever upgrades. */
const exceptions: Readonly<Record<string, readonly RegExp[]>> = {
  '0002-pager.ts': [
    /^lock table incident, alert in access exclusive mode$/,
    /^update incident set key = /,
    /^update alert set scope = /,
  ],
};

it.each(later)('%s only adds', async (name) => {
  const statements = await statementsOf(name);

  const may = [...adds, ...(exceptions[name] ?? [])];
  const others = statements.filter((statement) => !may.some((pattern) => pattern.test(statement)));
  const takes = statements.filter((statement) =>
    /\b(drop|rename|truncate|alter column|set not null)\b/i.test(statement),
  );
  expect(statements.length).toBeGreaterThan(0);
  expect(others).toEqual([]);
  expect(takes).toEqual([]);
});

it('0002-pager.ts locks what it rewrites before it does anything else', async () => {
  const [first] = await statementsOf('0002-pager.ts');

  expect(first).toBe('lock table incident, alert in access exclusive mode');
});

it('the instructions for upgrading name the migration beside which nothing older may run', () => {
  const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

  expect(Object.keys(exceptions)).toEqual(['0002-pager.ts']);
  expect(operations).toMatch(/0002-pager[^#]*stop/);
});

describe('what a process of the first version writes', () => {
  let connection: LedgerConnection;
  beforeAll(async () => {
    connection = await openEmbeddedPostgres();
    // A migration knows no tables.
    await first(connection.db as unknown as Kysely<unknown>);
    await migrateLedgerFrom(connection);
  }, 60_000);
  afterAll(() => connection.close());

  /** As if the first version had migrated this database. */
  async function migrateLedgerFrom({ db }: LedgerConnection): Promise<void> {
    await sql`create table kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
      db,
    );
    await sql`insert into kysely_migration values ('0001-first', '2026-01-01T00:00:00.000Z')`.execute(db);
    await migrateLedger(db);
  }

  it.each([
    [
      'an incident',
      sql`insert into incident (id, key, service, title, severity, state, opened_at)
          values ('inc-1', 'shop|k', 'shop', 'HighErrorRate', 'P1', 'open', now())`,
    ],
    [
      'a posting',
      sql`insert into posting (id, service, runbook_digest, procedure_id, channel, requested_by)
          values ('post-1', 'shop', 'd', 'INC-1', 'C1', 'firebreak')`,
    ],
    ['a delivery', sql`insert into delivery (source, key, summary) values ('slack', 'k', '{}')`],
    ['work', sql`insert into work (kind, subject, lane) values ('open-incident', 'inc-1', 'status')`],
    ['a message', sql`insert into message (key, kind, subject, channel) values ('k', 'notice', 's', 'C1')`],
    ['the journal', sql`insert into journal (kind, actor, data) values ('incident.opened', 'firebreak', '{}')`],
  ])('is taken after the newest migration: %s', async (_, statement) => {
    const { numAffectedRows } = await statement.execute(connection.db);

    expect(numAffectedRows).toBe(1n);
  });
});
