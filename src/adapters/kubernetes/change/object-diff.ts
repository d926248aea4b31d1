/**
 * From two states of one object to field changes, so that a JSON Patch with tests makes the second of the first.
 * Maps are gone into, lists only where each element has a name and keeps its place (a guard tests the names); any other
 * list is one change as a whole. What the server keeps for itself is no difference.
 */
import type { Json } from '../../../domain/json.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { isList, isRecord, pointerKey, sameJson, textAt } from '../live.ts';
import { markerAnnotation } from './patch.ts';
import { shownOf } from './shown-values.ts';

const own = new Set([
  '/status',
  '/apiVersion',
  '/kind',
  '/metadata/managedFields',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/metadata/uid',
  '/metadata/creationTimestamp',
  '/metadata/selfLink',
  `/metadata/annotations/${pointerKey(markerAnnotation)}`,
]);
/** Our marker goes into the same map, so its keys are changed one by one. */
const maps = new Set(['/metadata/annotations', '/metadata/labels']);

type Guard = { readonly path: string; readonly value: Json };
type Place = { readonly path: string; readonly words: string; readonly guard: readonly Guard[] };

export function changesBetween(before: Json, after: Json): readonly FieldChange[] {
  return walk({ path: '', words: '', guard: [] }, before, after);
}

function walk(place: Place, before: Json | undefined, after: Json | undefined): readonly FieldChange[] {
  const { path } = place;
  if (own.has(path) || sameJson(before, after)) return [];
  if (maps.has(path)) return walkMap(place, before ?? {}, after ?? {});
  if (isRecord(before) && isRecord(after)) return walkMap(place, before, after);
  if (isList(before) && isList(after) && keepsPlaces(before, after)) {
    return after.flatMap((element, index) => {
      const name = textAt(element, 'name') ?? '';
      const inner = `${path}/${index}`;
      const words = `${place.words}[${name}]`;
      if (index >= before.length) {
        const last =
          before.length === 0 ? [] : [{ path: `${path}/${before.length - 1}/name`, value: nameAt(before, -1) }];
        return [changeAt({ path: inner, words, guard: [...place.guard, ...last] }, undefined, element)];
      }
      return walk(
        { path: inner, words, guard: [...place.guard, { path: `${inner}/name`, value: name }] },
        before[index],
        element,
      );
    });
  }
  return [changeAt(place, before, after)];
}

function walkMap(place: Place, before: Json, after: Json): readonly FieldChange[] {
  const [old, next] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}];
  return [...new Set([...Object.keys(old), ...Object.keys(next)])].flatMap((key) =>
    walk(
      {
        ...place,
        path: `${place.path}/${pointerKey(key)}`,
        words: /^[A-Za-z]\w*$/.test(key)
          ? `${place.words}${place.words === '' ? '' : '.'}${key}`
          : `${place.words}[${key}]`,
      },
      Object.hasOwn(old, key) ? old[key] : undefined,
      Object.hasOwn(next, key) ? next[key] : undefined,
    ),
  );
}

const nameAt = (list: readonly Json[], index: number): string => textAt(list.at(index), 'name') ?? '';

/** The elements of before are the first ones of after, by their names. */
function keepsPlaces(before: readonly Json[], after: readonly Json[]): boolean {
  const names = after.map((element) => textAt(element, 'name'));
  return (
    after.length >= before.length &&
    names.every((name) => name !== undefined && name !== '') &&
    new Set(names).size === names.length &&
    before.every((element, index) => textAt(element, 'name') === names[index])
  );
}

function changeAt({ path, words, guard }: Place, before: Json | undefined, after: Json | undefined): FieldChange {
  return {
    path,
    label: words,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(guard.length > 0 ? { guard } : {}),
    ...shownOf({ path, label: words, before, after, guard }),
  };
}
