/** From a compiled action and values to a literal, checked action. Nothing is lexed by a shell here or later. */
import { type Action, type CompiledAction, isRead, type Parameter, readsOf } from '../domain/action.ts';
import type { Filter } from '../domain/filter.ts';
import type { ReadAction, SingleRead } from '../domain/read-action.ts';
import { compileLiteral } from './filters/compile.ts';
import type { Template } from '../domain/object-reference.ts';
import { textProblem } from './action/check-text.ts';
import { textOf } from './kubectl/flags.ts';
import { argumentProblems } from './kubectl/open-arguments.ts';
import { fillJson } from './action/json-places.ts';
import { namesSecretMount } from './exec-policy.ts';
import { mapAction } from './action/map-action.ts';
import type { TextPlace } from './action/places.ts';
import { bodyValueProblem, urlValueProblem } from './http/url-template.ts';

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
    if (place.type === 'json') return checked(filledJson(template), place, '');
    let known = true;
    const parts = template.template.map((part, index) => {
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
      // Behind a pipe a value is part of a pattern or a name, never a flag or a piece of a program.
      const behind = index === 0 ? /^[\w./:@][\w./:@-]*$/ : /^[\w./:@-]+$/;
      if (place.type === 'filter-word' && !behind.test(value)) {
        problems.push({ parameter: part.parameter, text: `${show(value)} cannot stand in ${place.label}.` });
        known = false;
      }
      const before = textOf({ template: template.template.slice(0, index) });
      const misplaced =
        place.type === 'url'
          ? urlValueProblem(before, value)
          : place.type === 'body'
            ? bodyValueProblem(value)
            : undefined;
      if (misplaced !== undefined) {
        problems.push({ parameter: part.parameter, text: `${show(value)} ${misplaced}.` });
        known = false;
      }
      return value;
    });
    const first = template.template.find((part) => typeof part !== 'string');
    return known ? checked(parts.join(''), place, typeof first === 'object' ? first.parameter : '') : '';
  };
  const filledJson = (template: Template): string => {
    const open = typeof template === 'string' ? [] : template.template.filter((part) => typeof part !== 'string');
    const missing = open.find(({ parameter }) => !filled.has(parameter));
    if (missing !== undefined) {
      if (!problems.some(({ parameter }) => parameter === missing.parameter)) {
        problems.push({ parameter: missing.parameter, text: `${missing.parameter} needs a value.` });
      }
      return '{}';
    }
    const json = fillJson(template, (name) => filled.get(name) ?? '');
    if ('text' in json) return json.text;
    problems.push({
      parameter: json.misfit,
      text: `${show(filled.get(json.misfit) ?? '')} stands where the patch has a number, and is none.`,
    });
    return '{}';
  };
  const checked = (text: string, place: TextPlace, parameter: string): string => {
    const problem = textProblem(place.type, text);
    if (problem) problems.push({ parameter, text: `${show(text)}, ${place.label}, ${problem}.` });
    return text;
  };

  const isDefault = (name: string): boolean =>
    parameters.some((each) => each.name === name && each.default === filled.get(name));
  for (const { parameter, value, problem } of argumentProblems(action, filled, isDefault)) {
    problems.push({ parameter, text: `${show(value)} ${problem}.` });
  }
  const mapped = mapAction(action, fill);
  // Put together from text and values, a path may lead where it does not when it is written out.
  const argvs = (isRead(mapped) ? readsOf(mapped) : [mapped]).flatMap((each) =>
    each.type === 'exec' || each.type === 'exec-read' ? [each.argv] : [],
  );
  if (argvs.flat().some(namesSecretMount)) {
    problems.push({ parameter: '', text: 'This reaches into the mount of a Secret, which this program never reads.' });
  }
  const bound = isRead(mapped) ? withFilters(mapped, (text) => problems.push({ parameter: '', text })) : mapped;
  if (problems.length > 0) return { ok: false, problems };
  if (bound.type === 'scale') return { ok: true, action: { ...bound, replicas: Number(bound.replicas) } };
  return { ok: true, action: bound };
}

/** Open filters have their words now, and become what they are. */
function withFilters(action: ReadAction, tell: (problem: string) => void): ReadAction {
  if (action.type === 'chain') {
    return { ...action, links: action.links.map((link) => ({ ...link, read: settled(link.read, tell) })) };
  }
  return settled(action, tell);
}

function settled(read: SingleRead, tell: (problem: string) => void): SingleRead {
  if (read.filters === undefined) return read;
  const filters = read.filters.flatMap((filter): Filter[] => {
    if (filter.program !== 'open') return [filter];
    const compiled = compileLiteral(filter.words);
    if ('refused' in compiled) {
      tell(compiled.refused.text);
      return [];
    }
    return [filter.quiet && compiled.program === 'grep' ? { ...compiled, quiet: true } : compiled];
  });
  return { ...read, filters };
}

const show = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
