/** Keeps the ledger from growing for ever. Handles `retain`, once an hour in one process at a time. */
import { describeError } from '../domain/errors.ts';
import type { NewWork } from '../domain/work.ts';
import type { Ledger } from './ledger.ts';
import type { Log } from './ports.ts';
import type { Handler } from './work.ts';

const everyMs = 3_600_000;

/** The first of its kind; the rest follow by themselves. */
export const retainWork: NewWork = { kind: 'retain', subject: 'ledger', lane: 'chatter', coalesce: true };

export function createRetain({ ledger, days, log }: { ledger: Ledger; days: number; log: Log }): Handler {
  return async () => {
    const pruned = await ledger.prune({ days }).catch((error: unknown) => {
      log.warn({ why: describeError(error) }, 'old rows could not be taken away; it is tried again in an hour');
      return undefined;
    });
    const total = Object.values(pruned ?? {}).reduce((sum, count) => sum + count, 0);
    if (total > 0) log.info({ ...pruned }, 'old rows were taken away');
    return async (tx) => {
      await tx.enqueue({ ...retainWork, delayMs: everyMs });
      // What is missing from the ledger later has a reason that anyone can find.
      const details = (pruned?.incidents ?? 0) + (pruned?.postings ?? 0);
      if (pruned && details > 0)
        await tx.journal({ kind: 'ledger.pruned', actor: 'firebreak', data: { days, ...pruned } });
    };
  };
}
