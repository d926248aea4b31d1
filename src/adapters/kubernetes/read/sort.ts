/** `--sort-by`: by the first value of a JSONPath; what has none comes first, as kubectl's comparison has it. */
import type { Json } from '../../../domain/json.ts';
import { goSort } from './go-sort.ts';
import { findValues } from './jsonpath.ts';
import { parseQuantity } from './quantity.ts';

export type Sorted<T> =
  | { readonly rows: readonly T[] }
  /** `absent`: the expression is fine, and no object has such a field. */
  | { readonly problem: string; readonly absent?: true };

export function sortRows<T>(rows: readonly T[], expression: string, objectOf: (row: T) => Json): Sorted<T> {
  const keyed: { row: T; key: Json | undefined }[] = [];
  for (const row of rows) {
    const values = findValues(expression, objectOf(row));
    if ('problem' in values) return values;
    keyed.push({ row, key: values[0] });
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
