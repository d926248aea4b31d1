/**
 * What people see of a changed field: secrets masked, an object or a list as its leaves that differ, a text as its lines.
 * The values themselves are compared and masked only where they are written down; where masking cannot be certain, the
 * line says that something changes and not what.
 */
import type { Json } from '../../../domain/json.ts';
import { hidesBelow, hidesWhole, maskArguments, maskDocument } from '../../../domain/mask-document.ts';
import { looksSecret } from '../../../domain/masking.ts';
import type { FieldChange, ShownChange } from '../../../domain/plan.ts';
import { isList, isRecord, pointerKeys, sameJson, textAt, tryParse } from '../live.ts';

const linesMax = 40;
const textMax = 300;
const textLinesMax = 10;

type Values = {
  readonly path: string;
  readonly label: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  /** The names beside the path: an entry's value is known by its name. */
  readonly guard?: FieldChange['guard'];
};

/** `masked` or `shown` for a field change; neither when its values may be seen as they are. */
export function shownOf({ path, label, before, after, guard }: Values): Pick<FieldChange, 'masked' | 'shown'> {
  const keys = pointerKeys(path);
  const name = nameAt(path, keys, guard);
  if (isNote(name)) return { shown: [noteLine(label, before, after)] };
  const given = [before, after].filter((value) => value !== undefined);
  const isHidden = keys.slice(0, -1).some(hidesBelow) || keys[0] === 'binaryData';
  if (given.some((value) => typeof value === 'object' && value !== null)) {
    return { shown: leafLines(label, before, after, { name, isHidden }) };
  }
  if (given.some((value) => isSecret({ value, name, isHidden }))) return { masked: true };
  const texts = given.filter((value) => typeof value === 'string');
  if (texts.some((text) => looksSecret(name, text))) return { masked: true };
  if (!texts.some((text) => text.includes('\n') || text.length > textMax)) {
    return texts.some((text) => hidesWhole(name, text)) ? { masked: true } : {};
  }
  const parsed = [before, after].map((value) => (typeof value === 'string' ? tryParse(value) : undefined));
  if (parsed.every((value, side) => isRecord(value) || isList(value) || [before, after][side] === undefined)) {
    return { shown: leafLines(label, parsed[0], parsed[1], { name, isHidden: false }) };
  }
  return { shown: textLines(label, before, after) };
}

/** kubectl's note holds the whole object of the last apply, whoever wrote it. */
const isNote = (name: string): boolean => name.endsWith('last-applied-configuration');
const noteLine = (label: string, before: Json | undefined, after: Json | undefined): ShownChange => ({
  label,
  ...(before === undefined ? {} : { before: 'as it is' }),
  ...(after === undefined ? {} : { after: 'noted' }),
});

function nameAt(path: string, keys: readonly string[], guard: FieldChange['guard']): string {
  const name = keys.at(-1) ?? '';
  if (name !== 'value') return name;
  const beside = guard?.find((one) => one.path === `${path.slice(0, -'value'.length)}name`)?.value;
  return typeof beside === 'string' ? beside : name;
}

/** `told`: what is shown of it, if it is shown. */
type Leaf = {
  readonly value: Json | undefined;
  readonly told?: string;
  readonly name: string;
  readonly isHidden: boolean;
};
type Around = { readonly name: string; readonly isHidden: boolean };

/** Whether its name, or one above it, says that it is one. What is no text or number is none. */
function isSecret({ value, name, isHidden }: Leaf): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  return isHidden ? value !== '' : typeof value === 'number' ? hidesWhole(name, String(value)) : false;
}

function hides(leaf: Leaf | undefined): boolean {
  if (leaf === undefined) return false;
  if (isSecret(leaf)) return true;
  const text = leaf.told ?? leaf.value;
  return typeof text === 'string' && hidesWhole(leaf.name, text);
}

/** Lines of a value that comes whole: a manifest. */
export const linesOf = (label: string, value: Json): readonly ShownChange[] =>
  leafLines(label, undefined, value, { name: '', isHidden: false });

