/** Reads compiled runbooks as a colleague would before they are needed. Pure. */
import type { Runbook } from '../../domain/runbook.ts';
import type { ProcedureMap } from '../match.ts';
import type { Finding } from './finding.ts';
import { type AlertRule, lintAlerts } from './lint-alerts.ts';
import { lintProcedures } from './lint-procedures.ts';
import { lintSteps } from './lint-steps.ts';
import { lintText } from './lint-text.ts';

export type LintOptions = {
  /** Alerts that exist; without any the runbooks' own are all that is known. */
  readonly rules: readonly AlertRule[];
  /** `alerts` of firebreak.yaml's services. */
  readonly alerts: ProcedureMap;
  /** Files of a service, whose first namespace stands for one that is not named. */
  readonly withNamespace: ReadonlySet<string>;
  /** Percent; 0 asks for nothing. */
  readonly minCoverage: number;
  /** What the files say, by path; those that are not here are judged by their commands alone. */
  readonly texts?: ReadonlyMap<string, string>;
};

/** The findings by file and line. */
export function lintRunbooks(runbooks: readonly Runbook[], options: LintOptions): Finding[] {
  return [
    ...runbooks.flatMap((runbook) => [
      ...lintSteps(runbook, { namespaceKnown: options.withNamespace.has(runbook.path) }),
      ...lintProcedures(runbook, options),
      ...lintText(runbook.path, options.texts?.get(runbook.path) ?? ''),
    ]),
    ...lintAlerts(runbooks, options),
  ].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
}
