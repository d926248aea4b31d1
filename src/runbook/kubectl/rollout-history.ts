/** `kubectl rollout history`. */
import type { RolloutHistoryAction, Template } from '../../domain/action.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, integerOf, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';

const flags = { namespace: { short: 'n', takes: 'value' }, revision: { takes: 'value' } } satisfies FlagTable;
const withHistory = new Set(['deployments', 'statefulsets', 'daemonsets']);

/** `words` are those behind `history`. */
export function compileRolloutHistory(words: readonly Template[]): Compiled<RolloutHistoryAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'rollout history');
  if ('refused' in parsed) return parsed;
  const target = targetOf(parsed.words, 'rollout history');
  if ('refused' in target) return target;
  if (!isOneOf(target, withHistory)) {
    return refuse(
      'malformed',
      `kubectl knows the history of deployments, statefulsets and daemonsets, not of ${target.resource}.`,
    );
  }
  const revision = numberFlag(parsed.values.get('revision'), '--revision', integerOf);
  if (typeof revision === 'object') return revision;
  if (revision !== undefined && revision < 0) return refuse('malformed', 'A revision is a positive number.');
  const namespace = parsed.values.get('namespace');
  return {
    action: {
      type: 'rollout-history',
      ...(namespace !== undefined && { namespace }),
      target,
      // kubectl: 0, the default, lists all.
      ...(revision !== undefined && revision !== 0 && { revision }),
    },
  };
}
