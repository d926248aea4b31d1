/** `get -o yaml|json|name|jsonpath|custom-columns`: whole objects, with what looks secret hidden. */
import type { GetOutput } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import { maskJson } from '../../../domain/masking.ts';
import type { Kind } from '../discovery.ts';
import { isRecord, textAt } from '../live.ts';
import { printJson } from './json.ts';
import { findValues, printJsonPath } from './jsonpath.ts';
import { sortRows } from './sort.ts';
import { goValue } from './table.ts';
import { alignTabs, tableStops } from './tabwriter.ts';
import { printYaml } from './yaml.ts';

export type Found = { readonly kind: Kind; readonly object: Json };

type Options = {
  readonly output: GetOutput;
  /** One object by name: printed as itself, not as a list. */
  readonly single: boolean;
  readonly sortBy: string | undefined;
  readonly headers: boolean;
};

type Text = { readonly out: string } | { readonly problem: string; readonly out?: string };

export function printObjects(found: readonly Found[], { output, single, sortBy, headers }: Options): Text {
  let sortedFound = found;
  if (sortBy !== undefined && !single) {
    const sorted = sortRows(found, sortBy, ({ object }) => object);
    if ('problem' in sorted) return sorted;
    sortedFound = sorted.rows;
  }
  const objects = sortedFound.map(({ object }) => maskJson(object));
  const whole: Json = single ? (objects[0] ?? null) : asList(objects);
  switch (output.format) {
    case 'yaml':
      return { out: printYaml(single ? withoutManagedFields(whole) : asList(objects.map(withoutManagedFields))) };
    case 'json':
      return { out: printJson(single ? withoutManagedFields(whole) : asList(objects.map(withoutManagedFields))) };
    case 'name':
      return {
        out: sortedFound
          .map(({ kind, object }) => `${nameOf(kind)}/${textAt(object, 'metadata', 'name') ?? ''}\n`)
          .join(''),
      };
    case 'jsonpath':
      return printJsonPath(output.expression, whole);
    case 'custom-columns':
      return printColumns(output.expression, objects, headers);
    case 'table':
    case 'wide':
      return { problem: 'a table is printed by the server' };
    default:
      return output satisfies never;
  }
}

const asList = (items: readonly Json[]): Json => ({
  apiVersion: 'v1',
  items,
  kind: 'List',
  metadata: { resourceVersion: '' },
});

const nameOf = (kind: Kind): string => (kind.group === '' ? kind.singular : `${kind.singular}.${kind.group}`);

function withoutManagedFields(object: Json): Json {
  if (!isRecord(object) || !isRecord(object['metadata'])) return object;
  const { managedFields: _, ...metadata } = object['metadata'];
  return { ...object, metadata };
}

/** `NAME:.metadata.name,IMAGE:.spec.containers[*].image` */
function printColumns(spec: string, objects: readonly Json[], headers: boolean): Text {
  const columns: { name: string; path: string }[] = [];
  for (const part of splitColumns(spec)) {
    const colon = part.indexOf(':');
    if (colon < 0) {
      return { problem: `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>` };
    }
    columns.push({ name: part.slice(0, colon), path: part.slice(colon + 1) });
  }
  const lines = headers ? [columns.map(({ name }) => name).join('\t')] : [];
  for (const object of objects) {
    const cells: string[] = [];
    for (const { path } of columns) {
      const values = findValues(path, object);
      if ('problem' in values) return values;
      cells.push(values.length === 0 ? '<none>' : values.map(goValue).join(','));
    }
    lines.push(cells.join('\t'));
  }
  return { out: lines.length === 0 ? '' : alignTabs(`${lines.join('\n')}\n`, tableStops) };
}

/** At the commas that are outside brackets. */
function splitColumns(spec: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const char of spec) {
    if (char === '[' || char === '(') depth++;
    else if (char === ']' || char === ')') depth--;
    if (char === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
