/** `--sort-by`: by the first value of a JSONPath; what has none comes first, as kubectl's comparison has it. */
import type { Json } from '../../../domain/json.ts';
import { goSort } from './go-sort.ts';
import { findValues } from './jsonpath.ts';
import { parseQuantity } from './quantity.ts';

export type Sorted<T> =
  | { readonly rows: readonly T[] }
  /** `absent`: the expression is fine, and no object has such a field. */
  | { readonly problem: string; readonly absent?: true };

/** What a row is sorted by, taken from its object while that is at hand; a problem is the same for all. */
export type SortKey = { readonly key: Json | undefined } | { readonly problem: string };

export function sortKeyOf(object: Json, expression: string): SortKey {
  const values = findValues(expression, object);
  return 'problem' in values ? values : { key: values[0] };
}

/** `keys` are those of `rows`, in their order. */
export function sortRows<T>(rows: readonly T[], keys: readonly SortKey[], expression: string): Sorted<T> {
  const keyed: { row: T; key: Json | undefined }[] = [];
  for (const [index, row] of rows.entries()) {
    const found = keys[index];
    if (found !== undefined && 'problem' in found) return found;
    keyed.push({ row, key: found?.key });
  }
  const field = expression.startsWith('{') ? expression : `{${expression.startsWith('.') ? '' : '.'}${expression}}`;
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined)) {
    return { problem: `couldn't find any field with path "${field}" in the list of objects`, absent: true };
  }
  return { rows: goSort(keyed, (a, b) => less(a.key, b.key)).map(({ row }) => row) };
}

function less(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined) return true;
  if (b === undefined) return false;
  if (a === null || b === null) return a === null && b !== null;
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  if (typeof a !== 'string' || typeof b !== 'string') return false;
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x === undefined || y === undefined ? a < b : x < y;
}
