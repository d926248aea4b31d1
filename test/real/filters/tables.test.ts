import { describe, expect, it } from '@jest/globals';
import { jqCases, textCases } from '../../filters/cases.ts';
import { awkCases, sedCases } from '../../filters/programs.ts';
import { differences, jsonTexts, ourRun, realRun, texts } from '../../filters/subject.ts';

const over = (cases: readonly (readonly string[])[], inputs: readonly string[]) =>
  cases.flatMap((words) => inputs.map((text) => [words, text] as const));

/** Without the long line, which each program would read for long. */
const few = texts.slice(0, 5);

describe('compared with the real programs, text and exit code', () => {
  it.each([
    ['grep, sort, cut and their like', textCases, texts, 900],
    ['awk', awkCases, few, 400],
    ['sed', sedCases, few, 300],
    ['jq', jqCases, jsonTexts.slice(0, 1), 30],
    ['jq on texts that are no list', jqCases.slice(0, 4), jsonTexts.slice(1), 10],
  ])(
    '%s print the same',
    async (_name, cases, inputs, least) => {
      const { different, compared } = await differences(over(cases, inputs));

      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(least);
    },
    60_000,
  );

  it('awk prints what mawk prints too, where the text is ASCII', async () => {
    const ascii = texts.filter((text) => !/[^\0-\x7f]/.test(text)).slice(0, 2);
    const different: unknown[] = [];

    for (const [words, text] of over(awkCases, ascii)) {
      if (/[^\0-\x7f]/.test(words.join(''))) continue;
      const ours = await ourRun(text, words).catch((error: unknown) => (error instanceof Error ? error.name : ''));
      const theirs = realRun(text, ['mawk', ...words.slice(1)]);
      if (ours !== 'OperationError' && JSON.stringify(ours) !== JSON.stringify(theirs))
        different.push({ words, ours, theirs });
    }

    expect(different).toEqual([]);
  }, 60_000);
});
