/**
 * `kubectl apply` to an object that is there, as its client does it: what the last apply wrote and this manifest has no
 * longer goes, what the manifest says is merged in by the server, and the manifest is noted in an annotation.
 */
import type { ApplyAction } from '../../../domain/change-action.ts';
import { asGoWrites, type Json } from '../../../domain/json.ts';
import { at, isList, isRecord, sameJson, textAt, textsAt, tryParse } from '../live.ts';

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** As Go's encoder writes it: keys in order, `<`, `>` and `&` escaped, a newline at the end. */
function lastAppliedOf(manifest: Json): string {
  return `${goJson(manifest)}\n`;
}

function goJson(value: Json): string {
  if (typeof value === 'string') {
    return asGoWrites(JSON.stringify(value));
  }
  if (isList(value)) return `[${value.map(goJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${keys.map((key) => `${goJson(key)}:${goJson(value[key] ?? null)}`).join(',')}}`;
}

/** What kubectl sends and notes: the namespace filled in, annotations there, and no earlier note. */
export function noted(action: ApplyAction<string>, namespace: string | undefined): { manifest: Json; note: string } {
  const source = isRecord(action.manifest) ? action.manifest : {};
  const metadata = at(source, 'metadata');
  const { [lastApplied]: _, ...annotations } = textsAt(metadata, 'annotations');
  const own = {
    ...(isRecord(metadata) ? metadata : {}),
    annotations,
    ...(namespace === undefined ? {} : { namespace }),
  };
  const plain: Json = { ...source, metadata: own };
  const note = lastAppliedOf(plain);
  return { manifest: { ...source, metadata: { ...own, annotations: { ...annotations, [lastApplied]: note } } }, note };
}

export type Merge =
  | { readonly kind: 'merge'; readonly body: Json }
  | { readonly kind: 'refused'; readonly text: string };

/**
 * The patch for the server: strategic for built-in kinds, else a merge. Removals inside of lists are left to people: which
 * key tells their elements apart is in no manifest.
 */
export function mergeOf(manifest: Json, live: Json): Merge {
  const note = textAt(live, 'metadata', 'annotations', lastApplied);
  const original = note === undefined ? {} : tryParse(note);
  if (!isRecord(original)) {
    return {
      kind: 'refused',
      text: 'The note of the last kubectl apply on this object cannot be read. Apply it by hand.',
    };
  }
  if (hasDirective(manifest)) {
    return {
      kind: 'refused',
      text: 'A field of this manifest begins with $, which would be an order to the server. Apply it by hand.',
    };
  }
  const lost: string[] = [];
  const merged = withRemovals(manifest, original, '', lost);
  const [first] = lost;
  if (first !== undefined) {
    return {
      kind: 'refused',
      text: `The last apply had entries in ${first} that this one has no longer. Which entries of the list they are only kubectl can tell. Apply it by hand.`,
    };
  }
  // The server keeps these.
  const { status: _, ...body } = isRecord(merged) ? merged : {};
  return { kind: 'merge', body };
}

/** `$patch` and the like are orders of a strategic patch and no fields. */
function hasDirective(value: Json): boolean {
  if (isList(value)) return value.some(hasDirective);
  return isRecord(value) && Object.entries(value).some(([key, inner]) => key.startsWith('$') || hasDirective(inner));
}

function withRemovals(wanted: Json, original: Json | undefined, path: string, lost: string[]): Json {
  if (isList(wanted)) {
    if (isList(original) && losesEntries(wanted, original)) lost.push(path === '' ? 'a list' : path);
    return wanted;
  }
  if (!isRecord(wanted) || !isRecord(original)) return wanted;
  const merged: Record<string, Json> = {};
  for (const [key, value] of Object.entries(wanted)) {
    merged[key] = withRemovals(value, original[key], path === '' ? key : `${path}.${key}`, lost);
  }
  for (const key of Object.keys(original)) if (!Object.hasOwn(wanted, key)) merged[key] = null;
  return merged;
}

/** Lists of plain values are replaced as a whole by both; of objects each element and field has to be there still. */
function losesEntries(wanted: readonly Json[], original: readonly Json[]): boolean {
  if (!original.some(isRecord)) return false;
  if (wanted.length < original.length) return true;
  return original.some((element, index) => {
    const same = wanted[index];
    return !sameJson(element, same) && !keepsShape(element, same);
  });
}

function keepsShape(before: Json | undefined, after: Json | undefined): boolean {
  if (isRecord(before)) {
    const named = ['name', 'containerPort', 'mountPath', 'port', 'key', 'ip'].every(
      (key) => !Object.hasOwn(before, key) || sameJson(before[key], at(after, key)),
    );
    return isRecord(after) && named && Object.keys(before).every((key) => keepsShape(before[key], after[key]));
  }
  if (isList(before)) {
    if (!isList(after)) return false;
    return (
      !before.some(isRecord) ||
      (after.length >= before.length && before.every((one, index) => keepsShape(one, after[index])))
    );
  }
  return after !== undefined && !isRecord(after) && !isList(after);
}
