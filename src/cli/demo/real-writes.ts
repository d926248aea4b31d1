/** What Firebreak wrote to a real cluster: its ledger knows, for each request is recorded before it is sent. */
import type { Database } from '../../adapters/postgres/connection.ts';
import { objectName, type PlanContent } from '../../domain/plan.ts';
import type { WriteLook } from '../../sandbox/demo/protocol.ts';

const writesMax = 50;

/** Newest first. Dry runs are not recorded, so they are not among these. */
export async function readWrites(database: Database): Promise<WriteLook[]> {
  const attempts = await database
    .selectFrom('attempt')
    .innerJoin('run', 'run.id', 'attempt.runId')
    .innerJoin('plan', 'plan.id', 'run.planId')
    .select(['attempt.auditId', 'attempt.request', 'attempt.startedAt', 'attempt.status', 'plan.canonical'])
    .orderBy('attempt.startedAt', 'desc')
    .limit(writesMax)
    .execute();
  return attempts.map(({ auditId, request, startedAt, status, canonical }) => {
    // Written by Firebreak from a `PlanContent`; its digest is over these very bytes.
    const { target } = JSON.parse(canonical) as PlanContent;
    return {
      at: startedAt.toISOString(),
      text: `${request.method.toLowerCase()} ${target.resource} ${objectName(target)}`,
      code: status ?? 0,
      isDryRun: false,
      auditId,
    };
  });
}
