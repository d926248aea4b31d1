import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { differences } from '../../filters/subject.ts';

const atom = fc.constantFrom(
  'a',
  'b',
  'ab',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  ' ',
  '_',
  '-',
  '\\.',
  '[]x]',
  '[[:space:]]',
  '[[:digit:]]',
  'é',
  '1',
  '\\s',
  '\\w',
  '\\b',
  '\\<',
  '\\>',
  '[[:alpha:]]',
  '[[:punct:]]',
);
const suffix = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '\\+', '\\?', '\\{1,2\\}', '{,2}');
const joint = fc.constantFrom('', '', '', '|', '\\|', '^', '$', '(', ')', '\\(', '\\)', '*');
const pattern = fc
  .array(fc.tuple(atom, suffix, joint), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.flat().join(''));
const piece = fc.constantFrom(
  'a',
  'b',
  'A',
  'ab',
  ' ',
  '_',
  '-',
  '.',
  'c',
  'é',
  '1',
  'x',
  '',
  '\t',
  '10',
  '-2.5',
  '3Mi',
  '1Gi',
);
const line = fc.array(piece, { maxLength: 6 }).map((words) => words.join(''));
const input = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
  .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));
const some = (...flags: string[]) => fc.subarray(flags, { maxLength: Math.min(4, flags.length) });

const grep = fc
  .tuple(
    some(
      '-i',
      '-v',
      '-w',
      '-x',
      '-c',
      '-o',
      '-n',
      '-E',
      '-F',
      '-q',
      '-A1',
      '-B1',
      '-C2',
      '-A0',
      '-m1',
      '-m2',
      '-H',
      '-l',
    ),
    fc.array(pattern, { minLength: 1, maxLength: 2 }),
  )
  .map(([flags, patterns]) => ['grep', ...flags, ...patterns.flatMap((each) => ['-e', each])]);
const key = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.constantFrom('', '.2', '.1'),
    fc.constantFrom('', 'n', 'r', 'h', 'f', 'b', 'nr'),
    fc.constantFrom('', ',1', ',2', ',2.1', ',3'),
    fc.constantFrom('', 'b'),
  )
  .map(([field, character, letters, to, end]) => `-k${field}${character}${letters}${to}${to === '' ? '' : end}`);
const sort = fc
  .tuple(some('-n', '-r', '-h', '-u', '-f', '-b', '-s', '-t-', '-t '), fc.array(key, { maxLength: 2 }))
  .map(([flags, keys]) => ['sort', ...flags, ...keys]);
const uniq = some('-c', '-d', '-u', '-i', '-f1', '-s1').map((flags) => ['uniq', ...flags]);
const list = fc.constantFrom('1', '2-', '-2', '1,3', '2-3,1', '3-4,6-', '1-2,2-4');
const cut = fc
  .tuple(
    fc.constantFrom(['-c'], ['-b'], ['-f'], ['-d-', '-f'], ['-d ', '-f']),
    list,
    some('-s', '--complement', '--output-delimiter=:'),
  )
  .map(([how, fields, flags]) => ['cut', ...how.slice(0, -1), `${how.at(-1) ?? ''}${fields}`, ...flags]);
const set = fc.constantFrom('a', 'a-c', '[:upper:]', '[:lower:]', '[:space:]', '\\n', ' _', '0-9', '[:alnum:]', '-a');
const tr = fc
  .tuple(some('-d', '-s', '-c', '-t'), set, fc.option(set, { nil: undefined }))
  .map(([flags, from, to]) => ['tr', ...flags, '--', from, ...(to === undefined ? [] : [to])]);
const column = fc.constantFrom(
  ['column', '-t'],
  ['column', '-t', '-s-'],
  ['column', '-t', '-s', '_-', '-o', '|'],
  ['nl'],
  ['tac'],
  ['rev'],
  ['cat', '-n'],
  ['wc'],
  ['wc', '-w'],
  ['wc', '-lm'],
);
const cutLines = fc
  .tuple(
    fc.constantFrom('head', 'tail'),
    fc.constantFrom(
      '-n0',
      '-n1',
      '-n2',
      '-n9',
      '-n-1',
      '-n-3',
      '-n+1',
      '-n+2',
      '-n+9',
      '-3',
      '-c3',
      '-c-2',
      '-c+4',
      '-c0',
      '-n-0',
    ),
  )
  .map(([program, option]) => [program, option]);
const sed = fc
  .tuple(
    some('-n', '-E'),
    pattern,
    fc.constantFrom(
      's/@/<&>/',
      's/@/X/g',
      's/@/X/2',
      's/@//p',
      '/@/p',
      '/@/d',
      '/@/!p',
      '/@/,/b/p',
      '2,/@/d',
      '/@/,$d',
      's/\\(@\\)/[\\1]/g',
      's/(@)(.*)/\\2\\1/',
    ),
  )
  .map(([flags, expression, script]) => ['sed', ...flags, script.replace('@', () => expression)]);
const value = fc.constantFrom(
  '$1',
  '$2',
  '$NF',
  'NR',
  'NF',
  '"a"',
  '10',
  '$1+$2',
  '$1 $2',
  'length($1)',
  'substr($0,2,3)',
  'index($0,"a")',
  'toupper($1)',
  '-$1',
  '$2*2',
  'n++',
  'x',
  '($1 ~ /a/)',
  'NR%2',
);
const comparison = fc.constantFrom('==', '!=', '<', '>', '<=', '>=');
const awk = fc
  .tuple(
    fc.constantFrom([], ['-F-'], ['-F', '[ _]+'], ['-F\\t'], ['-vOFS=:']),
    fc.tuple(value, comparison, value).map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.array(value, { minLength: 1, maxLength: 3 }),
    fc.constantFrom(
      'T { print V }',
      '{ print V, T }',
      'T',
      '{ if T print V; else print NR }',
      '{ $2 = T; print; print NF }',
      '{ s += $1 } END { print s, NR }',
      '{ n = gsub(/P/, "<&>"); print n, $0 }',
      '/P/ { print V }',
      '{ n = split($0, p, /P/); print n, p[1], p[n] }',
      'T, /P/',
      '{ print match($0, /P/), RSTART, RLENGTH }',
      '{ printf "%s|%5s|%-4d|%.2f\\n", $1, $2, $1, $2 }',
    ),
    pattern,
  )
  .map(([flags, test, values, template, expression]) => [
    'awk',
    ...flags,
    template
      .replace('T', () => test)
      .replace('V', () => values.join(', '))
      .replace('P', () => expression),
  ]);

describe('for programs and texts made at random', () => {
  it.each([
    ['grep', grep, 400, 150],
    ['sort', sort, 200, 150],
    ['uniq', uniq, 60, 40],
    ['cut', cut, 120, 60],
    ['tr', tr, 120, 30],
    ['column and its like', column, 80, 60],
    ['head and tail', cutLines, 100, 60],
    ['sed', sed, 250, 80],
    ['awk', awk, 400, 150],
  ])(
    '%s prints the same bytes and exits the same as the real one',
    async (_name, words, numRuns, least) => {
      const { different, compared } = await differences(fc.sample(fc.tuple(words, input), { numRuns, seed: 11 }));

      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(least);
    },
    60_000,
  );
});
