/**
 * RFC 6902 as the API server applies it (evanphx/json-patch v4), whose corners were tried on a 1.34 server:
 *
 * - `replace` of a missing member of an object succeeds (the RFC says it must not); `remove` of one fails;
 * - `test` with null holds for a missing member, but not when the parent is missing or the index is out of range;
 * - `test` compares numbers and strings by their text: 2 is not 2.0, and `&` is not the `\u0026` that Go writes;
 * - negative indexes count from the end, leading zeros are read as numbers;
 * - a path that does not start with `/` applies to nothing.
 */
import { clone, isObject, type Json } from '../json.ts';
import { badRequest, patchDoesNotApply } from '../status.ts';

/** A number or string that was written otherwise than Go writes it: JSON.parse alone loses that 2.0 is not 2. */
class Literal {
  readonly value: number | string;
  constructor(value: number | string) {
    this.value = value;
  }
}

const asGo = (value: number | string): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Result of the patch; the input is left alone. Throws the 400 or 422 that the server answers. */
export function applyJsonPatch(document: Json, patchText: string): Json {
  const operations = decode(patchText);
  let root = clone(document);
  for (const operation of operations) root = applyOne(root, operation);
  return root;
}

// Node 24 gives the reviver the source text (ECMAScript proposal "JSON.parse source text access"); lib es2024 does not
// know it yet.
const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

type Operation = { op: string; path: string; from?: string; value?: unknown };

function decode(text: string): Operation[] {
  let parsed: unknown;
  try {
    parsed = parseWithSource(text, (_key, value, { source = '' }) =>
      (typeof value === 'number' || typeof value === 'string') && source !== asGo(value) ? new Literal(value) : value,
    );
  } catch {
    throw badRequest(`error decoding patch: ${goSyntaxError(text)}`);
  }
  if (!Array.isArray(parsed)) {
    const what = isObject(parsed) ? 'object' : parsed === null ? 'null' : typeof parsed;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${what} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  return parsed.map((item: unknown) => {
    if (!isObject(item)) throw patchDoesNotApply();
    const [op, path, from] = [item['op'], item['path'], item['from']].map(readOf);
    if (typeof op !== 'string' || typeof path !== 'string') throw patchDoesNotApply();
    const operation: Operation = { op, path };
    if (typeof from === 'string') operation.from = from;
    if ('value' in item) operation.value = item['value'];
    return operation;
  });
}

const readOf = (item: unknown): unknown => (item instanceof Literal ? item.value : item);

/** The commonest wording of Go's decoder; the exact character is not chased further. */
export function goSyntaxError(text: string): string {
  const first = text.trim()[0];
  if (first === undefined || '[{"'.includes(first)) return 'unexpected end of JSON input';
  if (first === 'n') return `invalid character '${text.trim()[1] ?? ' '}' in literal null (expecting 'u')`;
  return `invalid character '${first}' looking for beginning of value`;
}

function applyOne(root: Json, operation: Operation): Json {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return add(root, path, plain(operation));
    case 'replace':
      return replace(root, path, plain(operation));
    case 'remove':
      return remove(root, path);
    case 'move': {
      const value = read(root, operation.from ?? '');
      if (value === undefined) throw patchDoesNotApply();
      return add(remove(root, operation.from ?? ''), path, value);
    }
    case 'copy': {
      const value = read(root, operation.from ?? '');
      if (value === undefined) throw patchDoesNotApply();
      return add(root, path, clone(value));
    }
    case 'test':
      if (!tests(root, operation)) throw patchDoesNotApply();
      return root;
    default:
      throw patchDoesNotApply();
  }
}

function tests(root: Json, operation: Operation): boolean {
  if (operation.path === '') return same(root, operation.value);
  const found = read(root, operation.path);
  if (found === undefined || found === null) return operation.value === null;
  return operation.value !== undefined && operation.value !== null && same(found, operation.value);
}

function same(found: Json, wanted: unknown): boolean {
  if (wanted instanceof Literal) return false;
  if (Array.isArray(found)) {
    return Array.isArray(wanted) && found.length === wanted.length && found.every((item, at) => same(item, wanted[at]));
  }
  if (isObject(found)) {
    if (!isObject(wanted)) return false;
    const keys = Object.keys(found);
    return (
      keys.length === Object.keys(wanted).length &&
      keys.every((key) => Object.hasOwn(wanted, key) && same(found[key] ?? null, wanted[key]))
    );
  }
  return found === wanted;
}

/** The operation's value as JSON; an absent one is null, as a nil raw message is. */
function plain({ value }: Operation): Json {
  const text = JSON.stringify(value ?? null, (_key, item: unknown) => readOf(item));
  // JSON.stringify of a JSON value gives JSON.
  return JSON.parse(text) as Json;
}

type Parent = { container: Json[] | { [key: string]: Json }; key: string };

/** The container that holds the last part of the path. Throws when it is not there. */
function parentOf(root: Json, path: string): Parent {
  const parts = path.split('/');
  if (parts.length < 2 || parts[0] !== '') throw patchDoesNotApply();
  const keys = parts.slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  let at: Json = root;
  for (const key of keys) {
    const next = member(at, key);
    if (next === undefined || next === null) throw patchDoesNotApply();
    at = next;
  }
  if (last === undefined || (!Array.isArray(at) && !isObject(at))) throw patchDoesNotApply();
  return { container: at, key: last };
}

function member(container: Json, key: string): Json | undefined {
  if (Array.isArray(container)) return container[index(container, key, 0)];
  return isObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** `room` is 1 where the end of the list is a place to insert. */
function index(list: Json[], key: string, room: 0 | 1): number {
  if (!/^-?\d+$/.test(key)) throw patchDoesNotApply();
  const wanted = Number(key);
  const at = wanted < 0 ? wanted + list.length + room : wanted;
  if (at < 0 || at >= list.length + room) throw patchDoesNotApply();
  return at;
}

function read(root: Json, path: string): Json | undefined {
  const { container, key } = parentOf(root, path);
  return member(container, key);
}

function add(root: Json, path: string, value: Json): Json {
  if (path === '') return value;
  const { container, key } = parentOf(root, path);
  if (Array.isArray(container)) container.splice(key === '-' ? container.length : index(container, key, 1), 0, value);
  else container[key] = value;
  return root;
}

function replace(root: Json, path: string, value: Json): Json {
  if (path === '') return value;
  const { container, key } = parentOf(root, path);
  if (Array.isArray(container)) container[index(container, key, 0)] = value;
  else container[key] = value;
  return root;
}

function remove(root: Json, path: string): Json {
  const { container, key } = parentOf(root, path);
  if (Array.isArray(container)) container.splice(index(container, key, 0), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw patchDoesNotApply();
  return root;
}
