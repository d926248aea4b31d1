/** `kubectl events`. Source of the rules: `kubectl events --help`, 1.34. */
import type { EventsAction, ObjectReference, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { splitReference } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  for: { takes: 'value' },
  types: { takes: 'value' },
  'no-headers': { takes: 'nothing' },
  watch: { short: 'w', takes: 'nothing' },
} satisfies FlagTable;

export function compileEvents(words: readonly Template[]): Compiled<EventsAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'events');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  if (parsed.words.length > 0) {
    return refuse('malformed', '`kubectl events` takes no words; name an object with --for=type/name.');
  }
  const about = objectOf(values.get('for'));
  if (about && 'refused' in about) return about;
  const types = typesOf(values.get('types'));
  if (types && 'refused' in types) return types;
  const namespace = values.get('namespace');
  const everywhere = switches.has('all-namespaces');
  return {
    action: {
      type: 'events',
      ...(namespace !== undefined && !everywhere && { namespace }),
      ...(about && { about }),
      ...(types && { types }),
      ...(everywhere && { allNamespaces: true as const }),
      ...(switches.has('no-headers') && { noHeaders: true as const }),
    },
    ...(switches.has('watch') && { bounded: true as const }),
  };
}

function objectOf(word: Template | undefined): ObjectReference<Template> | Refusal | undefined {
  if (word === undefined) return undefined;
  return splitReference(word) ?? refuse('malformed', `${quoted(textOf(word))} is not of the form type/name.`);
}

function typesOf(word: Template | undefined): ('Normal' | 'Warning')[] | Refusal | undefined {
  if (word === undefined) return undefined;
  if (typeof word !== 'string') return refuse('unresolved-substitution', 'The value of --types is left open.');
  const written = word.toLowerCase().split(',');
  const types = (['Normal', 'Warning'] as const).filter((type) => written.includes(type.toLowerCase()));
  return types.length === new Set(written).size ? types : refuse('malformed', '--types takes Normal and Warning.');
}
