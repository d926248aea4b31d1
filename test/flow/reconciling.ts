/** What the tests of reconciliation share: one check of a source done as the worker would do it, and what follows it. */
import type { Work } from '../../src/domain/work.ts';
import type { Reconcile } from '../../src/flow/reconcile/reconcile.ts';
import type { TestLedger } from '../ledger.ts';

/** Does the work as the worker would, with what follows in the ledger. */
export async function checkSource({ ledger }: TestLedger, reconcile: Reconcile, subject: string): Promise<void> {
  const work: Work = { id: '0', kind: 'reconcile', subject, lane: 'chatter', attempts: 1, claim: 'claim' };
  const settle = await reconcile.handler(work, new AbortController().signal);
  await ledger.transaction(async (tx) => void (await settle(tx)));
}

export const waitingChecks = ({ db }: TestLedger, subject: string) =>
  db
    .selectFrom('work')
    .select(['subject', 'dueAt'])
    .where('kind', '=', 'reconcile')
    .where('subject', '=', subject)
    .where('doneAt', 'is', null)
    .execute();
