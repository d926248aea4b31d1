/** A database of its own on a real PostgreSQL, dropped at the end. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import { migrateLedger } from '../../src/adapters/postgres/migrations/migrate.ts';
import { type Offered, silent, type TestLedger } from '../ledger.ts';

const server = process.env['DATABASE_URL'] ?? 'postgres://root@127.0.0.1:5432/root';

export type TestDatabase = { readonly url: string; drop(): Promise<void> };

export async function createDatabase(): Promise<TestDatabase> {
  const name = `firebreak_test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await administer(`create database ${name}`);
  return { url: url.href, drop: () => administer(`drop database ${name} with (force)`) };
}

async function administer(statement: string): Promise<void> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function openRealLedger(
  options: { connectionsMax?: number } = {},
): Promise<TestLedger & { readonly url: string }> {
  const database = await createDatabase();
  const connection = openPostgres({ url: database.url, log: silent, ...options });
  await migrateLedger(connection.db);
  const offers: Offered[] = [];
  const ledger = createLedger({ db: connection.db, log: silent, onEnqueued: (work) => void offers.push(...work) });
  return {
    ledger,
    db: connection.db,
    offers,
    url: database.url,
    async close() {
      await connection.close();
      await database.drop();
    },
  };
}
