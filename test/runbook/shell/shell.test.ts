import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readScript } from '../../../src/runbook/shell/shell.ts';
import type { Obstacle } from '../../../src/runbook/shell/word.ts';

/** The words of a line that is one pipeline of literal words, else undefined. */
function literalWords(line: string): string[][] | undefined {
  const { units, complete } = readScript(line);
  const [unit, ...others] = units;
  if (!complete || !unit || others.length > 0 || unit.shape.kind !== 'pipeline') return undefined;
  const commands = unit.shape.commands.map(({ words }) => words);
  if (commands.some((words) => !words || words.some((word) => typeof word !== 'string'))) return undefined;
  // Checked just above: every word is a string.
  return commands as string[][];
}

/** What bash makes of the lines: the arguments of each call of `c`, in one process. */
function bashWords(lines: readonly string[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-shell-'));
  // One write for each call (bash writes line by line, hence no newline in it), so that the programs of a pipe cannot mix their records. No program can be found.
  const script = `set +m; PATH=
    c() { local text; printf -v text '%s\\1' c "$@"; text=\${text//$'\\n'/$'\\4'}; printf '%s\\2' "$text" >&7; }
    while IFS= read -r -d '' line <&8; do eval "$line" >/dev/null 2>&1 </dev/null; printf '\\3' >&7; done`;
  const result = spawnSync('bash', ['--norc', '-c', `exec 8<&0 7>&1; ${script}`], {
    cwd: folder,
    input: `${lines.join('\0')}\0`,
    maxBuffer: 256 * 1024 * 1024,
    env: { LC_ALL: 'C.UTF-8' },
  });
  rmSync(folder, { recursive: true });
  expect(result.status).toBe(0);
  const records = result.stdout.toString().split('\u0003');
  return lines.map((_, index) =>
    (records[index] ?? '')
      .split('\u0002')
      .slice(0, -1)
      .map((record) => record.replaceAll('\u0004', '\n').split('\u0001').slice(0, -1)),
  );
}

const piece = fc.constantFrom(
  'a',
  'b-1',
  '--x=1',
  "'",
  '"',
  '\\',
  ' ',
  '  ',
  '\t',
  '|',
  '\\\n',
  '\n',
  '#',
  '# z',
  '(',
  ')',
  '{',
  '}',
  '{a,b}',
  '{1..3}',
  '=',
  'A=1',
  '~',
  '*',
  '?',
  '[',
  ']',
  '[a]',
  '!',
  '&',
  ';',
  '<',
  '>',
  '$',
  '$V',
  '${V}',
  "$'",
  "'q r'",
  '"s t"',
  '\\"',
  "\\'",
  '\\n',
  '\\$',
  '`',
  'é',
  '\u00a0',
  ':',
  '/',
  '.',
  ',',
  '%',
  '+',
  '@',
  '^',
  'c',
  'if',
  'then',
  'in',
  '-',
  '--',
  "$'\\n'",
  '"\\$x"',
  '"\\q"',
  '"a\\\nb"',
  '"`"',
  ' 2>/dev/null ',
  ' 2>&1',
  '>/dev/null',
  ' &>/dev/null',
  ' </dev/null',
  ' >&2',
  '2',
  " <<< 'x y'",
);

describe('the words of a line', () => {
  it('are those that bash passes on, for every line that is accepted', () => {
    const lines = fc
      .sample(fc.array(piece, { minLength: 1, maxLength: 9 }), { numRuns: 9000, seed: 20261122 })
      .map((pieces) => `c ${pieces.join('')}`);
    const piped = fc
      .sample(fc.array(piece, { minLength: 1, maxLength: 4 }), { numRuns: 1500, seed: 7 })
      .map((pieces) => `c a | c ${pieces.join('')}`);
    const accepted = [...lines, ...piped].flatMap((line) => {
      const words = literalWords(line);
      return words && words.every(([program]) => program === 'c') ? [{ line, words }] : [];
    });

    const seen = bashWords(accepted.map(({ line }) => line));

    const sorted = (words: readonly string[][]): string[] => words.map((each) => JSON.stringify(each)).toSorted();
    const different = accepted.flatMap(({ line, words }, index) => {
      const [ours, theirs] = [sorted(words), sorted(seen[index] ?? [])];
      return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ line, ours, theirs }];
    });
    expect(different).toEqual([]);
    expect(accepted.length).toBeGreaterThan(2500);
  });

  it.each<[string, Obstacle]>([
    ['a $(b; c)', 'substitution'],
    ['a $(b && c)', 'substitution'],
    ['a `b \\` c`', 'substitution'],
    ['a "`b "x"`"', 'substitution'],
    ['a $(date)', 'substitution'],
    ['a $(date -d yesterday +%F)', 'substitution'],
    ['a $(date +%A)', 'substitution'],
    ['a $((1+2))', 'substitution'],
    ['a $?', 'substitution'],
    ['a $@', 'substitution'],
    ['a $HOME', 'substitution'],
    ['a ${V#x}', 'substitution'],
    ['a ${!V}', 'substitution'],
    ['a <(b)', 'substitution'],
    ['a $"x"', 'substitution'],
    ['a *.log', 'glob'],
    ['a x?', 'glob'],
    ['a {b,c}', 'glob'],
    ['a ~/x', 'glob'],
    ['a --x=~/y', 'glob'],
    ['a > f', 'redirect-to-file'],
    ['a >> f', 'redirect-to-file'],
    ['a &> f', 'redirect-to-file'],
    ['a 2> f', 'redirect-to-file'],
    ['a >| f', 'redirect-to-file'],
    ['a 3>&1', 'redirect'],
    ['a 3>/dev/null', 'redirect'],
    ['a >&-', 'redirect'],
    ['a <> f', 'redirect'],
    ['a >&2 2>&1', 'redirect'],
    ['a < f', 'redirect-from-file'],
    ['a <<E\n$x\nE', 'heredoc'],
    ['a <<E\n`x`\nE', 'heredoc'],
    ['a <<E\nx\\\ny\nE', 'heredoc'],
    ['a <<E\n<pod-name>\nE', 'heredoc'],
    ['a 3<<E\nx\nE', 'heredoc'],
    ['a <<E <<F\nx\nE\ny\nF', 'heredoc'],
    ['a <<< $x', 'heredoc'],
    ['V=1 a', 'assignment'],
  ])('%j is not told exactly: %s', (line, obstacle) => {
    const [unit] = readScript(line).units;

    expect(unit?.shape).toMatchObject({ kind: 'pipeline', commands: [{ obstacle }] });
  });

  it.each([
    ['a && ! b'],
    ['a && (b)'],
    ['a; if b; then c; fi'],
    ['if a; then b; fi'],
    ['for x in 1 2; do a; done'],
    ['a &'],
    ['! a'],
    ['time a'],
    ['(a)'],
    ['{ a; }'],
    ['a |& b'],
    ['f() { a; }'],
  ])('%j is logic and not one command', (line) => {
    expect(readScript(line).units.map(({ shape }) => shape.kind)).toEqual(['logic']);
  });
});

