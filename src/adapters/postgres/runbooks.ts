import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Scope } from './transaction.ts';

export const runbooks = ({ db }: Scope) =>
  ({
    /** The digest says what is in it, so a second one with the same digest is the same runbook. */
    async saveRunbook({ digest, path, title, procedures }) {
      await db
        .insertInto('runbook')
        .values({ digest, path, title, procedures: JSON.stringify(procedures) })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },
    runbook: (digest) =>
      db
        .selectFrom('runbook')
        .select(['digest', 'path', 'title', 'procedures'])
        .where('digest', '=', digest)
        .executeTakeFirst(),
  }) satisfies Partial<LedgerTransaction>;
