/** What lint says about all files together: alerts without procedures, procedures without alerts, titles given twice. */
import type { Procedure, Runbook } from '../../domain/runbook.ts';
import { matchProcedures, type ProcedureMap } from '../match.ts';
import { type Finding, finding } from './finding.ts';

/** An alert of a Prometheus rule file. */
export type AlertRule = {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly runbookUrl?: string;
};

/** `alerts`: what firebreak.yaml says besides the runbooks, for all services together. */
export function lintAlerts(
  runbooks: readonly Runbook[],
  { rules, alerts }: { readonly rules: readonly AlertRule[]; readonly alerts: ProcedureMap },
): Finding[] {
  return [
    ...rules.flatMap((rule) => lintRule(rule, runbooks, alerts)),
    ...lintUnpaged(runbooks, { rules, alerts }),
    ...lintAmbiguous(runbooks),
    ...lintTitles(runbooks),
  ];
}

function lintRule(rule: AlertRule, runbooks: readonly Runbook[], alerts: ProcedureMap): Finding[] {
  const { name } = rule;
  const runbookUrl = rule.runbookUrl?.replaceAll(/\{\{-?\s*\$labels\.alertname\s*-?\}\}/g, name);
  // What Prometheus fills in from other labels is known when the alert fires, and not before.
  if (runbookUrl?.includes('{{')) return [];
  if (runbookUrl !== undefined) {
    // By the address alone, and by its anchor alone when there is one: a file without the section is no answer.
    const hash = runbookUrl.indexOf('#');
    const wanted = hash === -1 ? runbookUrl : runbookUrl.slice(hash);
    if (matchProcedures({ alertName: '', runbookUrl: wanted }, runbooks).length > 0) return [];
    return [
      finding(
        'dead-runbook-url',
        rule,
        `The runbook_url of ${name} names no file or section of these runbooks.`,
        'Let it end in the file’s name or in # and the section’s id.',
      ),
    ];
  }
  if (matchProcedures({ alertName: name }, runbooks, alerts).length > 0) return [];
  return [
    finding(
      'no-runbook',
      rule,
      `No procedure answers the alert ${name}.`,
      'Name it in a runbook as **Alert:** `Name`, give it a runbook_url, or map it under alerts in firebreak.yaml.',
    ),
  ];
}

/** Procedures that look like an answer to trouble: a remedy with a diagnosis before it, or a severity. */
function lintUnpaged(
  runbooks: readonly Runbook[],
  { rules, alerts }: { readonly rules: readonly AlertRule[]; readonly alerts: ProcedureMap },
): Finding[] {
  const paged = new Set<Procedure>(
    [
      ...rules.flatMap(({ name, runbookUrl }) =>
        matchProcedures({ alertName: name, ...(runbookUrl === undefined ? {} : { runbookUrl }) }, runbooks, alerts),
      ),
      ...Object.keys(alerts).flatMap((name) => matchProcedures({ alertName: name }, runbooks, alerts)),
    ].map(({ procedure }) => procedure),
  );
  return runbooks.flatMap(({ path, procedures }) =>
    procedures
      .filter((procedure) => procedure.alerts.length === 0 && !paged.has(procedure) && isAnswer(procedure))
      .map(({ line, title }) =>
        finding(
          'no-alert',
          { path, line },
          `No alert leads to ${title}.`,
          'Name the alert below the title as **Alert:** `Name`, or map it under alerts in firebreak.yaml.',
        ),
      ),
  );
}

const isAnswer = ({ severity, steps }: Procedure): boolean =>
  severity !== undefined ||
  (steps.some(({ phase }) => phase === 'diagnosis') && steps.some(({ phase }) => phase === 'remedy'));

type Placed = { readonly path: string; readonly procedure: Procedure };
const placesOf = (runbooks: readonly Runbook[]): Placed[] =>
  runbooks.flatMap(({ path, procedures }) => procedures.map((procedure) => ({ path, procedure })));

function lintAmbiguous(runbooks: readonly Runbook[]): Finding[] {
  const named = placesOf(runbooks).flatMap((place) => place.procedure.alerts.map((alert) => ({ ...place, alert })));
  return repeatsOf(named, ({ alert }) => alert).map(({ first, again }) =>
    finding(
      'ambiguous-alert',
      { path: again.path, line: again.procedure.line },
      `${again.alert} is named by ${again.procedure.title} and by ${first.procedure.title} (${first.path}:${first.procedure.line}).`,
      'Keep it in one of them, or choose one under alerts in firebreak.yaml.',
    ),
  );
}

function lintTitles(runbooks: readonly Runbook[]): Finding[] {
  return repeatsOf(placesOf(runbooks), ({ procedure }) => procedure.title.toLowerCase()).map(({ first, again }) =>
    finding(
      'duplicate-title',
      { path: again.path, line: again.procedure.line },
      `${again.procedure.title} is also the title of ${first.path}:${first.procedure.line}.`,
      'Say in the title what it is about, for example the system.',
    ),
  );
}

function repeatsOf<T>(all: readonly T[], keyOf: (one: T) => string): { first: T; again: T }[] {
  const firsts = new Map<string, T>();
  return all.flatMap((again) => {
    const first = firsts.get(keyOf(again));
    if (first === undefined) firsts.set(keyOf(again), again);
    return first === undefined ? [] : [{ first, again }];
  });
}
