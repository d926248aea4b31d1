import { sql } from 'kysely';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, hasKeys, type Scope } from './transaction.ts';

export const runs = ({ db }: Scope) => {
  const all = db
    .selectFrom('run')
    .select([
      'run.id',
      'run.planId',
      'run.startedAt',
      'run.deadlineAt',
      'run.outcome',
      'run.outcomeText',
      'run.finishedAt',
      'run.verification',
      'run.verificationText',
      'run.progress',
      'run.differences',
      'run.parts',
      'run.output',
      'run.actingAs',
    ]);
  return {
    /** The unique plan_id is what makes a run one way: a second one waits for the first to commit, and is then none. */
    async insertRun(run) {
      const result = await db
        .insertInto('run')
        .values({
          ...run,
          differences: JSON.stringify(run.differences),
          parts: run.parts === undefined ? null : JSON.stringify(run.parts),
          output: run.output === undefined ? null : JSON.stringify(run.output),
          actingAs: run.actingAs === undefined ? null : JSON.stringify(run.actingAs),
        })
        .onConflict((conflict) => conflict.column('planId').doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },
    async run(id) {
      const row = await all.where('run.id', '=', id).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async runOfPlan(planId) {
      const row = await all.where('run.planId', '=', planId).executeTakeFirst();
      return row && withoutNulls(row);
    },
    async updateRun(id, { differences, parts, output, ...patch }) {
      const set = {
        ...patch,
        ...(differences && { differences: JSON.stringify(differences) }),
        ...(parts && { parts: JSON.stringify(parts) }),
        ...(output && { output: JSON.stringify(output) }),
      };
      if (!hasKeys(set)) return;
      expectOne(await db.updateTable('run').set(set).where('id', '=', id).executeTakeFirst(), `Run ${id}`);
    },
    async runsOf(incidentId) {
      const rows = await all
        .innerJoin('plan', 'plan.id', 'run.planId')
        .where('plan.incidentId', '=', incidentId)
        .orderBy('run.seq')
        .execute();
      return rows.map(withoutNulls);
    },
    async runsInLastHour(service) {
      const { count } = await db
        .selectFrom('run')
        .innerJoin('plan', 'plan.id', 'run.planId')
        .select((of) => of.fn.countAll<string>().as('count'))
        .where('plan.service', '=', service)
        .where('plan.undoOf', 'is', null)
        .where('run.startedAt', '>', sql<Date>`clock_timestamp() - interval '1 hour'`)
        .executeTakeFirstOrThrow();
      return Number(count);
    },
  } satisfies Partial<LedgerTransaction>;
};
