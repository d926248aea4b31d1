/**
 * What people are shown of two pod templates: images, environment (secrets masked), resources, commands, and whether
 * anything else differs. Never the whole object, which holds values that nobody asked for.
 *
 * The values themselves are compared, and masked only where they are written down: whatever differs has a line, even
 * when it looks the same on it.
 */
import type { Json } from '../../../domain/json.ts';
import { hidesWhole, maskArguments } from '../../../domain/mask-document.ts';
import type { ShownChange } from '../../../domain/plan.ts';
import { at, isRecord, listAt, sameJson, textAt } from '../live.ts';

/** `field`: what of a template is different. `other` is what no class of DESIGN calls safe. */
export type Difference = {
  readonly field: 'image' | 'env' | 'resources' | 'restart' | 'other';
  readonly shown: ShownChange;
};

export const containerGroups = ['initContainers', 'containers'] as const;
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const shownFields = new Set<string>(['name', 'image', 'env', 'resources', 'command', 'args', ...probes]);

export const templateDiff = (before: Json, after: Json): readonly ShownChange[] =>
  differencesIn(before, after).map(({ shown }) => shown);

export function differencesIn(before: Json, after: Json): readonly Difference[] {
  const found = containerGroups.flatMap((group) => {
    const old = listAt(before, 'spec', group);
    const next = listAt(after, 'spec', group);
    return [
      ...namesOf([...old, ...next]).flatMap((name) => containerDiff(name, named(old, name), named(next, name))),
      ...order(`order of ${group === 'containers' ? 'containers' : 'init containers'}`, 'other', old, next),
    ];
  });
  if (!sameJson(bare(before), bare(after))) found.push(other('other fields of the pod template'));
  if (!sameJson(restartedAt(before), restartedAt(after))) {
    found.push({ field: 'restart', shown: changed('time of the last restart') });
  }
  const unseen = found.length === 0 && !sameJson(comparable(before), comparable(after));
  return unseen ? [other('other fields of the pod template')] : found;
}

export const namesOf = (entries: readonly Json[]): readonly string[] => [
  ...new Set(entries.map((one) => textAt(one, 'name') ?? '')),
];
export const named = (entries: readonly Json[], name: string): Json | undefined =>
  entries.find((one) => textAt(one, 'name') === name);

const changed = (label: string): ShownChange => ({ label, before: 'as it is', after: 'changed' });
const other = (label: string): Difference => ({ field: 'other', shown: changed(label) });

function line(
  field: Difference['field'],
  label: string,
  { before, after, masked = false }: { before: Json | undefined; after: Json | undefined; masked?: boolean },
): Difference[] {
  if (sameJson(before, after)) return [];
  const shown = {
    label,
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(masked ? { masked: true as const } : {}),
  };
  return [{ field, shown }];
}

/** Entries that both sides have, in another order. */
function order(
  label: string,
  field: Difference['field'],
  old: readonly Json[],
  next: readonly Json[],
): readonly Difference[] {
  const [was, is] = [namesOf(old), namesOf(next)];
  const kept = was.filter((name) => is.includes(name));
  const same = sameJson(
    kept,
    is.filter((name) => was.includes(name)),
  );
  return same ? [] : [{ field, shown: changed(label) }];
}

/** A container that comes or goes is shown in all its parts: it is one that runs, or did. */
function containerDiff(name: string, before: Json | undefined, after: Json | undefined): readonly Difference[] {
  const where = `(container ${name})`;
  const of = (field: string): { before: Json | undefined; after: Json | undefined } => ({
    before: at(before, field),
    after: at(after, field),
  });
  return [
    ...(before === undefined ? line('other', `container ${name}`, { before, after: 'added' }) : []),
    ...(after === undefined ? line('other', `container ${name}`, { before: 'there', after: 'removed' }) : []),
    ...line('image', `image ${where}`, of('image')),
    ...envDiff(where, listAt(before, 'env'), listAt(after, 'env')),
    ...line('resources', `resources ${where}`, of('resources')),
    ...wordsDiff(`command ${where}`, of('command')),
    ...wordsDiff(`args ${where}`, of('args')),
    ...probes
      .filter((probe) => !sameJson(at(before, probe), at(after, probe)))
      .map((probe) => other(`${probe} ${where}`)),
    ...(sameJson(rest(before), rest(after)) ? [] : [other(`other fields ${where}`)]),
  ];
}

function wordsDiff(
  label: string,
  { before, after }: { before: Json | undefined; after: Json | undefined },
): readonly Difference[] {
  if (sameJson(before, after)) return [];
  const [was, is] = [wordsText(before), wordsText(after)];
  return was === is ? [other(`${label}, where it is masked`)] : line('other', label, { before: was, after: is });
}

/** Words that hold a blank or a quote are quoted: `sh -c "a b"` is not `"sh -c" a b`. */
function wordsText(value: Json | undefined): string | undefined {
  const words = Array.isArray(value) ? value.filter((word) => typeof word === 'string') : [];
  if (words.length === 0) return undefined;
  return maskArguments(words)
    .map((word) => (/^[^\s"'\\]+$/.test(word) ? word : JSON.stringify(word)))
    .join(' ');
}

/** Of a name that stands there twice the last entry counts; a later entry may use an earlier one: `$(NAME)`. */
function envDiff(where: string, old: readonly Json[], next: readonly Json[]): readonly Difference[] {
  const entries = namesOf([...old, ...next]).flatMap((name): readonly Difference[] => {
    const of = (list: readonly Json[]): readonly Json[] => list.filter((one) => textAt(one, 'name') === name);
    const [was, is] = [of(old), of(next)];
    if (sameJson(was, is)) return [];
    const [before, after] = [was.at(-1), is.at(-1)];
    if (sameJson(before, after)) return [{ field: 'env', shown: changed(`env ${name} ${where}, earlier entries`) }];
    const masked = [before, after].some((entry) => entry !== undefined && hidesWhole(name, textAt(entry, 'value')));
    return line('env', `env ${name} ${where}`, { before, after, masked });
  });
  const found = [...entries, ...order(`order of env ${where}`, 'env', old, next)];
  return found.length > 0 || sameJson(old, next) ? found : [{ field: 'env', shown: changed(`env ${where}`) }];
}

function rest(container: Json | undefined): Json {
  if (!isRecord(container)) return container ?? {};
  return Object.fromEntries(Object.entries(container).filter(([key]) => !shownFields.has(key)));
}

const restartKey = 'kubectl.kubernetes.io/restartedAt';
const restartedAt = (template: Json): Json | undefined => at(template, 'metadata', 'annotations', restartKey);

/** The template without what has a line of its own. */
function bare(template: Json): Json {
  const { metadata, spec } = comparable(template);
  return {
    metadata: { ...metadata, annotations: without(metadata.annotations, [restartKey]) },
    spec: without(spec, containerGroups),
  };
}

/** Servers before 1.34 write `creationTimestamp: null`; no annotations and an empty map of them are the same. */
function comparable(template: Json) {
  const metadata = at(template, 'metadata');
  return {
    metadata: {
      ...without(metadata, ['annotations', 'creationTimestamp']),
      annotations: without(at(metadata, 'annotations'), []),
    },
    spec: without(at(template, 'spec'), []),
  };
}

const without = (value: Json | undefined, keys: readonly string[]): { readonly [key: string]: Json } =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) : {};
