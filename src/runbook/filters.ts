/** `grep`, `egrep`, `fgrep`, `head` and `tail` behind a read: from their words to a filter, by GNU's option rules. */
import type { Filter } from '../domain/filter.ts';
import type { Template } from '../domain/action.ts';
import { textOf } from './kubectl/flags.ts';
import { matchesNothing, patternProblem } from './posix-pattern.ts';
import { quoted, refuse, type Refusal } from './reasons.ts';

/** One command behind a pipe. */
export function compileFilter(words: readonly Template[]): Filter | Refusal {
  const literal: string[] = [];
  for (const word of words) {
    if (typeof word !== 'string') {
      return refuse('unresolved-substitution', `${quoted(textOf(word))} behind the pipe is left open; write it out.`);
    }
    literal.push(word);
  }
  const [program = '', ...rest] = literal;
  switch (program) {
    case 'grep':
      return grepOf(rest, 'basic');
    case 'egrep':
      return grepOf(rest, 'extended');
    case 'fgrep':
      return grepOf(rest, 'fixed');
    case 'head':
    case 'tail':
      return cutOf(program, rest);
    default:
      return refuse(
        'not-supported-yet',
        `${quoted(program)} behind a pipe is not compiled yet; grep, head and tail are.`,
      );
  }
}

const switches: Readonly<Record<string, string>> = {
  '--ignore-case': 'i',
  '--invert-match': 'v',
  '--word-regexp': 'w',
  '--line-regexp': 'x',
  '--count': 'c',
  '--only-matching': 'o',
  '--line-number': 'n',
  '--extended-regexp': 'E',
  '--basic-regexp': 'G',
  '--fixed-strings': 'F',
  '--quiet': 'q',
  '--silent': 'q',
};
const valued: Readonly<Record<string, string>> = {
  '--after-context': 'A',
  '--before-context': 'B',
  '--context': 'C',
  '--max-count': 'm',
  '--regexp': 'e',
};

type Syntax = 'basic' | 'extended' | 'fixed';

