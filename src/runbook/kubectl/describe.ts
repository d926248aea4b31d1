/** `kubectl describe` of the kinds whose text is printed here. */
import type { DescribeAction, ResourceKind, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { isOneOf, kindOf, referencesIn } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
} satisfies FlagTable;

const described = new Set([
  'pods',
  'nodes',
  'deployments',
  'statefulsets',
  'daemonsets',
  'services',
  'configmaps',
  'jobs',
  'horizontalpodautoscalers',
  'resourcequotas',
]);

export function compileDescribe(words: readonly Template[]): Compiled<DescribeAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'describe');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const wanted = objectsOf(parsed.words);
  if ('refused' in wanted) return wanted;
  const { kind, names, exact } = wanted;
  const selector = values.get('selector');
  const everywhere = switches.has('all-namespaces');
  if (names.length > 0 && selector !== undefined) {
    return refuse('malformed', 'kubectl takes either names or a selector, not both.');
  }
  if (names.length > 0 && everywhere) {
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
    },
  };
}

type Wanted = { readonly kind: ResourceKind; readonly names: readonly Template[]; readonly exact?: true };

function objectsOf(words: readonly Template[]): Wanted | Refusal {
  const [first, ...rest] = words;
  if (first === undefined) return refuse('malformed', '`kubectl describe` needs a kind of object such as pod.');
  const references = referencesIn(words);
  if ('refused' in references) return references;
  const [reference] = references;
  if (reference === undefined) {
    if (typeof first !== 'string') {
      return refuse('unresolved-substitution', `The kind of object is left open in ${quoted(textOf(first))}.`);
    }
    const kind = kindOf(first);
    if ('refused' in kind) return kind;
    return notDescribed(kind) ?? { kind, names: rest };
  }
  if (references.length < words.length) {
    return refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
  }
  const { name: _, ...kind } = reference;
  for (const each of references) {
    const refusal = notDescribed(each);
    if (refusal) return refusal;
    if (each.resource !== kind.resource) {
      return refuse(
        'not-supported-yet',
        '`kubectl describe` of several kinds at once is not compiled yet; one kind at a time.',
      );
    }
  }
  return { kind, names: references.map((each) => each.name), ...(references.length === 1 && { exact: true }) };
}

function notDescribed(kind: ResourceKind): Refusal | undefined {
  if (isOneOf(kind, described)) return undefined;
  const written = kind.group === undefined ? kind.resource : `${kind.resource}.${kind.group}`;
  return refuse(
    'not-supported-yet',
    `\`kubectl describe\` of ${written} is not compiled yet; of ${[...described].join(', ')} it is.`,
  );
}
