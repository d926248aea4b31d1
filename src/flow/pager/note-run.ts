/** What was done about an incident is told where it was paged: who ran what, how it ended, whether it helped. */
import { maskText } from '../../domain/masking.ts';
import { fieldText, type Plan, shownChanges } from '../../domain/plan.ts';
import type { Outcome, Run } from '../../domain/outcome.ts';
import type { LedgerTransaction } from '../ledger.ts';
import { noteToPager } from './order-pager.ts';
import type { NewId } from '../ports.ts';

const changesMax = 5;

/** One note for each run, when nothing more is expected of it; nothing before that, and for a plan without an incident. */
export async function noteRun(tx: LedgerTransaction, newId: NewId, plan: Plan, runId: string): Promise<void> {
  const run = await tx.run(runId);
  if (!plan.incidentId || !run?.outcome || run.verification === 'watching') return;
  const approvers = (await tx.votesOf(plan.id)).filter(({ verdict, counted }) => verdict === 'approve' && counted);
  const text = [
    `Firebreak: ${whatOf(plan)}.`,
    `Asked for by ${named(plan.requestedBy)}, approved by ${approvers.map(({ voter }) => named(voter)).join(', ') || 'nobody'}.`,
    `Outcome: ${outcomeWords[run.outcome]}${run.outcomeText ? ` (${short(run.outcomeText)})` : ''}.`,
    ...verificationOf(run),
  ].join('\n');
  await noteToPager(tx, newId, { incidentId: plan.incidentId, by: 'firebreak', text: maskText(text) });
}

const outcomeWords = {
  succeeded: 'applied',
  partial: 'applied in part',
  failed: 'failed, nothing was changed',
  refused: 'refused, nothing was changed',
  unknown: 'unknown, it may have happened',
} satisfies Record<Outcome, string>;

function verificationOf({ verification, verificationText }: Run): string[] {
  if (verification === undefined) return [];
  const words = { watching: 'under way', passed: 'passed', failed: 'failed', 'gave-up': 'given up' }[verification];
  return [`Verification: ${words}${verificationText ? ` (${short(verificationText)})` : ''}.`];
}

/** `Deployment shop/web: replicas 3 → 5`. */
function whatOf({ content: { target, ...content } }: Plan): string {
  const place = [target.namespace, target.name].filter((part) => part !== undefined).join('/');
  const shown = shownChanges(content);
  const lines = shown.slice(0, changesMax).map(({ label, before, after, masked }) => {
    const isMasked = masked === true;
    return `${label} ${fieldText(before, isMasked)} → ${fieldText(after, isMasked)}`;
  });
  if (shown.length > changesMax) lines.push(`${shown.length - changesMax} more`);
  return short(`${target.kind} ${place}${lines.length > 0 ? `: ${lines.join(', ')}` : ''}`);
}

const named = (user: string): string => (/^[UW][A-Z0-9]{2,30}$/.test(user) ? `<@${user}>` : user);
const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
};
