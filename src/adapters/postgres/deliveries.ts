import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Scope } from './transaction.ts';

export const deliveries = ({ db, pending }: Scope) =>
  ({
    async acceptDelivery({ source, key, summary }) {
      const result = await db
        .insertInto('delivery')
        .values({ source, key, summary: JSON.stringify(summary) })
        .onConflict((conflict) => conflict.columns(['source', 'key']).doNothing())
        .executeTakeFirst();
      const accepted = result.numInsertedOrUpdatedRows === 1n;
      if (accepted) pending.committed.accepted.push(source);
      return accepted;
    },
  }) satisfies Partial<LedgerTransaction>;
