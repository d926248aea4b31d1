/**
 * The one request that an approved plan sends: a JSON Patch (RFC 6902) whose tests make it apply at most once.
 *
 *   test uid · test generation · test guards and before-values · test the marker's earlier state
 *   add our marker · the changes
 *
 * The generation is the one just read (an autoscaler may have moved it since the plan), so sending the same bytes
 * twice fails the second time. A node has none; there the marker's earlier state is what fails. A real API server (1.34) takes `test` with null for an absent key of an object that is
 * there, but rejects a test below an absent parent or beyond the end of an array: see the tests of this file.
 */
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { at, atPointer, isList, numberAt, pointerKey, pointerKeys, sameJson, textAt } from '../live.ts';

export type Operation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

export const markerAnnotation = 'firebreak.dev/plan';
const annotationsPath = '/metadata/annotations';
const markerPath = `${annotationsPath}/${pointerKey(markerAnnotation)}`;

export const markerOf = (live: Json): string | undefined => textAt(live, 'metadata', 'annotations', markerAnnotation);

/** The part of a plan that the patch is made of. */
export type PatchPlan = {
  readonly id: string;
  readonly target: { readonly uid: string };
  readonly changes: readonly FieldChange[];
};

/** Why a plan no longer fits the live object, or undefined when it does. */
export function misfit(plan: Pick<PatchPlan, 'target' | 'changes'>, live: Json): string | undefined {
  if (textAt(live, 'metadata', 'uid') !== plan.target.uid) {
    return 'The object was deleted and made anew since the plan. Make a new plan.';
  }
  if (textAt(live, 'metadata', 'deletionTimestamp') !== undefined)
    return 'The object is being deleted. Nothing was sent.';
  for (const change of plan.changes) {
    const moved = change.guard?.some((guard) => !sameJson(atPointer(live, guard.path) ?? null, guard.value)) ?? false;
    if (moved || !sameJson(atPointer(live, change.path), change.before)) {
      return `${change.label} is not as it was when the plan was made. Make a new plan.`;
    }
  }
  return undefined;
}

/** The operations for a plan that fits (`misfit` gave undefined). Pure: the same input gives the same bytes. */
export function buildPatch(plan: PatchPlan, live: Json): readonly Operation[] {
  const tests: Operation[] = [{ op: 'test', path: '/metadata/uid', value: plan.target.uid }];
  const generation = numberAt(live, 'metadata', 'generation');
  if (generation !== undefined) tests.push({ op: 'test', path: '/metadata/generation', value: generation });
  for (const change of plan.changes) {
    for (const guard of change.guard ?? []) tests.push({ op: 'test', path: guard.path, value: guard.value });
    tests.push(...testBefore(change, live));
  }

  const marker = markerOf(live);
  const annotated = at(live, 'metadata', 'annotations') !== undefined;
  const mark: Operation[] = annotated
    ? [{ op: 'test', path: markerPath, value: marker ?? null }]
    : [
        { op: 'test', path: annotationsPath, value: null },
        { op: 'add', path: annotationsPath, value: {} },
      ];
  mark.push({ op: 'add', path: markerPath, value: plan.id });

  const operations = [...unique(tests), ...mark];
  // The annotations are there by now, with our marker in them.
  const made = new Set([annotationsPath]);
  // Removals come last and from the end, so that no index moves before it is used; appends use `-`.
  const ordered = [...plan.changes].sort((a, b) => order(a, b));
  for (const change of ordered) operations.push(...apply(change, live, made));
  return operations;
}

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'));
const isIndex = (key: string | undefined): key is string => key !== undefined && /^(0|[1-9]\d*)$/.test(key);

function testBefore(change: FieldChange, live: Json): Operation[] {
  if (change.before !== undefined) return [{ op: 'test', path: change.path, value: change.before }];
  // The deepest parent that is there can be asked for its absent key; the end of an array cannot (generation covers it).
  let path = change.path;
  while (path !== '' && atPointer(live, parentOf(path)) === undefined) path = parentOf(path);
  return isList(atPointer(live, parentOf(path))) ? [] : [{ op: 'test', path, value: null }];
}

function apply(change: FieldChange, live: Json, made: Set<string>): Operation[] {
  if (change.after === undefined) return [{ op: 'remove', path: change.path }];
  if (change.before !== undefined) return [{ op: 'replace', path: change.path, value: change.after }];
  const operations: Operation[] = [];
  const parent = parentOf(change.path);
  const toArray = isIndex(pointerKeys(change.path).at(-1)) && !hasObject(live, parent);
  if (atPointer(live, parent) === undefined && !made.has(parent)) {
    made.add(parent);
    operations.push({ op: 'add', path: parent, value: toArray ? [] : {} });
  }
  operations.push({ op: 'add', path: toArray ? `${parent}/-` : change.path, value: change.after });
  return operations;
}

const hasObject = (live: Json, pointer: string): boolean => {
  const value = atPointer(live, pointer);
  return value !== undefined && !isList(value);
};

function order(a: FieldChange, b: FieldChange): number {
  const rank = (change: FieldChange): number => (change.before === undefined ? 1 : change.after === undefined ? 2 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const index = (change: FieldChange): number => Number(pointerKeys(change.path).at(-1));
  if (parentOf(a.path) !== parentOf(b.path) || !(index(a) >= 0)) return 0;
  return rank(a) === 2 ? index(b) - index(a) : index(a) - index(b);
}

function unique(operations: readonly Operation[]): Operation[] {
  const seen = new Set<string>();
  return operations.filter((operation) => {
    const text = JSON.stringify(operation);
    return !seen.has(text) && seen.add(text) !== undefined;
  });
}
