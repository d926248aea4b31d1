/**
 * JSON text with parameters inside its strings and in place of its numbers. A value is escaped for its string or has to
 * be a number, so it cannot leave its place: the text means the same document whatever is filled in.
 */
import type { Json } from '../../domain/json.ts';
import type { Template } from '../../domain/object-reference.ts';

type Part = string | { readonly parameter: string };
type Place = 'string' | 'number';

const isNumber = (text: string): boolean => /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/.test(text);
// Private use: in no text that a shell passed on, and nothing that JSON looks at.
const stand = '\uE010';

/** Where each parameter stands, in order. */
function placesIn(parts: readonly Part[]): Place[] {
  const places: Place[] = [];
  let inside = false;
  for (const part of parts) {
    if (typeof part !== 'string') {
      places.push(inside ? 'string' : 'number');
      continue;
    }
    for (let at = 0; at < part.length; at++) {
      if (inside && part[at] === '\\') at++;
      else if (part[at] === '"') inside = !inside;
    }
  }
  return places;
}

const partsOf = (template: Template): readonly Part[] =>
  typeof template === 'string' ? [template] : template.template;

/** Why the text is no JSON object with parameters in fit places, as the end of a sentence; undefined: it is one. */
export function jsonProblem(template: Template): string | undefined {
  const parts = partsOf(template);
  if (parts.some((part) => typeof part === 'string' && part.includes(stand)))
    return 'holds a character that cannot stand there';
  if (parts.some((part, index) => typeof part === 'string' && splitsEscape(part) && index < parts.length - 1)) {
    return 'has a backslash right before a value that is left open';
  }
  const places = placesIn(parts);
  let index = 0;
  const text = parts
    .map((part) => (typeof part === 'string' ? part : places[index++] === 'string' ? stand : '0'))
    .join('');
  let value: Json;
  try {
    // JSON.parse gives exactly the values of Json.
    value = JSON.parse(text) as Json;
  } catch {
    return 'is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'is not a JSON object or list';
  if (places.includes('number') && !numbersAlone(parts, places)) return 'leaves a part of a number open';
  return hasOpenKey(value) ? 'leaves the name of a field open' : undefined;
}

const splitsEscape = (text: string): boolean => (/\\+$/.exec(text)?.[0].length ?? 0) % 2 === 1;

/** `1<x>` would let a value change digits that the author wrote. */
function numbersAlone(parts: readonly Part[], places: readonly Place[]): boolean {
  let index = 0;
  return parts.every((part, at) => {
    if (typeof part === 'string' || places[index++] === 'string') return true;
    const [before, after] = [parts[at - 1], parts[at + 1]];
    return (
      typeof before === 'string' && typeof after === 'string' && /[:,[\s]$/.test(before) && /^[,\]}\s]/.test(after)
    );
  });
}

function hasOpenKey(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((each: Json) => hasOpenKey(each));
  return Object.entries(value).some(([key, each]) => key.includes(stand) || hasOpenKey(each));
}

/** The filled text, or the parameter whose value does not fit. `valueOf` is defined for every parameter of the template. */
export function fillJson(
  template: Template,
  valueOf: (parameter: string) => string,
): { readonly text: string } | { readonly misfit: string } {
  const parts = partsOf(template);
  const places = placesIn(parts);
  let index = 0;
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += part;
      continue;
    }
    const value = valueOf(part.parameter);
    if (places[index++] === 'string') text += JSON.stringify(value).slice(1, -1);
    else if (isNumber(value)) text += value;
    else return { misfit: part.parameter };
  }
  return { text };
}
