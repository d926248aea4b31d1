/** `kubectl describe`, of pods so far. */
import type { DescribeAction, ObjectReference, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { kindOf, splitReference } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
} satisfies FlagTable;

export function compileDescribe(words: readonly Template[]): Compiled<DescribeAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'describe');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const [first, ...rest] = parsed.words;
  if (first === undefined) return refuse('malformed', '`kubectl describe` needs a kind of object such as pod.');

  const names: Template[] = [];
  const references: ObjectReference<Template>[] = [];
  for (const word of parsed.words) {
    const reference = splitReference(word);
    if (!reference) continue;
    if ('refused' in reference) return reference;
    references.push(reference);
  }
  let resource: string;
  if (references.length > 0) {
    if (references.length < parsed.words.length) {
      return refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
    }
    const other = references.find((reference) => reference.resource !== 'pods' || reference.group !== undefined);
    resource = other?.resource ?? 'pods';
    names.push(...references.map((reference) => reference.name));
  } else {
    if (typeof first !== 'string') {
      return refuse('unresolved-substitution', `The kind of object is left open in ${quoted(textOf(first))}.`);
    }
    const kind = kindOf(first);
    if ('refused' in kind) return kind;
    resource = kind.group === undefined ? kind.resource : `${kind.resource}.${kind.group}`;
    names.push(...rest);
  }
  if (resource !== 'pods') {
    return refuse('not-supported-yet', `\`kubectl describe\` of ${resource} is not compiled yet; of pods it is.`);
  }
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
      kind: { resource },
      names,
      ...(selector !== undefined && { selector }),
      ...(everywhere && { allNamespaces: true as const }),
    },
  };
}
