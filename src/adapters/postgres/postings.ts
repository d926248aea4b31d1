import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Scope } from './transaction.ts';

export const postings = ({ db }: Scope) => {
  const all = db
    .selectFrom('posting')
    .select(['id', 'incidentId', 'service', 'runbookDigest', 'procedureId', 'channel', 'requestedBy', 'parameters']);
  return {
    async insertPosting({ parameters, ...posting }) {
      const given = parameters === undefined ? {} : { parameters: JSON.stringify(parameters) };
      await db
        .insertInto('posting')
        .values({ ...posting, ...given })
        .execute();
    },
    async posting(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async postingsOf(incidentId) {
      const rows = await all.where('incidentId', '=', incidentId).orderBy('seq').execute();
      return rows.map(withoutNulls);
    },
  } satisfies Partial<LedgerTransaction>;
};
