/**
 * sed's scripts: addresses with p, d, q, =, s and y, and blocks of them. What keeps text from line to line (h, N, D …), jumps,
 * or reaches a file or a shell is refused. Source of the rules: GNU sed manual.
 */
import { notExact } from './options.ts';
import { patternProblem } from './posix-pattern.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly ignoreCase: boolean };
/** `addr,+N` counts from the first line. */
export type RangeEnd = Address | { readonly kind: 'more'; readonly lines: number };

export type Substitution = {
  readonly kind: 's';
  readonly pattern: string;
  readonly ignoreCase: boolean;
  /** Text, and the numbers of the groups that stand in it; 0 is the whole match. */
  readonly replacement: readonly (string | number)[];
  readonly global: boolean;
  /** From which match on. */
  readonly occurrence: number;
  readonly print: boolean;
};

export type SedCommand = {
  readonly from?: Address;
  readonly to?: RangeEnd;
  readonly negated: boolean;
  readonly action:
    | Substitution
    | { readonly kind: 'p' | 'd' | '=' }
    | { readonly kind: 'q'; readonly exitCode: number; readonly quiet: boolean }
    | { readonly kind: 'y'; readonly map: ReadonlyMap<string, string> }
    | { readonly kind: '{'; readonly commands: readonly SedCommand[] };
};

class SedRefused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.refused.text);
    this.refusal = refusal;
  }
}
const malformed = (what: string): SedRefused => new SedRefused(refuse('malformed', `This sed script ${what}.`));
const inexact = (what: string): SedRefused => new SedRefused(notExact(`This sed script ${what}.`));

export function parseSed(script: string, extended: boolean): readonly SedCommand[] | Refusal {
  try {
    return readScript(script, extended);
  } catch (error) {
    if (error instanceof SedRefused) return error.refusal;
    throw error;
  }
}

const depthMax = 20;

