/**
 * What the real programs printed for each case, as test/fixtures/filter-results.json, so that a machine without them can
 * test ours. `node test/filters/results.ts` writes it (needs GNU tools, gawk as awk, jq and column of util-linux).
 */
import { writeFileSync } from 'node:fs';
import { jqCases, textCases } from './cases.ts';
import { awkCases, sedCases } from './programs.ts';
import { jsonTexts, realRun, texts } from './subject.ts';

export const resultsFile = new URL('../fixtures/filter-results.json', import.meta.url);

export type Recorded = { readonly words: readonly string[]; readonly text: string; readonly exitCode: number | null };

const [list = '', log = ''] = texts;
const [json = ''] = jsonTexts;

/** Each case once, on one text. */
export const recordable: readonly { readonly words: readonly string[]; readonly input: string }[] = [
  ...textCases.map((words) => ({ words, input: list })),
  ...awkCases.map((words) => ({ words, input: list })),
  ...sedCases.map((words) => ({ words, input: log })),
  ...jqCases.map((words) => ({ words, input: json })),
];

if (process.argv[1] === import.meta.filename) {
  const recorded: Recorded[] = recordable.map(({ words, input }) => ({ words, ...realRun(input, words) }));
  writeFileSync(resultsFile, `${JSON.stringify(recorded, null, 1)}\n`);
}
