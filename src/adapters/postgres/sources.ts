import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Scope } from './transaction.ts';

/** How far each source has been reconciled. */
export const sources = ({ db }: Scope) =>
  ({
    async sourceCheck(source) {
      const row = await db
        .selectFrom('sourceCheck')
        .select(['checkedAt', 'note'])
        .where('source', '=', source)
        .executeTakeFirst();
      return row && withoutNulls(row);
    },
    async sourceChecks() {
      const rows = await db.selectFrom('sourceCheck').selectAll().orderBy('source').execute();
      return rows.map(withoutNulls);
    },
    async forgetSources(sources) {
      if (sources.length > 0) await db.deleteFrom('sourceCheck').where('source', 'in', sources).execute();
    },
    async putSourceCheck(source, { checkedAt, note }) {
      const row = { checkedAt, note: note ?? null };
      await db
        .insertInto('sourceCheck')
        .values({ source, ...row })
        .onConflict((at) => at.column('source').doUpdateSet(row))
        .execute();
    },
  }) satisfies Partial<LedgerTransaction>;
