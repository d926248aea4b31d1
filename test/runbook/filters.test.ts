import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { filterOf, ourRun } from '../filters/subject.ts';
import { recordable, type Recorded, resultsFile } from '../filters/results.ts';

describe('as the real programs printed it (node test/filters/results.ts wrote it down; test/real/filters compares again)', () => {
  // Written by that script.
  const recorded = JSON.parse(readFileSync(resultsFile, 'utf8')) as readonly Recorded[];

  it('is what is written down of every case', () => {
    expect(recorded.map(({ words }) => words)).toEqual(recordable.map(({ words }) => words));
  });

  it.each(['grep', 'sort', 'uniq', 'wc', 'cut', 'tr', 'head', 'tail', 'awk', 'sed', 'jq', 'column'])(
    '%s',
    async (program) => {
      const different: unknown[] = [];
      let compared = 0;
      for (const [index, { words, text, exitCode }] of recorded.entries()) {
        if (words[0] !== program) continue;
        const ours = await ourRun(recordable[index]?.input ?? '', words).catch((error: unknown) => error);
        if (ours instanceof Error && ours.name === 'OperationError') continue;
        compared++;
        if (JSON.stringify(ours) !== JSON.stringify({ text, exitCode }))
          different.push({ words, ours, text, exitCode });
      }

      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(2);
    },
  );
});

describe('ripgrep, which is not at hand here', () => {
  it.each<[string[], string, number]>([
    [['rg', 'a|b'], 'a\nb\n', 0],
    [['rg', '-c', 'zzz'], '', 1],
    [['rg', '-c', 'a'], '1\n', 0],
    [['rg', '-S', 'c'], 'C\n', 0],
    [['rg', '-n', '-A', '1', 'a'], '1:a\n2-b\n', 0],
  ])('%j', async (words, text, exitCode) => {
    expect(await ourRun('a\nb\nC\n', words)).toEqual({ text, exitCode });
  });
});

describe('limits', () => {
  it.each([
    [['awk', 'BEGIN { for (;;) {} }']],
    [['awk', 'BEGIN { while (1) x = x "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }']],
    [['awk', 'BEGIN { while (1) a[i++] = 1 }']],
    [['awk', 'BEGIN { while (1) print "hello" }']],
    [['awk', 'BEGIN { s = "aaaaaaaaaa"; while (1) gsub(/a/, "aa", s) }']],
    [['awk', '{ print $1 / 0 }']],
    [['awk', 'BEGIN { $1000000 = 1 }']],
    [['jq', '-n', '[limit(1e12; repeat(1))] | length']],
    [['jq', '-n', 'def f: f; f']],
    [['cut', '-c1-2']],
    [['head', '-c', '2']],
  ])(
    '%j ends with an error that says so, not with wrong text',
    async (words) => {
      await expect(ourRun('aé\n', words)).rejects.toMatchObject({ code: 'filter-stopped' });
    },
    30_000,
  );

  it('sed stops before a line that grows by each command takes all time and memory', async () => {
    const script = Array.from({ length: 6 }, () => 's/a/&&&&&&&&&&/g').join(';');

    await expect(ourRun('a'.repeat(3000), ['sed', script])).rejects.toMatchObject({ code: 'filter-stopped' });
    await expect(ourRun('a'.repeat(1000), ['sed', 's/a/&&&&&&&&&&/g;s/a/&&/g'])).resolves.toMatchObject({
      exitCode: 0,
    });
  });

  it.each([[['grep', 'a']], [['sed', 'p']], [['awk', '1']]])('%j stops at NUL bytes', async (words) => {
    await expect(ourRun('a\0b\n', words)).rejects.toMatchObject({ code: 'filter-stopped' });
  });

  it('grep is linear in the text for a pattern that makes other engines hang', async () => {
    const result = await ourRun(`${'a'.repeat(20_000)}\n`, ['grep', '-E', '(a*)*b']);

    expect(result.exitCode).toBe(1);
  });

  it('a program keeps no trace of what it was written with', () => {
    expect(JSON.parse(JSON.stringify(filterOf(['cut', '-d:', '-f2-'])))).toEqual({
      program: 'cut',
      by: 'fields',
      ranges: [{ from: 2 }],
      delimiter: ':',
    });
  });
});
