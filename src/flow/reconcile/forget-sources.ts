/** Sources that were taken out of firebreak.yaml: until when they were checked interests nobody, and its age alarms. */
import type { LedgerTransaction } from '../ledger.ts';

/** `asked` is what is checked from now on, by subject of its work; what PagerDuty's own checks note stays with it. */
export async function forgetSources(
  tx: Pick<LedgerTransaction, 'sourceChecks' | 'forgetSources'>,
  asked: readonly string[],
): Promise<void> {
  const isGone = (source: string): boolean => {
    if (source === 'pagerduty' || source.startsWith('pagerduty:')) return !asked.includes('pagerduty');
    return source.startsWith('alertmanager:') && !asked.includes(source);
  };
  const checks = await tx.sourceChecks();
  await tx.forgetSources(checks.map(({ source }) => source).filter(isGone));
}