function grepOf(words: readonly string[], program: Syntax): Filter | Refusal {
  const unknown = (flag: string): Refusal =>
    refuse('unknown-flag', `The flag ${quoted(flag)} of grep is not compiled.`);
  const on = new Set<string>();
  const numbers = new Map<string, number>();
  const patterns: string[] = [];
  const rest: string[] = [];
  const matchers = new Set<Syntax>(program === 'basic' ? [] : [program]);

  const setValue = (letter: string, value: string | undefined): Refusal | undefined => {
    if (value === undefined) return refuse('malformed', `-${letter} of grep needs a value.`);
    if (letter === 'e') {
      patterns.push(value);
      return undefined;
    }
    if (!/^\d{1,9}$/.test(value))
      return refuse('malformed', `${quoted(value)} is not a number of lines for grep -${letter}.`);
    numbers.set(letter, Number(value));
    return undefined;
  };
  const setSwitch = (letter: string): Refusal | undefined => {
    if (letter === 'E' || letter === 'F' || letter === 'G') {
      matchers.add(letter === 'E' ? 'extended' : letter === 'F' ? 'fixed' : 'basic');
    } else if ('ivwxconqhs'.includes(letter) || letter === 'y') on.add(letter === 'y' ? 'i' : letter);
    else return unknown(`-${letter}`);
    return undefined;
  };

  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--') {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      rest.push(word);
      continue;
    }
    let trouble: Refusal | undefined;
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = equals === -1 ? word : word.slice(0, equals);
      if (/^--colou?r(?:=(?:never|auto))?$/.test(word)) continue;
      const letter = Object.hasOwn(switches, name) ? switches[name] : undefined;
      const withValue = Object.hasOwn(valued, name) ? valued[name] : undefined;
      if (letter !== undefined && equals === -1) trouble = setSwitch(letter);
      else if (withValue !== undefined)
        trouble = setValue(withValue, equals === -1 ? words[++index] : word.slice(equals + 1));
      else trouble = unknown(word);
    } else if (/^-\d+$/.test(word)) trouble = setValue('C', word.slice(1));
    else {
      for (let at = 1; at < word.length && !trouble; at++) {
        const letter = word.charAt(at);
        if ('ABCme'.includes(letter)) {
          trouble = setValue(letter, at + 1 < word.length ? word.slice(at + 1) : words[++index]);
          break;
        }
        trouble = setSwitch(letter);
      }
    }
    if (trouble) return trouble;
  }
  if (matchers.size > 1) return refuse('malformed', 'grep takes one of -E, -F and -G.');
  const [syntax = program] = matchers;
  if (patterns.length === 0) {
    const pattern = rest.shift();
    if (pattern === undefined) return refuse('malformed', 'grep has no pattern.');
    patterns.push(pattern);
  }
  const [pattern = '', ...others] = patterns;
  if (others.length > 0 || pattern.includes('\n')) {
    return refuse('not-supported-yet', 'Several patterns in one grep are not compiled yet.');
  }
  if (rest.length > 0)
    return refuse('malformed', `grep reads the file ${quoted(rest[0] ?? '')} here, not what the pipe brings.`);
  const problem = patternProblem(pattern, syntax);
  if (problem) return refuse('not-supported-yet', `The pattern ${quoted(pattern)} ${problem}`);

  if (on.has('o') && (on.has('w') || on.has('v'))) {
    return refuse('not-supported-yet', '`grep -o` together with `-w` or `-v` is not compiled yet.');
  }
  // GNU grep looks for empty words in ways of its own.
  if (on.has('w') && matchesNothing(pattern, syntax)) {
    return refuse('not-supported-yet', '`grep -w` of a pattern that matches the empty text is not compiled.');
  }

  const after = numbers.get('A') ?? numbers.get('C');
  const before = numbers.get('B') ?? numbers.get('C');
  const maxCount = numbers.get('m');
  return {
    program: 'grep',
    pattern,
    syntax,
    ...(on.has('i') && { ignoreCase: true as const }),
    ...(on.has('v') && { invert: true as const }),
    ...(on.has('w') && { word: true as const }),
    ...(on.has('x') && { line: true as const }),
    ...(on.has('c') && { count: true as const }),
    ...(on.has('o') && { onlyMatching: true as const }),
    ...(on.has('n') && { lineNumbers: true as const }),
    ...(on.has('q') && { quiet: true as const }),
    // Zero counts too: `-A 0` prints `--` between groups.
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
    ...(maxCount !== undefined && { maxCount }),
  };
}

function cutOf(program: 'head' | 'tail', words: readonly string[]): Filter | Refusal {
  let count: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (program === 'tail' && /^(?:-f|-F|--follow.*)$/.test(word))
      return refuse('endless', '`tail -f` runs without end.');
    // The old forms `-50` and `tail +5` stand first and alone.
    const old = index === 0 ? /^-(\d+)$/.exec(word)?.[1] : undefined;
    const long = /^--lines=(.+)$/.exec(word)?.[1];
    const short = /^-n(.+)$/.exec(word)?.[1];
    const given = old ?? long ?? short ?? (word === '-n' || word === '--lines' ? words[++index] : undefined);
    if (given === undefined) {
      return word.startsWith('-')
        ? refuse('unknown-flag', `The flag ${quoted(word)} of ${program} is not compiled.`)
        : refuse('malformed', `${program} reads the file ${quoted(word)} here, not what the pipe brings.`);
    }
    if (count !== undefined) return refuse('malformed', `${program} has two numbers of lines.`);
    count = given;
  }
  const [, sign = '', digits = '10'] = /^([+-]?)(\d{1,9})$/.exec(count ?? '10') ?? [];
  if (count !== undefined && !/^[+-]?\d{1,9}$/.test(count)) {
    return refuse('not-supported-yet', `${quoted(count)} is not a number of lines that is compiled.`);
  }
  const lines = Number(digits);
  if (sign === '-' && lines === 0) return refuse('not-supported-yet', `${quoted(`${program} -n -0`)} is not compiled.`);
  // GNU: `head -n -N` is all but the last N; `+` means nothing to head and "from line N on" to tail.
  if (program === 'head') return { program, lines: sign === '-' ? -lines : lines };
  return sign === '+' ? { program, lines, fromStart: true } : { program, lines };
}
