/** `get -o yaml|json|name|jsonpath|custom-columns`: whole objects, with what looks secret hidden. */
import type { GetOutput } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { maskJson } from '../../../domain/masking.ts';
import type { Kind } from '../discovery.ts';
import { isRecord, textAt } from '../live.ts';
import { printJson } from './json.ts';
import { findValues, printJsonPath } from './jsonpath.ts';
import { sortKeyOf, sortRows, type SortKey } from './sort.ts';
import { goValue } from './table.ts';
import { alignTabs, tableStops } from './tabwriter.ts';
import { printYaml } from './yaml.ts';

type Options = {
  readonly output: GetOutput;
  /** One object by name: printed as itself, not as a list. */
  readonly single: boolean;
  readonly sortBy: string | undefined;
  readonly headers: boolean;
  readonly managedFields: boolean;
};

/** What is needed of an object to print it: its line where it has one, so that long lists need not be held. */
export type Kept = { readonly key?: SortKey } & (
  | { readonly line: string }
  | { readonly object: Json }
  | { readonly problem: string }
);

type Text = { readonly out: string } | { readonly problem: string; readonly out?: string };

export function keepOf(
  { kind, object }: { readonly kind: Kind; readonly object: Json },
  { output, sortBy, managedFields }: Pick<Options, 'output' | 'sortBy' | 'managedFields'>,
): Kept {
  const key = sortBy === undefined ? {} : { key: sortKeyOf(object, sortBy) };
  const { format } = output;
  if (format === 'name') return { ...key, line: `${nameOf(kind)}/${textAt(object, 'metadata', 'name') ?? ''}` };
  if (format === 'custom-columns') return { ...key, ...columnsLine(output.expression, maskJson(object)) };
  const isPrinted = format === 'yaml' || format === 'json';
  return { ...key, object: maskJson(isPrinted && !managedFields ? withoutManagedFields(object) : object) };
}

export function printObjects(kept: readonly Kept[], { output, single, sortBy, headers }: Options): Text {
  let rows = kept;
  if (sortBy !== undefined && !single) {
    const keys = kept.map(({ key = { key: undefined } }) => key);
    const sorted = sortRows(kept, keys, sortBy);
    if ('problem' in sorted) return sorted;
    rows = sorted.rows;
  }
  const lines: string[] = [];
  const objects: Json[] = [];
  for (const row of rows) {
    if ('problem' in row) return row;
    if ('line' in row) lines.push(row.line);
    else objects.push(row.object);
  }
  const whole = (): Json => (single ? (objects[0] ?? null) : asList(objects));
  switch (output.format) {
    case 'yaml':
      return { out: printYaml(whole()) };
    case 'json':
      return { out: printJson(whole()) };
    case 'name':
      return { out: lines.map((line) => `${line}\n`).join('') };
    case 'jsonpath':
      return printJsonPath(output.expression, whole());
    case 'jsonpath-as-json':
      return printValues(output.expression, whole());
    case 'custom-columns':
      return printColumns(output.expression, lines, headers);
    case 'table':
    case 'wide':
      return { problem: 'a table is printed by the server' };
    default:
      return output satisfies never;
  }
}

/** One path's values as a JSON list; kubectl prints a list for each part of a longer template. */
function printValues(expression: string, value: Json): Text {
  if (!/^\{[^{}]*\}$/.test(expression)) {
    return { problem: 'jsonpath-as-json of more than one {…} is not printed here. Use -o jsonpath.' };
  }
  const values = findValues(expression, value);
  return 'problem' in values ? values : { out: printJson(values) };
}

const asList = (items: readonly Json[]): Json => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});

const nameOf = (kind: Kind): string => (kind.group === '' ? kind.singular : `${kind.singular}.${kind.group}`);

function withoutManagedFields(object: Json): Json {
  if (!isRecord(object) || !isRecord(object['metadata'])) return object;
  const { managedFields: _, ...metadata } = object['metadata'];
  return { ...object, metadata };
}

type Columns = readonly { readonly name: string; readonly path: string }[];

/** `NAME:.metadata.name,IMAGE:.spec.containers[*].image` */
function columnsOf(spec: string): Columns | { readonly problem: string } {
  const columns: { name: string; path: string }[] = [];
  for (const part of splitColumns(spec)) {
    const colon = part.indexOf(':');
    if (colon < 0) return { problem: `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>` };
    columns.push({ name: part.slice(0, colon), path: part.slice(colon + 1) });
  }
  return columns;
}

function columnsLine(spec: string, object: Json): { readonly line: string } | { readonly problem: string } {
  const columns = columnsOf(spec);
  if ('problem' in columns) return columns;
  const cells: string[] = [];
  for (const { path } of columns) {
    const values = findValues(path, object);
    if ('problem' in values) return values;
    cells.push(values.length === 0 ? '<none>' : values.map(goValue).join(','));
  }
  return { line: cells.join('\t') };
}

function printColumns(spec: string, rows: readonly string[], headers: boolean): Text {
  const columns = columnsOf(spec);
  if ('problem' in columns) return columns;
  const lines = [...(headers ? [columns.map(({ name }) => name).join('\t')] : []), ...rows];
  return { out: lines.length === 0 ? '' : alignTabs(`${lines.join('\n')}\n`, tableStops) };
}

/** At the commas that are outside brackets. */
function splitColumns(spec: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const char of spec) {
    if (char === '[' || char === '(') depth++;
    else if (char === ']' || char === ')') depth--;
    if (char === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
