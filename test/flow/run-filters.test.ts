import { describe, expect, it } from '@jest/globals';
import type { Filter, JqFilter } from '../../src/domain/filter.ts';
import { runFilters } from '../../src/flow/run-filters.ts';
import { BudgetSpent, createBudget } from '../../src/runbook/filters/budget.ts';
import { runFilter } from '../../src/runbook/filters/run.ts';
import { filterOf } from '../filters/subject.ts';

const own = (words: readonly string[]): Exclude<Filter, JqFilter> => {
  const filter = filterOf(words);
  if (filter.program === 'jq') throw new Error('jq has a thread of its own');
  return filter;
};
const line = `${'a'.repeat(20_000)}\n`;
const table = 'web-1 Running 5d\nweb-2 Failed 1d\n'.repeat(40_000);

describe('work that takes long', () => {
  it('leaves the main thread to others, and ends', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const growing = Array.from({ length: 5 }, () => 's/a/&&&&&&&&&&/g').join(';');
    try {
      await expect(
        runFilters([filterOf(['sed', growing])], { text: line, exitCode: 0 }, { timeMs: 1_500 }),
      ).rejects.toMatchObject({ code: 'filter-stopped' });
    } finally {
      clearInterval(timer);
    }

    expect(turns).toBeGreaterThan(20);
  }, 30_000);

  it('is over when its time is', async () => {
    const filters = [filterOf(['sed', '-E', 's/a|a.*b/x/g'])];

    await expect(runFilters(filters, { text: line.repeat(50), exitCode: 0 }, { timeMs: 500 })).rejects.toMatchObject({
      code: 'filter-stopped',
      message: 'sed did not come to an end in the time that a filter has.',
    });
  }, 30_000);

  it('is over when the read is called off', async () => {
    const stop = new AbortController();
    const running = runFilters(
      [filterOf(['sed', '-E', 's/a|a.*b/x/g'])],
      { text: line.repeat(50), exitCode: 0 },
      { signal: stop.signal },
    );
    stop.abort(new Error('called off'));

    await expect(running).rejects.toThrow('called off');
  }, 30_000);

  it.each([
    [['grep', 'Run']],
    [['grep', '-c', 'nothing of this']],
    [['sed', '-n', 's/Running/&!/p']],
    [['awk', '{ print $2 }']],
    [['sort', '-u', '-k2']],
  ])(
    '%j prints in its thread what it prints without one',
    async (words) => {
      const filter = own(words);

      expect(() => runFilter(filter, table, createBudget(500_000))).toThrow(BudgetSpent);
      expect(await runFilters([filter], { text: table, exitCode: 0 })).toEqual(runFilter(filter, table));
    },
    30_000,
  );

  it('stops for the same reasons there', async () => {
    await expect(
      runFilters([filterOf(['awk', '{ n++ } END { print n / 0 }'])], { text: table, exitCode: 0 }),
    ).rejects.toMatchObject({ code: 'filter-stopped', message: 'awk divided by zero.' });
  }, 30_000);
});

describe('the budget of the main thread', () => {
  it.each([
    [['sed', 's/a/&&&&&&&&&&/g;s/a/&&&&&&&&&&/g;s/a/&&&&&&&&&&/g'], line],
    [['sed', '-E', 's/a|a.*b/x/g'], line],
    [['grep', '-oE', 'a|a.*b'], line],
    [['grep', '-ow', 'a'], 'a b '.repeat(4_000)],
    [['grep', '-E', '(a{1,30}){1,30}b'], line],
    [['awk', '{ for (i = 0; i < 1000; i++) n += length($0) }'], line],
    [['awk', '{ for (i = 1; i <= NF; i++) { $i = "z"; y = $0 } }'], 'x '.repeat(8_000)],
    [['awk', '{ for (i = 0; i < 1000; i++) { $0 = $0; y = $1 } }'], line],
    [['awk', '{ for (i = 0; i < 1000; i++) if ($0 ~ /(a|b)*c$/) n++ }'], line],
    [['awk', '{ gsub(/a|a.*z/, "q") }'], line],
    [['awk', '-F', 'a|a.*z', '{ print $1 }'], line],
    [['awk', '{ for (i = 0; i < 1000; i++) match($0, /b$/) }'], line],
    [['sort', '-k2', '-n'], table],
    [['column', '-t'], `${'x '.repeat(8_000)}\n${'a\n'.repeat(8_000)}`],
  ])('%j is more than that', (words, text) => {
    expect(() => runFilter(own(words), text, createBudget(2_000_000))).toThrow(BudgetSpent);
  });

  it.each([
    [['grep', '-E', 'Running|Failed']],
    [['sed', '-E', 's/ +/ /g']],
    [['awk', '$2 == "Failed" { print $1, $3 }']],
    [['sort', '-k2,2', '-k1,1r']],
    [['uniq', '-c', '-f', '999999']],
    [['column', '-t']],
  ])('is enough for %j on the table of 500 pods', (words) => {
    const filter = own(words);
    const text = table.slice(0, 500 * 16);

    expect(runFilter(filter, text, createBudget(2_000_000))).toEqual(runFilter(filter, text));
  });

  it('sees a line that would be too long before it is made', () => {
    const wide = filterOf(['sed', `s/.*/${'&'.repeat(2_000)}/`]);

    // 30,000 times 2,000 characters; strings of that length could be made.
    expect(() => runFilter(wide as Exclude<Filter, JqFilter>, 'a'.repeat(30_000))).toThrow(
      'sed made a line that is too long.',
    );
  });
});
