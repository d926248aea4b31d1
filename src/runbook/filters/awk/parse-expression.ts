/** awk's expressions, from the weakest operator to the strongest. Source of the rules: POSIX awk, "Expressions in awk". */
import { patternProblem } from '../posix-pattern.ts';
import { refuse } from '../../reasons.ts';
import { type Arithmetic, builtIns, type Comparison, type Expression, isBuiltIn, type Place } from './syntax.ts';
import type { Reader } from './reader.ts';
import { AwkRefused, inexact, malformed, type Token } from './tokens.ts';

const depthMax = 100;
/** Variables that mean something to one awk only, or that reach out of the program. */
const foreign =
  /^(?:RS|RT|ENVIRON|ARGV|ARGC|ARGIND|FILENAME|IGNORECASE|FPAT|FIELDWIDTHS|PROCINFO|BINMODE|TEXTDOMAIN|LINT|ERRNO|SYMTAB|FUNCTAB|PREC|ROUNDMODE)$/;
/** Functions that are not in every awk, or that ask the clock, chance or the machine. */
const elsewhere =
  /^(?:system|close|fflush|rand|srand|strftime|systime|mktime|gensub|patsplit|strtonum|asorti?|and|or|xor|compl|lshift|rshift|typeof|isarray)$/;
const comparisons: readonly string[] = ['<', '<=', '==', '!=', '>', '>='];
const assignments: Readonly<Record<string, Arithmetic>> = {
  '+=': '+',
  '-=': '-',
  '*=': '*',
  '/=': '/',
  '%=': '%',
  '^=': '^',
};

