/**
 * `kubectl edit` with the value in a comment: the one place of the live object that the comment can mean. A key that is in
 * more places than one, or in none, is refused with the places; nothing is chosen for the author.
 */
import type { SetFieldAction } from '../../../domain/change-action.ts';
import { asGoWrites, type Json } from '../../../domain/json.ts';
import { at, isList, isRecord, pointerKey, textAt } from '../live.ts';

export type FieldFound =
  | { readonly kind: 'found'; readonly path: string; readonly before: Json; readonly after: Json }
  | { readonly kind: 'refused'; readonly text: string };

type Place = { readonly path: string; readonly words: string; readonly before: Json; readonly after: Json | undefined };
const placesShown = 5;

export function findField(action: SetFieldAction<string>, live: Json): FieldFound {
  const { field, value } = action;
  const keys = field.split('.');
  const places = [...fieldsIn(live, keys, value), ...linesIn(live, keys, value)];
  const object = `${action.target.resource}/${action.target.name}`;
  const [place, ...more] = places;
  if (place === undefined) {
    return { kind: 'refused', text: `${object} has no field ${field} that the comment could mean. Change it by hand.` };
  }
  if (more.length > 0) {
    const told = places.slice(0, placesShown).map(({ words }) => words);
    const rest = places.length > placesShown ? ` and ${places.length - placesShown} more` : '';
    return {
      kind: 'refused',
      text: `${object} has ${field} in ${places.length} places: ${told.join(', ')}${rest}. Change the one that is meant by hand.`,
    };
  }
  if (place.after === undefined) {
    return {
      kind: 'refused',
      text: `${JSON.stringify(value.slice(0, 80))} is no value that ${place.words} of ${object} can take as it is now. Change it by hand.`,
    };
  }
  return { kind: 'found', path: place.path, before: place.before, after: place.after };
}

/** Scalars below spec and data whose last keys are these. */
function fieldsIn(live: Json, keys: readonly string[], value: string): readonly Place[] {
  const places: Place[] = [];
  const visit = (here: Json, path: readonly string[]): void => {
    if (isList(here)) here.forEach((element, index) => visit(element, [...path, String(index)]));
    else if (isRecord(here)) {
      // An environment variable is an entry with its name.
      if (keys.length === 1 && here['name'] === keys[0] && typeof here['value'] === 'string') {
        places.push(placeAt([...path, 'value'], here['value'], value));
      }
      for (const [key, inner] of Object.entries(here)) visit(inner, [...path, key]);
    } else if (endsWith(path, keys)) places.push(placeAt(path, here, value));
  };
  for (const root of ['spec', 'data']) visit(at(live, root) ?? null, [root]);
  return places;
}

const endsWith = (path: readonly string[], keys: readonly string[]): boolean =>
  keys.length <= path.length && keys.every((key, index) => path[path.length - keys.length + index] === key);

function placeAt(path: readonly string[], before: Json, value: string): Place {
  return {
    path: `/${path.map(pointerKey).join('/')}`,
    words: path.join('.'),
    before,
    after: sameSort(before, value),
  };
}

/** The value as the sort of value that is there. */
function sameSort(before: Json, value: string): Json | undefined {
  if (typeof before === 'string') return value;
  if (typeof before === 'number')
    return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(value) ? Number(value) : undefined;
  if (typeof before === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  return undefined;
}

/** Lines `key: value` of the texts of a config map. Only a whole line with a plain value can be replaced exactly. */
function linesIn(live: Json, keys: readonly string[], value: string): readonly Place[] {
  const data = textAt(live, 'kind') === 'ConfigMap' ? at(live, 'data') : undefined;
  const key = keys.at(-1) ?? '';
  if (!isRecord(data)) return [];
  return Object.entries(data).flatMap(([file, text]): Place[] => {
    if (typeof text !== 'string' || (!text.includes('\n') && !/[:=]/.test(text))) return [];
    const lines = text.split('\n');
    return lines.flatMap((line, index): Place[] => {
      if (!mentions(line, key)) return [];
      const words = `line ${index + 1} of ${file}`;
      const changed = keys.length === 1 ? replaced(line, key, value) : undefined;
      const after = changed === undefined ? undefined : lines.with(index, changed).join('\n');
      return [{ path: `/data/${pointerKey(file)}`, words, before: text, after }];
    });
  });
}

/** Whatever could be the key: also in comments and on lines that are then not understood. */
const mentions = (line: string, key: string): boolean => line.split(/[^\w-]+/).includes(key);

const plain = /^[\w./:+-]+$/;
const isNumber = (text: string): boolean => /^-?\d+(?:\.\d+)?$/.test(text);

function replaced(line: string, key: string, value: string): string | undefined {
  // key: value · key: "value" · "key": value, · key=value, with a comment behind that stays.
  const parts = /^(\s*(?:- )?)(["']?)([\w-]+)\2(\s*[:=]\s*)(["']?)([^"'#,]*?)\5(\s*,?\s*(?:\s#.*)?)$/.exec(line);
  if (parts === null || parts[3] !== key || !plain.test(value)) return undefined;
  const [, indent = '', mark = '', , between = '', quote = '', old = '', end = ''] = parts;
  if (old === '' || !plain.test(old)) return undefined;
  // `: ` makes a map in YAML; a number stays a number and a word a word.
  if (between.includes(':') && !/:\s+$/.test(between) && mark === '') return undefined;
  const sortOf = (text: string): string =>
    isNumber(text) ? 'number' : /^(?:true|false|yes|no|on|off|null|~)$/i.test(text) ? 'switch' : 'text';
  if (quote === '' && sortOf(old) !== sortOf(value)) return undefined;
  if (quote === '' && sortOf(value) === 'text' && between.includes(':') && /:(?:\s|$)|^[-.]/.test(value))
    return undefined;
  return `${indent}${mark}${key}${mark}${between}${quote}${value}${quote}${end}`;
}

/** The author's wish as a patch that the server is asked about. */
export const fieldPatch = ({ path, before, after }: FieldFound & { kind: 'found' }): string =>
  asGoWrites(
    JSON.stringify([
      { op: 'test', path, value: before },
      { op: 'replace', path, value: after },
    ]),
  );