function readScript(script: string, extended: boolean): readonly SedCommand[] {
  let at = 0;
  const syntax = extended ? 'extended' : 'basic';
  const rest = (): string => script.slice(at, at + 4096);
  const char = (): string => script.charAt(at);
  const skip = (pattern: RegExp): void => {
    at += pattern.exec(rest())?.[0].length ?? 0;
  };

  const commands = block(0);
  if (at < script.length) throw malformed('closes a brace that was not opened');
  return commands;

  function block(depth: number): SedCommand[] {
    if (depth > depthMax) throw malformed('is nested too deeply');
    const found: SedCommand[] = [];
    for (;;) {
      skip(/^[\s;]+/);
      if (char() === '#') {
        if (at === 0 && /^#n(?:\n|$)/.test(script)) throw inexact('begins with #n');
        skip(/^[^\n]*/);
        continue;
      }
      if (at >= script.length || char() === '}') return found;
      found.push(command(depth));
    }
  }

  function command(depth: number): SedCommand {
    const from = address();
    let to: RangeEnd | undefined;
    skip(/^[ \t]+/);
    if (from && char() === ',') {
      at++;
      skip(/^[ \t]+/);
      const more = /^\+(\d{1,7})/.exec(rest());
      if (more) {
        at += more[0].length;
        to = { kind: 'more', lines: Number(more[1]) };
      } else to = address();
      if (!to || to.kind === 'step') throw inexact('has a range whose end is not compiled');
      if (from.kind === 'step') throw inexact('has a range whose start is not compiled');
    }
    if (from?.kind === 'line' && from.line === 0) throw inexact('begins at line 0');
    skip(/^[ \t]+/);
    const negated = char() === '!';
    if (negated) skip(/^!+[ \t]*/);
    const action = readAction(depth);
    return { ...(from && { from }), ...(to && { to }), negated, action };
  }

  function address(): Address | undefined {
    const number = /^(\d{1,9})(?:~(\d{1,9}))?/.exec(rest());
    if (number) {
      at += number[0].length;
      return number[2] === undefined
        ? { kind: 'line', line: Number(number[1]) }
        : { kind: 'step', first: Number(number[1]), step: Number(number[2]) };
    }
    if (char() === '$') {
      at++;
      return { kind: 'last' };
    }
    const isOther = char() === '\\';
    if (char() !== '/' && !isOther) return undefined;
    if (isOther) at++;
    const pattern = delimited(char(), true);
    let ignoreCase = false;
    if (char() === 'I') {
      ignoreCase = true;
      at++;
    }
    if (char() === 'M') throw inexact('matches over several lines');
    expectPattern(pattern, true);
    return { kind: 'pattern', pattern, ignoreCase };
  }

  /** From one delimiter to the next; `at` ends behind it. */
  function delimited(delimiter: string, isPattern: boolean): string {
    if (delimiter === '' || /[\n\\]/.test(delimiter) || delimiter.charCodeAt(0) > 127)
      throw malformed('has a delimiter that cannot be');
    at++;
    let text = '';
    for (let inBrackets = false; ; at++) {
      const next = char();
      if (next === '' || (next === '\n' && isPattern)) throw malformed('is not closed');
      if (next === '\\') {
        const escaped = script.charAt(++at);
        if (escaped === '') throw malformed('is not closed');
        if (escaped === delimiter && delimiter !== '/') {
          // Whether `\|` is then a plain bar or an alternative differs between versions.
          if (/[^A-Za-z0-9:,#@!%=_;~&"' -]/.test(delimiter) || /[A-Za-z0-9&]/.test(delimiter))
            throw inexact('escapes its delimiter in a way that is read differently');
          text += delimiter;
        } else if (escaped === 't' && isPattern) text += '\t';
        else text += escaped === delimiter ? delimiter : `\\${escaped}`;
        continue;
      }
      if (isPattern && next === '[') inBrackets = true;
      if (next === delimiter) {
        // GNU sed ends here even within brackets.
        if (inBrackets && text.lastIndexOf('[') > text.lastIndexOf(']')) throw inexact('has its delimiter in brackets');
        at++;
        return text;
      }
      text += next;
    }
  }

  function expectPattern(pattern: string, exists: boolean): void {
    if (pattern === '') throw inexact('repeats the last pattern by an empty one');
    // sed reads these as characters, also in brackets.
    if (/\\[nrfvacdox]/.test(pattern)) throw inexact(`has an escape in ${quoted(pattern)}`);
    const problem = patternProblem(pattern, { syntax, exists });
    if (problem) throw inexact(`has the pattern ${quoted(pattern)}, which ${problem.replace(/\.$/, '')}`);
  }

  function readAction(depth: number): SedCommand['action'] {
    const name = char();
    at++;
    switch (name) {
      case '{': {
        const inside = block(depth + 1);
        if (char() !== '}') throw malformed('has a brace that is not closed');
        at++;
        endOfCommand();
        return { kind: '{', commands: inside };
      }
      case 'p':
      case 'd':
      case '=':
        endOfCommand();
        return { kind: name };
      case 'q':
      case 'Q': {
        const code = /^[ \t]*(\d{1,3})/.exec(rest());
        at += code?.[0].length ?? 0;
        endOfCommand();
        return { kind: 'q', exitCode: Number(code?.[1] ?? 0) % 256, quiet: name === 'Q' };
      }
      case 's':
        return substitution();
      case 'y':
        return transliteration();
      case 'w':
      case 'W':
        throw new SedRefused(refuse('writes-file', 'The sed script writes a file.'));
      case 'e':
        throw new SedRefused(refuse('pipes-into-code', 'The sed script runs commands.'));
      case 'r':
      case 'R':
        throw new SedRefused(refuse('malformed', 'The sed script reads a file here, not what the pipe brings.'));
      case '':
        throw malformed('has an address without a command');
      default:
        if (/[aciDgGhHlnNPtTbxzFv:]/.test(name)) throw inexact(`uses the command ${name}, which is not compiled`);
        throw malformed(`holds the unknown command ${quoted(name)}`);
    }
  }

  function endOfCommand(): void {
    skip(/^[ \t]+/);
    if (!/^(?:[;\n}#]|$)/.test(char())) throw malformed(`has ${quoted(char())} behind a command`);
  }

  function substitution(): Substitution {
    const delimiter = char();
    const pattern = delimited(delimiter, true);
    at--;
    const written = delimited(delimiter, false);
    let global = false;
    let print = false;
    let ignoreCase = false;
    let occurrence = 0;
    for (;;) {
      const number = /^\d{1,6}/.exec(rest())?.[0];
      const flag = char();
      if (number !== undefined) {
        if (occurrence > 0 || Number(number) === 0) throw malformed('has a number of a match that cannot be');
        occurrence = Number(number);
        at += number.length;
        continue;
      }
      if (flag === 'w') throw new SedRefused(refuse('writes-file', 'The sed script writes a file.'));
      if (flag === 'e') throw new SedRefused(refuse('pipes-into-code', 'The sed script runs commands.'));
      if (flag === 'm' || flag === 'M') throw inexact('matches over several lines');
      if (flag === 'g') global = true;
      else if (flag === 'p') {
        if (print) throw malformed('has p twice');
        print = true;
      } else if (flag === 'i' || flag === 'I') ignoreCase = true;
      else break;
      at++;
    }
    endOfCommand();
    const replacement = replacementOf(written);
    const groups = replacement.filter((part) => typeof part === 'number' && part > 0);
    if (groups.length > 0) expectPlainGroups(pattern, Math.max(...groups.map(Number)));
    expectPattern(pattern, false);
    return { kind: 's', pattern, ignoreCase, replacement, global, occurrence: Math.max(1, occurrence), print };
  }

  function replacementOf(text: string): (string | number)[] {
    const parts: (string | number)[] = [];
    let plain = '';
    for (let index = 0; index < text.length; index++) {
      const each = text.charAt(index);
      let group: number | undefined;
      if (each === '&') group = 0;
      else if (each !== '\\') plain += each;
      else {
        const escaped = text.charAt(++index);
        if (/\d/.test(escaped)) group = Number(escaped);
        else if (escaped === 'n') plain += '\n';
        else if (escaped === 't') plain += '\t';
        else if (/[A-Za-z]/.test(escaped)) throw inexact(`has \\${escaped} in what it puts in`);
        else plain += escaped;
      }
      if (group === undefined) continue;
      parts.push(plain, group);
      plain = '';
    }
    return [...parts, plain].filter((part) => part !== '');
  }

  /**
   * What a group holds is certain where neither alternatives nor repeated groups are: then each part from left to right is
   * as long as it can be, for POSIX and for a greedy engine alike.
   */
  function expectPlainGroups(pattern: string, highest: number): void {
    const [open, alternative] = extended ? [/(?<!\\)(?:\\\\)*\(/g, /(?<!\\)(?:\\\\)*\|/] : [/\\\(/g, /\\\|/];
    const repeated = extended ? /\)(?:[*+?{])/ : /\\\)(?:\*|\\[+?{])/;
    if (alternative.test(pattern) || repeated.test(pattern))
      throw inexact('takes out a part of a match that is not certain');
    if ((pattern.match(open) ?? []).length < highest) throw malformed('names a group that its pattern does not have');
    if (/\[/.test(pattern) && /\[[^\]]*[()|]/.test(pattern)) throw inexact('has brackets with a group sign');
  }

  function transliteration(): { kind: 'y'; map: ReadonlyMap<string, string> } {
    const delimiter = char();
    const from = Array.from(delimited(delimiter, false));
    at--;
    const to = Array.from(delimited(delimiter, false));
    endOfCommand();
    if (from.includes('\\') || to.includes('\\')) throw inexact('has a backslash in y');
    if (from.length !== to.length) throw malformed('has two lists of different length in y');
    const map = new Map<string, string>();
    for (const [index, each] of from.entries()) if (!map.has(each)) map.set(each, to[index] ?? '');
    return { kind: 'y', map };
  }
}
