/** `kubectl events`. Source of the rules: `kubectl events --help`, 1.34. */
import type { EventsAction } from '../../domain/read-action.ts';
import type { ObjectReference, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { formatOf } from './output.ts';
import { splitReference } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  for: { takes: 'value' },
  types: { takes: 'list' },
  'no-headers': { takes: 'nothing' },
  output: { short: 'o', takes: 'value' },
  'chunk-size': { takes: 'value' },
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
  const output = formatOf(values.get('output'), ['yaml'], 'events');
  if (typeof output === 'object') return output;
  if (output !== undefined && switches.has('watch')) {
    return refuse('endless', '`-w` prints each event as an object of its own; take away `-w` for one look.');
  }
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
      ...(output !== undefined && { output }),
    },
    ...(switches.has('watch') && { bounded: true as const }),
  };
}

function objectOf(word: Template | undefined): ObjectReference<Template> | Refusal | undefined {
  if (word === undefined) return undefined;
  return (
    splitReference(inSmallLetters(word)) ?? refuse('malformed', `${quoted(textOf(word))} is not of the form type/name.`)
  );
}

/** This verb takes capitals in every name of a kind. */
function inSmallLetters(word: Template): Template {
  const small = (text: string): string => text.replace(/^[^/]*/, (kind) => kind.toLowerCase());
  if (typeof word === 'string') return small(word);
  const [first, ...others] = word.template;
  return typeof first === 'string' ? { template: [small(first), ...others] } : word;
}

function typesOf(word: Template | undefined): ('Normal' | 'Warning')[] | Refusal | undefined {
  if (word === undefined) return undefined;
  if (typeof word !== 'string') return refuse('unresolved-substitution', 'The value of --types is left open.');
  const written = word.toLowerCase().split(',');
  const types = (['Normal', 'Warning'] as const).filter((type) => written.includes(type.toLowerCase()));
  return types.length === new Set(written).size ? types : refuse('malformed', '--types takes Normal and Warning.');
}
