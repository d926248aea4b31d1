/** `kubectl logs`. Source of the rules: `kubectl logs --help` and its source, 1.34. */
import type { LogsAction, ObjectReference, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { durationMs, type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { isKnownKind, isOneOf, splitReference } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  container: { short: 'c', takes: 'value' },
  'all-containers': { takes: 'nothing' },
  previous: { short: 'p', takes: 'nothing' },
  timestamps: { takes: 'nothing' },
  tail: { takes: 'value' },
  since: { takes: 'value' },
  follow: { short: 'f', takes: 'nothing' },
} satisfies FlagTable;

/** The kinds that kubectl finds a pod for. */
const withPods = new Set([
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'services',
]);

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
      ...(bounded && { bounded }),
    },
    ...(bounded && { bounded }),
  };
}

function podReference(word: Template): ObjectReference<Template> | Refusal {
  const reference = splitReference(word);
  if (!reference) {
    if (typeof word === 'string' && isKnownKind(word)) {
      return refuse(
        'malformed',
        `kubectl reads ${quoted(word)} as the name of a pod here; write ${quoted(`${word}/NAME`)}.`,
      );
    }
    return { resource: 'pods', name: word };
  }
  if ('refused' in reference || isOneOf(reference, withPods)) return reference;
  return refuse('not-supported-yet', `Logs of ${reference.resource} are not compiled.`);
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
