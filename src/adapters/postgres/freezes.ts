import { sql } from 'kysely';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Scope } from './transaction.ts';

export const freezes = ({ db }: Scope) =>
  ({
    async freezes() {
      const rows = await db.selectFrom('freeze').selectAll().orderBy('scope').execute();
      return rows.map(withoutNulls);
    },
    async putFreeze({ scope, by, byName, reason }) {
      const row = { by, byName: byName ?? null, reason: reason ?? null };
      await db
        .insertInto('freeze')
        .values({ scope, ...row })
        .onConflict((at) => at.column('scope').doUpdateSet({ ...row, since: sql<Date>`clock_timestamp()` }))
        .execute();
    },
    async liftFreeze(scope) {
      const { numDeletedRows } = await db.deleteFrom('freeze').where('scope', '=', scope).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },
  }) satisfies Partial<LedgerTransaction>;
