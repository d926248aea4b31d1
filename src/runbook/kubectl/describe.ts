/** `kubectl describe` of the kinds whose text is printed here. */
import type { DescribeAction } from '../../domain/read-action.ts';
import type { ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { fileFlags, fromFiles } from './files.ts';
import { kindOf, referencesIn } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
  'show-events': { takes: 'nothing' },
  // How the list comes over the wire: the same list.
  'chunk-size': { takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;

export function compileDescribe(words: readonly Template[]): Compiled<DescribeAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'describe');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const files = fromFiles(parsed, 'describe');
  if (files) return files;
  const wanted = objectsOf(parsed.words);
  if ('refused' in wanted) return wanted;
  const { kind, names, exact, also } = wanted;
  const selector = values.get('selector');
  const everywhere = switches.has('all-namespaces');
  const named = names.length > 0;
  if (named && selector !== undefined) {
    return refuse('malformed', 'kubectl takes either names or a selector, not both.');
  }
  if (named && everywhere) {
    return refuse('malformed', 'kubectl does not describe an object by name in all namespaces.');
  }
  const namespace = values.get('namespace');
  return {
    action: {
      type: 'describe',
      ...(namespace !== undefined && !everywhere && { namespace }),
      kind,
      names,
      ...(selector !== undefined && { selector }),
      ...(everywhere && { allNamespaces: true as const }),
      ...(exact && { exact }),
      ...(also && { also }),
      ...(parsed.off.has('show-events') && { withoutEvents: true as const }),
    },
  };
}

type Wanted = Pick<DescribeAction<Template>, 'kind' | 'names' | 'exact' | 'also'>;

function objectsOf(words: readonly Template[]): Wanted | Refusal {
  const [first, ...rest] = words;
  if (first === undefined) return refuse('malformed', '`kubectl describe` needs a kind of object such as pod.');
  const references = referencesIn(words);
  if ('refused' in references) return references;
  const [reference, ...others] = references;
  if (reference === undefined) return kindsOf(first, rest);
  if (references.length < words.length) {
    return refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
  }
  const { name, ...kind } = reference;
  if (others.every((each) => each.resource === kind.resource && each.group === kind.group)) {
    return { kind, names: references.map((each) => each.name), exact: true };
  }
  return { kind, names: [name], exact: true, also: others };
}

/** `pod a b`, `deploy,svc`, `deploy,svc web`. */
function kindsOf(first: Template, names: readonly Template[]): Wanted | Refusal {
  if (typeof first !== 'string') {
    return refuse('unresolved-substitution', `The kind of object is left open in ${quoted(textOf(first))}.`);
  }
  const kinds: ResourceKind[] = [];
  let trouble: Refusal | undefined;
  for (const word of first.split(',')) {
    const kind = kindOf(word);
    if (!('refused' in kind)) kinds.push(kind);
    else if (!trouble || kind.refused.code === 'reads-secret') trouble = kind;
  }
  if (trouble) return trouble;
  const [kind, ...more] = kinds;
  if (kind === undefined) return refuse('malformed', '`kubectl describe` needs a kind of object such as pod.');
  if (more.length === 0) return { kind, names };
  // kubectl asks for every name of the first kind, then of the next.
  const also = names.length === 0 ? more : more.flatMap((each) => names.map((name) => ({ ...each, name })));
  return { kind, names, also };
}
