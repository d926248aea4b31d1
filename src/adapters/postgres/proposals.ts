import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

export const proposals = ({ db }: Scope) => {
  const all = db
    .selectFrom('proposal')
    .select(['id', 'postingId', 'ordinal', 'parameters', 'requestedBy', 'state', 'reason', 'undoOf', 'action']);
  return {
    async insertProposal({ action, parameters, ...proposal }) {
      await db
        .insertInto('proposal')
        .values({
          ...proposal,
          parameters: JSON.stringify(parameters),
          action: action ? JSON.stringify(action) : null,
        })
        .execute();
    },
    async proposal(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async updateProposal(id, patch) {
      if (!hasKeys(patch)) return;
      expectOne(await db.updateTable('proposal').set(patch).where('id', '=', id).executeTakeFirst(), `Proposal ${id}`);
    },
    async proposalsOf(postingId) {
      const rows = await all.where('postingId', '=', postingId).orderBy('seq').execute();
      return rows.map(withoutNulls);
    },
  } satisfies Partial<LedgerTransaction>;
};
