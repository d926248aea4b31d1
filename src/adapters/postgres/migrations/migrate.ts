import { type Kysely, Migrator } from 'kysely';
import { toOperationError } from '../errors.ts';
import type { Schema } from '../schema.ts';
import { up as first } from './0001-first.ts';
import { up as pager } from './0002-pager.ts';
import { up as retention } from './0003-retention.ts';
import { up as gone } from './0004-gone.ts';
import { up as parts } from './0005-parts.ts';
import { up as output } from './0006-output.ts';
import { up as capture } from './0007-capture.ts';
import { up as actingAs } from './0008-acting-as.ts';

/** In order, and never edited once released: a database remembers the names it has run. */
const migrations = {
  '0001-first': { up: first },
  '0002-pager': { up: pager },
  '0003-retention': { up: retention },
  '0004-gone': { up: gone },
  '0005-parts': { up: parts },
  '0006-output': { up: output },
  '0007-capture': { up: capture },
  '0008-acting-as': { up: actingAs },
};

/**
 * Brings the tables up to this version. Several processes may do so at once: one migrates, the others wait.
 * A database that a newer version has migrated already is left alone, since migrations only add.
 * A role without the right to create tables can call it too, as long as there is nothing to do.
 */
export async function migrateLedger(db: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  try {
    const known = await migrator.getMigrations();
    if (known.every((migration) => migration.executedAt)) return;
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
  } catch (error) {
    throw toOperationError(error);
  }
}
