/** `kubectl describe` (1.34) of a kind without a form of its own: every field with a title made of its name. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskJson } from '../../../domain/masking.ts';
import { isList, isRecord, textAt, textsAt } from '../live.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';
import { goValue } from './table.ts';

/** Shown above, or by nobody. */
const skipped = new Set(
  ['managedFields', 'name', 'namespace', 'labels', 'annotations'].map((key) => `.metadata.${key}`),
);

export function describeGeneric(object: Json, events: Events, now: number): Description {
  const body = [
    `Name:\t${textAt(object, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(object, 'metadata', 'namespace') ?? ''}`,
    ...labelLines('Labels', textsAt(object, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(object, 'metadata', 'annotations')),
    ...fieldLines(maskJson(object), { indent: '', path: '' }),
  ];
  return describedText(body, events, now);
}

function fieldLines(value: Json, { indent, path }: { indent: string; path: string }): string[] {
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .sort()
    .flatMap((field) => {
      const inner = value[field] ?? null;
      const here = `${path}.${field}`;
      if (skipped.has(here)) return [];
      const title = `${indent}${titleOf(field)}:`;
      const below = { indent: `${indent}  `, path: here };
      if (isRecord(inner)) return [title, ...fieldLines(inner, below)];
      if (!isList(inner)) return [`${title}\t${goValue(inner)}`];
      return [
        title,
        ...inner.flatMap((item) => (isRecord(item) ? fieldLines(item, below) : [`${below.indent}${goValue(item)}`])),
      ];
    });
}

const acronyms = new Set(['API', 'URL', 'UID', 'OSB', 'GUID']);

/** `creationTimestamp` is `Creation Timestamp`, `apiVersion` is `API Version`; a name with digits stays as it is. */
function titleOf(field: string): string {
  if (!/^[\p{L}-]*$/u.test(field)) return field;
  const words = field.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|-+|\p{L}+/gu) ?? [];
  return words
    .map((word) =>
      acronyms.has(word.toUpperCase()) ? word.toUpperCase() : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(' ');
}