function leafLines(
  label: string,
  before: Json | undefined,
  after: Json | undefined,
  around: Around,
): readonly ShownChange[] {
  const [old, next] = [leavesOf(before, around), leavesOf(after, around)];
  const lines = [...new Set([...old.keys(), ...next.keys()])].flatMap((key): ShownChange[] => {
    const [was, is] = [old.get(key), next.get(key)];
    if (was !== undefined && is !== undefined && sameJson(was.value, is.value)) return [];
    const line = label === '' ? key.replace(/^\./, '') : `${label}${key}`;
    if (isNote(was?.name ?? is?.name ?? '')) return [noteLine(line, was?.value, is?.value)];
    const masked = hides(was) || hides(is);
    if (!masked && was?.told !== undefined && was.told === is?.told) {
      return [{ label: line, before: 'as it is', after: 'changed where it is masked' }];
    }
    return [
      {
        label: line,
        ...(was === undefined ? {} : { before: brief(was) }),
        ...(is === undefined ? {} : { after: brief(is) }),
        ...(masked ? { masked: true as const } : {}),
      },
    ];
  });
  const shown = lines.slice(0, linesMax);
  if (lines.length > linesMax) shown.push({ label: `${lines.length - linesMax} more fields`, after: 'changed' });
  return shown.length > 0 ? shown : [{ label, before: 'as it is', after: 'in another order' }];
}

function brief({ value, told }: Leaf): Json {
  const shown = told ?? value ?? null;
  return typeof shown === 'string' && shown.length > textMax ? `${shown.slice(0, textMax)}…` : shown;
}

function leavesOf(value: Json | undefined, around: Around): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (here: Json, key: string, { name, isHidden }: Around): void => {
    if (isRecord(here)) {
      if (Object.keys(here).length === 0) leaves.set(key, { value: '{}', name, isHidden: false });
      // An entry `{ name, value }` is known by its name.
      const entry = textAt(here, 'name') ?? textAt(here, 'key');
      const below = isHidden || hidesBelow(name) || name === 'binaryData';
      for (const [field, inner] of Object.entries(here)) {
        visit(inner, `${key}.${field}`, {
          name: field === 'value' && entry !== undefined ? entry : field,
          isHidden: below,
        });
      }
    } else if (isList(here)) {
      const words = here.filter((word) => typeof word === 'string');
      if (words.length === here.length) {
        const text = maskArguments(words).map((word) => JSON.stringify(word));
        leaves.set(key, { value: here, told: `[${text.join(', ')}]`, name, isHidden });
      } else {
        here.forEach((element, index) =>
          visit(element, `${key}[${textAt(element, 'name') ?? String(index)}]`, { name, isHidden }),
        );
      }
    } else leaves.set(key, { value: here, name, isHidden });
  };
  if (value !== undefined) visit(value, '', around);
  return leaves;
}

/** The lines between the common beginning and the common end of two texts, each masked as a whole before it is cut. */
function textLines(label: string, before: Json | undefined, after: Json | undefined): readonly ShownChange[] {
  const [was, is] = [before, after].map((value) => (typeof value === 'string' ? value : undefined));
  const [old, next] = [linesIn(was), linesIn(is)];
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < next.length - head && old.at(-1 - tail) === next.at(-1 - tail)) tail++;
  const part = (lines: readonly string[]): string => {
    const changed = lines.slice(head, lines.length - tail);
    const told = changed
      .slice(0, textLinesMax)
      .map((line) => line.slice(0, textMax))
      .join('\n');
    return changed.length > textLinesMax ? `${told}\n… ${changed.length - textLinesMax} more lines` : told;
  };
  const seen = {
    label: was === undefined || is === undefined ? label : `${label}, line ${head + 1}`,
    ...(was === undefined ? {} : { before: part(old) }),
    ...(is === undefined ? {} : { after: part(next) }),
  };
  const unseen = { label, before: 'as it is', after: 'changed where it is masked' };
  const isSeen = head < old.length || head < next.length;
  const isUnseen = was !== undefined && is !== undefined && !sameJson(unseenIn(was, old), unseenIn(is, next));
  return [...(isSeen ? [seen] : []), ...(isUnseen || !isSeen ? [unseen] : [])];
}

const linesIn = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : maskDocument(text).split('\n');

/** The lines of which something is masked. */
function unseenIn(text: string, told: readonly string[]): readonly string[] {
  const seen = new Set(told);
  return text.split('\n').filter((line) => !seen.has(line));
}
