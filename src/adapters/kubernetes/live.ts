/** Reading live objects: plain JSON, each access checked. Objects of others are never assumed to have a shape. */
import type { Json } from '../../domain/json.ts';

export type JsonRecord = { readonly [key: string]: Json };
type Path = readonly (string | number)[];

export const isRecord = (value: Json | undefined): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

export function at(value: Json | undefined, ...path: Path): Json | undefined {
  let here = value;
  for (const key of path) {
    if (typeof key === 'number') here = isList(here) ? here[key] : undefined;
    else here = isRecord(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  }
  return here;
}

export function textAt(value: Json | undefined, ...path: Path): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: Json | undefined, ...path: Path): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** A field that is an int or a text: ports, quantities. */
export function scalarAt(value: Json | undefined, ...path: Path): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}

export function listAt(value: Json | undefined, ...path: Path): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

export function recordAt(value: Json | undefined, ...path: Path): JsonRecord {
  const found = at(value, ...path);
  return isRecord(found) ? found : {};
}

/** Labels, annotations and the like: entries whose values are texts. */
export function textsAt(value: Json | undefined, ...path: Path): Readonly<Record<string, string>> {
  const texts: Record<string, string> = Object.create(null);
  for (const [key, text] of Object.entries(recordAt(value, ...path))) if (typeof text === 'string') texts[key] = text;
  return texts;
}

/** A JSON pointer (RFC 6901); undefined when there is nothing at its place. */
export function atPointer(value: Json, pointer: string): Json | undefined {
  let here: Json | undefined = value;
  for (const key of pointerKeys(pointer)) {
    here = isList(here) ? (/^(0|[1-9]\d*)$/.test(key) ? here[Number(key)] : undefined) : at(here, key);
  }
  return here;
}

export const pointerKeys = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

export const pointerKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

export function tryParse(body: string): Json | undefined {
  try {
    // JSON.parse gives exactly the values of Json.
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}
