import { sql } from 'kysely';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import { expectOne, type Scope } from './transaction.ts';

export const attempts = ({ db }: Scope) =>
  ({
    /** Numbers it from 1 within its run; two at once are a conflict, since one worker has the lease. */
    async insertAttempt({ auditId, runId, part, request, startedAt, answer }) {
      await sql`
        insert into attempt (audit_id, run_id, ordinal, part, request, started_at, answer)
        select ${auditId}::text, ${runId}::text, coalesce(max(ordinal), 0) + 1, ${part}::integer,
               ${JSON.stringify(request)}::json, ${startedAt}::timestamptz, ${answer ?? null}::text
        from attempt where run_id = ${runId}`.execute(db);
    },
    async answerAttempt(auditId, answer, status) {
      const result = await db
        .updateTable('attempt')
        .set({ answer, status: status ?? null, answeredAt: sql<Date>`clock_timestamp()` })
        .where('auditId', '=', auditId)
        .executeTakeFirst();
      expectOne(result, `Attempt ${auditId}`);
    },
    async attemptsOf(runId) {
      const rows = await db
        .selectFrom('attempt')
        .select(['auditId', 'runId', 'ordinal', 'part', 'request', 'startedAt', 'answer'])
        .where('runId', '=', runId)
        .orderBy('ordinal')
        .execute();
      return rows.map(withoutNulls);
    },
  }) satisfies Partial<LedgerTransaction>;
