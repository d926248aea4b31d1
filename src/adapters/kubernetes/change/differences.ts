/** What the server stored that the plan did not say: a mutating webhook, or somebody right after us. */
import type { Json } from '../../../domain/json.ts';
import { looksSecret, maskText } from '../../../domain/masking.ts';
import type { FieldChange } from '../../../domain/plan.ts';
import { atPointer, isRecord, listAt, sameJson, textAt } from '../live.ts';
import { templateDiff } from './template-diff.ts';

export function differencesOf(plan: { readonly changes: readonly FieldChange[] }, stored: Json): readonly string[] {
  return plan.changes.flatMap((change) => {
    const found = fieldOf(change, stored);
    if (sameJson(found, change.after) || sameJson(found, withoutEmpty(change.after))) return [];
    if (change.shown !== undefined) {
      const places = templateDiff(change.after ?? null, found ?? null).map(({ label }) => label);
      return places.length === 0
        ? []
        : [`${change.label} differs from the plan in: ${places.slice(0, 10).join(', ')}.`];
    }
    return [`${change.label} is ${shown(change, found)}, not ${shown(change, change.after)} as planned.`];
  });
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
  const hidden = change.masked === true || (typeof text === 'string' && looksSecret(textAt(value, 'name') ?? '', text));
  return hidden ? '(masked)' : maskText(JSON.stringify(text)).slice(0, 100);
}
