/** What an awk program has in hand while it runs. */
import type { Budget } from '../budget.ts';
import { createOutput, outputMax, type Output, stopped } from '../limits.ts';
import { compilePattern, patternProblem } from '../posix-pattern.ts';
import type { RE2JS } from 're2js';
import { type Split, splitBy } from './fields.ts';
import { format } from './format.ts';
import { createRecord, type RecordInHand } from './record.ts';
import { numberText, toNumber, type Value } from './values.ts';

const stepsMax = 30_000_000;
const elementsMax = 500_000;

export type AwkState = {
  readonly record: RecordInHand;
  readonly out: Output;
  /** Counts the work done; throws when it is too much. */
  readonly spend: (steps: number) => void;
  /** Counts one search; only a budget asks for it. */
  readonly scan: Budget['scan'];
  readonly get: (name: string) => Value;
  readonly set: (name: string, value: Value) => void;
  readonly array: (name: string) => Map<string, Value>;
  /** Makes the element, as any look at it does. */
  readonly element: (name: string, key: string) => Value;
  readonly setElement: (name: string, key: string, value: Value) => void;
  readonly toText: (value: Value) => string;
  /** As `print` does: numbers by OFMT. */
  readonly toPrinted: (value: Value) => string;
  /** A pattern of the program, or one that it has made. */
  readonly pattern: (text: string) => RE2JS;
  readonly nextLine: (line: string) => void;
};

export function createState(budget: Budget): AwkState {
  const variables = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['ORS', '\n'],
    ['SUBSEP', '\x1c'],
    ['CONVFMT', '%.6g'],
    ['OFMT', '%.6g'],
    ['NR', 0],
    ['FNR', 0],
    ['RSTART', 0],
    ['RLENGTH', -1],
  ]);
  const arrays = new Map<string, Map<string, Value>>();
  const patterns = new Map<string, RE2JS>();
  let steps = 0;
  let elements = 0;
  const counted = (by: Split): Split => {
    return (line) => {
      budget.spend(line.length >> 1);
      return by(line);
    };
  };
  let split = counted(splitBy(' ', budget.scan));
  const record = createRecord((fields) => {
    budget.spend(fields);
    return text(variables.get('OFS'));
  });
  const spend = (count: number): void => {
    steps += count;
    budget.spend(count);
    if (steps > stepsMax) throw stopped('The awk program did not come to an end in the time that a filter has.');
  };
  const textBy = (value: Value, name: 'CONVFMT' | 'OFMT'): string => {
    if (value === undefined) return '';
    if (typeof value === 'string') return value;
    if (typeof value === 'object') return value.text;
    return numberText(value, (number) => {
      const by = variables.get(name);
      if (typeof by !== 'string' || !/^%\.?\d*\.?\d*[fge]$/.test(by))
        throw stopped(`awk's ${name} is not one that can be run.`);
      return format(by, [number], String);
    });
  };
  const text = (value: Value): string => textBy(value, 'CONVFMT');
  const array = (name: string): Map<string, Value> => {
    const known = arrays.get(name) ?? new Map<string, Value>();
    arrays.set(name, known);
    return known;
  };
  const setElement = (name: string, key: string, value: Value): void => {
    const of = array(name);
    if (!of.has(key) && ++elements > elementsMax) throw stopped('The awk program keeps too much.');
    of.set(key, value);
  };

  return {
    record,
    out: createOutput('awk'),
    spend,
    scan: budget.scan,
    get: (name) => (name === 'NF' ? record.count() : variables.get(name)),
    set(name, value) {
      if (name === 'NF') record.setCount(Math.trunc(toNumber(value)));
      else {
        variables.set(name, value);
        if (name === 'FS') split = counted(splitBy(text(value), budget.scan));
      }
    },
    array,
    element(name, key) {
      const of = array(name);
      if (!of.has(key)) setElement(name, key, undefined);
      return of.get(key);
    },
    setElement,
    toText(value) {
      const out = text(value);
      if (out.length > outputMax) throw stopped('The awk program made a text that is too long.');
      spend(out.length >> 6);
      budget.spend(out.length >> 3);
      return out;
    },
    toPrinted: (value) => textBy(value, 'OFMT'),
    pattern(source) {
      const known = patterns.get(source);
      if (known) return known;
      const problem = patternProblem(source, { syntax: 'extended', awk: true });
      if (problem) throw stopped(`The pattern /${source.slice(0, 60)}/ of awk ${problem}`);
      const compiled = compilePattern(source, { syntax: 'extended', awk: true, ignoreCase: false });
      if (patterns.size < 1000) patterns.set(source, compiled);
      spend(1000);
      return compiled;
    },
    nextLine(line) {
      budget.spend(16 + (line.length >> 1));
      const number = toNumber(variables.get('NR')) + 1;
      variables.set('NR', number);
      variables.set('FNR', toNumber(variables.get('FNR')) + 1);
      record.take(line, split);
    },
  };
}
