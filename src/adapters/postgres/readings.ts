import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

export const readings = ({ db }: Scope) => {
  const all = db
    .selectFrom('reading')
    .select([
      'id',
      'postingId',
      'ordinal',
      'parameters',
      'requestedBy',
      'state',
      'text',
      'exitCode',
      'truncated',
      'tookMs',
    ]);
  return {
    async insertReading(reading) {
      await db
        .insertInto('reading')
        .values({ ...reading, parameters: JSON.stringify(reading.parameters) })
        .execute();
    },
    async reading(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async updateReading(id, patch) {
      if (!hasKeys(patch)) return;
      expectOne(await db.updateTable('reading').set(patch).where('id', '=', id).executeTakeFirst(), `Reading ${id}`);
    },
    async readingsOf(postingId) {
      const rows = await all.where('postingId', '=', postingId).orderBy('seq').execute();
      return rows.map(withoutNulls);
    },
  } satisfies Partial<LedgerTransaction>;
};
