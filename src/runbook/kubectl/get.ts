/** `kubectl get`. Source of the rules: kubectl's resource builder and `kubectl get --help`, 1.34. */
import type { GetAction, GetOutput, ResourceKind, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
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
  'ignore-not-found': { takes: 'nothing' },
  watch: { short: 'w', takes: 'nothing' },
} satisfies FlagTable;

/** An action and whether the author's endless form became one bounded read. */
export type Compiled<A> = { readonly action: A; readonly bounded?: true };

export function compileGet(words: readonly Template[]): Compiled<GetAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'get');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;

  const objects = objectsOf(parsed.words);
  if ('refused' in objects) return objects;
  const output = outputOf(values.get('output'));
  if ('refused' in output) return output;
  const sortBy = values.get('sort-by');
  if (sortBy !== undefined && (typeof sortBy !== 'string' || sortBy === '')) {
    return refuse('unresolved-substitution', `The field of --sort-by is left open; it has to be written out.`);
  }
  const selector = values.get('selector');
  const fieldSelector = values.get('field-selector');
  const everywhere = switches.has('all-namespaces');
  const named = objects.some((object) => object.name !== undefined);
  if (named && (selector !== undefined || fieldSelector !== undefined)) {
    return refuse('malformed', 'kubectl takes either names or a selector, not both.');
  }
  if (named && everywhere) return refuse('malformed', 'kubectl does not get an object by name from all namespaces.');

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
      ...(sortBy !== undefined && { sortBy }),
      ...(switches.has('no-headers') && { noHeaders: true as const }),
      ...(switches.has('show-labels') && { showLabels: true as const }),
      ...(switches.has('ignore-not-found') && { ignoreNotFound: true as const }),
    },
    ...(bounded && { bounded }),
  };
}

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
    const kind = kindOf(word);
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

function outputOf(word: Template | undefined): GetOutput | Refusal {
  if (word === undefined) return { format: 'table' };
  if (typeof word !== 'string') {
    return refuse('unresolved-substitution', `The output format ${quoted(textOf(word))} is left open in part.`);
  }
  switch (word) {
    case 'wide':
    case 'yaml':
    case 'json':
    case 'name':
      return { format: word };
    default:
  }
  const [, format, expression] = /^(jsonpath|custom-columns)=(.*)$/s.exec(word) ?? [];
  if ((format === 'jsonpath' || format === 'custom-columns') && expression) return { format, expression };
  return refuse('not-supported-yet', `The output format ${quoted(`-o ${word}`)} is not compiled.`);
}
