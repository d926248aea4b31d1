import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { openEmbeddedPostgres } from '../../../src/adapters/postgres/embedded.ts';
import { createLedger } from '../../../src/adapters/postgres/ledger.ts';
import { migrateLedger } from '../../../src/adapters/postgres/migrations/migrate.ts';
import { silent } from '../../ledger.ts';

describe('the embedded PostgreSQL', () => {
  it('keeps its data between starts, is open once, and may have been migrated further by a newer version', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
    const directory = join(folder, 'data', 'ledger');
    const first = await openEmbeddedPostgres({ directory });
    await migrateLedger(first.db);
    const ledger = createLedger({ db: first.db, log: silent, onEnqueued: () => {} });
    await ledger.transaction((tx) => tx.acceptDelivery({ source: 'test', key: 'once', summary: {} }));
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2099-01-01')`.execute(first.db);
    await expect(openEmbeddedPostgres({ directory })).rejects.toMatchObject({ code: 'ledger-unavailable' });
    await first.close();

    const second = await openEmbeddedPostgres({ directory });
    await migrateLedger(second.db);
    const again = createLedger({ db: second.db, log: silent, onEnqueued: () => {} });
    const accepted = await again.transaction((tx) => tx.acceptDelivery({ source: 'test', key: 'once', summary: {} }));
    await second.close();

    expect(accepted).toBe(false);
    expect(existsSync(`${directory}.pid`)).toBe(false);
    rmSync(folder, { recursive: true });
  });
});
