/**
 * Elastic tab stops as Go's text/tabwriter aligns them: a column is a run of lines that have a cell there which a tab
 * ends; it is as wide as its widest cell. The last cell of a line belongs to no column.
 */
export type TabStops = { readonly minWidth: number; readonly padding: number };

/** `kubectl get`. */
export const tableStops: TabStops = { minWidth: 6, padding: 3 };
/** `kubectl describe`. */
export const describeStops: TabStops = { minWidth: 0, padding: 2 };

export function alignTabs(text: string, { minWidth, padding }: TabStops): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const printedLines: string[] = [];
  const widths: number[] = [];

  function write(from: number, to: number): void {
    for (const cells of lines.slice(from, to)) {
      printedLines.push(
        cells.map((cell, index) => (index < widths.length ? pad(cell, widths[index] ?? 0) : cell)).join(''),
      );
    }
  }

  function format(from: number, to: number): void {
    const column = widths.length;
    let start = from;
    let line = from;
    while (line < to) {
      if (column >= (lines[line]?.length ?? 0) - 1) {
        line++;
        continue;
      }
      write(start, line);
      start = line;
      let width = minWidth;
      for (; line < to && column < (lines[line]?.length ?? 0) - 1; line++) {
        width = Math.max(width, runes(lines[line]?.[column] ?? '') + padding);
      }
      widths.push(width);
      format(start, line);
      widths.pop();
      start = line;
    }
    write(start, to);
  }

  format(0, lines.length);
  return printedLines.join('\n');
}

/** Code points, as Go counts a cell's width. */
const runes = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

const pad = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - runes(cell)));
