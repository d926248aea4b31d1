/** What `firebreak compile --json` prints; docs/compile.schema.json describes it. */
import type { ActionClass, CompiledAction, Parameter } from '../domain/action.ts';
import { isRead, readsOf } from '../domain/action.ts';
import type { Filter, OpenFilter } from '../domain/filter.ts';
import type { Template } from '../domain/object-reference.ts';
import type { Phase, Reason, ReasonCode, Runbook, Step } from '../domain/runbook.ts';

type StepJson = {
  readonly id: string;
  readonly line: number;
  readonly endLine: number;
  readonly phase: Phase;
  readonly label: string;
  readonly condition: string | null;
  readonly source: string;
  readonly kind: 'action' | 'manual';
  readonly action?: CompiledAction;
  readonly class?: ActionClass;
  readonly live?: true;
  readonly parameters: readonly Parameter[];
  readonly filters: readonly (Filter | OpenFilter<Template>)[];
  readonly reason?: Reason;
  readonly prose?: true;
};

export type CompileJson = {
  readonly files: readonly {
    readonly path: string;
    readonly title: string;
    readonly procedures: readonly {
      readonly id: string;
      readonly title: string;
      readonly line: number;
      readonly alerts: readonly string[];
      readonly severity: { readonly word: string; readonly scale: string } | null;
      readonly escalation: readonly string[];
      readonly steps: readonly StepJson[];
    }[];
  }[];
  /** `units` = `actions` + `manual`; steps that are prose are in `steps` and not counted. */
  readonly summary: {
    readonly units: number;
    readonly actions: number;
    readonly manual: number;
    readonly byClass: Readonly<Partial<Record<ActionClass, number>>>;
    readonly byReason: Readonly<Partial<Record<ReasonCode, number>>>;
  };
};

export function compileJson(files: readonly Runbook[]): CompileJson {
  const byClass: Partial<Record<ActionClass, number>> = {};
  const byReason: Partial<Record<ReasonCode, number>> = {};
  let actions = 0;
  let manual = 0;
  for (const step of files.flatMap((file) => file.procedures).flatMap((procedure) => procedure.steps)) {
    if (step.kind === 'action') {
      actions++;
      byClass[step.class] = (byClass[step.class] ?? 0) + 1;
    } else if (!step.prose) {
      manual++;
      byReason[step.reason.code] = (byReason[step.reason.code] ?? 0) + 1;
    }
  }
  return {
    files: files.map(({ path, title, procedures }) => ({
      path,
      title,
      procedures: procedures.map(({ id, title, line, alerts, severity, escalation, steps }) => ({
        id,
        title,
        line,
        alerts,
        severity: severity ?? null,
        escalation,
        steps: steps.map(stepJson),
      })),
    })),
    summary: { units: actions + manual, actions, manual, byClass, byReason },
  };
}

function stepJson(step: Step): StepJson {
  const { id, line, endLine, phase, label, condition = null, source } = step;
  const common = { id, line, endLine, phase, label, condition, source };
  if (step.kind === 'manual') {
    const { reason, prose } = step;
    return { ...common, kind: 'manual', parameters: [], filters: [], reason, ...(prose && { prose }) };
  }
  const { action, class: actionClass, live, parameters } = step;
  const filters = isRead(action) ? readsOf(action).flatMap((read) => read.filters ?? []) : [];
  return { ...common, kind: 'action', action, class: actionClass, ...(live && { live }), parameters, filters };
}
