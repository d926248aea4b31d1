/** Reads JSON into the shape of a kind: finds wrong types (worded as Go's decoder does) and drops unknown fields. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { parseQuantity, quantityRule } from '../quantity.ts';
import type { Scalar, Schema } from './schema.ts';

export type Decoded = {
  readonly value: Json;
  /** Paths of fields the kind does not have, as `spec.containers[0].bogus`. */
  readonly unknown: readonly string[];
  /** Present when the value does not decode at all. */
  readonly problem?: string;
};

export function decode(value: Json, schema: Schema): Decoded {
  const unknown: string[] = [];
  try {
    return { value: walk(value, schema, { struct: '', path: '', at: '', unknown }), unknown };
  } catch (error) {
    if (!(error instanceof WrongType)) throw error;
    return { value, unknown, problem: error.message };
  }
}

class WrongType extends Error {}

type Place = { struct: string; path: string; at: string; unknown: string[] };

function walk(value: Json, schema: Schema, place: Place): Json {
  if (schema === 'any' || value === null) return value;
  if (typeof schema === 'string') return scalar(value, schema, place);
  if ('list' in schema) {
    if (!Array.isArray(value)) throw wrong(value, place, '[]');
    return value.map((item, at) => walk(item, schema.list, { ...place, at: `${place.at}[${at}]` }));
  }
  if (!isObject(value)) throw wrong(value, place, 'struct' in schema ? `v1.${schema.struct}` : 'map[string]string');
  if ('map' in schema) {
    const entries = Object.entries(value).map(([key, item]) => [key, walk(item, schema.map, place)] as const);
    return Object.fromEntries(entries);
  }
  const result: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const field = Object.hasOwn(schema.fields, key) ? schema.fields[key] : undefined;
    const at = place.at === '' ? key : `${place.at}.${key}`;
    if (field === undefined) place.unknown.push(at);
    else if (
      item !== null &&
      !isOmitted(item, field) &&
      !(item === '' && emptyOmitted.has(`${schema.struct}.${key}`))
    ) {
      const path = place.path === '' ? key : `${place.path}.${key}`;
      result[key] = walk(item, field, { struct: schema.struct, path, at, unknown: place.unknown });
    }
  }
  return result;
}

/** Texts whose emptiness a story can see; the server writes hardly any empty text back. */
const emptyOmitted = new Set(['EnvVar.value']);

/** Empty lists and maps are not written back (`omitempty`): the last variable removed leaves no `env`. */
function isOmitted(item: Json, schema: Schema): boolean {
  if (typeof schema === 'string') return false;
  if ('list' in schema) return Array.isArray(item) && item.length === 0;
  return 'map' in schema && isObject(item) && Object.keys(item).length === 0;
}

function scalar(value: Json, type: Scalar, place: Place): Json {
  switch (type) {
    case 'string':
      if (typeof value !== 'string') throw wrong(value, place, 'string');
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(value, place, 'bool');
      return value;
    case 'int32':
    case 'int64':
      if (typeof value !== 'number') throw wrong(value, place, type);
      if (!Number.isInteger(value)) throw wrong(value, place, type, String(value));
      return value;
    case 'quantity':
      if ((typeof value !== 'string' && typeof value !== 'number') || parseQuantity(value) === undefined) {
        throw new WrongType(quantityRule);
      }
      return String(value);
    case 'any':
      return value;
    default:
      return type satisfies never;
  }
}

function wrong(value: Json, place: Place, type: string, number = ''): WrongType {
  const what = Array.isArray(value)
    ? 'array'
    : isObject(value)
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;
  return new WrongType(
    `json: cannot unmarshal ${what}${number === '' ? '' : ` ${number}`} into Go struct field ${place.struct}.${place.path} of type ${type}`,
  );
}
