/**
 * Who set which field, as FieldsV1. Computed from the difference that a write made: the writer gets the fields it
 * changed, the others lose them.
 */
import { equal, isObject, type Json, type JsonObject } from '../json.ts';
import type { ManagedFields } from '../objects.ts';

const unmanaged = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'name',
  'namespace',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generateName',
]);

export function manage(
  before: JsonObject | undefined,
  after: JsonObject,
  current: readonly ManagedFields[],
  writer: { manager: string; apiVersion: string; time: string; subresource?: string },
): ManagedFields[] {
  const tops = ['metadata', 'spec', 'data', 'status', 'type'];
  const changed: JsonObject = {};
  for (const top of tops) {
    const tree = difference(before?.[top], after[top], top === 'metadata');
    if (tree) changed[`f:${top}`] = tree;
  }
  if (Object.keys(changed).length === 0) return [...current];
  const { manager, apiVersion, time, subresource } = writer;
  const mine = (entry: ManagedFields) => entry.manager === manager && entry.subresource === subresource;
  const others = current
    .filter((entry) => !mine(entry))
    .map((entry) => ({ ...entry, fieldsV1: subtract(entry.fieldsV1, changed) }))
    .filter((entry) => Object.keys(entry.fieldsV1).length > 0);
  const owned = current.find(mine)?.fieldsV1 ?? {};
  const entry: ManagedFields = {
    manager,
    operation: 'Update',
    apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: unite(owned, changed),
    ...(subresource === undefined ? {} : { subresource }),
  };
  return [...others, entry];
}

/** The tree of fields that differ, or undefined when nothing does. Fields that went away have no owner. */
function difference(before: Json | undefined, after: Json | undefined, metadata: boolean): JsonObject | undefined {
  if (after === undefined || equal(before, after)) return undefined;
  const tree: JsonObject = {};
  for (const [name, value, old] of members(before, after)) {
    if (metadata && unmanaged.has(name.slice(2))) continue;
    if (equal(value, old)) continue;
    const nested = isObject(value) || keyed(value) ? difference(old, value, false) : undefined;
    const isNew = old === undefined && nested !== undefined && !(name.startsWith('f:') && !mapLike.has(name));
    tree[name] = nested === undefined ? {} : isNew ? { '.': {}, ...nested } : nested;
  }
  return Object.keys(tree).length === 0 ? undefined : tree;
}

const mapLike = new Set(['f:labels', 'f:annotations', 'f:env', 'f:data', 'f:conditions', 'f:rollingUpdate']);

function members(before: Json | undefined, after: Json): [string, Json, Json | undefined][] {
  if (isObject(after)) {
    const old = isObject(before) ? before : {};
    return Object.entries(after).map(([key, value]) => [`f:${key}`, value, old[key]]);
  }
  const list = keyed(after) ? after : [];
  const old = keyed(before) ? before : [];
  return list.map((item) => [keyOf(item), item, old.find((other) => keyOf(other) === keyOf(item))]);
}

type Keyed = (JsonObject & { name?: string; type?: string })[];

/** A list that merges by name (containers, env) or type (conditions). */
const keyed = (value: Json | undefined): value is Keyed =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && keyOf(item) !== '');

function keyOf(item: JsonObject): string {
  if (typeof item['name'] === 'string') return `k:{"name":${JSON.stringify(item['name'])}}`;
  return typeof item['type'] === 'string' ? `k:{"type":${JSON.stringify(item['type'])}}` : '';
}

function unite(a: JsonObject, b: JsonObject): JsonObject {
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const mine = result[key];
    result[key] = isObject(mine) && isObject(value) ? unite(mine, value) : value;
  }
  return result;
}

function subtract(a: JsonObject, b: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(a)) {
    const taken = b[key];
    if (taken === undefined || key === '.') result[key] = value;
    else if (isObject(value) && isObject(taken) && Object.keys(taken).length > 0) {
      const left = subtract(value, taken);
      if (Object.keys(left).length > 0) result[key] = left;
    }
  }
  return result;
}
