import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import type { Log } from '../../flow/ports.ts';
import { guardPool } from './guarded-pool.ts';
import type { Schema } from './schema.ts';
import { WithoutNul } from './without-nul.ts';

/** The ledger's tables. `LedgerTransaction` is what the rest of the product sees of them. */
export type Database = Kysely<Schema>;

export type LedgerConnection = { readonly db: Database; close(): Promise<void> };

/** Kysely as the ledger uses it, on any node-postgres pool (PostgreSQL's, or PGlite's of `embedded.ts`). */
export function createKysely(pool: Pool): Database {
  return new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: guardPool(pool) }),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true }), new WithoutNul()],
  });
}

/**
 * A pool of connections to PostgreSQL 15 or newer. Connects when first used; nothing here throws when the server is
 * away, and a lost connection is logged and replaced.
 *
 * Limits: 10 connections (`connectionsMax`), 5 s to get one, 10 s for a statement, 30 s idle inside a transaction
 * (a stopped process must not hold its locks), 15 s for an answer to arrive at all. With `unhurried` a statement may take
 * as long as it takes: rewriting the rows of a large ledger in a migration takes minutes.
 */
export function openPostgres({
  url,
  log,
  connectionsMax = 10,
  unhurried = false,
}: {
  url: string;
  log: Log;
  connectionsMax?: number;
  unhurried?: boolean;
}): LedgerConnection {
  const pool = new Pool({
    connectionString: url,
    application_name: 'firebreak',
    max: connectionsMax,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: unhurried ? 0 : 10_000,
    idle_in_transaction_session_timeout: 30_000,
    ...(unhurried ? {} : { query_timeout: 15_000 }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  // A client without a listener takes the process down when its connection breaks, idle or lent.
  pool.on('error', (err) => log.warn({ err }, 'an idle ledger connection was lost'));
  pool.on('connect', (client) => client.on('error', (err) => log.warn({ err }, 'a ledger connection was lost')));
  const db = createKysely(pool);
  return { db, close: () => db.destroy() };
}
