import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Filter } from '../../src/domain/filter.ts';
import { compileFilter } from '../../src/runbook/filters.ts';
import { isRefusal } from '../../src/runbook/reasons.ts';
import { runFilters } from '../../src/runbook/run-filters.ts';

/** The filter for the words; a refusal fails the test. */
function filterOf(...words: string[]): Filter {
  const filter = compileFilter(words);
  if (isRefusal(filter)) throw new Error(filter.refused.text);
  return filter;
}

const run = (text: string, ...words: string[]) => runFilters([filterOf(...words)], { text, exitCode: 0 });

function realRun(text: string, words: readonly string[]): { text: string; exitCode: number | null } {
  const [program = '', ...rest] = words;
  const result = spawnSync(program, rest, { input: text, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { text: result.stdout.toString(), exitCode: result.status };
}

const log = [
  'one',
  'Two ERROR x',
  'three',
  '',
  'four error',
  'five',
  'six',
  'seven Error',
  'foo_bar foo bar',
  'a.b',
  'ééé',
];
const text = `${log.join('\n')}\n`;

describe('grep', () => {
  it.each<[string[], string, number]>([
    [['grep', 'error'], 'four error\n', 0],
    [['grep', '-i', 'ERROR'], 'Two ERROR x\nfour error\nseven Error\n', 0],
    [['grep', '-ic', 'error'], '3\n', 0],
    [['grep', '-c', 'nothing'], '0\n', 1],
    [['grep', 'nothing'], '', 1],
    [['grep', '-q', 'three'], '', 0],
    [['grep', '-n', 'five'], '6:five\n', 0],
    [['grep', '-w', 'foo'], 'foo_bar foo bar\n', 0],
    [['grep', '-x', 'six'], 'six\n', 0],
    [['grep', '-o', 'o[a-z]*'], 'one\no\nour\nor\nor\noo\noo\n', 0],
    [['grep', '-F', 'a.b'], 'a.b\n', 0],
    [['fgrep', '.b'], 'a.b\n', 0],
    [['grep', 'one\\|six'], 'one\nsix\n', 0],
    [['egrep', 'one|six'], 'one\nsix\n', 0],
    [['grep', '-E', '^(one|six)$'], 'one\nsix\n', 0],
    [['grep', '-m', '1', '-i', 'error'], 'Two ERROR x\n', 0],
    [['grep', '-n', '-A', '1', 'one'], '1:one\n2-Two ERROR x\n', 0],
    [['grep', '-A1', '-e', 'one'], 'one\nTwo ERROR x\n', 0],
    [['grep', '-C', '1', 'one\\|six'], 'one\nTwo ERROR x\n--\nfive\nsix\nseven Error\n', 0],
    [['grep', 'Conditions', '-A', '5'], '', 1],
  ])('%j prints what GNU grep prints', (words, expected, exitCode) => {
    expect(run(text, ...words)).toEqual({ text: expected, exitCode });
  });

  it('ends a last line that has no end', () => {
    expect(run('a\nb', 'grep', 'b')).toEqual({ text: 'b\n', exitCode: 0 });
  });

  it.each([
    ['\\(a\\)\\1'],
    ['a\\>'],
    ['\\<a'],
    ['\\bx'],
    ['\\w'],
    ['[[:alpha:]]'],
    ['[a'],
    ['\\(a'],
    ['a\\)'],
    ['a**'],
    ['a\\'],
    ['[z-a]'],
    ['a\\{2'],
  ])('%j is refused, not approximated', (pattern) => {
    expect(compileFilter(['grep', pattern])).toMatchObject({ refused: { code: 'not-supported-yet' } });
  });

  it.each([
    [['grep', '-r', 'x'], 'unknown-flag'],
    [['grep', '-P', 'x'], 'unknown-flag'],
    [['grep', '--color=always', 'x'], 'unknown-flag'],
    [['grep', '-f', 'patterns'], 'unknown-flag'],
    [['grep', '-l', 'x'], 'unknown-flag'],
    [['grep'], 'malformed'],
    [['grep', '-E', '-F', 'x'], 'malformed'],
    [['grep', 'x', 'file'], 'malformed'],
    [['grep', '-A', 'x', 'y'], 'malformed'],
    [['grep', '-e', 'x', '-e', 'y'], 'not-supported-yet'],
    [['grep', '-o', '-w', 'x'], 'not-supported-yet'],
    [['grep', '-o', '-v', 'x'], 'not-supported-yet'],
    [['grep', '-w', 'x*'], 'not-supported-yet'],
    [['head', '-c', '5'], 'unknown-flag'],
    [['head', 'file'], 'malformed'],
    [['head', '-n', '1', '-n', '2'], 'malformed'],
    [['head', '-n', '-0'], 'not-supported-yet'],
    [['tail', '-f'], 'endless'],
    [['tail', '-n', '5k'], 'not-supported-yet'],
    [['sort'], 'not-supported-yet'],
    [['awk', '{print $1}'], 'not-supported-yet'],
  ])('%j stays manual: %s', (words, code) => {
    expect(compileFilter(words)).toMatchObject({ refused: { code } });
  });

  it('is linear in the text for a pattern that makes other engines hang', () => {
    const started = performance.now();

    const result = run(`${'a'.repeat(20_000)}\n`, 'grep', '-E', '(a*)*b');

    expect(result.exitCode).toBe(1);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('head and tail', () => {
  it.each<[string[], string, string]>([
    [['head', '-n', '2'], '1\n2\n3', '1\n2\n'],
    [['head', '-2'], '1\n2\n3', '1\n2\n'],
    [['head', '-n', '-1'], '1\n2\n3', '1\n2\n'],
    [['head', '-n5'], '1\n2\n3', '1\n2\n3'],
    [['head'], '1\n'.repeat(12), '1\n'.repeat(10)],
    [['tail', '-n', '2'], '1\n2\n3', '2\n3'],
    [['tail', '-2'], '1\n2\n3\n', '2\n3\n'],
    [['tail', '-n', '+2'], '1\n2\n3\n', '2\n3\n'],
    [['tail', '-n', '+0'], '1\n2\n', '1\n2\n'],
    [['tail', '-n', '0'], '1\n2\n', ''],
    [['tail', '--lines=1'], '1\n2\n', '2\n'],
    [['tail'], '', ''],
  ])('%j of %j', (words, input, expected) => {
    expect(run(input, ...words)).toEqual({ text: expected, exitCode: 0 });
  });

  it('pass on in order, and the last program gives the exit code', () => {
    const filters = [filterOf('grep', 'x'), filterOf('tail', '-1')];

    expect(runFilters(filters, { text: 'x1\ny\nx2\n', exitCode: 0 })).toEqual({ text: 'x2\n', exitCode: 0 });
    expect(runFilters(filters, { text: 'y\n', exitCode: 0 })).toEqual({ text: '', exitCode: 0 });
  });
});

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
);
const suffix = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '\\+', '\\?', '\\{1,2\\}', '{,2}');
const part = fc.tuple(atom, suffix).map((pieces) => pieces.join(''));
const joint = fc.constantFrom('', '', '', '|', '\\|', '^', '$', '(', ')', '\\(', '\\)', '*');
const pattern = fc.array(fc.tuple(part, joint), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.flat().join(''));
const flags = fc.subarray(
  ['-i', '-v', '-w', '-x', '-c', '-o', '-n', '-E', '-F', '-q', '-A1', '-B1', '-C2', '-A0', '-m1', '-m2'],
  { maxLength: 4 },
);
const line = fc
  .array(fc.constantFrom('a', 'b', 'A', 'ab', ' ', '_', '-', '.', 'c', 'é', '1', 'x', ''), { maxLength: 5 })
  .map((words) => words.join(''));
const input = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.boolean())
  .map(([lines, end]) => lines.join('\n') + (end && lines.length > 0 ? '\n' : ''));

describe('compared with the real programs', () => {
  it('grep prints the same bytes and exits the same for every pattern that is accepted', () => {
    const cases = fc.sample(fc.tuple(flags, pattern, input), { numRuns: 500, seed: 11 });
    let compared = 0;

    const different = cases.flatMap(([options, expression, given]) => {
      const words = ['grep', ...options, '-e', expression];
      const filter = compileFilter(words);
      if (isRefusal(filter)) return [];
      compared++;
      const ours = runFilters([filter], { text: given, exitCode: 0 });
      const theirs = realRun(given, words);
      return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ words: words.join(' '), given, ours, theirs }];
    });

    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });

  it('head and tail print the same bytes', () => {
    const count = fc.constantFrom('-n0', '-n1', '-n2', '-n9', '-n-1', '-n-3', '-n+1', '-n+2', '-n+9', '-3');
    const cases = fc.sample(fc.tuple(fc.constantFrom('head', 'tail'), count, input), { numRuns: 100, seed: 12 });

    const different = cases.flatMap(([program, option, given]) => {
      const filter = compileFilter([program, option]);
      if (isRefusal(filter)) return [];
      const ours = runFilters([filter], { text: given, exitCode: 0 });
      const theirs = realRun(given, [program, option]);
      return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ program, option, given, ours, theirs }];
    });

    expect(different).toEqual([]);
  });
});
