/** awk's words. Source of the rules: POSIX awk, "Lexical Conventions". */
import { notExact } from '../options.ts';
import { refuse, type Refusal } from '../../reasons.ts';

export type Token = {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'call' | 'word' | 'mark' | 'newline' | 'end';
  /** A number's digits, a string's value, a regular expression without its slashes, a mark itself. */
  readonly text: string;
};

/** Thrown while a program is read; `compileAwk` turns it into the refusal. */
export class AwkRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.refused.text);
    this.refusal = refusal;
  }
}

export const malformed = (what: string): AwkRefused =>
  new AwkRefused(refuse('malformed', `This awk program is not well formed: ${what}.`));
export const inexact = (what: string): AwkRefused => new AwkRefused(notExact(`The awk program ${what}.`));

const words = new Set(
  'BEGIN END if else while do for in next exit break continue delete print printf getline function func return nextfile switch case default BEGINFILE ENDFILE'.split(
    ' ',
  ),
);
const marks = [
  '**=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '^=',
  '==',
  '<=',
  '>=',
  '!=',
  '!~',
  '>>',
  '**',
  '|&',

  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '!',
  '>',
  '<',
  '|',
  '?',
  ':',
  '~',
  '$',
  '=',
];
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** A string's text without its escapes, also of `-v` and `-F`. Undefined for an escape that awks read differently. */
export function unescape(text: string): string | undefined {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) !== '\\') {
      out += text.charAt(at);
      continue;
    }
    const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1))?.[0];
    if (octal !== undefined) {
      const code = Number.parseInt(octal, 8);
      if (code === 0 || code > 127) return undefined;
      out += String.fromCharCode(code);
      at += octal.length;
      continue;
    }
    const plain = escapes[text.charAt(++at)];
    if (plain === undefined) return undefined;
    out += plain;
  }
  return out;
}

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const push = (kind: Token['kind'], text: string, length: number): void => {
    tokens.push({ kind, text });
    at += length;
  };
  while (at < source.length) {
    const rest = source.slice(at, at + 4096);
    const blank = /^(?:[ \t\r]|\\\r?\n|#[^\n]*)+/.exec(rest)?.[0];
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const char = rest.charAt(0);
    const number = /^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest)?.[0];
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (char === '\n') push('newline', '\n', 1);
    else if (number !== undefined) {
      if (/^0[xX\d]/.test(rest) || /^[A-Za-z_]/.test(rest.slice(number.length)))
        throw inexact(`holds the number ${rest.slice(0, 8)}, which awks read differently`);
      push('number', number, number.length);
    } else if (name !== undefined) {
      const isCall = rest.charAt(name.length) === '(';
      push(words.has(name) ? 'word' : isCall ? 'call' : 'name', name, name.length);
    } else if (char === '"') {
      const text = /^"((?:[^"\\\n]|\\[\s\S])*)"/.exec(source.slice(at));
      if (!text) throw malformed('a string is not closed');
      const value = unescape(text[1] ?? '');
      if (value === undefined) throw inexact('holds a string with a backslash that awks read differently');
      push('string', value, text[0].length);
    } else if (char === '/' && !endsOperand(tokens.at(-1))) {
      const text = /^\/((?:[^/\\\n[]|\\.|\[(?:\\.|[^\]\\\n])*\])*)\//.exec(rest);
      if (!text) throw malformed('a regular expression is not closed');
      if (/\[[^\]]*\//.test(text[1] ?? '')) throw inexact('has a slash in brackets, which awks read differently');
      push('regex', text[1] ?? '', text[0].length);
    } else {
      const mark = marks.find((each) => rest.startsWith(each));
      if (mark === undefined) throw malformed(`it holds ${JSON.stringify(char)}`);
      push('mark', mark, mark.length);
    }
  }
  return [...tokens, { kind: 'newline', text: '\n' }, { kind: 'end', text: 'its end' }];
}

/** Whether a slash behind this token divides. */
const endsOperand = (token: Token | undefined): boolean =>
  token !== undefined &&
  (/^(?:number|string|regex|name)$/.test(token.kind) ||
    (token.kind === 'mark' && /^(?:\)|\]|\$|\+\+|--)$/.test(token.text)) ||
    // `length / 2`
    (token.kind === 'call' && token.text === 'length'));
