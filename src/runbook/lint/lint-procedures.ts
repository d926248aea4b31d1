/** What lint says about procedures and files, one file at a time. */
import { type ActionType, isRead } from '../../domain/action.ts';
import type { Procedure, Runbook, Step } from '../../domain/runbook.ts';
import { type Finding, finding } from './finding.ts';
import { lintScales } from './lint-scales.ts';
import { changesOf, isChange } from './lint-steps.ts';

/** `minCoverage`: percent of a file's commands that Firebreak can run; 0 asks for nothing. */
export function lintProcedures(runbook: Runbook, { minCoverage }: { readonly minCoverage: number }): Finding[] {
  return [
    ...runbook.procedures.flatMap((procedure) => [
      ...lintVerification(runbook.path, procedure),
      ...lintEscalation(runbook.path, procedure),
      ...lintRestart(runbook.path, procedure),
      ...lintScales(runbook.path, procedure.steps),
    ]),
    ...lintCoverage(runbook, minCoverage),
  ];
}

/** A look behind the last change, in whatever phase, or a person's check in the verification phase. */
function lintVerification(path: string, { steps, line, title }: Procedure): Finding[] {
  const last = steps.findLastIndex(isChange);
  if (last === -1) return [];
  const checked = steps.some(
    (step, index) => step.phase === 'verification' || (index > last && step.kind === 'action' && step.class === 'read'),
  );
  if (checked) return [];
  return [
    finding(
      'no-verification',
      { path, line: steps[last]?.line ?? line },
      `${title} changes something here, and nothing after it looks whether it helped.`,
      'Add a read behind it, such as kubectl rollout status, or a part called Verification.',
    ),
  ];
}

/** A ConfigMap that changes, and nothing behind it that starts a container anew; a person's step may be that as well. */
function lintRestart(path: string, { steps }: Procedure): Finding[] {
  return steps.flatMap((step, index) => {
    if (!changesConfig(step) || steps.slice(index + 1).some(mayRestart)) return [];
    return [
      finding(
        'no-restart',
        { path, ...step },
        'Running pods keep what they read of the ConfigMap when they started, and nothing behind this restarts them.',
        'Add kubectl rollout restart of the workload, or say that the program looks again by itself.',
      ),
    ];
  });
}

const changesConfig = (step: Step): boolean =>
  step.kind === 'action' &&
  !isRead(step.action) &&
  changesOf(step.action).some(
    (change) => (change.type === 'patch' || change.type === 'set-field') && change.target.resource === 'configmaps',
  );

function mayRestart(step: Step): boolean {
  if (step.kind === 'manual') return /\b(?:restart|redeploy|roll(?:out|ing)?|recreate)/i.test(step.source);
  if (isRead(step.action)) return false;
  return changesOf(step.action).some(
    (change) =>
      restarting.has(change.type) ||
      (change.type === 'each' && (change.kind.resource === 'pods' || change.change.type === 'rollout-restart')),
  );
}

const restarting: ReadonlySet<ActionType> = new Set([
  'rollout-restart',
  'rollout-undo',
  'set-env',
  'set-image',
  'set-resources',
  'delete-pod',
  'evict',
  'drain',
  'scale',
]);

/** Only of what somebody is paged for. */
function lintEscalation(path: string, { alerts, severity, escalation, line, title }: Procedure): Finding[] {
  if (escalation.length > 0 || (alerts.length === 0 && severity === undefined)) return [];
  return [
    finding(
      'no-escalation',
      { path, line },
      `${title} does not say whom to call when it does not help.`,
      'Add a line such as **Escalation:** team lead after 30 minutes, or a contact table to the file.',
    ),
  ];
}

function coverageOf(runbook: Runbook): { readonly units: number; readonly actions: number } {
  const units = runbook.procedures
    .flatMap(({ steps }) => steps)
    .filter((step) => step.kind === 'action' || !step.prose);
  return { units: units.length, actions: units.filter((step) => step.kind === 'action').length };
}

function lintCoverage(runbook: Runbook, minCoverage: number): Finding[] {
  const { units, actions } = coverageOf(runbook);
  const percent = units === 0 ? 100 : Math.floor((100 * actions) / units);
  if (percent >= minCoverage) return [];
  return [
    finding(
      'low-coverage',
      { path: runbook.path, line: 1 },
      `Firebreak can run ${actions} of ${units} commands (${percent} %), and ${minCoverage} % are asked for.`,
      'firebreak compile says why each of the others is manual.',
    ),
  ];
}
