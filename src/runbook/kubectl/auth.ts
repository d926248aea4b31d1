/** `kubectl auth can-i` and `kubectl auth whoami`: both of the account that this program runs as. Source: their source, 1.34. */
import type { AboutAction, CanIAction } from '../../domain/read-action.ts';
import type { ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, parseFlags, type ParsedFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { formatOf } from './output.ts';
import { anyKindOf } from './resources.ts';

const canIFlags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  list: { takes: 'nothing' },
  quiet: { short: 'q', takes: 'nothing' },
  'no-headers': { takes: 'nothing' },
  subresource: { takes: 'value' },
} satisfies FlagTable;
const whoAmIFlags = {
  namespace: { short: 'n', takes: 'value' },
  output: { short: 'o', takes: 'value' },
} satisfies FlagTable;

export function compileAuth(
  words: readonly Template[],
): Compiled<CanIAction<Template> | AboutAction<Template>> | Refusal {
  const [verb, ...rest] = words;
  if (verb === 'can-i') return compileCanI(rest);
  if (verb === 'whoami') return compileWhoAmI(rest);
  return verb === 'reconcile'
    ? refuse('never-run', '`kubectl auth reconcile` writes RBAC objects, which this program never does.')
    : refuse('unknown-verb', '`kubectl auth` needs can-i or whoami next.');
}

function compileWhoAmI(words: readonly Template[]): Compiled<AboutAction<Template>> | Refusal {
  const parsed = parseFlags(words, whoAmIFlags, 'auth whoami');
  if ('refused' in parsed) return parsed;
  if (parsed.words.length > 0) return refuse('malformed', '`kubectl auth whoami` takes no words.');
  const output = formatOf(parsed.values.get('output'), ['json', 'yaml'], 'auth whoami');
  if (typeof output === 'object') return output;
  return { action: { type: 'about', what: 'whoami', ...(output !== undefined && { output }) } };
}

function compileCanI(words: readonly Template[]): Compiled<CanIAction<Template>> | Refusal {
  const parsed = parseFlags(words, canIFlags, 'auth can-i');
  if ('refused' in parsed) return parsed;
  const { switches, values } = parsed;
  const subresource = values.get('subresource');
  if (subresource !== undefined && (typeof subresource !== 'string' || !/^[a-z]+$/.test(subresource))) {
    return refuse('malformed', '--subresource takes a word such as log or scale.');
  }
  const everywhere = switches.has('all-namespaces');
  const namespace = values.get('namespace');
  const scope = namespace !== undefined && !everywhere ? { namespace } : {};
  if (switches.has('list')) {
    if (parsed.words.length > 0 || switches.has('quiet') || everywhere || subresource !== undefined) {
      return refuse('malformed', '`kubectl auth can-i --list` takes a namespace and nothing else.');
    }
    return { action: { type: 'can-i', ...scope, ...(switches.has('no-headers') && { noHeaders: true as const }) } };
  }
  if (switches.has('no-headers')) return refuse('malformed', 'kubectl takes --no-headers only with --list.');
  const asked = askedOf(parsed);
  if ('refused' in asked) return asked;
  if (asked.path !== undefined && subresource !== undefined) {
    return refuse('malformed', '--subresource is not of a path.');
  }
  return {
    action: {
      type: 'can-i',
      ...scope,
      ...asked,
      ...(subresource !== undefined && { subresource }),
      ...(everywhere && { allNamespaces: true as const }),
      ...(switches.has('quiet') && { quiet: true as const }),
    },
  };
}

function askedOf({ words }: ParsedFlags): Pick<CanIAction<Template>, 'verb' | 'of' | 'path'> | Refusal {
  const [verb, thing, ...more] = words;
  if (verb === undefined || thing === undefined || more.length > 0) {
    return refuse('malformed', '`kubectl auth can-i` takes a verb and a kind, such as `get pods`.');
  }
  if (typeof verb !== 'string') return refuse('unresolved-substitution', 'The verb to ask about is left open.');
  if (!/^(?:[a-z]+|\*)$/.test(verb)) return refuse('malformed', `${quoted(verb)} is not a verb of the API.`);
  const [first, ...others] = typeof thing === 'string' ? [thing] : thing.template;
  if (typeof first !== 'string') return refuse('unresolved-substitution', 'The kind to ask about is left open.');
  if (first.startsWith('/')) {
    return others.length === 0 && /^\/[\w./*-]*$/.test(first)
      ? { verb, path: first }
      : refuse('malformed', `${quoted(textOf(thing))} is not a path of the API.`);
  }
  const slash = first.indexOf('/');
  const kind = askedKind(slash === -1 ? first : first.slice(0, slash));
  if ('refused' in kind) return kind;
  if (slash === -1) {
    return others.length === 0
      ? { verb, of: kind }
      : refuse('unresolved-substitution', 'The kind to ask about is left open.');
  }
  const parts = [...(slash + 1 < first.length ? [first.slice(slash + 1)] : []), ...others];
  const [only] = parts;
  if (only === undefined) return refuse('malformed', `${quoted(textOf(thing))} has no name behind the slash.`);
  const name = parts.length === 1 && typeof only === 'string' ? only : { template: parts };
  return { verb, of: { ...kind, name } };
}

/** To ask whether Secrets may be read reads none, so that here they are a kind like others. */
function askedKind(word: string): ResourceKind | Refusal {
  // This verb takes capitals in every name.
  return word === '*' ? { resource: '*' } : anyKindOf(word.toLowerCase());
}
