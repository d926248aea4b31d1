/** A proposal that becomes a plan: its row, its card in the step's thread, and the work that plans it. */
import type { Proposal } from '../../domain/posting.ts';
import type { LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';

export async function askForPlan(
  tx: LedgerTransaction,
  proposal: Omit<Proposal, 'state'>,
  place: { readonly channel: string; readonly threadKey: string },
): Promise<void> {
  const { id } = proposal;
  await tx.insertProposal({ ...proposal, state: 'planning' });
  await tx.putMessage({ key: messageKey.proposal(id), kind: 'proposal', subject: id, ...place }, 'decision');
  await tx.enqueue({ kind: 'propose-plan', subject: id, lane: 'decision' });
}
