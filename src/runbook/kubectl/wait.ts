/** `kubectl wait`. Source of the rules: `kubectl wait --help` and its source, 1.34. */
import type { WaitAction } from '../../domain/read-action.ts';
import type { ObjectReference, ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { fileFlags, fromFiles } from './files.ts';
import { durationMs, type FlagTable, parseFlags, type ParsedFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { kindOf, referencesIn } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
  'field-selector': { takes: 'value' },
  all: { takes: 'nothing' },
  for: { takes: 'value' },
  timeout: { takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;

/** kubectl waits a week for a negative time; here it is as long as a read may take. */
const weekSeconds = 168 * 3600;

type Until = WaitAction<Template>['until'];

export function compileWait(words: readonly Template[]): Compiled<WaitAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'wait');
  if ('refused' in parsed) return parsed;
  const files = fromFiles(parsed, 'wait');
  if (files) return files;
  const { values, switches } = parsed;
  const until = untilOf(values.get('for'));
  if ('refused' in until) return until;
  const wanted = wantedOf(parsed);
  if ('refused' in wanted) return wanted;
  const timeout = timeoutOf(values.get('timeout'));
  if (typeof timeout === 'object') return timeout;
  const everywhere = switches.has('all-namespaces');
  if (everywhere && wanted.objects.length > 0) {
    return refuse('malformed', 'kubectl does not wait for an object by name in all namespaces.');
  }
  const namespace = values.get('namespace');
  return {
    action: {
      type: 'wait',
      ...(namespace !== undefined && !everywhere && { namespace }),
      ...wanted,
      until,
      ...(everywhere && { allNamespaces: true as const }),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
    },
  };
}

function timeoutOf(value: Template | undefined): number | Refusal | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return refuse('unresolved-substitution', 'The time of --timeout is left open.');
  if (value.startsWith('-')) {
    return durationMs(value.slice(1)) === undefined
      ? refuse('malformed', `${quoted(value)} is not a time such as 60s.`)
      : weekSeconds;
  }
  const timeout = durationMs(value);
  return timeout === undefined ? refuse('malformed', `${quoted(value)} is not a time such as 60s.`) : timeout / 1000;
}

function untilOf(word: Template | undefined): Until | Refusal {
  if (word === undefined || word === '')
    return refuse('malformed', '`kubectl wait` needs --for, such as --for=condition=Ready.');
  if (typeof word !== 'string') {
    return refuse('unresolved-substitution', 'What to wait for is left open; it has to be written out.');
  }
  if (/^delete$/i.test(word)) return { kind: 'deleted' };
  if (/^create$/i.test(word)) return { kind: 'created' };
  if (word.startsWith('condition=')) {
    const [name = '', ...value] = word.slice('condition='.length).split('=');
    if (name === '') return refuse('malformed', '--for=condition= names no condition.');
    return { kind: 'condition', name, value: value.length === 0 ? 'true' : value.join('=') };
  }
  return word.startsWith('jsonpath=')
    ? fieldOf(word.slice('jsonpath='.length))
    : refuse('malformed', `${quoted(`--for=${word}`)} is nothing that kubectl waits for.`);
}

/** Parts at single equals signs; `==` belongs to a filter. */
function fieldOf(text: string): Until | Refusal {
  const [path = '', value, ...more] = text
    .replaceAll('==', '\0')
    .split('=')
    .map((part) => part.replaceAll('\0', '=='));
  const expression = relaxed(path);
  if (expression === undefined || more.length > 0) {
    return refuse('malformed', `${quoted(`--for=jsonpath=${text}`)} is not of the form jsonpath={.field}=value.`);
  }
  if (value === undefined) return { kind: 'field', expression };
  const bare = value.replaceAll(/^['"]+|['"]+$/g, '');
  return bare === ''
    ? refuse('malformed', 'There is no value behind the equals sign of --for=jsonpath.')
    : { kind: 'field', expression, value: bare };
}

/** `x.y`, `.x.y`, `{x.y}` and `{.x.y}` are one. */
function relaxed(path: string): string | undefined {
  const [, braced, bare] = /^(?:\{\.?([^{}]+)\}|\.?([^{}]+))$/.exec(path) ?? [];
  const inner = braced ?? bare;
  return inner === undefined ? undefined : `{.${inner}}`;
}

type Wanted = Pick<WaitAction<Template>, 'objects' | 'found'>;

function wantedOf({ words, values, switches }: ParsedFlags): Wanted | Refusal {
  const [first, ...names] = words;
  if (first === undefined)
    return refuse('malformed', '`kubectl wait` needs objects such as pod/web or deployment/web.');
  const references = referencesIn(words);
  if ('refused' in references) return references;
  const selector = values.get('selector');
  const fieldSelector = values.get('field-selector');
  const all = switches.has('all');
  const finds = selector !== undefined || fieldSelector !== undefined || all;
  const named = references.length > 0 || names.length > 0;
  if (named && finds)
    return refuse('malformed', 'kubectl waits either for names or for what a selector finds, not both.');
  if (references.length > 0) {
    return references.length === words.length
      ? { objects: references }
      : refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
  }
  if (typeof first !== 'string') {
    return refuse('unresolved-substitution', `The kind of object is left open in ${quoted(textOf(first))}.`);
  }
  const kind = oneKind(first);
  if ('refused' in kind) return kind;
  if (named) return { objects: names.map((name): ObjectReference<Template> => ({ ...kind, name })) };
  if (!finds) return refuse('malformed', '`kubectl wait` of a kind needs names, a selector or --all.');
  if (all && selector !== undefined) return refuse('malformed', 'kubectl takes one of --all and a selector.');
  return {
    objects: [],
    found: {
      ...kind,
      ...(selector !== undefined && { selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(all && { all: true as const }),
    },
  };
}

function oneKind(word: string): ResourceKind | Refusal {
  const kinds = word.split(',').map(kindOf);
  const secret = kinds.find((kind) => 'refused' in kind && kind.refused.code === 'reads-secret');
  const [kind, ...more] = kinds;
  if (secret) return secret;
  if (kind === undefined || more.length > 0)
    return refuse('malformed', 'A wait is for one kind at a time; write type/name for several.');
  return kind;
}
