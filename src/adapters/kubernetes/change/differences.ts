/** What the server stored that the plan did not say: a mutating webhook, or somebody right after us. */
import type { Json } from '../../../domain/json.ts';
import { hidesWhole } from '../../../domain/mask-document.ts';
import { maskText } from '../../../domain/masking.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { atPointer, isRecord, listAt, sameJson, textAt } from '../live.ts';
import { shownOf } from './shown-values.ts';
import { templateDiff } from './template-diff.ts';

export function differencesOf(plan: { readonly changes: readonly FieldChange[] }, stored: Json): readonly string[] {
  return plan.changes.flatMap((change) => {
    const found = fieldOf(change, stored);
    if (sameJson(found, change.after) || sameJson(found, withoutEmpty(change.after))) return [];
    if (change.shown !== undefined) {
      const places = Array.isArray(change.after)
        ? entriesDiff(change.after, found)
        : templateDiff(change.after ?? null, found ?? null).map(({ label }) => label);
      return places.length === 0
        ? []
        : [`${change.label} differs from the plan in: ${places.slice(0, 10).join(', ')}.`];
    }
    return [`${change.label} is ${shown(change, found)}, not ${shown(change, change.after)} as planned.`];
  });
}

/** A list that is changed as a whole, by its entries' names or places; never their values. */
function entriesDiff(planned: readonly Json[], found: Json | undefined): readonly string[] {
  const stored = Array.isArray(found) ? found : [];
  const keyOf = (entry: Json, index: number): string => textAt(entry, 'name') ?? `entry ${index + 1}`;
  const [wanted, there] = [planned, stored].map((list) => new Map(list.map((one, at) => [keyOf(one, at), one])));
  const keys = new Set([...(wanted?.keys() ?? []), ...(there?.keys() ?? [])]);
  const places = [...keys].filter((key) => !holds(there?.get(key), wanted?.get(key)));
  if (places.length > 0) return places.map((key) => key.slice(0, 100));
  const same =
    stored.length === planned.length && stored.every((one, at) => keyOf(one, at) === keyOf(planned[at] ?? null, at));
  return same ? [] : ['the order of its entries'];
}

/** Whether all that was planned is stored: servers add defaults to an entry (`protocol: TCP`). */
function holds(stored: Json | undefined, planned: Json | undefined): boolean {
  if (stored === undefined || planned === undefined) return false;
  if (isRecord(planned)) {
    return Object.entries(planned).every(([key, value]) =>
      isRecord(stored) ? value === (stored[key] ?? '') || holds(stored[key], value) : false,
    );
  }
  if (Array.isArray(planned)) {
    return (
      Array.isArray(stored) && stored.length === planned.length && planned.every((one, at) => holds(stored[at], one))
    );
  }
  return sameJson(stored, planned);
}

const envPath = /^(\/spec\/template\/spec\/(?:containers|initContainers)\/\d+)\/env\/\d+$/;

/** Env entries are found by name: removing one moves the others. */
function fieldOf(change: FieldChange, stored: Json): Json | undefined {
  const container = envPath.exec(change.path)?.[1];
  if (container === undefined) return atPointer(stored, change.path);
  const name = textAt(change.after ?? change.before, 'name');
  return listAt(atPointer(stored, container), 'env').find((entry) => textAt(entry, 'name') === name);
}

const withoutEmpty = (after: Json | undefined): Json | undefined =>
  isRecord(after) && after['value'] === '' ? { name: after['name'] ?? '' } : after;

function shown(change: FieldChange, value: Json | undefined): string {
  if (value === undefined) return 'absent';
  const text = isRecord(value)
    ? (textAt(value, 'value') ?? (value['valueFrom'] === undefined ? '' : 'a reference'))
    : value;
  const { path, label, guard } = change;
  const seen = isRecord(value)
    ? { masked: typeof text === 'string' && hidesWhole(textAt(value, 'name') ?? '', text) }
    : shownOf({ path, label, before: undefined, after: value, ...(guard === undefined ? {} : { guard }) });
  const hidden = change.masked === true || seen.masked === true || ('shown' in seen && seen.shown !== undefined);
  return hidden ? '(masked)' : maskText(JSON.stringify(text)).slice(0, 100);
}
