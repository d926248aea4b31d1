import { resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { Pool } from 'pg';
import { createKysely, type LedgerConnection } from './connection.ts';
import { lockDirectory } from './directory-lock.ts';

/**
 * PostgreSQL inside this process (PGlite), for the demo and for tests: the same Kysely code, one session.
 *
 * With a `directory` the data stays there between starts; it survives a killed process but not a power cut, since
 * PGlite never calls fsync. Without one it is in memory. `image` starts from a `dumpDataDir` of another one.
 *
 * Using the ledger inside one of its own transactions waits for a connection that never comes and fails after 10 s.
 * Two processes on one directory would ruin it silently, so a file `<directory>.pid` beside it holds the owner's pid;
 * a second one is refused with `ledger-unavailable`.
 */
export async function openEmbeddedPostgres({
  directory,
  image,
}: {
  directory?: string;
  image?: Blob;
} = {}): Promise<LedgerConnection & { dump(): Promise<Blob> }> {
  const unlock = directory === undefined ? () => {} : lockDirectory(resolve(directory));
  try {
    const lite = await PGlite.create({
      ...(directory !== undefined && { dataDir: resolve(directory) }),
      ...(image && { loadDataDir: image }),
      // The default of 128 MB is for servers; this one brings idle memory from 327 to about 200 MB.
      startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
    });
    const pool = new Pool({
      // Plain values in an object that happens to have a class; pg reads the keys.
      ...Object.fromEntries(Object.entries(createPgConfig(lite))),
      max: 1,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: 10_000,
    });
    const db = createKysely(pool);
    return {
      db,
      dump: () => lite.dumpDataDir('none'),
      async close() {
        await db.destroy();
        await lite.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}
