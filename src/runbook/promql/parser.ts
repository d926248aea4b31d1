/**
 * Reads a PromQL expression and checks its types, as Prometheus does before it runs one. Whatever it takes, Prometheus
 * 2.42 and later take too; it refuses a few rare spellings that they take. Source: promql/parser/generated_parser.y and
 * parse.go (checkAST).
 */
import { RE2JS } from 're2js';
import { aggregations, functions, keywords, type ValueType } from './functions.ts';
import { PromqlError, type Token, tokensOf } from './lexer.ts';

/** `moved`: it has an offset, `at`: an @; each may be there once, on a selector or sub-query. */
type Node = {
  readonly type: ValueType;
  readonly shiftable?: true;
  readonly moved?: true;
  readonly at?: true;
  readonly bare?: true;
};

const nestingMax = 60;
const setOperators = new Set(['and', 'or', 'unless']);
const comparisons = new Set(['==', '!=', '<', '>', '<=', '>=']);
const ranks: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};

export type PromqlQuery = {
  /** The type of its value. */
  readonly type: ValueType;
  /** Every metric it names. */
  readonly metrics: readonly string[];
  /** The values of its label matchers and other strings. */
  readonly strings: readonly string[];
};

/** Throws `PromqlError` with the end of a sentence. */
export function parsePromql(text: string): PromqlQuery {
  const parser = new Parser(tokensOf(text));
  return parser.query();
}

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  readonly #metrics: string[] = [];
  readonly #strings: string[] = [];

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  query(): PromqlQuery {
    const { type } = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw unexpected(rest);
    return { type, metrics: this.#metrics, strings: this.#strings };
  }

  #peek(): Token {
    // The last token is `end`, and nothing goes beyond it.
    return this.#tokens[this.#next]!;
  }
  #take(): Token {
    const token = this.#peek();
    if (token.kind !== 'end') this.#next++;
    return token;
  }
  #is(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'sign' ? token.text === text : token.kind === 'word' && token.text.toLowerCase() === text;
  }
  #accept(text: string): boolean {
    const found = this.#is(text);
    if (found) this.#take();
    return found;
  }
  #expect(text: string): void {
    if (!this.#accept(text)) throw unexpected(this.#peek(), text);
  }

  #expression(above: number): Node {
    if (++this.#depth > nestingMax) throw new PromqlError('it is nested too deeply');
    let left = this.#unary();
    for (;;) {
      const token = this.#peek();
      const operator = token.kind === 'sign' || token.kind === 'word' ? token.text.toLowerCase() : '';
      const rank = Object.hasOwn(ranks, operator) ? ranks[operator] : undefined;
      if (rank === undefined || rank <= above) break;
      this.#take();
      const matching = this.#matching(operator);
      // `^` groups from the right, the others from the left.
      const right = this.#expression(operator === '^' ? rank - 1 : rank);
      left = binary(operator, matching, left, right);
    }
    this.#depth--;
    return left;
  }

  /** A sign binds less than `^` and more than `*`. */
  #unary(): Node {
    if (!this.#is('-') && !this.#is('+')) return this.#postfix();
    this.#take();
    const { type } = this.#expression(5);
    if (type !== 'scalar' && type !== 'vector') throw new PromqlError(`a sign cannot stand before ${named(type)}`);
    return { type };
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      if (this.#is('[')) node = this.#range(node);
      else if (this.#accept('offset')) {
        if (!node.shiftable || node.moved)
          throw new PromqlError('an offset stands once, behind a selector or sub-query');
        this.#accept('-');
        this.#duration();
        node = { type: node.type, shiftable: true, moved: true, ...(node.at && { at: node.at }) };
      } else if (this.#accept('@')) {
        if (!node.shiftable || node.at) throw new PromqlError('@ stands once, behind a selector or sub-query');
        if (this.#accept('start') || this.#accept('end')) {
          this.#expect('(');
          this.#expect(')');
        } else {
          if (!this.#accept('-')) this.#accept('+');
          const time = this.#take();
          if (time.kind !== 'number') throw unexpected(time, 'a time');
          if (!/^\d{1,12}(?:\.\d+)?$/.test(time.text)) throw new PromqlError('the time behind @ is too far away');
        }
        node = { type: node.type, shiftable: true, at: true, ...(node.moved && { moved: node.moved }) };
      } else return node;
    }
  }

  #range(node: Node): Node {
    this.#expect('[');
    this.#duration();
    if (this.#accept(':')) {
      if (!this.#is(']')) this.#duration();
      this.#expect(']');
      if (node.type !== 'vector')
        throw new PromqlError(`a sub-query is of an instant vector, not of ${named(node.type)}`);
      return { type: 'matrix', shiftable: true };
    }
    this.#expect(']');
    if (!node.bare) throw new PromqlError('a range stands directly behind a selector');
    return { type: 'matrix', shiftable: true };
  }

  #duration(): void {
    const token = this.#take();
    const shape = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/.exec(token.text);
    if (token.kind !== 'duration' || !shape) throw unexpected(token, 'a duration such as 5m');
    const unitsMs = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];
    const total = shape.slice(1).reduce((sum, count, at) => sum + Number(count ?? 0) * (unitsMs[at] ?? 0), 0);
    if (total === 0) throw new PromqlError('a duration has to be longer than 0');
    if (total > 100 * (unitsMs[0] ?? 0)) throw new PromqlError('a duration is longer than a century');
  }

  #primary(): Node {
    const token = this.#take();
    if (token.kind === 'number') return { type: 'scalar' };
    if (token.kind === 'string') {
      this.#strings.push(token.value);
      return { type: 'string' };
    }
    if (token.kind === 'sign' && token.text === '(') {
      const { type } = this.#expression(0);
      this.#expect(')');
      // In brackets a selector is an expression: neither a range nor an offset may stand behind it.
      return { type };
    }
    if (token.kind === 'sign' && token.text === '{') return this.#selector(undefined);
    if (token.kind !== 'word') throw unexpected(token);
    const lower = token.text.toLowerCase();
    if (lower === 'inf' || lower === 'nan') return { type: 'scalar' };
    if (aggregations.has(lower)) return this.#aggregation(lower);
    if (keywords.has(lower)) throw unexpected(token);
    if (this.#is('(')) return this.#call(token.text);
    return this.#accept('{') ? this.#selector(token.text) : this.#named(token.text);
  }

  #named(metric: string): Node {
    this.#metrics.push(metric);
    return { type: 'vector', shiftable: true, bare: true };
  }

  #selector(metric: string | undefined): Node {
    let narrows = metric !== undefined;
    while (!this.#is('}')) {
      const label = this.#take();
      if (label.kind !== 'word') throw unexpected(label, 'a label');
      if (label.text === '__name__' && metric !== undefined) throw new PromqlError('the metric is named twice');
      const operator = this.#take();
      if (operator.kind !== 'sign' || !['=', '!=', '=~', '!~'].includes(operator.text))
        throw unexpected(operator, '=, !=, =~ or !~');
      const value = this.#take();
      if (value.kind !== 'string') throw unexpected(value, 'a value in quotes');
      this.#strings.push(value.value);
      narrows = !matchesEmpty(operator.text, value.value) || narrows;
      if (!this.#accept(',')) break;
    }
    this.#expect('}');
    if (!narrows) throw new PromqlError('a selector needs a metric or a label that is not empty');
    if (metric !== undefined) this.#metrics.push(metric);
    return { type: 'vector', shiftable: true, bare: true };
  }

  #arguments(): Node[] {
    this.#expect('(');
    const given: Node[] = [];
    if (this.#accept(')')) return given;
    do given.push(this.#expression(0));
    while (this.#accept(','));
    this.#expect(')');
    return given;
  }

  #call(name: string): Node {
    const signature = functions.get(name);
    if (!signature) throw new PromqlError(`there is no function ${name} in every Prometheus`);
    const given = this.#arguments();
    const { takes, gives, optional, many } = signature;
    const [least, most] = [takes.length - (optional || many ? 1 : 0), many ? Infinity : takes.length];
    if (given.length < least || given.length > most) throw new PromqlError(`${name} takes another number of arguments`);
    for (const [index, { type }] of given.entries()) {
      const wanted = takes[index] ?? takes.at(-1);
      if (type !== wanted)
        throw new PromqlError(`${name} takes ${named(wanted ?? 'vector')} there, not ${named(type)}`);
    }
    return { type: gives };
  }

  #aggregation(name: string): Node {
    const before = this.#grouping();
    const given = this.#arguments();
    if (!before) this.#grouping();
    const first = aggregations.get(name);
    const wanted: readonly ValueType[] = first === undefined ? ['vector'] : [first, 'vector'];
    if (given.length !== wanted.length) throw new PromqlError(`${name} takes another number of arguments`);
    for (const [index, { type }] of given.entries()) {
      if (type !== wanted[index])
        throw new PromqlError(`${name} takes ${named(wanted[index] ?? 'vector')} there, not ${named(type)}`);
    }
    return { type: 'vector' };
  }

  #grouping(): boolean {
    if (!this.#accept('by') && !this.#accept('without')) return false;
    this.#labels();
    return true;
  }

  #labels(): readonly string[] {
    this.#expect('(');
    const labels: string[] = [];
    while (!this.#is(')')) {
      const label = this.#take();
      if (label.kind !== 'word' || /:|^(?:inf|nan|without)$/i.test(label.text)) throw unexpected(label, 'a label');
      labels.push(label.text);
      if (!this.#accept(',')) break;
    }
    this.#expect(')');
    return labels;
  }

  /** `bool`, then `on (…)` or `ignoring (…)`, then `group_left (…)`. */
  #matching(operator: string): Matching {
    const bool = this.#accept('bool');
    if (bool && !comparisons.has(operator)) throw new PromqlError('`bool` stands behind a comparison only');
    const on = this.#accept('on');
    if (!on && !this.#accept('ignoring')) return { bool, matches: false };
    const labels = this.#labels();
    if (!this.#accept('group_left') && !this.#accept('group_right')) return { bool, matches: true };
    if (setOperators.has(operator)) throw new PromqlError(`there is no grouping with \`${operator}\``);
    // Prometheus takes a bracket here for the labels, never for the right side.
    const included = this.#is('(') ? this.#labels() : [];
    if (on && included.some((label) => labels.includes(label)))
      throw new PromqlError('a label is both matched on and taken over');
    return { bool, matches: true };
  }
}

