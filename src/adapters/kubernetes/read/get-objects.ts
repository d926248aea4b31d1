/** `kubectl get -o`: objects as they are, piece by piece, with what is printed of each. */
import type { GetAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import { OperationError } from '../../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, metadataOnly } from '../discovery.ts';
import { isRecord, listAt, textAt } from '../live.ts';
import { readWanted, type Query, type Wanted } from './get-pages.ts';
import { keepOf, printObjects, type Kept } from './objects.ts';
import { cutNote } from './pages.ts';
import { failure, failureOf, printed, type Printed } from './printed.ts';

/** Of all pieces together, where none of them can be spared: a list of some 10,000 pods. */
const bytesMax = 64 * 1024 * 1024;
/** An object's text may be much shorter than what is sent of it (managed fields), hardly more than this. */
const bytesPerText = 4;

export async function getObjects(
  connection: Connection,
  action: GetAction<string>,
  { wanted, scope }: Query,
): Promise<Printed> {
  const errors: unknown[] = [];
  const found: Kept[] = [];
  let left = { text: scope.textLimit, bytes: bytesMax };
  let cut = '';
  for (const one of wanted) {
    if (left.text <= 0) break;
    try {
      const read = await readObjects(connection, action, one, { scope, left });
      found.push(...read.kept);
      cut += read.cut;
      left = { text: left.text - read.size, bytes: left.bytes - read.bytes };
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
    managedFields: action.showManagedFields === true,
  });
  if ('problem' in text) return failure(`error: ${text.problem}`, text.out ?? '');
  if (errors.length > 0) return failureOf(errors, text.out);
  return cut === '' ? printed(text.out) : { out: text.out, err: cut, exitCode: 0, cut: true };
}

type ReadObjects = {
  readonly kept: readonly Kept[];
  readonly size: number;
  readonly bytes: number;
  readonly cut: string;
};

async function readObjects(
  connection: Connection,
  action: GetAction<string>,
  one: Wanted,
  { scope, left }: { scope: Query['scope']; left: { readonly text: number; readonly bytes: number } },
): Promise<ReadObjects> {
  const { output, sortBy } = action;
  const options = { output, sortBy, managedFields: action.showManagedFields === true };
  const byLine = output.format === 'name' || output.format === 'custom-columns';
  // A path may lead to any object, and what comes first may stand last in the list: these need all of it.
  const needsAll = sortBy !== undefined || !(byLine || output.format === 'yaml' || output.format === 'json');
  let kept: Kept[] = [];
  let [size, bytes] = [0, 0];
  const end = await readWanted(connection, action, one, {
    scope,
    accept:
      output.format === 'name' && sortBy === undefined && one.name === undefined ? metadataOnly : 'application/json',
    take(answer, bytesSoFar) {
      for (const object of objectsOf(answer, one)) {
        const row = keepOf({ kind: one.kind, object }, options);
        kept.push(row);
        if ('line' in row) size += row.line.length + 1;
      }
      // The lines are all that is held.
      if (byLine) return needsAll || size <= left.text;
      bytes = bytesSoFar;
      size = needsAll ? 0 : Math.trunc(bytes / bytesPerText);
      if (bytes <= left.bytes) return size <= left.text;
      if (needsAll) throw tooMuch(one);
      return false;
    },
    restart() {
      kept = [];
      [size, bytes] = [0, 0];
    },
  });
  return { kept, size, bytes, cut: end.whole ? '' : cutNote(kept.length, end, one.kind.plural) };
}

const tooMuch = ({ kind }: Wanted): OperationError =>
  new OperationError(
    'cluster-rejected',
    `the ${kind.plural} are longer than ${bytesMax / 1024 / 1024} MiB, and this output needs all of them at once. Narrow it with a namespace or a selector, or read it with -o custom-columns.`,
    { retryable: false },
  );

/** List items carry no kind of their own on the wire. */
function objectsOf(answer: Json, { name }: Wanted): Json[] {
  if (name !== undefined) return [answer];
  const listKind = textAt(answer, 'kind') ?? '';
  const apiVersion = textAt(answer, 'apiVersion') ?? '';
  return listAt(answer, 'items').map((item) =>
    isRecord(item) ? { apiVersion, kind: listKind.replace(/List$/, ''), ...item } : item,
  );
}
