/** `kubectl get`: which requests it makes, in its order, and how the answers become its output. */
import type { GetAction } from '../../../domain/action.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json.ts';
import { isLabelSelector } from '../../../domain/names.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf, type Discovery, type Kind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { at, isRecord, listAt, recordAt, textAt } from '../live.ts';
import { printObjects, type Found } from './objects.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';
import { sortRows } from './sort.ts';
import { parseTable, printTable, tableAccept, type Table } from './table.ts';

export type GetScope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};

type Wanted = { readonly kind: Kind; readonly name?: string };

/** kubectl asks for long lists in pieces of this size. */
const chunkSize = 500;
const chunksMax = 200;

/** What `all` stands for, in kubectl's order. */
const categories: Readonly<Record<string, readonly string[]>> = {
  all: [
    'pods',
    'replicationcontrollers',
    'services',
    'daemonsets',
    'deployments',
    'replicasets',
    'statefulsets',
    'horizontalpodautoscalers',
    'cronjobs',
    'jobs',
  ],
};

export async function readGet(
  parts: { connection: Connection; discovery: Discovery },
  action: GetAction<string>,
  scope: GetScope,
): Promise<Printed> {
  const problem = wrongCombination(action);
  if (problem !== undefined) return failure(`error: ${problem}`);
  const wanted: Wanted[] = [];
  for (const object of action.objects.flatMap(expand)) {
    const kind = await parts.discovery.find(object);
    if (kind === undefined) {
      const written = object.group === undefined ? object.resource : `${object.resource}.${object.group}`;
      return failure(`error: the server doesn't have a resource type "${written}"`);
    }
    const outside = scope.outside(kind);
    if (outside !== undefined) return failure(`error: ${outside}`);
    wanted.push(object.name === undefined ? { kind } : { kind, name: object.name });
  }
  const { format } = action.output;
  return format === 'table' || format === 'wide'
    ? await getTable(parts.connection, action, { wanted, scope })
    : await getObjects(parts.connection, action, { wanted, scope });
}

const expand = (object: GetAction<string>['objects'][number]): GetAction<string>['objects'] =>
  object.name === undefined && object.group === undefined && Object.hasOwn(categories, object.resource)
    ? (categories[object.resource] ?? []).map((resource) => ({ resource }))
    : [object];

function wrongCombination(action: GetAction<string>): string | undefined {
  const named = action.objects.some((object) => object.name !== undefined);
  if (named && action.allNamespaces === true) return 'a resource cannot be retrieved by name across all namespaces';
  if (named && (action.selector !== undefined || action.fieldSelector !== undefined)) {
    return 'name cannot be provided when a selector is specified';
  }
  if (action.selector !== undefined && !isLabelSelector(action.selector))
    return 'unable to parse requirement: the label selector';
  return undefined;
}

type Query = { readonly wanted: readonly Wanted[]; readonly scope: GetScope };

async function getTable(connection: Connection, action: GetAction<string>, { wanted, scope }: Query): Promise<Printed> {
  const errors: unknown[] = [];
  const groups: { readonly kind: Kind; table: Table }[] = [];
  for (const one of wanted) {
    try {
      const answers = await fetchAll(connection, action, one, { scope, accept: tableAccept });
      const tables = answers.map((answer) => {
        const table = parseTable(answer);
        if (table === undefined) throw noTable(one.kind);
        return table;
      });
      const table = { columns: tables[0]?.columns ?? [], rows: tables.flatMap(({ rows }) => rows) };
      const last = groups.at(-1);
      if (last?.kind === one.kind) last.table = { columns: table.columns, rows: [...last.table.rows, ...table.rows] };
      else groups.push({ kind: one.kind, table });
    } catch (error) {
      if (action.ignoreNotFound === true && isNotFound(error)) continue;
      errors.push(error);
    }
  }
  if (action.sortBy !== undefined) {
    if (groups.length > 1)
      return failure('error: --sort-by over several kinds is not supported here. Ask for one kind.');
    for (const group of groups) {
      const sorted = sortRows(group.table.rows, action.sortBy, (row) => at(row, 'object') ?? null);
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
      wide: action.output.format === 'wide',
      namespaceColumn: action.allNamespaces === true && kind.namespaced,
      headers: action.noHeaders !== true,
      labels: action.showLabels === true,
      ...(severalKinds ? { kindPrefix: kindName(kind) } : {}),
    }),
  );
  const out = blocks.filter((block) => block !== '').join(action.noHeaders === true ? '' : '\n');
  if (errors.length > 0) return failureOf(errors, out);
  if (out !== '' || action.ignoreNotFound === true) return printed(out);
  const inNamespace = action.allNamespaces !== true && wanted.every(({ kind }) => kind.namespaced);
  return printed('', inNamespace ? `No resources found in ${scope.namespace} namespace.\n` : 'No resources found\n');
}

