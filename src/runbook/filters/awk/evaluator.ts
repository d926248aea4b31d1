/** What awk's functions and statements ask of its expressions. */
import type { Expression, Place } from './syntax.ts';
import type { Value } from './values.ts';

export type Evaluator = {
  readonly evaluate: (expression: Expression) => Value;
  readonly isTrue: (expression: Expression) => boolean;
  readonly text: (expression: Expression) => string;
  readonly key: (keys: readonly Expression[]) => string;
  readonly assign: (place: Place, value: Value) => void;
};
