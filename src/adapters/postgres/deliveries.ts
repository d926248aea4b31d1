import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Scope } from './transaction.ts';

export const deliveries = ({ db }: Scope) =>
  ({
    async acceptDelivery({ source, key, summary }) {
      const result = await db
        .insertInto('delivery')
        .values({ source, key, summary: JSON.stringify(summary) })
        .onConflict((conflict) => conflict.columns(['source', 'key']).doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
  }) satisfies Partial<LedgerTransaction>;