export function createExpressionReader(tokens: readonly Token[]): Reader {
  let at = 0;
  let depth = 0;
  /** Within print's list, outside of parentheses. */
  let bare = false;
  const scalars = new Set<string>();
  const arrays = new Set<string>();
  const end: Token = { kind: 'end', text: 'its end' };

  const peek = (): Token => tokens[at] ?? end;
  const take = (): Token => tokens[at++] ?? end;
  const is = (mark: string): boolean => peek().kind === 'mark' && peek().text === mark;
  const isWord = (word: string): boolean => peek().kind === 'word' && peek().text === word;
  function expect(mark: string): void {
    if (!is(mark)) throw malformed(`${mark} is missing before ${JSON.stringify(peek().text)}`);
    take();
  }
  function skipNewlines(): void {
    while (peek().kind === 'newline') take();
  }
  function nest(by: 1 | -1): void {
    depth += by;
    if (depth > depthMax) throw malformed('it is nested too deeply');
  }
  function useScalar(name: string): void {
    if (foreign.test(name)) throw inexact(`uses ${name}, which is not the same everywhere`);
    scalars.add(name);
  }
  const useArray = (name: string): void => {
    if (foreign.test(name)) throw inexact(`uses ${name}, which is not the same everywhere`);
    arrays.add(name);
  };

  function expression(): Expression {
    nest(1);
    const value = ternary();
    nest(-1);
    return value;
  }

  function ternary(): Expression {
    const left = either();
    if (isAssignment()) {
      const mark = take().text;
      if (!isPlace(left)) throw malformed('it assigns to what is no variable');
      skipNewlines();
      const value = expression();
      const operator = assignments[mark];
      return { kind: 'assign', place: left, ...(operator && { operator }), value };
    }
    if (!is('?')) return left;
    take();
    skipNewlines();
    const yes = expression();
    skipNewlines();
    expect(':');
    skipNewlines();
    return { kind: 'choose', test: left, yes, no: expression() };
  }

  const isAssignment = (): boolean =>
    peek().kind === 'mark' && (peek().text === '=' || Object.hasOwn(assignments, peek().text));

  function either(): Expression {
    let left = both();
    while (is('||')) {
      take();
      skipNewlines();
      left = { kind: 'or', left, right: rightSide(both()) };
    }
    return left;
  }

  function both(): Expression {
    let left = membership();
    while (is('&&')) {
      take();
      skipNewlines();
      left = { kind: 'and', left, right: rightSide(membership()) };
    }
    return left;
  }

  /** `a && b = c` assigns to b: the grammar allows an assignment wherever its place could stand. */
  function rightSide(value: Expression): Expression {
    if (!isAssignment() || !isPlace(value)) return value;
    const operator = assignments[take().text];
    return { kind: 'assign', place: value, ...(operator && { operator }), value: expression() };
  }

  function membership(): Expression {
    let left = matching();
    while (isWord('in')) {
      take();
      const array = take();
      if (array.kind !== 'name') throw malformed('in has no array');
      useArray(array.text);
      left = { kind: 'in', keys: [left], array: array.text };
    }
    return left;
  }

  function matching(): Expression {
    const value = comparison();
    if (!is('~') && !is('!~')) return value;
    const negated = take().text === '!~';
    const pattern = comparison();
    if (is('~') || is('!~')) throw inexact('matches twice without parentheses');
    if (pattern.kind === 'string') expectPattern(pattern.value);
    return { kind: 'match', value, pattern, negated };
  }

  const isComparison = (): boolean => peek().kind === 'mark' && comparisons.includes(peek().text) && !(bare && is('>'));

  function comparison(): Expression {
    const left = concatenation();
    if (!isComparison()) return left;
    // One of `comparisons`.
    const operator = take().text as Comparison;
    const right = concatenation();
    if (isComparison()) throw inexact('compares twice without parentheses');
    return { kind: 'compare', operator, left, right };
  }

  const startsOperand = (): boolean => {
    const { kind, text } = peek();
    return /^(?:number|string|regex|name|call)$/.test(kind) || (kind === 'mark' && /^(?:\$|!|\(|\+\+|--)$/.test(text));
  };

  function concatenation(): Expression {
    let left = sum();
    while (startsOperand()) left = { kind: 'concat', left, right: sum() };
    return left;
  }

  function sum(): Expression {
    let left = product();
    while (is('+') || is('-')) {
      if (left.kind === 'string') throw inexact('has a sign behind a string, which awks read differently');
      const operator = take().text === '+' ? '+' : '-';
      left = { kind: 'arithmetic', operator, left, right: product() };
    }
    return left;
  }

  function product(): Expression {
    let left = unary();
    while (is('*') || is('/') || is('%')) {
      const mark = take().text;
      left = { kind: 'arithmetic', operator: mark === '*' ? '*' : mark === '/' ? '/' : '%', left, right: unary() };
    }
    return left;
  }

  function unary(): Expression {
    const mark = is('!') ? '!' : is('-') ? '-' : is('+') ? '+' : undefined;
    if (mark === undefined) return power();
    take();
    nest(1);
    const value = unary();
    nest(-1);
    // `! x ~ y` is read both ways.
    if (mark === '!' && (is('~') || is('!~'))) throw inexact('has ! before a match without parentheses');
    if (mark === '!' && isComparison()) throw inexact('has ! before a comparison without parentheses');
    return { kind: 'unary', operator: mark, value };
  }

  function power(): Expression {
    const left = postfix();
    if (!is('^')) return left;
    take();
    nest(1);
    const right = is('-') || is('+') || is('!') ? unary() : power();
    nest(-1);
    return { kind: 'arithmetic', operator: '^', left, right };
  }

  function postfix(): Expression {
    if (is('++') || is('--')) {
      const by = take().text === '++' ? 1 : -1;
      const place = primary();
      if (!isPlace(place)) throw malformed('it counts what is no variable');
      return { kind: 'step', place, by, before: true };
    }
    const value = primary();
    if (isPlace(value) && (is('++') || is('--'))) {
      return { kind: 'step', place: value, by: take().text === '++' ? 1 : -1, before: false };
    }
    return value;
  }

  function primary(): Expression {
    const token = take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        expectPattern(token.text);
        return { kind: 'regex', pattern: token.text };
      case 'name':
        return named(token.text);
      case 'call':
        return call(token.text);
      case 'mark':
        if (token.text === '$') return field();
        if (token.text === '(') return group();
        break;
      case 'word':
        if (token.text === 'getline')
          throw new AwkRefused(refuse('shell-logic', 'An awk program that reads on by itself (getline) is not run.'));
        break;
      case 'newline':
      case 'end':
    }
    throw malformed(`${JSON.stringify(token.text)} stands where a value should`);
  }

  function named(name: string): Expression {
    if (is('[')) {
      useArray(name);
      return { kind: 'element', array: name, keys: keys() };
    }
    if (elsewhere.test(name) || (isBuiltIn(name) && is('('))) return call(name);
    if (isBuiltIn(name)) {
      if (name !== 'length') throw malformed(`${name} has no arguments`);
      return { kind: 'call', name, values: [] };
    }
    useScalar(name);
    return { kind: 'variable', name };
  }

  function field(): Expression {
    if (is('++') || is('--')) return { kind: 'field', index: postfix() };
    if (is('-') || is('+') || is('!')) throw inexact('takes a field by a sign');
    nest(1);
    const index = primary();
    nest(-1);
    return { kind: 'field', index };
  }

  function group(): Expression {
    const values = list(')');
    expect(')');
    if (isWord('in')) {
      take();
      const array = take();
      if (array.kind !== 'name') throw malformed('in has no array');
      useArray(array.text);
      return { kind: 'in', keys: values, array: array.text };
    }
    const [value, ...others] = values;
    if (!value || others.length > 0) throw malformed('a list stands where a value should');
    return { kind: 'group', value };
  }

  /** Values up to `close`, which stays. */
  function list(close: ')' | ']'): Expression[] {
    const outer = bare;
    bare = false;
    const values: Expression[] = [];
    skipNewlines();
    while (!is(close)) {
      values.push(expression());
      skipNewlines();
      if (!is(',')) break;
      take();
      skipNewlines();
      if (is(close)) throw malformed('a comma is too much');
    }
    bare = outer;
    return values;
  }

  function keys(): Expression[] {
    expect('[');
    const values = list(']');
    expect(']');
    if (values.length === 0) throw malformed('an array has no key');
    return values;
  }

  function call(name: string): Expression {
    if (name === 'system') throw new AwkRefused(refuse('pipes-into-code', 'The awk program runs commands of its own.'));
    if (!isBuiltIn(name)) throw inexact(`calls ${name}, which is not the same everywhere`);
    take();
    const [only, close] = tokens.slice(at, at + 2);
    if (name === 'length' && only?.kind === 'name' && close?.text === ')' && !foreign.test(only.text)) {
      // A variable or an array: how it is used elsewhere tells.
      at += 2;
      return { kind: 'call', name, values: [{ kind: 'variable', name: only.text }] };
    }
    const values = list(')');
    expect(')');
    const [least, most] = builtIns[name];
    if (values.length < least || values.length > most) throw malformed(`${name} has another number of arguments`);
    const [first, second, third] = values;
    if (name === 'split') {
      if (second?.kind !== 'variable') throw malformed('split fills an array');
      scalars.delete(second.name);
      useArray(second.name);
    }
    if ((name === 'sub' || name === 'gsub') && third && !isPlace(third)) throw malformed(`${name} changes a variable`);
    const pattern = name === 'match' ? second : name === 'split' ? third : name.endsWith('sub') ? first : undefined;
    if (pattern?.kind === 'string' && !(name === 'split' && pattern.value.length <= 1)) expectPattern(pattern.value);
    return { kind: 'call', name, values };
  }

  function printed(): readonly Expression[] {
    bare = true;
    let values: readonly Expression[] = [];
    const start = at;
    if (is('(')) {
      // `print (a, b)` has its list in parentheses; `print (a) b` begins with a value.
      take();
      values = list(')');
      expect(')');
      const ends = peek().kind === 'newline' || is(';') || is('}') || is('>') || is('>>') || is('|') || is('|&');
      if (!ends) {
        if (values.length > 1 && !isWord('in')) throw malformed('a list stands where a value should');
        at = start;
        values = [];
      }
    }
    if (at === start && !(peek().kind === 'newline' || is(';') || is('}') || is('>') || is('>>') || is('|'))) {
      const found = [expression()];
      while (is(',')) {
        take();
        skipNewlines();
        found.push(expression());
      }
      values = found;
    }
    bare = false;
    if (is('>') || is('>>')) throw new AwkRefused(refuse('writes-file', 'The awk program writes a file.'));
    if (is('|') || is('|&'))
      throw new AwkRefused(refuse('pipes-into-code', 'The awk program runs commands of its own.'));
    return values;
  }

  return {
    peek,
    take,
    ahead: (count) => tokens.slice(at, at + count),
    last: () => tokens[at - 1]?.text ?? '',
    position: () => at,
    goTo: (position) => {
      at = position;
    },
    is,
    expect,
    expression,
    printed,
    keys,
    nest,
    useScalar,
    useArray,
    scalars,
    arrays,
  };
}

const isPlace = (value: Expression): value is Place =>
  value.kind === 'variable' || value.kind === 'element' || value.kind === 'field';

function expectPattern(pattern: string): void {
  const problem = patternProblem(pattern, { syntax: 'extended', awk: true });
  if (problem) throw inexact(`has the pattern /${pattern}/, which ${problem.replace(/\.$/, '')}`);
}
