/** How one kind is printed. */
import type { Json } from '../json.ts';

/** Name, type, and 1 for a column of `-o wide`; `name` has the format of its own. */
export type Column = readonly [name: string, type: 'string' | 'integer' | 'boolean', priority?: 0 | 1];
export type KindTable<T> = {
  readonly columns: readonly Column[];
  readonly cells: (object: T, now: number) => (string | number | boolean)[];
  /** Conditions of a row: a finished pod is marked. */
  readonly conditions?: (object: T) => Json[] | undefined;
};
