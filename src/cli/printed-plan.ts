/** A plan as `--json` prints it: for eyes and logs. With a hidden value it cannot be hashed again from this. */
import type { Json } from '../domain/json.ts';
import { hidesBelow, hidesWhole } from '../domain/mask-document.ts';
import { masked as mask, maskJson } from '../domain/masking.ts';
import type { FieldChange, ShownChange } from '../domain/plan.ts';
import type { OperatorPlan } from '../flow/operate.ts';

type Record_ = { readonly [key: string]: Json };
const isRecord = (value: Json | undefined): value is Record_ =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export function printedPlan(found: OperatorPlan): Json {
  const changes = found.changes.map(hidden);
  const parts = found.parts?.map((part) => ({ ...part, changes: part.changes.map(hidden) }));
  // A plan is sealed as RFC 8785 JSON, so it is JSON.
  return maskJson(withoutValues(JSON.parse(JSON.stringify({ ...found, changes, parts })) as Json));
}

const masked = <T extends ShownChange>({ before, after, ...change }: T) => ({
  ...change,
  ...(before === undefined ? {} : { before: change.masked ? mask : before }),
  ...(after === undefined ? {} : { after: change.masked ? mask : after }),
});

function hidden(change: FieldChange) {
  if (change.shown === undefined) return masked(change);
  // A whole template holds values that nobody asked for.
  const { before: _, after: __, shown: lines, ...rest } = change;
  return { ...rest, shown: lines.map(masked) };
}

/** Actions, wherever they stand: a patch without its values, a manifest without its secrets. */
function withoutValues(value: Json): Json {
  if (isList(value)) return value.map(withoutValues);
  if (!isRecord(value)) return value;
  const { type, patch, manifest, field, value: given } = value;
  if (type === 'patch' && typeof patch === 'string') return { ...value, patch: printedPatch(patch) };
  if ((type === 'apply' || type === 'create') && manifest !== undefined) {
    return { ...value, manifest: withoutSecrets(manifest, { name: '', isHidden: false }) };
  }
  if (type === 'set-field' && typeof field === 'string' && typeof given === 'string') {
    const secret = field.split('.').some(hidesBelow) || hidesWhole(field, given);
    return secret ? { ...value, value: mask } : value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutValues(inner)]));
}

function printedPatch(patch: string): string {
  try {
    // JSON.parse gives exactly the values of Json.
    return JSON.stringify(emptied(JSON.parse(patch) as Json));
  } catch {
    return mask;
  }
}

/** What says where a patch reaches, and never what it writes there. */
const kept = new Set(['op', 'path', 'from', 'name', '$patch']);

function emptied(value: Json, key = ''): Json {
  if (isList(value)) return value.map((inner) => emptied(inner));
  if (isRecord(value)) {
    const isOperation = typeof value['op'] === 'string';
    return Object.fromEntries(
      Object.entries(value).map(([field, inner]) => [
        field,
        isOperation && field === 'value' ? mask : emptied(inner, field),
      ]),
    );
  }
  return value === null || kept.has(key) ? value : mask;
}

function withoutSecrets(value: Json, { name, isHidden }: { name: string; isHidden: boolean }): Json {
  if (typeof value === 'string') return isHidden || hidesWhole(name, value) ? mask : value;
  if (isList(value)) return value.map((inner) => withoutSecrets(inner, { name, isHidden }));
  if (!isRecord(value)) return isHidden && value !== null ? mask : value;
  const entry = value['name'] ?? value['key'];
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      const own = field === 'value' && typeof entry === 'string' ? entry : field;
      const below = isHidden || (name !== '' && hidesBelow(name)) || name === 'binaryData';
      return [field, withoutSecrets(inner, { name: own, isHidden: below })];
    }),
  );
}
