/** `column -t` of util-linux. Source of the rules: its manual, and the real program in the tests. */
import type { Filter } from '../../domain/filter.ts';
import { isRefusal, refuse, type Refusal } from '../reasons.ts';
import { type Budget, unlimited } from './budget.ts';
import { createOutput, linesOf, stopped } from './limits.ts';
import { notExact, parseOptions, readsFile } from './options.ts';

const table = {
  switches: 't',
  valued: 'so',
  long: { table: 't', separator: 's', 'output-separator': 'o' },
};

export function compileColumn(words: readonly string[]): Filter | Refusal {
  const parsed = parseOptions('column', words, table);
  if (isRefusal(parsed)) return parsed;
  if (parsed.operands.length > 0) return readsFile('column', parsed.operands[0] ?? '');
  const values = new Map(parsed.options.map(({ letter, value }) => [letter, value]));
  if (!values.has('t')) return notExact('`column` without `-t` fills the terminal, however wide that is.');
  const [separators, joint] = [values.get('s'), values.get('o')];
  if (separators !== undefined && !/^[\t -~]+$/.test(separators))
    return refuse('malformed', 'column -s takes plain characters.');
  if (joint !== undefined && !/^[\x20-\x7e]+$/.test(joint)) return notExact('This output separator is not compiled.');
  if (separators?.includes('\\') || joint?.includes('\\')) return notExact('column reads \\ in a way of its own.');
  return {
    program: 'column',
    ...(separators !== undefined && { separators }),
    ...(joint !== undefined && { joint }),
  };
}

/** Characters that certainly take one place on a terminal. */
const oneWide =
  /^[\t\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u2010-\u2027\u2030-\u205e]*$/u;

/** Cells of a table of every line that is not blank; all columns but the last are padded. */
export function runColumn(
  filter: Extract<Filter, { program: 'column' }>,
  text: string,
  budget: Budget = unlimited,
): string {
  if (!oneWide.test(text)) throw stopped('The output holds characters of which column may not know how wide they are.');
  const { separators, joint = '  ' } = filter;
  if (separators !== undefined && !separators.includes('\t') && text.includes('\t'))
    throw stopped('The output holds tabs within cells, which column writes in a way of its own.');
  const rows = linesOf(text)
    .filter((line) => /[^ \t]/.test(line))
    .map((line) => cellsOf(line, separators));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  // One long line makes every line as long.
  budget.spend(rows.length * widths.length);
  const out = createOutput('column');
  for (const row of rows) {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      return column === widths.length - 1 ? cell : cell.padEnd(width);
    });
    out.write(`${cells.join(joint)}\n`);
  }
  return out.text();
}

function cellsOf(line: string, separators: string | undefined): string[] {
  if (separators === undefined) return line.split(/[\t ]+/).filter((cell) => cell !== '');
  const cells: string[] = [];
  let cell = '';
  for (const char of line) {
    if (separators.includes(char)) {
      cells.push(cell);
      cell = '';
    } else cell += char;
  }
  return [...cells, cell];
}
