/** `kubectl delete` of one pod by its name. Everything else that deletes stays manual. */
import type { DeletePodAction, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  'grace-period': { takes: 'value' },
  now: { takes: 'nothing' },
  // kubectl only waits for the end or does not; what happens to the pod is the same.
  wait: { takes: 'nothing' },
  force: { takes: 'nothing' },
  selector: { short: 'l', takes: 'value' },
  'field-selector': { takes: 'value' },
  all: { takes: 'nothing' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  filename: { short: 'f', takes: 'value' },
} satisfies FlagTable;

const graceMax = 2 ** 31 - 1;

export function compileDelete(words: readonly Template[]): Compiled<DeletePodAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'delete');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  if (switches.has('force') || textOf(values.get('grace-period') ?? '') === '0') {
    return refuse(
      'never-run',
      'Deleting without waiting for the end can leave two pods with one identity; this program never does it.',
    );
  }
  if (values.has('filename')) {
    return refuse('not-supported-yet', '`kubectl delete -f` is not compiled; delete what the file names by hand.');
  }
  if (['selector', 'field-selector'].some((flag) => values.has(flag)) || switches.has('all')) {
    return refuse(
      'not-supported-yet',
      '`kubectl delete` of everything that a selector finds is not compiled yet; one pod by its name is.',
    );
  }
  if (switches.has('all-namespaces')) return refuse('malformed', 'A name and all namespaces exclude each other.');
  const [first] = parsed.words;
  if (parsed.words.length > 2 || (typeof first === 'string' && first.includes(','))) {
    return refuse('not-supported-yet', '`kubectl delete` of several objects is not compiled yet; one pod at a time.');
  }
  const target = targetOf(parsed.words, 'delete');
  if ('refused' in target) return target;
  if (!isOneOf(target, new Set(['pods']))) {
    return refuse(
      'not-supported-yet',
      `${quoted(`kubectl delete ${target.resource}`)} is not compiled yet; deleting one pod by its name is.`,
    );
  }
  const grace = graceOf(values.get('grace-period'), switches.has('now'));
  if (typeof grace === 'object') return grace;
  const namespace = values.get('namespace');
  return {
    action: {
      type: 'delete-pod',
      ...(namespace !== undefined && { namespace }),
      target,
      ...(grace !== undefined && { gracePeriodSeconds: grace }),
    },
  };
}

/** Seconds; undefined: the pod's own. `--now` is one second, and -1 is kubectl's "the pod's own". */
function graceOf(value: Template | undefined, now: boolean): number | undefined | Refusal {
  const grace = numberFlag(value, '--grace-period', integerOf);
  if (typeof grace === 'object') return grace;
  if (now) {
    return grace === undefined || grace === -1
      ? 1
      : refuse('malformed', '--now and --grace-period exclude each other.');
  }
  if (grace === undefined || grace === -1) return undefined;
  return grace >= 1 && grace <= graceMax
    ? grace
    : refuse('malformed', `--grace-period=${grace} is not a number of seconds.`);
}
