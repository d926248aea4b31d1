/** From a compiled action and values to a literal, checked action. Nothing is lexed by a shell here or later. */
import type { Action, CompiledAction, Parameter, Template } from '../domain/action.ts';
import { textProblem } from './check-text.ts';
import { textOf } from './kubectl/flags.ts';
import { mapAction, type TextPlace } from './map-action.ts';

type BindProblem = { readonly parameter: string; readonly text: string };
export type Bound =
  | { readonly ok: true; readonly action: Action }
  | { readonly ok: false; readonly problems: readonly BindProblem[] };

/**
 * Fills the parameters in. Each value is checked against its parameter's type, and each filled text against its
 * place, so that `web-` + `x y` is refused although both parts may stand alone. A parameter without a value takes
 * its default. `problems` names the parameter and says in a sentence what is wrong.
 */
export function bindAction(
  action: CompiledAction,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, string>>,
): Bound {
  const problems: BindProblem[] = [];
  const filled = new Map<string, string>();
  for (const parameter of parameters) {
    const value = Object.hasOwn(values, parameter.name) ? values[parameter.name] : parameter.default;
    if (value === undefined || value === '') {
      problems.push({ parameter: parameter.name, text: `${parameter.name} needs a value.` });
      continue;
    }
    const problem = textProblem(parameter.type, value);
    if (problem) problems.push({ parameter: parameter.name, text: `${show(value)} ${problem}.` });
    else filled.set(parameter.name, value);
  }

  const fill = (template: Template, place: TextPlace): string => {
    if (typeof template === 'string') return checked(template, place, textOf(template));
    let known = true;
    const parts = template.template.map((part) => {
      if (typeof part === 'string') return part;
      const value = filled.get(part.parameter);
      if (value === undefined) {
        known = false;
        if (!problems.some((each) => each.parameter === part.parameter)) {
          problems.push({ parameter: part.parameter, text: `${part.parameter} needs a value.` });
        }
        return '';
      }
      // A value inside a selector may not bring terms of its own: `app=<x>` with `web,tier` would select more.
      const selects = place.type === 'selector' || place.type === 'field-selector';
      if (selects && template.template.length > 1 && !/^[\w./-]+$/.test(value)) {
        problems.push({ parameter: part.parameter, text: `${show(value)} cannot stand inside ${place.label}.` });
        known = false;
      }
      return value;
    });
    const first = template.template.find((part) => typeof part !== 'string');
    return known ? checked(parts.join(''), place, typeof first === 'object' ? first.parameter : '') : '';
  };
  const checked = (text: string, place: TextPlace, parameter: string): string => {
    const problem = textProblem(place.type, text);
    if (problem) problems.push({ parameter, text: `${show(text)}, ${place.label}, ${problem}.` });
    return text;
  };

  const bound = mapAction(action, fill);
  if (problems.length > 0) return { ok: false, problems };
  if (bound.type === 'scale') return { ok: true, action: { ...bound, replicas: Number(bound.replicas) } };
  return { ok: true, action: bound };
}

const show = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
