/** `kubectl get`. Source of the rules: kubectl's resource builder and `kubectl get --help`, 1.34. */
import type { AboutAction, GetAction } from '../../domain/read-action.ts';
import type { ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { fileFlags, fromFiles } from './files.ts';
import { type FlagTable, parseFlags, type ParsedFlags, textOf } from './flags.ts';
import { goTemplates, outputOf } from './output.ts';
import { compileRaw } from './raw.ts';
import { kindOf, referencesIn } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
  'field-selector': { takes: 'value' },
  output: { short: 'o', takes: 'value' },
  'sort-by': { takes: 'value' },
  'no-headers': { takes: 'nothing' },
  'show-labels': { takes: 'nothing' },
  'label-columns': { short: 'L', takes: 'list' },
  'show-kind': { takes: 'nothing' },
  'show-managed-fields': { takes: 'nothing' },
  subresource: { takes: 'value' },
  'ignore-not-found': { takes: 'nothing' },
  watch: { short: 'w', takes: 'nothing' },
  'watch-only': { takes: 'nothing' },
  // How the list comes over the wire: the same list.
  'chunk-size': { takes: 'value' },
  raw: { takes: 'value' },
  template: { takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;

/**
 * An action; whether the author's endless form became one bounded read; and what the label says besides, as the rest of
 * a sentence.
 */
export type Compiled<A> = { readonly action: A; readonly bounded?: true; readonly note?: string };

const subresources = ['status', 'scale', 'resize'] as const;

export function compileGet(
  words: readonly Template[],
): Compiled<GetAction<Template> | AboutAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'get');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  if (values.has('raw')) return compileRaw(parsed);
  const files = fromFiles(parsed, 'get');
  if (files) return files;
  if (switches.has('watch-only')) {
    return refuse('endless', '`--watch-only` shows only what changes from now on, and one look finds nothing.');
  }

  const objects = objectsOf(parsed.words);
  if ('refused' in objects) return objects;
  if (values.has('template')) {
    return textOf(values.get('output') ?? '').startsWith('jsonpath')
      ? refuse('unknown-flag', 'Write the expression of `--template` behind `-o jsonpath=` instead.')
      : goTemplates;
  }
  const output = outputOf(values.get('output'));
  if ('refused' in output) return output;
  const sortBy = values.get('sort-by');
  if (sortBy !== undefined && (typeof sortBy !== 'string' || sortBy === '')) {
    return refuse('unresolved-substitution', `The field of --sort-by is left open; it has to be written out.`);
  }
  const columns = labelColumns(values.get('label-columns'));
  if (columns && 'refused' in columns) return columns;
  const part = values.get('subresource');
  const subresource = subresources.find((each) => each === part);
  if (part !== undefined && subresource === undefined) {
    return refuse('malformed', '--subresource takes status, scale or resize.');
  }
  const selector = values.get('selector');
  const fieldSelector = values.get('field-selector');
  const everywhere = switches.has('all-namespaces');
  const named = objects.some((object) => object.name !== undefined);
  if (named && (selector !== undefined || fieldSelector !== undefined)) {
    return refuse('malformed', 'kubectl takes either names or a selector, not both.');
  }
  if (named && everywhere) return refuse('malformed', 'kubectl does not get an object by name from all namespaces.');
  if (subresource !== undefined && !named) {
    return refuse('malformed', '--subresource is of objects by name, not of a list.');
  }
  if (switches.has('watch') && objects.length > 1)
    return refuse('malformed', 'kubectl watches one kind or object only.');
  const eachAlone = /^(?:yaml|json)/.test(output.format);
  if (switches.has('watch') && eachAlone) {
    return refuse('endless', '`-w` prints each change as an object of its own; take away `-w` for one look.');
  }

  const namespace = values.get('namespace');
  const bounded = switches.has('watch');
  return {
    action: {
      type: 'get',
      // kubectl: --all-namespaces wins over --namespace.
      ...(namespace !== undefined && !everywhere && { namespace }),
      objects,
      ...(everywhere && { allNamespaces: true as const }),
      ...(selector !== undefined && { selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      output,
      // kubectl: a watch is not sorted.
      ...(sortBy !== undefined && !switches.has('watch') && { sortBy }),
      ...tableParts(parsed),
      ...(columns && { labelColumns: columns }),
      ...(subresource !== undefined && { subresource }),
      ...(switches.has('ignore-not-found') && { ignoreNotFound: true as const }),
    },
    ...(bounded && { bounded }),
  };
}

const tableParts = ({ switches }: ParsedFlags): Partial<GetAction<Template>> => ({
  ...(switches.has('no-headers') && { noHeaders: true as const }),
  ...(switches.has('show-labels') && { showLabels: true as const }),
  ...(switches.has('show-kind') && { showKind: true as const }),
  ...(switches.has('show-managed-fields') && { showManagedFields: true as const }),
});

function labelColumns(word: Template | undefined): readonly string[] | Refusal | undefined {
  if (word === undefined) return undefined;
  if (typeof word !== 'string') {
    return refuse('unresolved-substitution', 'The labels of -L are left open; they have to be written out.');
  }
  const keys = word.split(',');
  return keys.every((key) => /^[A-Za-z0-9][\w./-]{0,316}$/.test(key))
    ? keys
    : refuse('malformed', `${quoted(word)} is not a list of label keys.`);
}

/** What `all` stands for is settled when it runs. */
const all = /^all$/;

function objectsOf(words: readonly Template[]): (ResourceKind & { readonly name?: Template })[] | Refusal {
  const [first, ...names] = words;
  if (first === undefined) return refuse('malformed', '`kubectl get` needs a kind of object such as pods.');
  const references = referencesIn(words);
  if ('refused' in references) return references;
  if (references.length > 0) {
    return references.length === words.length
      ? references
      : refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
  }
  if (typeof first !== 'string') {
    return refuse('unresolved-substitution', `The kind of object is left open in ${quoted(textOf(first))}.`);
  }
  const kinds: ResourceKind[] = [];
  // Secrets are found wherever they stand in the list, before anything else is said about it.
  for (const word of first.split(',')) {
    const kind = all.test(word) && names.length === 0 ? { resource: 'all' } : kindOf(word);
    if ('refused' in kind) {
      const secret = first
        .split(',')
        .map(kindOf)
        .find((each) => 'refused' in each && each.refused.code === 'reads-secret');
      return secret && 'refused' in secret ? secret : kind;
    }
    kinds.push(kind);
  }
  if (names.length === 0) return kinds;
  // kubectl asks for every name of the first kind, then of the next (seen with 1.34).
  return kinds.flatMap((kind) => names.map((name) => ({ ...kind, name })));
}
