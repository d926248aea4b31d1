import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Scope } from './transaction.ts';

export const captures = ({ db }: Scope) =>
  ({
    async insertCapture(runId, { pods, missing, ...capture }) {
      await db
        .insertInto('capture')
        .values({ runId, ...capture, pods: JSON.stringify(pods), missing: JSON.stringify(missing) })
        .execute();
    },
    async capturesOf(runId) {
      return db
        .selectFrom('capture')
        .select(['part', 'capturedAt', 'pods', 'missing'])
        .where('runId', '=', runId)
        .orderBy('part')
        .execute();
    },
  }) satisfies Partial<LedgerTransaction>;
