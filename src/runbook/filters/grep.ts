/** `grep`, `egrep`, `fgrep` and the common part of `rg`: from their words to a filter, by GNU's option rules. */
import type { Filter, GrepFilter } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { notExact, type OptionTable, parseOptions, readsFile, unknownFlag } from './options.ts';
import { matchesNothing, patternProblem, type Syntax } from './posix-pattern.ts';

const long: Readonly<Record<string, string>> = {
  'ignore-case': 'i',
  'invert-match': 'v',
  'word-regexp': 'w',
  'line-regexp': 'x',
  count: 'c',
  'only-matching': 'o',
  'line-number': 'n',
  'fixed-strings': 'F',
  quiet: 'q',
  'after-context': 'A',
  'before-context': 'B',
  context: 'C',
  'max-count': 'm',
  regexp: 'e',
};

const gnuGrep: OptionTable = {
  switches: 'ivwxcoqnhHsalyEFGP',
  valued: 'ABCme',
  long: {
    ...long,
    'extended-regexp': 'E',
    'basic-regexp': 'G',
    'perl-regexp': 'P',
    'no-filename': 'h',
    'with-filename': 'H',
    'no-messages': 's',
    text: 'a',
    'files-with-matches': 'l',
    silent: 'q',
    'line-buffered': 's',
  },
};

const ripgrep: OptionTable = {
  switches: 'ivwxcoqnFSNs',
  valued: 'ABCme',
  long: { ...long, 'smart-case': 'S', 'no-line-number': 'N', 'case-sensitive': 's', 'line-buffered': 'N' },
};

export function compileGrep(program: 'grep' | 'egrep' | 'fgrep', words: readonly string[]): Filter | Refusal {
  // `-5` is five lines of context; `--color` without a value decides by the terminal, and there is none.
  const known = words.flatMap((word) =>
    /^--colou?r(?:=(?:never|auto))?$/.test(word) ? [] : /^-\d+$/.test(word) ? [`-C${word.slice(1)}`] : [word],
  );
  const parsed = parseOptions('grep', known, gnuGrep);
  if (isRefusal(parsed)) return parsed;
  const matchers = new Set<string>(program === 'egrep' ? ['E'] : program === 'fgrep' ? ['F'] : []);
  for (const { letter } of parsed.options) if ('EFGP'.includes(letter)) matchers.add(letter);
  if (matchers.size > 1) return refuse('malformed', 'grep takes one of -E, -F, -G and -P.');
  const perl = matchers.has('P');
  const syntax: Syntax = matchers.has('F') ? 'fixed' : matchers.has('E') || perl ? 'extended' : 'basic';
  return grepOf('grep', parsed.options, parsed.operands, { syntax, perl });
}

export function compileRipgrep(words: readonly string[]): Filter | Refusal {
  const known = words.filter((word) => !/^--(?:color=(?:never|auto)|no-heading)$/.test(word));
  const parsed = parseOptions('rg', known, ripgrep);
  if (isRefusal(parsed)) return parsed;
  const fixed = parsed.options.some(({ letter }) => letter === 'F');
  return grepOf('rg', parsed.options, parsed.operands, { syntax: fixed ? 'fixed' : 'extended', perl: !fixed });
}

