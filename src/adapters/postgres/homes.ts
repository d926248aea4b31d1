import { sql } from 'kysely';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import type { Scope } from './transaction.ts';

/** Who looks at their App Home. */
export const homes = ({ db }: Scope) =>
  ({
    async seeHome(slackUser) {
      const openedAt = sql<Date>`clock_timestamp()`;
      await db
        .insertInto('homeViewer')
        .values({ slackUser, openedAt })
        .onConflict((at) => at.column('slackUser').doUpdateSet({ openedAt }))
        .execute();
    },
    async homeViewers(since, limit) {
      const rows = await db
        .selectFrom('homeViewer')
        .select('slackUser')
        .where('openedAt', '>=', since)
        .orderBy('openedAt', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ slackUser }) => slackUser);
    },
  }) satisfies Partial<LedgerTransaction>;
