/** What the command and the alerts already say about a step's parameters, always with where it came from. */
import type { Alert } from '../domain/alert.ts';
import type { Parameter, ParameterType } from '../domain/action.ts';
import { formatDate } from '../domain/date-format.ts';
import type { Posting } from '../domain/posting.ts';
import { textProblem } from '../runbook/action/check-text.ts';

/** Alert labels that name a thing of this type; Prometheus and kube-state-metrics conventions. */
const labelsOf = {
  namespace: ['namespace', 'exported_namespace'],
  pod: ['pod', 'exported_pod', 'pod_name'],
  node: ['node', 'instance'],
  deployment: ['deployment'],
  statefulset: ['statefulset'],
  daemonset: ['daemonset'],
  job: ['job_name'],
  service: ['service'],
  configmap: ['configmap'],
  container: ['container', 'exported_container'],
  pvc: ['persistentvolumeclaim'],
  image: [],
  replicas: [],
  selector: [],
  text: [],
} satisfies Record<ParameterType, readonly string[]>;

export type Prefilled = { readonly value: string; readonly from: string };

/**
 * What somebody typed with the command wins. A label's value is taken only when all firing alerts agree on it: with two pods firing, a person has to pick. A label is
 * what a source says, so what cannot be a name of the type (`../../secrets`, 10 kB) is nobody's suggestion. A look-up of
 * the runbook is for look-up.ts; a date needs `now`.
 */
export function prefill(
  parameter: Parameter,
  alerts: readonly Alert[],
  given: Posting['parameters'] = {},
  now?: Date,
): Prefilled | undefined {
  const typed = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
  // Checked when it was typed; asked again, since what was stored is not what a form may show.
  if (typed !== undefined && textProblem(parameter.type, typed) === undefined)
    return { value: typed, from: 'the command' };
  if (parameter.date !== undefined) return dated(parameter, parameter.date, now);
  // The runbook says which one it means; an alert's label may name another.
  if (parameter.lookUp) return undefined;
  const firing = alerts.filter((alert) => alert.status === 'firing');
  for (const label of labelsOf[parameter.type]) {
    const values = new Set(firing.flatMap((alert) => alert.labels[label] ?? []));
    const [value] = values;
    if (values.size !== 1 || !value || textProblem(parameter.type, value) !== undefined) continue;
    return { value, from: `the alert's label ${label}` };
  }
  if (parameter.default !== undefined) return { value: parameter.default, from: "the runbook's own text" };
  return undefined;
}

function dated(parameter: Parameter, format: string, now: Date | undefined): Prefilled | undefined {
  const value = now && formatDate(format, now);
  return value === undefined || textProblem(parameter.type, value) !== undefined
    ? undefined
    : { value, from: 'the clock (UTC)' };
}
