/** awk's values: numbers, strings, strings that came from outside and look like numbers, and nothing yet. */
import { stopped } from '../limits.ts';
import type { Comparison } from './syntax.ts';

/** Text from outside that reads as a number is both. */
export type NumericText = { readonly text: string; readonly number: number };
export type Value = number | string | NumericText | undefined;

const numberStart = /^[ \t\n\r\f\v]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const wholeNumber = /^[ \t\n\r\f\v]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\r\f\v]*$/;

/** What a field, a part of `split` or a `-v` is. */
export function fromOutside(text: string): Value {
  return wholeNumber.test(text) ? { text, number: Number(text.trim()) } : text;
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  if (typeof value === 'object') return value.number;
  const start = numberStart.exec(value)?.[1];
  if (start === undefined) {
    if (/^[ \t]*[+-]?(?:inf|nan|0x)/i.test(value))
      throw stopped(`awk reads ${JSON.stringify(value.slice(0, 20))} in several ways.`);
    return 0;
  }
  if (/^[ \t]*[+-]?0[xX]/.test(value)) throw stopped('awks read numbers that begin with 0x in several ways.');
  return Number(start);
}

/** Whole numbers beyond it are printed differently by different awks. */
const exactMax = 2 ** 53;

export function numberText(number: number, format: (number: number) => string): string {
  if (!Number.isFinite(number))
    throw stopped('awk came to a number that is printed in several ways (infinite, or none).');
  if (!Number.isInteger(number)) return format(number);
  if (Math.abs(number) > exactMax) throw stopped('awk came to a number too large to be printed the same everywhere.');
  if (Object.is(number, -0)) throw stopped('awk came to a negative zero, which is printed in several ways.');
  return String(number);
}

export const isTrue = (value: Value): boolean => (typeof value === 'string' ? value !== '' : toNumber(value) !== 0);

/** Numbers when both sides are or look like numbers, else text by its bytes. */
export function compareValues(left: Value, right: Value, toText: (value: Value) => string): number {
  if (typeof left !== 'string' && typeof right !== 'string') return toNumber(left) - toNumber(right);
  return compareText(toText(left), toText(right));
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  // UTF-16 sorts as UTF-8 does but for what lies beyond 16 bits.
  const isPlain = !/[\ud800-\udfff]/.test(left) && !/[\ud800-\udfff]/.test(right);
  return isPlain ? (left < right ? -1 : 1) : Buffer.compare(Buffer.from(left), Buffer.from(right));
}

export function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}