/** What Perl's, Rust's and POSIX's expressions read alike. */
const sharedSyntax = /^(?:[\w\s/:=,"'%@!<>~#&;-]|\\[.()[\]|*+?^$/-]|\.[*+]?|[|()^$])*$/;

function grepOf(
  program: 'grep' | 'rg',
  options: readonly { letter: string; value: string }[],
  operands: readonly string[],
  { syntax, perl }: { syntax: Syntax; perl: boolean },
): Filter | Refusal {
  const on = new Set<string>();
  const numbers = new Map<string, number>();
  const patterns: string[] = [];
  for (const { letter, value } of options) {
    if (letter === 'e') patterns.push(value);
    else if ('ABCm'.includes(letter)) {
      if (!/^\d{1,9}$/.test(value)) {
        return refuse('malformed', `${quoted(value)} is not a number of lines for ${program} -${letter}.`);
      }
      numbers.set(letter, Number(value));
    } else on.add(letter === 'y' ? 'i' : letter);
  }
  const rest = [...operands];
  if (patterns.length === 0) {
    const pattern = rest.shift();
    if (pattern === undefined) return refuse('malformed', `${program} has no pattern.`);
    patterns.push(pattern);
  }
  if (rest[0] !== undefined && !(rest[0] === '-' && rest.length === 1)) return readsFile(program, rest[0]);
  const pattern = patterns.join('\n');
  if (on.has('S') && pattern === pattern.toLowerCase()) on.add('i');
  if (on.has('s') && program === 'rg') on.delete('i');

  const exists = !on.has('o') && !on.has('w') && !on.has('x');
  for (const each of pattern.split('\n')) {
    const problem = patternProblem(each, { syntax, exists });
    if (problem) return notExact(`The pattern ${quoted(each)} ${problem}`);
    if (perl && !sharedSyntax.test(each)) {
      return notExact(`The pattern ${quoted(each)} is one that ${program} may read in a way of its own.`);
    }
    // GNU grep looks for empty words in ways of its own.
    if (on.has('w') && matchesNothing(each, syntax)) {
      return notExact('`grep -w` of a pattern that matches the empty text is not compiled.');
    }
  }
  if (on.has('w') && on.has('o') && /[\^$]/.test(pattern) && syntax !== 'fixed') {
    return notExact('`grep -o -w` of a pattern that is tied to an end of the line is not compiled.');
  }
  // Leftmost-first and leftmost-longest are the same for plain text.
  if (perl && on.has('o') && !/^[\w\s/:=,"'%@!<>~#&;-]*$/.test(pattern)) {
    return notExact(`\`${program} -o\` of this pattern may print another part of the line.`);
  }
  if (program === 'rg' && on.has('x') && on.has('w')) return unknownFlag('rg', '-x -w');
  // ripgrep prints no `--` for a context of 0, but also counts what -m leaves out in its own way.
  const contexts = program === 'rg' ? positive(numbers) : numbers;
  if (program === 'rg' && numbers.has('m') && contexts.size > 1) {
    return notExact('`rg -m` together with lines of context is not compiled.');
  }
  return filterOf(program, { pattern, syntax, on, numbers: contexts });
}

const positive = (numbers: ReadonlyMap<string, number>): Map<string, number> =>
  new Map([...numbers].filter(([letter, value]) => letter === 'm' || value > 0));

function filterOf(
  program: 'grep' | 'rg',
  { pattern, syntax, on, numbers }: { pattern: string; syntax: Syntax; on: Set<string>; numbers: Map<string, number> },
): GrepFilter {
  const after = numbers.get('A') ?? numbers.get('C');
  const before = numbers.get('B') ?? numbers.get('C');
  const maxCount = numbers.get('m');
  return {
    program: 'grep',
    pattern,
    syntax,
    ...(on.has('i') && { ignoreCase: true as const }),
    ...(on.has('v') && { invert: true as const }),
    // A whole line is a word too: -x says more than -w.
    ...(on.has('w') && !on.has('x') && { word: true as const }),
    ...(on.has('x') && { line: true as const }),
    ...(on.has('c') && { count: true as const }),
    ...(on.has('o') && { onlyMatching: true as const }),
    ...(on.has('n') && { lineNumbers: true as const }),
    ...(on.has('q') && { quiet: true as const }),
    ...(on.has('H') && { fileName: true as const }),
    ...(on.has('l') && { list: true as const }),
    // Zero counts too: `-A 0` prints `--` between groups.
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
    ...(maxCount !== undefined && { maxCount }),
    ...(program === 'rg' && on.has('c') && { countsNoZero: true as const }),
  };
}
