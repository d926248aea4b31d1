import { sql } from 'kysely';
import { invariant } from '../../domain/errors.ts';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

export const votes = ({ db }: Scope) =>
  ({
    /** The plan's row is locked before the ordinal is taken, so the order of ordinals is the order of commits. */
    async insertVote({ planId, voter, verdict, counted, reason }) {
      const { rows } = await sql<{ plans: number; votes: number }>`
        with voted as (select id from plan where id = ${planId} for no key update),
        accepted as (
          insert into vote (plan_id, voter, verdict, counted, reason)
          select id, ${voter}::text, ${verdict}::text, ${counted ?? null}::boolean, ${reason ?? null}::text from voted
          on conflict (plan_id, voter) do nothing
          returning ordinal
        )
        select (select count(*)::int from voted) as plans, (select count(*)::int from accepted) as votes`.execute(db);
      invariant(rows[0]?.plans === 1, `Plan ${planId} is not in the ledger.`);
      return rows[0].votes === 1;
    },
    async votesOf(planId) {
      const rows = await db
        .selectFrom('vote')
        .select(['planId', 'voter', 'verdict', 'ordinal', 'at', 'counted', 'reason'])
        .where('planId', '=', planId)
        .orderBy('ordinal')
        .execute();
      return rows.map((row) => ({ ...withoutNulls(row), ordinal: Number(row.ordinal) }));
    },
    async updateVote(planId, voter, patch) {
      if (!hasKeys(patch)) return;
      const result = await db
        .updateTable('vote')
        .set(patch)
        .where('planId', '=', planId)
        .where('voter', '=', voter)
        .executeTakeFirst();
      expectOne(result, `The vote of ${voter} on plan ${planId}`);
    },
  }) satisfies Partial<LedgerTransaction>;
