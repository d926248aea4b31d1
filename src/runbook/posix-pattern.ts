/**
 * grep's patterns for a linear-time engine. POSIX basic and extended expressions with GNU's `\|`, `\+`, `\?` and `\s`
 * are translated to RE2's syntax; what RE2 has no exact equal for (back-references, `\<`, `\w`, `[[:alpha:]]` of
 * another locale, stacked repetitions …) is refused when the runbook is compiled, never approximated.
 * Source of the rules: GNU grep manual, "Regular Expressions"; POSIX base definitions, chapter 9.
 */
import { RE2JS } from 're2js';

export type Syntax = 'basic' | 'extended' | 'fixed';

const lengthMax = 1000;

/** Thrown inside this file only. */
class Unsupported extends Error {}

/** Why the pattern cannot be used, as the end of a sentence, or undefined. */
export function patternProblem(pattern: string, syntax: Syntax): string | undefined {
  if (pattern.length > lengthMax) return 'is too long.';
  try {
    RE2JS.compile(translate(pattern, syntax));
    return undefined;
  } catch (error) {
    return error instanceof Unsupported ? error.message : 'is not one that can be run exactly.';
  }
}

/** Compiles a pattern that `patternProblem` accepted; `around` places its text into a larger RE2 expression. */
export function compilePattern(
  pattern: string,
  options: { syntax: Syntax; ignoreCase: boolean },
  around: (expression: string) => string,
): RE2JS {
  const flags = RE2JS.LONGEST_MATCH | (options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return RE2JS.compile(around(`(?:${translate(pattern, options.syntax)})`), flags);
}

/** Whether an accepted pattern matches the empty text. */
export const matchesNothing = (pattern: string, syntax: Syntax): boolean =>
  compilePattern(pattern, { syntax, ignoreCase: false }, (expression) => `^${expression}$`)
    .matcher('')
    .find();

// glibc's space class in UTF-8 locales; it leaves the no-break spaces out.
const spaces =
  '\\x{9}-\\x{d}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}';
const blanks = '\\x{9}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}';
const classes: Readonly<Record<string, string>> = {
  digit: '0-9',
  xdigit: '0-9A-Fa-f',
  space: spaces,
  blank: blanks,
};

const literal = (char: string): string => `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;

function translate(pattern: string, syntax: Syntax): string {
  // Code points, as grep counts characters.
  const chars = Array.from(pattern);
  if (syntax === 'fixed') return chars.map(literal).join('');
  const basic = syntax === 'basic';
  let out = '';
  let depth = 0;
  /** Whether a repetition may follow. */
  let atom = false;
  /** At the start of the expression, of a group or of an alternative. */
  let start = true;

  const put = (text: string): void => {
    out += text;
    atom = true;
    start = false;
  };
  const repeat = (mark: string): void => {
    if (!atom)
      throw new Unsupported('repeats nothing or repeats twice, which is read differently by different programs.');
    out += mark;
    atom = false;
  };
  const open = (): void => {
    out += '(?:';
    depth++;
    atom = false;
    start = true;
  };
  const close = (): void => {
    if (depth === 0) throw new Unsupported('closes a group that was not opened.');
    out += ')';
    depth--;
    atom = true;
    start = false;
  };
  const either = (): void => {
    out += '|';
    atom = false;
    start = true;
  };

  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const next = chars[at + 1];
    if (char === '\\') {
      at++;
      if (next === undefined) throw new Unsupported('ends in a backslash.');
      if (next === 's') put(`[${spaces}]`);
      else if (next === 'S') put(`[^${spaces}]`);
      else if (/[A-Za-z0-9<>`']/.test(next)) {
        throw new Unsupported(`holds \\${next}, which is not compiled.`);
      } else if (!basic) put(literal(next));
      else if (next === '(') open();
      else if (next === ')') close();
      else if (next === '|') either();
      else if (next === '+' || next === '?') repeat(next);
      else if (next === '{') at = interval(at + 1, '\\}');
      else if (next === '}') throw new Unsupported('has a repetition that is not well formed.');
      else put(literal(next));
    } else if (char === '[') at = bracket(at);
    else if (char === '.') put('.');
    else if (char === '*') {
      if (basic && start) put(literal('*'));
      else repeat('*');
    } else if (char === '^') {
      if (basic && !start) put(literal('^'));
      else {
        out += '^';
        atom = false;
        // In a basic expression the star behind `^` is a plain one.
      }
    } else if (char === '$') {
      const rest = chars.slice(at + 1, at + 3).join('');
      if (!basic || rest === '' || rest === '\\)' || rest === '\\|') {
        out += '$';
        atom = false;
        start = false;
      } else put(literal('$'));
    } else if (basic) put(literal(char));
    else if (char === '(') open();
    else if (char === ')') close();
    else if (char === '|') either();
    else if (char === '+' || char === '?') repeat(char);
    else if (char === '{') at = interval(at + 1, '}');
    else put(literal(char));
  }
  if (depth > 0) throw new Unsupported('opens a group that is not closed.');
  return out;

  /** `m`, `m,`, `,n` or `m,n` up to `end`; returns the index of its last character. */
  function interval(from: number, end: string): number {
    const text = chars.slice(from, from + 12).join('');
    const match = /^(\d{0,3})(,?)(\d{0,3})(\\?\})/.exec(text);
    const [whole = '', low = '', comma = '', high = '', closing] = match ?? [];
    if (closing !== end || (low === '' && high === '') || (low !== '' && high !== '' && Number(low) > Number(high))) {
      throw new Unsupported('has a repetition that is not well formed.');
    }
    repeat(`{${low === '' ? '0' : Number(low)}${comma}${high === '' ? '' : Number(high)}}`);
    return from + whole.length - 1;
  }

  /** A bracket expression; a backslash is a plain character in it. */
  function bracket(from: number): number {
    let at = from + 1;
    const negated = chars[at] === '^';
    if (negated) at++;
    let body = '';
    for (let first = true; ; first = false) {
      const char = chars[at];
      if (char === undefined) throw new Unsupported('has a [ that is not closed.');
      if (char === ']' && !first) break;
      if (char === '[' && /[:.=]/.test(chars[at + 1] ?? '')) {
        const name = /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 12).join(''))?.[1];
        const set = name !== undefined && Object.hasOwn(classes, name) ? classes[name] : undefined;
        if (name === undefined || set === undefined) {
          throw new Unsupported('holds a character class that depends on the language settings.');
        }
        body += set;
        at += name.length + 4;
        continue;
      }
      const last = chars[at + 2];
      if (chars[at + 1] === '-' && last !== undefined && last !== ']') {
        if (last === '[' || (char.codePointAt(0) ?? 0) > (last.codePointAt(0) ?? 0)) {
          throw new Unsupported('has a range that is not well formed.');
        }
        body += `${literal(char)}-${literal(last)}`;
        at += 3;
      } else {
        body += literal(char);
        at++;
      }
    }
    put(`[${negated ? '^' : ''}${body}]`);
    return at;
  }
}
