/** A fresh, migrated, embedded ledger for one test file. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { openEmbeddedPostgres } from '../src/adapters/postgres/embedded.ts';
import type { Database } from '../src/adapters/postgres/connection.ts';
import { createLedger } from '../src/adapters/postgres/ledger.ts';
import { migrateLedger } from '../src/adapters/postgres/migrations/migrate.ts';
import type { Work } from '../src/domain/work.ts';
import type { Ledger } from '../src/flow/ledger.ts';
import type { Log } from '../src/flow/ports.ts';

export type Offered = { readonly id: string; readonly lane: Work['lane']; readonly delayMs?: number };

export type TestLedger = {
  readonly ledger: Ledger;
  readonly db: Database;
  /** Everything that was offered to the queue so far. */
  readonly offers: Offered[];
  close(): Promise<void>;
};

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const migrations = new URL('../src/adapters/postgres/migrations/', import.meta.url);
const cache = new URL('../node_modules/.cache/firebreak/', import.meta.url);

/** Loading an image takes 0.4 s where making and migrating a database takes 3 s; the first file to come makes it. */
export async function openTestLedger({
  onEnqueued,
}: {
  onEnqueued?: (work: readonly Offered[]) => void | Promise<void>;
} = {}): Promise<TestLedger> {
  const connection = await openEmbeddedPostgres({ image: await migratedImage() });
  const offers: Offered[] = [];
  const ledger = createLedger({
    db: connection.db,
    log: silent,
    onEnqueued: (work) => {
      offers.push(...work);
      return onEnqueued?.(work);
    },
  });
  return { ledger, db: connection.db, offers, close: () => connection.close() };
}

async function migratedImage(): Promise<Blob> {
  const hash = createHash('sha256').update(process.version);
  for (const name of readdirSync(migrations).toSorted()) hash.update(readFileSync(new URL(name, migrations)));
  hash.update(readFileSync(new URL('../package-lock.json', import.meta.url)));
  const file = new URL(`ledger-${hash.digest('hex').slice(0, 16)}.tar`, cache);
  try {
    return new Blob([readFileSync(file)]);
  } catch {
    const connection = await openEmbeddedPostgres();
    await migrateLedger(connection.db);
    const image = await connection.dump();
    await connection.close();
    mkdirSync(cache, { recursive: true });
    // Two test processes may come here at once; each renames a whole file.
    const half = new URL(`ledger-${process.pid}-${Date.now()}.part`, cache);
    writeFileSync(half, Buffer.from(await image.arrayBuffer()));
    renameSync(half, file);
    return image;
  }
}