/** `deployment.apps`. */
const kindName = (kind: Kind): string =>
  kind.group === '' ? kind.kind.toLowerCase() : `${kind.kind.toLowerCase()}.${kind.group}`;

/** An aggregated API that knows no Tables: columns of our own would not be kubectl's. */
const noTable = (kind: Kind): OperationError =>
  new OperationError('cluster-rejected', `the server prints no table of ${kind.plural}. Read them with -o yaml.`, {
    retryable: false,
  });

async function getObjects(
  connection: Connection,
  action: GetAction<string>,
  { wanted, scope }: Query,
): Promise<Printed> {
  const errors: unknown[] = [];
  const found: Found[] = [];
  for (const one of wanted) {
    try {
      for (const answer of await fetchAll(connection, action, one, { scope, accept: 'application/json' })) {
        found.push(...objectsOf(answer, one));
      }
    } catch (error) {
      if (action.ignoreNotFound === true && isNotFound(error)) continue;
      errors.push(error);
    }
  }
  const single = wanted.length === 1 && wanted[0]?.name !== undefined;
  if (single && errors.length > 0) return failureOf(errors);
  if (found.length === 0 && action.ignoreNotFound === true) return errors.length > 0 ? failureOf(errors) : printed('');
  const text = printObjects(found, {
    output: action.output,
    single,
    sortBy: action.sortBy,
    headers: action.noHeaders !== true,
  });
  if ('problem' in text) return failure(`error: ${text.problem}`, text.out ?? '');
  return errors.length > 0 ? failureOf(errors, text.out) : printed(text.out);
}

/** List items carry no kind of their own on the wire. */
function objectsOf(answer: Json, { kind, name }: Wanted): Found[] {
  if (name !== undefined) return [{ kind, object: answer }];
  const listKind = textAt(answer, 'kind') ?? '';
  const apiVersion = textAt(answer, 'apiVersion') ?? '';
  return listAt(answer, 'items').map((item) => ({
    kind,
    object: isRecord(item) ? { apiVersion, kind: listKind.replace(/List$/, ''), ...item } : item,
  }));
}

async function fetchAll(
  connection: Connection,
  action: GetAction<string>,
  { kind, name }: Wanted,
  { scope, accept }: { scope: GetScope; accept: string },
): Promise<readonly Json[]> {
  const namespace = action.allNamespaces === true ? undefined : scope.namespace;
  const path = pathOf(kind, { namespace, ...(name === undefined ? {} : { name }) });
  const query = new URLSearchParams();
  if (action.selector !== undefined) query.set('labelSelector', action.selector);
  if (action.fieldSelector !== undefined) query.set('fieldSelector', action.fieldSelector);
  if (action.sortBy !== undefined && accept === tableAccept) query.set('includeObject', 'Object');
  if (name === undefined && action.sortBy === undefined) query.set('limit', String(chunkSize));
  const answers: Json[] = [];
  for (let chunk = 0; chunk < chunksMax; chunk++) {
    const text = query.toString();
    const answer = await connection
      .get(text === '' ? path : `${path}?${text}`, { accept, signal: scope.signal })
      .catch((error: unknown) => {
        throw name === undefined ? listError(connection.name, error, { kind, action }) : error;
      });
    answers.push(answer);
    const next = textAt(recordAt(answer, 'metadata'), 'continue') ?? '';
    if (next === '' || name !== undefined) break;
    query.set('continue', next);
  }
  return answers;
}

/** kubectl says what it looked for when a list is refused as malformed or unknown. */
function listError(
  cluster: string,
  error: unknown,
  { kind, action }: { kind: Kind; action: GetAction<string> },
): unknown {
  if (!(error instanceof ApiRefusal) || (error.status.code !== 400 && error.status.code !== 404)) return error;
  const subject = JSON.stringify(`${kind.group}/${kind.version}, Resource=${kind.plural}`);
  const { selector = '', fieldSelector = '' } = action;
  const looked =
    selector === '' && fieldSelector === ''
      ? `list ${subject}`
      : `find ${subject} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}`;
  return new ApiRefusal(cluster, { ...error.status, message: `Unable to ${looked}: ${error.status.message}` });
}
