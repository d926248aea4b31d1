/** Runs the look-ups of a step's parameters (`POD=$(kubectl get …)`) when the step is used. */
import type { ActionType, Parameter } from '../domain/action.ts';
import type { ActionStep } from '../domain/runbook.ts';
import { OperationError } from '../domain/errors.ts';
import { hidesValue, looksSecret } from '../domain/masking.ts';
import type { ReadAction, SingleReadOf } from '../domain/read-action.ts';
import type { Template } from '../domain/object-reference.ts';
import { bindAction } from '../runbook/bind.ts';
import { textProblem } from '../runbook/action/check-text.ts';
import { mapAction } from '../runbook/action/map-action.ts';
import type { ReadContext } from './ports.ts';
import { type Reach, runReading } from './reach.ts';

/**
 * What a look-up found: one value feeds its parameter, several ask. `note` says why there is none, or why a person has to
 * look at what there is: a single value with a note feeds nothing.
 */
export type Found = { readonly values: readonly string[]; readonly note?: string };

/** As many as one list of choices shows. */
const valuesMax = 100;

/** What `-o name` prints of a pod. `kubectl logs` and `exec` take it for the pod; all other commands stop at it. */
const podPrefix = /^pod\//;
const takesPrefix: ReadonlySet<string> = new Set(['logs', 'exec', 'exec-read'] satisfies ActionType[]);

/** A form stands where anybody in the channel may see it. */
const hidden = 'The runbook looks up what may be a secret; it is not shown here.';

/** The parameters whose look-ups would be run. */
export const lookUpsOf = (
  parameters: readonly Parameter[],
  known: Readonly<Record<string, string>>,
): readonly string[] =>
  parameters
    .filter(({ name, lookUp }) => lookUp && !Object.hasOwn(known, name) && !looksSecret(name))
    .map(({ name }) => name);

/**
 * By parameter name. `known` are the values that are there without asking; a look-up that needs another's value comes
 * behind it in `parameters`, and takes it when it is one. `action` takes the values. Never throws for what a cluster
 * answers.
 */
export async function runLookUps(
  { action, parameters }: Pick<ActionStep, 'action' | 'parameters'>,
  known: Readonly<Record<string, string>>,
  reach: Reach,
  context: ReadContext,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const values = new Map(Object.entries(known));
  const takenByLookUp = new Set(parameters.flatMap((each) => (each.lookUp ? [...namesIn(each.lookUp)] : [])));
  for (const parameter of parameters) {
    const { name, lookUp } = parameter;
    if (!lookUp || values.has(name)) continue;
    if (looksSecret(name)) {
      found.set(name, { values: [], note: hidden });
      continue;
    }
    const needed = namesIn(lookUp);
    const result = parameters.some((each) => needed.has(each.name) && !values.has(each.name))
      ? { values: [], note: 'The runbook looks this up with a value that is still open.' }
      : await run(
          { ...parameter, prefixed: takesPrefix.has(action.type) && !takenByLookUp.has(name) },
          lookUp,
          { parameters: parameters.filter((each) => needed.has(each.name)), values },
          reach,
          context,
        );
    found.set(name, result);
    const [only, ...others] = result.values;
    if (only !== undefined && others.length === 0 && result.note === undefined) values.set(name, only);
  }
  return found;
}

async function run(
  { name, type, prefixed }: Parameter & { readonly prefixed: boolean },
  lookUp: SingleReadOf<Template>,
  given: { parameters: readonly Parameter[]; values: ReadonlyMap<string, string> },
  reach: Reach,
  context: ReadContext,
): Promise<Found> {
  const bound = bindAction(lookUp, given.parameters, Object.fromEntries(given.values));
  if (!bound.ok) return { values: [], note: bound.problems.map(({ text }) => text).join(' ') };
  try {
    // A compiled read binds to a read: `bindAction` keeps the action's type.
    const answer = await runReading(reach, bound.action as ReadAction, context);
    if (answer.truncated) return { values: [], note: "The runbook's look-up found more than can be shown." };
    const out = answer.text.slice(0, answer.text.length - (answer.errorText ?? '').length);
    const words = out.split(/\s+/).filter((word) => word !== '');
    const names = type === 'pod' && prefixed ? words.map((word) => word.replace(podPrefix, '')) : words;
    const usable = names.filter((word) => textProblem(type, word) === undefined);
    // Free text is all that was printed, as between double quotes.
    const whole = out.replace(/\n+$/, '');
    const isText = type === 'text' && words.length > 0 && textProblem(type, whole) === undefined;
    const values = [...new Set(isText ? [whole, ...usable] : usable)].slice(0, valuesMax);
    const isOne = names.length === 1 && usable.length === 1 && (type !== 'text' || whole === usable[0]);
    if (values.some((value) => hidesValue(name, value))) return { values: [], note: hidden };
    if (isOne || values.length > 1) return { values };
    if (values.length === 1) return { values, note: `The runbook's look-up printed more than one ${type}; choose.` };
    const said = (answer.errorText ?? '').split('\n', 1)[0]?.slice(0, 200) ?? '';
    if (words.length > 0) return { values: [], note: `The runbook's look-up found nothing that can be a ${type}.` };
    return {
      values: [],
      note: said === '' ? "The runbook's look-up found nothing." : `The runbook's look-up: ${said}`,
    };
  } catch (error) {
    if (error instanceof OperationError || context.signal.aborted) {
      return { values: [], note: "The runbook's look-up was not answered in time; enter the value." };
    }
    throw error;
  }
}

function namesIn(action: SingleReadOf<Template>): ReadonlySet<string> {
  const names = new Set<string>();
  mapAction(action, (template: Template) => {
    for (const part of typeof template === 'string' ? [] : template.template) {
      if (typeof part !== 'string') names.add(part.parameter);
    }
    return template;
  });
  return names;
}
