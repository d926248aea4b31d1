/** The server's Table, laid out as `kubectl get` prints it. */
import type { Json } from '../../../domain/json.ts';
import { at, isList, isRecord, listAt, numberAt, recordAt, textAt } from '../live.ts';
import { alignTabs, tableStops } from './tabwriter.ts';

export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export type TableOptions = {
  readonly wide: boolean;
  readonly namespaceColumn: boolean;
  readonly headers: boolean;
  readonly labels: boolean;
  /** `deployment.apps`: goes before each name. */
  readonly kindPrefix?: string;
};

export type Table = { readonly columns: readonly Json[]; readonly rows: readonly Json[] };

/** Undefined when the server sent something else than a Table. */
export function parseTable(answer: Json): Table | undefined {
  if (textAt(answer, 'kind') !== 'Table') return undefined;
  return { columns: listAt(answer, 'columnDefinitions'), rows: listAt(answer, 'rows') };
}

/** Tables of one kind, one under the other. Empty when there is no row. */
export function printTable({ columns, rows }: Table, options: TableOptions): string {
  if (rows.length === 0) return '';
  const shown = columns.map((column) => options.wide || (numberAt(column, 'priority') ?? 0) === 0);
  const nameColumn = columns.findIndex((one) => textAt(one, 'format') === 'name' && textAt(one, 'type') === 'string');
  const lines: string[] = [];
  if (options.headers) {
    const names = columns
      .filter((_, index) => shown[index])
      .map((column) => (textAt(column, 'name') ?? '').toUpperCase());
    lines.push(
      [...(options.namespaceColumn ? ['NAMESPACE'] : []), ...names, ...(options.labels ? ['LABELS'] : [])].join('\t'),
    );
  }
  for (const row of rows) {
    const cells = listAt(row, 'cells').flatMap((cell, index) => {
      if (shown[index] !== true) return [];
      const text = cellText(cell);
      return [index === nameColumn && options.kindPrefix !== undefined ? `${options.kindPrefix}/${text}` : text];
    });
    const namespace = textAt(row, 'object', 'metadata', 'namespace') ?? '';
    lines.push(
      [
        ...(options.namespaceColumn ? [namespace] : []),
        ...cells,
        ...(options.labels ? [labelsText(recordAt(row, 'object', 'metadata', 'labels'))] : []),
      ].join('\t'),
    );
  }
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
