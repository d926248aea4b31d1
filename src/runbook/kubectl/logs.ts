/** `kubectl logs`. Source of the rules: `kubectl logs --help` and its source, 1.34. */
import type { LogsAction } from '../../domain/read-action.ts';
import type { ObjectReference, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { durationMs, type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { isKnownKind, isOneOf, splitReference, withPods } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  container: { short: 'c', takes: 'value' },
  'all-containers': { takes: 'nothing' },
  previous: { short: 'p', takes: 'nothing' },
  timestamps: { takes: 'nothing' },
  tail: { takes: 'value' },
  since: { takes: 'value' },
  'since-time': { takes: 'value' },
  'limit-bytes': { takes: 'value' },
  prefix: { takes: 'nothing' },
  'all-pods': { takes: 'nothing' },
  follow: { short: 'f', takes: 'nothing' },
  // Of following many at once, and of the wait for a first pod: no matter for one look.
  'max-log-requests': { takes: 'value' },
  'ignore-errors': { takes: 'nothing' },
  'pod-running-timeout': { takes: 'value' },
} satisfies FlagTable;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function compileLogs(words: readonly Template[]): Compiled<LogsAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'logs');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const [target, inline, ...more] = parsed.words;
  const selector = values.get('selector');
  if (more.length > 0) return refuse('malformed', '`kubectl logs` takes one pod and at most one container.');

  let of: LogsAction<Template>['of'];
  if (selector !== undefined) {
    if (target !== undefined) return refuse('malformed', '`kubectl logs` takes either a selector or a pod, not both.');
    of = { selector };
  } else if (target === undefined) {
    return refuse('malformed', '`kubectl logs` needs a pod, an object such as deployment/web, or a selector.');
  } else {
    const reference = podReference(target);
    if ('refused' in reference) return reference;
    of = reference;
  }
  const container = values.get('container') ?? inline;
  if (values.has('container') && inline !== undefined) return refuse('malformed', 'The container is given twice.');
  if (container !== undefined && switches.has('all-containers')) {
    return refuse('malformed', '--all-containers and one container contradict each other.');
  }
  const tail = numberFlag(values.get('tail'), '--tail', (text) => integerOf(text));
  if (typeof tail === 'object') return tail;
  if (tail !== undefined && (tail < -1 || tail > 2 ** 31))
    return refuse('malformed', `--tail=${tail} is not a number of lines.`);
  const since = numberFlag(values.get('since'), '--since', durationMs);
  if (typeof since === 'object') return since;
  // kubectl rounds to whole seconds and the API server refuses 0.
  const sinceSeconds = since === undefined || since === 0 ? undefined : Math.round(since / 1000);
  if (sinceSeconds === 0) return refuse('malformed', '--since is shorter than a second.');

  const sinceTime = values.get('since-time');
  if (sinceTime !== undefined && (typeof sinceTime !== 'string' || !rfc3339.test(sinceTime))) {
    return typeof sinceTime === 'string'
      ? refuse('malformed', '--since-time takes a time such as 2026-01-01T00:00:00Z.')
      : refuse('unresolved-substitution', 'The time of --since-time is left open; use --since, or fill it in.');
  }
  if (sinceTime !== undefined && sinceSeconds !== undefined) {
    return refuse('malformed', 'kubectl takes one of --since and --since-time.');
  }
  const limitBytes = numberFlag(values.get('limit-bytes'), '--limit-bytes', integerOf);
  if (typeof limitBytes === 'object') return limitBytes;
  if (limitBytes !== undefined && limitBytes < 0) return refuse('malformed', '--limit-bytes is less than 0.');
  const allPods = switches.has('all-pods');

  const namespace = values.get('namespace');
  const bounded = switches.has('follow');
  return {
    action: {
      type: 'logs',
      ...(namespace !== undefined && { namespace }),
      of,
      ...(container !== undefined && { container }),
      ...(switches.has('all-containers') && { allContainers: true as const }),
      ...(switches.has('previous') && { previous: true as const }),
      ...(switches.has('timestamps') && { timestamps: true as const }),
      ...(tail !== undefined && { tail }),
      ...(sinceSeconds !== undefined && { sinceSeconds }),
      ...(sinceTime !== undefined && { sinceTime }),
      // kubectl: 0, the default, is no limit.
      ...(limitBytes !== undefined && limitBytes !== 0 && { limitBytes }),
      // kubectl: --all-pods brings --prefix.
      ...((allPods || switches.has('prefix')) && { prefix: true as const }),
      ...(allPods && { allPods: true as const }),
      ...(bounded && { bounded }),
    },
    ...(bounded && { bounded }),
  };
}

function podReference(word: Template): ObjectReference<Template> | Refusal {
  const reference = splitReference(word);
  if (!reference) {
    // `POD` in capitals is the author's placeholder.
    if (typeof word === 'string' && isKnownKind(word) && word !== word.toUpperCase()) {
      return refuse(
        'malformed',
        `kubectl reads ${quoted(word)} as the name of a pod here; write ${quoted(`${word}/NAME`)}.`,
      );
    }
    return { resource: 'pods', name: word };
  }
  if ('refused' in reference || isOneOf(reference, withPods)) return reference;
  if (/^(?:builds?|buildconfigs?|bc|deploymentconfigs?|dc)$/.test(reference.resource)) {
    return refuse(
      'external-tool',
      `Only oc itself finds the logs of ${quoted(reference.resource)}; name one of their pods.`,
    );
  }
  return refuse('malformed', `kubectl finds no pods, and so no logs, for ${quoted(reference.resource)}; name a pod.`);
}

/** A literal number of some spelling; undefined when the flag is absent. */
export function numberFlag(
  value: Template | undefined,
  flag: string,
  read: (text: string) => number | undefined,
): number | undefined | Refusal {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    return refuse('unresolved-substitution', `The value ${quoted(textOf(value))} of ${flag} is left open.`);
  }
  return read(value) ?? refuse('malformed', `${quoted(value)} is not a value that ${flag} takes.`);
}
