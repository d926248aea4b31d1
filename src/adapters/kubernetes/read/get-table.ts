/** `kubectl get` without `-o`, or with `-o wide`: the server's Tables, a kind under the other. */
import type { GetAction } from '../../../domain/read-action.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, type Kind } from '../discovery.ts';
import { at, listAt } from '../live.ts';
import { readWanted, type Query, type Wanted } from './get-pages.ts';
import { cutNote } from './pages.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';
import { sortKeyOf, sortRows, type SortKey } from './sort.ts';
import { noRows, parseTable, printTable, tableAccept, type Table } from './table.ts';

type Group = { readonly kind: Kind; table: Table; keys: readonly SortKey[] };

export async function getTable(
  connection: Connection,
  action: GetAction<string>,
  { wanted, scope }: Query,
): Promise<Printed> {
  const errors: unknown[] = [];
  const groups: Group[] = [];
  // Sorted by what comes last in the list, it has to be read to its end.
  let textLeft = action.sortBy === undefined ? scope.textLimit : Number.POSITIVE_INFINITY;
  let cut = '';
  for (const one of wanted) {
    if (textLeft <= 0) break;
    try {
      const read = await readTable(connection, action, one, { scope, textLeft });
      textLeft -= read.size;
      cut += read.cut;
      const last = groups.at(-1);
      if (last?.kind === one.kind) {
        last.table = { ...read.table, rows: [...last.table.rows, ...read.table.rows] };
        last.keys = [...last.keys, ...read.keys];
      } else groups.push({ kind: one.kind, table: read.table, keys: read.keys });
    } catch (error) {
      if (action.ignoreNotFound === true && isNotFound(error)) continue;
      errors.push(error);
    }
  }
  if (action.sortBy !== undefined) {
    if (groups.length > 1)
      return failure('error: --sort-by over several kinds is not supported here. Ask for one kind.');
    for (const group of groups) {
      const sorted = sortRows(group.table.rows, group.keys, action.sortBy);
      // kubectl prints no table then, and no error either.
      if ('absent' in sorted) {
        group.table = { ...group.table, rows: [] };
        continue;
      }
      if ('problem' in sorted) return failure(`error: ${sorted.problem}`);
      group.table = { ...group.table, rows: sorted.rows };
    }
  }
  const severalKinds = new Set(groups.map(({ kind }) => kind)).size > 1;
  const blocks = groups.map(({ kind, table }) =>
    printTable(table, {
      headers: action.noHeaders !== true,
      ...(severalKinds || action.showKind === true ? { kindPrefix: kindName(kind) } : {}),
    }),
  );
  const out = blocks.filter((block) => block !== '').join(action.noHeaders === true ? '' : '\n');
  if (errors.length > 0) return failureOf(errors, out);
  if (cut !== '') return { out, err: cut, exitCode: 0, cut: true };
  if (out !== '' || action.ignoreNotFound === true) return printed(out);
  const inNamespace = action.allNamespaces !== true && wanted.every(({ kind }) => kind.namespaced);
  return printed('', inNamespace ? `No resources found in ${scope.namespace} namespace.\n` : 'No resources found\n');
}

/** `size`: at least so many characters are printed of it. */
type ReadTable = {
  readonly table: Table;
  readonly keys: readonly SortKey[];
  readonly size: number;
  readonly cut: string;
};

/** Of each piece only the printed cells are kept, and pieces that would be cut off are not asked for. */
async function readTable(
  connection: Connection,
  action: GetAction<string>,
  one: Wanted,
  { scope, textLeft }: { scope: Query['scope']; textLeft: number },
): Promise<ReadTable> {
  const { sortBy } = action;
  const namespaceColumn = action.allNamespaces === true && one.kind.namespaced;
  const needsMetadata = namespaceColumn || action.showLabels === true || action.labelColumns !== undefined;
  let pieces: Table[] = [];
  let keys: SortKey[] = [];
  let size = 0;
  const end = await readWanted(connection, action, one, {
    scope,
    accept: tableAccept,
    // kubectl always takes the metadata along; much of an answer is managed fields.
    query: sortBy !== undefined ? { includeObject: 'Object' } : needsMetadata ? {} : { includeObject: 'None' },
    take(answer) {
      const table = parseTable(answer, {
        wide: action.output.format === 'wide',
        namespaceColumn,
        labels: action.showLabels === true,
        ...(action.labelColumns && { labelColumns: action.labelColumns }),
      });
      if (table === undefined) throw noTable(one.kind);
      pieces.push(table);
      for (const cells of table.rows) size += cells.reduce((sum, cell) => sum + cell.length + 1, 0);
      if (sortBy !== undefined) {
        for (const row of listAt(answer, 'rows')) keys.push(sortKeyOf(at(row, 'object') ?? null, sortBy));
      }
      return size <= textLeft;
    },
    restart() {
      [pieces, keys, size] = [[], [], 0];
    },
  });
  const table = { ...(pieces[0] ?? noRows), rows: pieces.flatMap(({ rows }) => rows) };
  return { table, keys, size, cut: end.whole ? '' : cutNote(table.rows.length, end, one.kind.plural) };
}

/** `deployment.apps`. */
const kindName = (kind: Kind): string =>
  kind.group === '' ? kind.kind.toLowerCase() : `${kind.kind.toLowerCase()}.${kind.group}`;

/** An aggregated API that knows no Tables: columns of our own would not be kubectl's. */
const noTable = (kind: Kind): OperationError =>
  new OperationError('cluster-rejected', `the server prints no table of ${kind.plural}. Read them with -o yaml.`, {
    retryable: false,
  });
