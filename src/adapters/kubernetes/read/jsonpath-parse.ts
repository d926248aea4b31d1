/** Parses kubectl's JSONPath templates. What is not understood is a problem, never a guess. */
import type { Json } from '../../../domain/json.ts';

export type Step =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number; readonly by: number }
  | { readonly kind: 'union'; readonly paths: readonly Path[] }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator?: string; readonly right?: Operand };
export type Path = { readonly fromRoot: boolean; readonly steps: readonly Step[] };
export type Operand = { readonly path: Path } | { readonly literal: Json };
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'range'; readonly path: Path; readonly body: readonly Node[] };

/** Never leaves the two files of JSONPath. */
export class PathProblem extends Error {}

const templateMax = 4_000;

export const parsePath = (text: string): Path => new Scanner(text).all();

export function parseTemplate(template: string): readonly Node[] {
  if (template.length > templateMax) throw new PathProblem('the template is too long');
  const stack: { nodes: Node[]; range?: Path }[] = [{ nodes: [] }];
  const nodes = (): Node[] => stack.at(-1)?.nodes ?? [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open < 0) {
      nodes().push({ kind: 'text', text: template.slice(at) });
      break;
    }
    if (open > at) nodes().push({ kind: 'text', text: template.slice(at, open) });
    const close = endOfBraces(template, open);
    const inner = template.slice(open + 1, close).trim();
    at = close + 1;
    if (inner === 'end') {
      const closed = stack.pop();
      if (closed?.range === undefined) throw new PathProblem('not in range');
      nodes().push({ kind: 'range', path: closed.range, body: closed.nodes });
    } else if (/^range[\s.[$@]/.test(inner)) stack.push({ nodes: [], range: new Scanner(inner.slice(5).trim()).all() });
    else if (/^["']/.test(inner)) nodes().push(...literals(inner));
    else nodes().push({ kind: 'path', path: new Scanner(inner).all() });
  }
  if (stack.length > 1) throw new PathProblem('unclosed range');
  return nodes();
}

/** `{"\t"}`, also several in one pair of braces. */
function literals(inner: string): Node[] {
  const nodes: Node[] = [];
  let rest = inner;
  while (rest !== '') {
    const match = /^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*/.exec(rest);
    if (match?.[1] === undefined) throw new PathProblem('unterminated quoted string');
    nodes.push({ kind: 'text', text: unquote(match[1]) });
    rest = rest.slice(match[0].length);
  }
  return nodes;
}

function endOfBraces(template: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < template.length; at++) {
    const char = template[at] ?? '';
    if (char === '\\') at++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === '}') return at;
    else if (char === '{') throw new PathProblem('unexpected brace');
  }
  throw new PathProblem('unclosed action');
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => {
    const plain = escapes[char];
    if (plain === undefined) throw new PathProblem(`invalid escape \\${char}`);
    return plain;
  });
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): Path {
    const path = this.path();
    if (this.#at < this.#text.length)
      throw new PathProblem(`unrecognized character in action: ${this.#text[this.#at] ?? ''}`);
    return path;
  }

  path(): Path {
    let fromRoot = false;
    if (this.#take('$')) fromRoot = true;
    else this.#take('@');
    const steps: Step[] = [];
    for (;;) {
      if (this.#take('..')) {
        steps.push({ kind: 'recursive' });
        if (this.#text[this.#at] !== '[') steps.push(this.#name());
      } else if (this.#take('.')) {
        if (this.#at >= this.#text.length || this.#text[this.#at] === '[') continue;
        steps.push(this.#name());
      } else if (this.#take('[')) steps.push(this.#bracket());
      else break;
    }
    if (steps.length === 0 && !fromRoot && !/^[@.]/.test(this.#text)) throw new PathProblem('unexpected text');
    return { fromRoot, steps };
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #name(): Step {
    if (this.#take('*')) return { kind: 'all' };
    let name = '';
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? '';
      if (char === '\\') {
        name += this.#text[this.#at + 1] ?? '';
        this.#at += 2;
        continue;
      }
      if (/[\s.[\]{}()=<>!,|$@"'?]/.test(char)) break;
      name += char;
      this.#at++;
    }
    if (name === '') throw new PathProblem('a field name is missing');
    return { kind: 'field', name };
  }

  #bracket(): Step {
    const end = this.#closing();
    const inner = this.#text.slice(this.#at, end).trim();
    this.#at = end + 1;
    if (inner === '*') return { kind: 'all' };
    const filter = /^\?\((.*)\)$/s.exec(inner);
    if (filter?.[1] !== undefined) return parseFilter(filter[1].trim());
    if (/^(-?\d+)?(:(-?\d+)?){0,2}$/.test(inner) && inner !== '') return parseSlice(inner);
    const quoted = /^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))*$/s;
    if (quoted.test(inner)) {
      const names = [...inner.matchAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/gs)].map(([name]) =>
        name.slice(1, -1).replace(/\\(.)/gs, '$1'),
      );
      const [only] = names;
      if (names.length === 1 && only !== undefined) return { kind: 'field', name: only };
      return { kind: 'union', paths: names.map((name) => ({ fromRoot: false, steps: [{ kind: 'field', name }] })) };
    }
    if (/^-?\d+(\s*,\s*-?\d+)+$/.test(inner)) {
      return {
        kind: 'union',
        paths: inner.split(',').map((one) => ({ fromRoot: false, steps: [parseSlice(one.trim())] })),
      };
    }
    throw new PathProblem(`invalid array index ${inner}`);
  }

  #closing(): number {
    let quote = '';
    let depth = 1;
    for (let at = this.#at; at < this.#text.length; at++) {
      const char = this.#text[at] ?? '';
      if (char === '\\') at++;
      else if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === '"' || char === "'") quote = char;
      else if (char === '[') depth++;
      else if (char === ']' && --depth === 0) return at;
    }
    throw new PathProblem('unterminated array');
  }

  /** For a filter's operands. */
  rest(): string {
    return this.#text.slice(this.#at).trim();
  }
}

function parseSlice(text: string): Step {
  const [from = '', to, by] = text.split(':');
  if (to === undefined) {
    const index = Number(from);
    return index === -1 ? { kind: 'slice', from: -1, by: 1 } : { kind: 'slice', from: index, to: index + 1, by: 1 };
  }
  return {
    kind: 'slice',
    ...(from === '' ? {} : { from: Number(from) }),
    ...(to === '' ? {} : { to: Number(to) }),
    by: by === undefined || by === '' ? 1 : Number(by),
  };
}

function parseFilter(text: string): Step {
  const left = operandAt(text);
  if (left.rest === '') return { kind: 'filter', left: left.operand };
  const operator = /^(==|!=|<=|>=|<|>)\s*/.exec(left.rest);
  if (operator?.[1] === undefined) throw new PathProblem(`unrecognized filter ${text}`);
  const right = operandAt(left.rest.slice(operator[0].length));
  if (right.rest !== '') throw new PathProblem(`unrecognized filter ${text}`);
  return { kind: 'filter', left: left.operand, operator: operator[1], right: right.operand };
}

function operandAt(text: string): { operand: Operand; rest: string } {
  const quoted = /^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*/s.exec(text);
  if (quoted?.[1] !== undefined)
    return { operand: { literal: unquote(quoted[1]) }, rest: text.slice(quoted[0].length) };
  const bare = /^(true|false|-?\d+(?:\.\d+)?)(?![\w.])\s*/.exec(text);
  if (bare?.[1] !== undefined) {
    // true, false and numbers are JSON.
    return { operand: { literal: JSON.parse(bare[1]) as Json }, rest: text.slice(bare[0].length) };
  }
  if (!/^[@$.]/.test(text)) throw new PathProblem(`unrecognized filter ${text}`);
  const scanner = new Scanner(text);
  const path = scanner.path();
  return { operand: { path }, rest: scanner.rest() };
}
