/** The undo of field changes: a JSON Patch that tests what was written and puts back what was there. */
import type { PatchAction } from '../../../domain/change-action.ts';
import { asGoWrites, type Json } from '../../../domain/json.ts';
import type { ObjectReference } from '../../../domain/object-reference.ts';
import type { FieldChange, Undo } from '../../../domain/plan.ts';
import { atPointer, isList, isRecord, pointerKeys } from '../live.ts';
import type { Operation } from './patch.ts';

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));

/** `wanted` is the object after the changes. */
export function undoPatch(
  target: ObjectReference<string>,
  changes: readonly FieldChange[],
  wanted: Json,
  text?: string,
): Undo {
  const operations: Operation[] = [];
  const made = new Set<string>();
  for (const { guard = [] } of changes) {
    for (const { path, value } of guard) {
      if (!operations.some((known) => known.path === path)) operations.push({ op: 'test', path, value });
    }
  }
  for (const { path, after } of changes) {
    if (after !== undefined) operations.push({ op: 'test', path, value: after });
  }
  // Backwards, so that the last of several new entries goes first.
  for (const { path, before, after } of changes.toReversed()) {
    if (before === undefined) operations.push({ op: 'remove', path });
    else if (after !== undefined) operations.push({ op: 'replace', path, value: before });
    else {
      const parent = parentOf(path);
      if (atPointer(wanted, parent) === undefined && !made.has(parent)) {
        made.add(parent);
        operations.push({ op: 'add', path: parent, value: {} });
      }
      operations.push({ op: 'add', path, value: before });
    }
  }
  const action: PatchAction<string> = {
    type: 'patch',
    target,
    patchType: 'json',
    patch: asGoWrites(JSON.stringify(operations)),
  };
  return { kind: 'action', action, text: text ?? backText(changes) };
}

const namedMax = 4;

function backText(changes: readonly FieldChange[]): string {
  const labels = changes.map(({ label }) => label);
  const more = labels.length > namedMax ? ` and ${labels.length - namedMax} more` : '';
  return `put back ${labels.slice(0, namedMax).join(', ')}${more}`;
}

/** The object with the changes made. Pure; for what the server was not asked about. */
export function withChanges(live: Json, changes: readonly FieldChange[]): Json {
  return changes.reduce((object, { path, after }) => put(object, pointerKeys(path), after), live);
}

function put(here: Json | undefined, [key, ...rest]: readonly string[], value: Json | undefined): Json {
  if (key === undefined) return value ?? null;
  if (isList(here)) {
    const index = Number(key);
    const inner = rest.length === 0 ? value : put(here[index], rest, value);
    return inner === undefined
      ? here.filter((_, at) => at !== index)
      : [...here.slice(0, index), inner, ...here.slice(index + 1)];
  }
  const { [key]: old, ...others } = isRecord(here) ? here : {};
  const inner = rest.length === 0 ? value : put(old, rest, value);
  return inner === undefined ? others : { ...others, [key]: inner };
}
