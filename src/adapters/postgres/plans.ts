import { type Selectable, sql } from 'kysely';
import type { Plan, PlanContent } from '../../domain/plan.ts';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Schema } from './schema.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

/** The content is read from the very text that was hashed: there is no second copy that could differ. */
function toPlan(row: Selectable<Schema['plan']>): Plan {
  const { seq: _seq, approveNonce, denyNonce, ...rest } = row;
  return {
    ...withoutNulls(rest),
    // Written from a PlanContent; whether it still is that one is checked by its digest where it matters.
    content: JSON.parse(row.canonical) as PlanContent,
    nonces: { approve: approveNonce, deny: denyNonce },
  };
}

export const plans = ({ db }: Scope) => {
  const all = db.selectFrom('plan').selectAll();
  return {
    async insertPlan({ nonces, ...plan }) {
      // `canonical` is the content; see toPlan.
      const { content: _content, ...row } = plan;
      await db
        .insertInto('plan')
        .values({ ...row, approveNonce: nonces.approve, denyNonce: nonces.deny })
        .execute();
    },
    async plan(id) {
      const row = await all.where('id', '=', id).executeTakeFirst();
      return row && toPlan(row);
    },
    async planForUpdate(id) {
      const row = await all.where('id', '=', id).forUpdate().executeTakeFirst();
      return row && toPlan(row);
    },
    async planOfProposal(proposalId) {
      const row = await all.where('proposalId', '=', proposalId).executeTakeFirst();
      return row && toPlan(row);
    },
    async planOfNonce(nonce) {
      const row = await all
        .where((of) => of.or([of('approveNonce', '=', nonce), of('denyNonce', '=', nonce)]))
        .forUpdate()
        .executeTakeFirst();
      return row && toPlan(row);
    },
    async updatePlan(id, patch) {
      if (!hasKeys(patch)) return;
      expectOne(await db.updateTable('plan').set(patch).where('id', '=', id).executeTakeFirst(), `Plan ${id}`);
    },
    async plansOf(incidentId) {
      return (await all.where('incidentId', '=', incidentId).orderBy('seq').execute()).map(toPlan);
    },
    async proposedPlans(limit) {
      return (await all.where('state', '=', 'proposed').orderBy('seq').limit(limit).execute()).map(toPlan);
    },
    async approvedPlansForUpdate(services) {
      if (services.length === 0) return [];
      const rows = await all
        .where('state', '=', 'approved')
        .where('approvalExpiresAt', '>', sql<Date>`clock_timestamp()`)
        .where('service', 'in', services)
        .where((of) => of.not(of.exists(of.selectFrom('run').select('run.id').whereRef('run.planId', '=', 'plan.id'))))
        .orderBy('seq')
        .forUpdate()
        .execute();
      return rows.map(toPlan);
    },
  } satisfies Partial<LedgerTransaction>;
};
