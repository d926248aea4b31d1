/** Reads fields of objects as an API gives them, of which nothing is certain. */
import type { JsonObject } from './protocol.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value below these keys; undefined when one of them is missing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let inside = value;
  for (const key of path) {
    if (!isObject(inside)) return undefined;
    inside = inside[key];
  }
  return inside;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** 0 when it is missing, as Kubernetes leaves zeros out. */
export function countAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function objectAt(value: unknown, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function listAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

export const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name') ?? '';
export const namespaceOf = (object: JsonObject): string => textAt(object, 'metadata', 'namespace') ?? '';
export const keyOf = (object: JsonObject): string => `${namespaceOf(object)}/${nameOf(object)}`;
export const uidOf = (object: JsonObject): string => textAt(object, 'metadata', 'uid') ?? '';

/** The uid of what controls it, such as a pod's ReplicaSet. */
export function controllerOf(object: JsonObject): string | undefined {
  const owners = listAt(object, 'metadata', 'ownerReferences');
  return textAt(
    owners.find((owner) => owner['controller'] === true),
    'uid',
  );
}
