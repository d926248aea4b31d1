/** Series as text: a row each, with the value now and the hour before it in blocks. */

export type Series = {
  readonly name: string;
  /** Absent: there is none now. */
  readonly now?: string;
  /** Time in seconds and value, oldest first. */
  readonly points: readonly (readonly [number, string])[];
};

const rowsMax = 50;
const nameMax = 100;
const cells = 30;
const blocks = '▁▂▃▄▅▆▇█';

/** `seconds` and `step` of the range that was asked for, which ends `at`. */
export function drawSeries(
  series: readonly Series[],
  range: { readonly at: number; readonly seconds: number; readonly step: number },
): string {
  if (series.length === 0) return 'Nothing matches now, and nothing did within the hour before.\n';
  const rows = series.slice(0, rowsMax).map(({ name, now, points }) => {
    const values = points.map(([, value]) => Number(value)).filter((value) => Number.isFinite(value));
    const drawn = values.length < 2 ? '' : lineOf(points, range);
    const span = drawn === '' ? '' : `${numberText(Math.min(...values))} … ${numberText(Math.max(...values))}`;
    return [cut(name === '' ? '{}' : name), now === undefined ? 'gone' : valueText(now), drawn, span];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => Array.from(row[column] ?? '').length)));
  const lines = rows.map(([name = '', now = '', drawn = '', span = '']) =>
    [pad(name, widths[0]), ' '.repeat((widths[1] ?? 0) - now.length) + now, pad(drawn, widths[2]), span]
      .join('  ')
      .trimEnd(),
  );
  const more = series.length > rowsMax ? [`and ${series.length - rowsMax} more series`] : [];
  const legend = rows.some(([, , drawn]) => drawn !== '')
    ? ['The value now; the hour before it, oldest first, from its lowest to its highest value.']
    : [];
  return [...lines, ...more, ...legend].map((line) => `${line}\n`).join('');
}

const pad = (text: string, width = 0): string => text + ' '.repeat(Math.max(0, width - Array.from(text).length));
const cut = (text: string): string => (text.length > nameMax ? `${text.slice(0, nameMax - 1)}…` : text);

/** One block for each stretch of time, of its last value; a blank where there was none. */
function lineOf(
  points: readonly (readonly [number, string])[],
  { at, seconds }: { readonly at: number; readonly seconds: number },
): string {
  const last: (number | undefined)[] = Array.from({ length: cells }, () => undefined);
  for (const [time, text] of points) {
    const cell = Math.min(cells - 1, Math.floor(((time - (at - seconds)) / seconds) * cells));
    const value = Number(text);
    if (cell >= 0 && Number.isFinite(value)) last[cell] = value;
  }
  const values = last.filter((value) => value !== undefined);
  const low = Math.min(...values);
  const high = Math.max(...values);
  return last
    .map((value) => {
      if (value === undefined) return ' ';
      const level = high === low ? 0 : Math.round(((value - low) / (high - low)) * (blocks.length - 1));
      return blocks.charAt(level);
    })
    .join('');
}

/** What Prometheus says, shortened only where more digits say nothing: 0.30000000000000004. */
const valueText = (text: string): string =>
  Number.isFinite(Number(text)) && text !== '' ? numberText(Number(text)) : text.slice(0, 100);

function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  return String(Number(value.toPrecision(6)));
}
