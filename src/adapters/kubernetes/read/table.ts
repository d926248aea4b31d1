/** The server's Table, laid out as `kubectl get` prints it. */
import type { Json } from '../../../domain/json.ts';
import { at, isList, isRecord, listAt, numberAt, recordAt, textAt } from '../live.ts';
import { alignTabs, tableStops } from './tabwriter.ts';

export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export type TableOptions = {
  readonly wide: boolean;
  readonly namespaceColumn: boolean;
  readonly labels: boolean;
  /** Columns of labels' values, by key. */
  readonly labelColumns?: readonly string[];
};

/** Only what is printed of it: the objects behind the rows are not kept. */
export type Table = {
  readonly header: readonly string[];
  /** Which cell is the name. */
  readonly nameAt: number | undefined;
  readonly rows: readonly (readonly string[])[];
};

export const noRows: Table = { header: [], nameAt: undefined, rows: [] };

/** Undefined when the server sent something else than a Table. */
export function parseTable(answer: Json, options: TableOptions): Table | undefined {
  if (textAt(answer, 'kind') !== 'Table') return undefined;
  const columns = listAt(answer, 'columnDefinitions');
  const { namespaceColumn, labelColumns = [] } = options;
  const shown = columns.flatMap((column, index) =>
    options.wide || (numberAt(column, 'priority') ?? 0) === 0 ? [{ column, index }] : [],
  );
  const name = shown.findIndex(
    ({ column }) => textAt(column, 'format') === 'name' && textAt(column, 'type') === 'string',
  );
  return {
    header: [
      ...(namespaceColumn ? ['NAMESPACE'] : []),
      ...shown.map(({ column }) => (textAt(column, 'name') ?? '').toUpperCase()),
      ...labelColumns.map((key) => (key.split('/').at(-1) ?? '').toUpperCase()),
      ...(options.labels ? ['LABELS'] : []),
    ],
    nameAt: name < 0 ? undefined : name + (namespaceColumn ? 1 : 0),
    rows: listAt(answer, 'rows').map((row) => {
      const cells = listAt(row, 'cells');
      const metadata = recordAt(row, 'object', 'metadata');
      return [
        ...(namespaceColumn ? [textAt(metadata, 'namespace') ?? ''] : []),
        ...shown.flatMap(({ index }) => (index < cells.length ? [cellText(cells[index] ?? null)] : [])),
        ...labelColumns.map((key) => textAt(metadata, 'labels', key) ?? ''),
        ...(options.labels ? [labelsText(recordAt(metadata, 'labels'))] : []),
      ];
    }),
  };
}

/** Tables of one kind, one under the other. `kindPrefix`: `deployment.apps`, before each name. Empty when there is no row. */
export function printTable(
  { header, nameAt, rows }: Table,
  { headers, kindPrefix }: { readonly headers: boolean; readonly kindPrefix?: string },
): string {
  if (rows.length === 0) return '';
  const named = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (index === nameAt && kindPrefix !== undefined ? `${kindPrefix}/${cell}` : cell))
      .join('\t');
  const lines = [...(headers ? [header.join('\t')] : []), ...rows.map(named)];
  return alignTabs(`${lines.join('\n')}\n`, tableStops);
}

/** A text ends at its first line break; escape characters are shown, so that no cell can steer a terminal. */
function cellText(cell: Json): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return typeof cell === 'object' ? goValue(cell) : String(cell);
  const end = cell.search(/[\f\n\r]/);
  const line = end < 0 ? cell : `${cell.slice(0, end)}...`;
  return line.replaceAll('\u001b', '^[').replaceAll('\r', '\\r');
}

/** `[a b]` and `map[a:b]`, as Go prints values that have no other form. */
export function goValue(value: Json): string {
  if (isList(value)) return `[${value.map(goValue).join(' ')}]`;
  if (isRecord(value)) {
    const keys = Object.keys(value).sort();
    return `map[${keys.map((key) => `${key}:${goValue(at(value, key) ?? null)}`).join(' ')}]`;
  }
  return value === null ? '<nil>' : String(value);
}

function labelsText(labels: { readonly [key: string]: Json }): string {
  const terms = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${textAt(labels, key) ?? ''}`);
  return terms.length === 0 ? '<none>' : terms.join(',');
}
