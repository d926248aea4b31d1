/**
 * POSIX patterns for a linear-time engine. Basic and extended expressions with GNU's `\|`, `\+`, `\?`, `\s`, `\w` and
 * `\<` are translated to RE2's syntax; what RE2 has no exact equal for (back-references, stacked repetitions, `\b` in
 * the middle …) is refused when the runbook is compiled, never approximated. Letters of scripts on whose properties
 * glibc and Unicode differ stop the filter when it runs.
 * Source of the rules: GNU grep manual, "Regular Expressions"; POSIX base definitions, chapter 9. The locale is C.UTF-8.
 */
import { RE2JS } from 're2js';
import { stopped } from './limits.ts';

export type Syntax = 'basic' | 'extended' | 'fixed';

export type PatternOptions = {
  readonly syntax: Syntax;
  /** Only whether it matches counts, not where: allows `\<` and `\b` at the ends of alternatives. */
  readonly exists?: boolean;
  /** The groups of the pattern take what they hold. */
  readonly groups?: boolean;
  /** awk's escapes: `\n`, `\/`, and a backslash in brackets. */
  readonly awk?: boolean;
};

const lengthMax = 1000;

/** Thrown inside this file only. */
class Unsupported extends Error {}

/** Why the pattern cannot be used, as the end of a sentence, or undefined. */
export function patternProblem(pattern: string, options: PatternOptions): string | undefined {
  if (pattern.length > lengthMax) return 'is too long.';
  try {
    RE2JS.compile(translate(pattern, options));
    return undefined;
  } catch (error) {
    return error instanceof Unsupported ? error.message : 'is not one that can be run exactly.';
  }
}

/** The RE2 expression of a pattern that `patternProblem` accepted, in a group of its own. */
export const expressionOf = (pattern: string, options: PatternOptions): string => `(?:${translate(pattern, options)})`;

/** Compiles an expression with POSIX's longest match. */
export const compileExpression = (expression: string, ignoreCase: boolean): RE2JS =>
  RE2JS.compile(expression, RE2JS.LONGEST_MATCH | RE2JS.DOTALL | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0));

/** Compiles a pattern that `patternProblem` accepted. */
export const compilePattern = (pattern: string, options: PatternOptions & { ignoreCase: boolean }): RE2JS =>
  compileExpression(expressionOf(pattern, options), options.ignoreCase);

/** Whether an accepted pattern matches the empty text. */
export const matchesNothing = (pattern: string, syntax: Syntax): boolean =>
  compileExpression(`^${expressionOf(pattern, { syntax })}$`, false)
    .matcher('')
    .find();

/** What makes words: letters, digits and `_`. */
export const wordCharacters = '\\p{L}\\p{Nl}0-9_';

/** Where glibc 2.36 and Unicode agree on letters; every character of these ranges was compared. */
const agreed =
  /^[\0-\u024f\u0370-\u03ff\u0400-\u04ff\u2000-\u203e\u2041-\u2053\u2055-\u206f\u20a0-\u20bf\u2190-\u23ff\u2500-\u27bf\u3001-\u3003\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff0f\ufffd\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6c5}]*$/u;

/** Stops a filter that has to tell letters from others in a text where that is not certain. */
export function expectKnownLetters(program: string, text: string): void {
  if (!agreed.test(text))
    throw stopped(`The output holds characters of which ${program} may or may not think that they are letters.`);
}

/** Whether the pattern asks what a letter is. */
export const asksForLetters = (pattern: string): boolean =>
  /\\[wWb<>]|\[:(?:alpha|alnum|upper|lower|punct|cntrl|print|graph):\]/.test(pattern);

// glibc's space class in UTF-8 locales; it leaves the no-break spaces out.
const spaces =
  '\\x{9}-\\x{d}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}\\x{3000}';
const blanks = '\\x{9}\\x{20}\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{205f}\\x{3000}';
const classes: Readonly<Record<string, string>> = {
  digit: '0-9',
  xdigit: '0-9A-Fa-f',
  space: spaces,
  blank: blanks,
  alpha: '\\p{L}\\p{Nl}',
  alnum: '\\p{L}\\p{Nl}0-9',
  upper: '\\p{Lu}\\p{Lt}',
  lower: '\\p{Ll}\\x{aa}\\x{ba}\\x{1c5}\\x{1c8}\\x{1cb}\\x{1f2}\\x{37a}',
  punct: '\\p{P}\\p{S}\\p{No}\\p{M}\\p{Cf}\\x{a0}\\x{2007}\\x{202f}',
};

const literal = (char: string): string => `\\x{${(char.codePointAt(0) ?? 0).toString(16)}}`;

const awkEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '/': '/', '"': '"', '&': '&' };

function translate(pattern: string, { syntax, exists = false, groups = false, awk = false }: PatternOptions): string {
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
    out += groups ? '(' : '(?:';
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
      const escaped = awk ? awkEscapes[next] : undefined;
      if (escaped !== undefined) put(literal(escaped));
      else if (!awk && next === 's') put(`[${spaces}]`);
      else if (!awk && next === 'S') put(`[^${spaces}]`);
      else if (!awk && next === 'w') put(`[${wordCharacters}]`);
      else if (!awk && next === 'W') put(`[^${wordCharacters}]`);
      else if (!awk && /[b<>]/.test(next)) boundary(at, next);
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

  /** `\\<` before a word at the start of an alternative, `\\>` behind one at its end. */
  function boundary(from: number, mark: string): void {
    const outside = `[^${wordCharacters}]`;
    // Alternatives are parted by the only plain `|` that is ever put out.
    const first = out === '' || out.endsWith('|');
    if (exists && depth === 0 && first && mark !== '>' && /^[A-Za-z0-9_]$/.test(chars[from + 1] ?? '')) {
      out += `(?:^|${outside})`;
      atom = false;
      start = false;
      return;
    }
    const rest = chars.slice(from + 1, from + 3).join('');
    const ends = rest === '' || (basic ? rest === '\\|' : rest.startsWith('|'));
    const behindWord = /^[A-Za-z0-9_]$/.test(chars[from - 2] ?? '') && chars[from - 3] !== '\\';
    if (exists && depth === 0 && !start && atom && mark !== '<' && ends && behindWord) {
      out += `(?:$|${outside})`;
      atom = false;
      return;
    }
    throw new Unsupported(`holds \\${mark} where it cannot be run exactly.`);
  }

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
      if (awk && char === '\\') {
        const next = chars[at + 1] ?? '';
        const escaped = awkEscapes[next] ?? (/[\]\\^\-.[$*+?(){}|]/.test(next) ? next : undefined);
        if (escaped === undefined || chars[at + 2] === '-') throw new Unsupported('has a backslash in brackets.');
        body += literal(escaped);
        at += 2;
        continue;
      }
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
