/** awk's own functions. Source of the rules: POSIX awk, "Functions". Positions count characters. */
import { stopped } from '../limits.ts';
import type { Evaluator } from './evaluator.ts';
import { splitBy, splitByPattern } from './fields.ts';
import { format } from './format.ts';
import type { AwkState } from './state.ts';
import type { AwkProgram, Expression, Place } from './syntax.ts';
import { fromOutside, toNumber, type Value } from './values.ts';

type Call = Extract<Expression, { kind: 'call' }>;
type World = {
  readonly program: AwkProgram;
  readonly state: AwkState;
  readonly evaluator: Evaluator;
  readonly patternText: (expression: Expression) => string;
};

export function callBuiltIn(call: Call, world: World): Value {
  const { state, evaluator } = world;
  const [first, second, third] = call.values;
  const text = (expression: Expression | undefined): string => (expression ? evaluator.text(expression) : '');
  const number = (expression: Expression | undefined): number =>
    expression ? toNumber(evaluator.evaluate(expression)) : 0;
  switch (call.name) {
    case 'length':
      if (first?.kind === 'variable' && world.program.arrays.has(first.name)) return state.array(first.name).size;
      return charactersIn(first ? text(first) : state.toText(state.record.get(0)));
    case 'substr': {
      const subject = text(first);
      const from = number(second);
      return substring(subject, from, third ? number(third) : Number.POSITIVE_INFINITY);
    }
    case 'index': {
      const subject = text(first);
      const at = subject.indexOf(text(second));
      return at === -1 ? 0 : charactersIn(subject.slice(0, at)) + 1;
    }
    case 'split':
      return split(world, call.values);
    case 'sub':
    case 'gsub':
      return substitute(world, call);
    case 'match': {
      const subject = text(first);
      const pattern = state.pattern(second ? world.patternText(second) : '');
      state.scan(pattern, subject.length);
      const matcher = pattern.matcher(subject);
      const isFound = matcher.find();
      const start = isFound ? charactersIn(subject.slice(0, matcher.start())) + 1 : 0;
      state.set('RSTART', start);
      state.set('RLENGTH', isFound ? charactersIn(subject.slice(matcher.start(), matcher.end())) : -1);
      return start;
    }
    case 'sprintf': {
      const [template, ...values] = call.values.map((value) => evaluator.evaluate(value));
      return format(state.toText(template), values, state.toText);
    }
    case 'toupper':
    case 'tolower':
      return changeCase(text(first), call.name);
    case 'int':
      return Math.trunc(number(first)) + 0;
    case 'sqrt':
      return Math.sqrt(number(first));
    case 'exp':
      return Math.exp(number(first));
    case 'log':
      return Math.log(number(first));
    case 'sin':
      return Math.sin(number(first));
    case 'cos':
      return Math.cos(number(first));
    case 'atan2': {
      const left = number(first);
      return Math.atan2(left, number(second));
    }
  }
}

const charactersIn = (text: string): number => (/[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length);

/** The characters from round(from) on, as many as round(from + length) allows. */
function substring(subject: string, from: number, length: number): string {
  if (Number.isNaN(from) || Number.isNaN(length)) throw stopped('substr of awk got no number.');
  if (!Number.isInteger(from) || (length !== Number.POSITIVE_INFINITY && !Number.isInteger(length)))
    throw stopped('substr of awk got a number that is not whole, which is read in several ways.');
  if (from < 1 && length !== Number.POSITIVE_INFINITY)
    throw stopped('substr of awk begins before the text, which is read in several ways.');
  const characters = /[\ud800-\udfff]/.test(subject) ? Array.from(subject) : undefined;
  const start = Math.max(0, from - 1);
  const end = Math.max(start, from - 1 + length);
  return characters ? characters.slice(start, end).join('') : subject.slice(start, end);
}

/** Letters beyond ASCII change case in one awk and not in another. */
function changeCase(text: string, name: 'toupper' | 'tolower'): string {
  if (/[^\0-\x7f]/.test(text)) {
    const changed = name === 'toupper' ? text.toUpperCase() : text.toLowerCase();
    const plain = text.replace(/[A-Za-z]+/g, (run) => (name === 'toupper' ? run.toUpperCase() : run.toLowerCase()));
    if (changed !== plain) throw stopped(`${name} of awk treats letters beyond ASCII in several ways.`);
  }
  return name === 'toupper' ? text.toUpperCase() : text.toLowerCase();
}

function split({ state, evaluator }: World, [first, target, by]: readonly Expression[]): number {
  // The parser has seen to both.
  if (!first || target?.kind !== 'variable') throw stopped('split of awk has no array.');
  const subject = evaluator.text(first);
  const divide = !by
    ? splitBy(state.toText(state.get('FS')), state.scan)
    : by.kind === 'regex'
      ? splitByPattern(state.pattern(by.pattern), state.scan)
      : splitBy(separatorText(evaluator.text(by)), state.scan);
  const parts = divide(subject);
  state.spend(2 * subject.length);
  state.array(target.name).clear();
  for (const [index, part] of parts.entries()) state.setElement(target.name, String(index + 1), fromOutside(part));
  return parts.length;
}

function separatorText(text: string): string {
  if (text === '') throw stopped('split of awk has an empty separator, which is not defined.');
  return text;
}

function substitute({ state, evaluator, patternText }: World, call: Call): number {
  const [pattern, replacement, third] = call.values;
  // The parser allows nothing else.
  const place = (third ?? { kind: 'field', index: { kind: 'number', value: 0 } }) as Place;
  const source = pattern ? patternText(pattern) : '';
  const by = replacement ? evaluator.text(replacement) : '';
  if (by.includes('\\\\')) throw stopped(`${call.name} of awk has two backslashes, which are read in several ways.`);
  const subject = evaluator.text(place);
  state.spend(1 + 2 * subject.length);
  const compiled = state.pattern(source);
  state.scan(compiled, subject.length);
  const matcher = compiled.matcher(subject);
  const replaced = (match: string): string => by.replace(/\\&|&/g, (mark) => (mark === '&' ? match : '&'));
  let out = '';
  let from = 0;
  let count = 0;
  /** Where the last match ended: an empty one is not taken there. */
  let ended = -1;
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    state.scan(compiled, subject.length - start);
    if (start === end && start === ended) continue;
    out += subject.slice(from, start) + replaced(subject.slice(start, end));
    from = end;
    ended = end;
    count++;
    state.spend(20);
    if (call.name === 'sub') break;
  }
  if (count > 0) evaluator.assign(place, out + subject.slice(from));
  return count;
}