describe('a line of several commands', () => {
  it.each([
    ['a && b || c', ['always', 'succeeded', 'failed']],
    ['a; b', ['always', 'always']],
    ['a; b && c; d;', ['always', 'always', 'succeeded', 'always']],
    ['a &&\n# why\nb', ['always', 'succeeded']],
    ['a ||\\\n b', ['always', 'failed']],
    ['X=1 && b', ['always', 'succeeded']],
  ])('%j is one chain', (line, expected) => {
    const { units } = readScript(line);

    expect(units.map(({ start, shape }) => [start, shape.kind])).toEqual([[0, 'chain']]);
    const [unit] = units;
    expect(unit?.shape.kind === 'chain' && unit.shape.links.map(({ when }) => when)).toEqual(expected);
  });

  it('is not joined with what stands on other lines, nor with assignments', () => {
    const text = 'a\nX=1; b; c\nd';

    const { units } = readScript(text);

    expect(units.map(({ start, end, shape }) => [text.slice(start, end), shape.kind])).toEqual([
      ['a', 'pipeline'],
      ['X=1', 'assignments'],
      ['b; c', 'chain'],
      ['d', 'pipeline'],
    ]);
  });
});

describe('placeholders', () => {
  it.each([
    ['a <pod-name> -n x', [{ template: [{ parameter: 'pod-name' }] }]],
    ['a <pod name>', [{ template: [{ parameter: 'pod-name' }] }]],
    ['a web-<n>', [{ template: ['web-', { parameter: 'n' }] }]],
    ['a "<x>/<y>"', [{ template: [{ parameter: 'x' }, '/', { parameter: 'y' }] }]],
    ['a $V', [{ template: [{ parameter: 'V' }] }]],
    ['a "${V}-b"', [{ template: [{ parameter: 'V' }, '-b'] }]],
    ['a [pod-name]', [{ template: [{ parameter: 'pod-name' }] }]],
  ])('%j leaves a value open', (line, expected) => {
    const [unit] = readScript(line).units;

    const words = unit?.shape.kind === 'pipeline' ? unit.shape.commands[0]?.words?.slice(1, 2) : undefined;
    expect(words).toEqual(expected);
  });

  it.each(['sort <in>out', 'a x<b>', 'a <<E>f', 'a <b>>c'])('%j holds redirections, not placeholders', (line) => {
    const [unit] = readScript(line).units;

    expect(JSON.stringify(unit?.shape)).not.toContain('parameter');
  });

  it('cannot be forged with the characters of the mask', () => {
    expect(readScript('a \uE000\uE001\uE002').units).toEqual([{ start: 0, end: 5, shape: { kind: 'malformed' } }]);
  });
});

describe('a script', () => {
  it('keeps the lines that can be read when one cannot', () => {
    const { units, complete } = readScript('kubectl get pods\nkubectl get (pods\nkubectl get nodes');

    expect(complete).toBe(false);
    expect(units.map(({ shape }) => shape.kind)).toEqual(['pipeline', 'malformed', 'pipeline']);
  });

  it('takes nothing out of a block that does not parse', () => {
    const text = 'kubectl get pods\nif x; then\nkubectl delete pod a\nfi )\nkubectl get nodes';

    const { units } = readScript(text);

    expect(units.map(({ start, end }) => text.slice(start, end))).toEqual(['kubectl get pods', text.slice(17)]);
    expect(units[1]?.shape.kind).toBe('malformed');
  });

  it('counts a here-document to its command', () => {
    const text = 'kubectl apply -f - <<EOF\nkind: X\nEOF\nkubectl get pods';

    const { units } = readScript(text);

    expect(units.map(({ start, end }) => text.slice(start, end))).toEqual([text.slice(0, 36), 'kubectl get pods']);
  });
});
