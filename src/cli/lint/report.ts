/** What lint found, before it is printed in one form or another. */
import type { Finding } from '../../runbook/lint/finding.ts';

export type LintReport = {
  readonly findings: readonly Finding[];
  readonly files: number;
  /** Files that could not be read, each a sentence. */
  readonly problems: readonly string[];
};