type Matching = { readonly bool: boolean; readonly matches: boolean };

function binary(operator: string, { bool, matches }: Matching, left: Node, right: Node): Node {
  for (const { type } of [left, right]) {
    if (type !== 'scalar' && type !== 'vector')
      throw new PromqlError(`${named(type)} cannot stand beside \`${operator}\``);
  }
  const vectors = left.type === 'vector' && right.type === 'vector';
  if (setOperators.has(operator) && !vectors) throw new PromqlError(`\`${operator}\` stands between instant vectors`);
  if (matches && !vectors) throw new PromqlError('`on` and `ignoring` are for two instant vectors');
  const scalars = left.type === 'scalar' && right.type === 'scalar';
  if (scalars && comparisons.has(operator) && !bool) throw new PromqlError('two numbers are compared with `bool`');
  return { type: scalars ? 'scalar' : 'vector' };
}

/** Whether a missing label fits too. Refuses a pattern that is not plain RE2. */
function matchesEmpty(operator: string, value: string): boolean {
  if (operator === '=') return value === '';
  if (operator === '!=') return value !== '';
  const fits = patternOf(value).matcher('').matches();
  return operator === '=~' ? fits : !fits;
}

function patternOf(text: string): RE2JS {
  // Escapes that every RE2 knows; a repeat of more than 1000 is refused by Go.
  const odd =
    /\\(?![.+*?()|[\]{}^$\\dDwWsSbB/\-_:"'@#%&,;<>=~!`nrtfv])|\(\?(?!:|i\)|i:)|\[\[:|\{\d{4,}|\{\d+,\d{4,}|\}[{*+?]/.test(
      text,
    );
  if (!odd) {
    try {
      return RE2JS.compile(text);
    } catch {
      // Said below.
    }
  }
  throw new PromqlError('a label’s pattern is not a regular expression');
}

const named = (type: ValueType): string =>
  ({ scalar: 'a number', vector: 'an instant vector', matrix: 'a range vector', string: 'a string' })[type];

function unexpected(token: Token, wanted?: string): PromqlError {
  const found = token.kind === 'end' ? 'the end' : JSON.stringify(token.text.slice(0, 40));
  return new PromqlError(
    wanted === undefined ? `${found} cannot stand there` : `${found} stands where ${wanted} should`,
  );
}
