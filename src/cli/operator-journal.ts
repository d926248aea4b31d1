import { createLedger } from '../adapters/postgres/ledger.ts';
import { openPostgres } from '../adapters/postgres/connection.ts';
import type { OperatorJournal } from '../flow/operate.ts';
import type { Log } from '../flow/ports.ts';

/** The run lives in this process alone. */
export const noJournal: OperatorJournal = { started: async () => undefined, ended: async () => undefined };

/** With DATABASE_URL the run is written to the journal before the request is sent and when its outcome is known. */
export async function withOperatorJournal<T>(
  actor: string,
  log: Log,
  act: (journal: OperatorJournal) => Promise<T>,
): Promise<T> {
  const url = process.env['DATABASE_URL'];
  if (!url) return act(noJournal);
  const connection = openPostgres({ url, log });
  try {
    const ledger = createLedger({ db: connection.db, log, onEnqueued: () => undefined });
    return await act({
      started: (plan, auditId, target) =>
        ledger.transaction((tx) =>
          tx.journal({
            kind: 'operator.started',
            planId: plan.id,
            actor,
            data: { digest: plan.digest, auditId, target },
          }),
        ),
      ended: (plan, run) =>
        ledger.transaction((tx) =>
          tx.journal({
            kind: `operator.${run.outcome}`,
            planId: plan.id,
            actor,
            data: {
              text: run.text.slice(0, 500),
              auditIds: run.auditIds,
              ...(run.parts && {
                parts: run.parts.map(({ part, outcome, auditIds }) => ({ part, outcome, auditIds })),
              }),
            },
          }),
        ),
    });
  } finally {
    await connection.close();
  }
}
