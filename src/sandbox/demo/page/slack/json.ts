/** Reads fields of JSON that came over the wire, without believing anything about it. */
import type { JsonObject } from '../../protocol.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of a field; undefined when it is absent or something else. */
export function textIn(holder: JsonObject, field: string): string | undefined {
  const value = holder[field];
  return typeof value === 'string' ? value : undefined;
}

export function numberIn(holder: JsonObject, field: string): number | undefined {
  const value = holder[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function objectIn(holder: JsonObject, field: string): JsonObject | undefined {
  const value = holder[field];
  return isObject(value) ? value : undefined;
}

/** The objects in a list; what is not an object in it is kept out. */
export function objectsIn(holder: JsonObject, field: string): readonly JsonObject[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textsIn(holder: JsonObject, field: string): readonly string[] {
  const value = holder[field];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
