/** `kubectl rollout history`. */
import type { RolloutHistoryAction } from '../../domain/read-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { fileFlags, fromFiles } from './files.ts';
import { type FlagTable, integerOf, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { bySelector, targetsOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  revision: { takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;
const withHistory = new Set(['deployments', 'statefulsets', 'daemonsets']);

/** `words` are those behind `history`. */
export function compileRolloutHistory(words: readonly Template[]): Compiled<RolloutHistoryAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'rollout history');
  if ('refused' in parsed) return parsed;
  const files = fromFiles(parsed, 'rollout history');
  if (files) return files;
  if (parsed.values.has('selector')) return bySelector;
  const targets = targetsOf(parsed.words, { verb: 'rollout history', kinds: withHistory });
  if ('refused' in targets) return targets;
  const revision = numberFlag(parsed.values.get('revision'), '--revision', integerOf);
  if (typeof revision === 'object') return revision;
  if (revision !== undefined && revision < 0) return refuse('malformed', 'A revision is a positive number.');
  const namespace = parsed.values.get('namespace');
  return {
    action: {
      type: 'rollout-history',
      ...(namespace !== undefined && { namespace }),
      ...targets,
      // kubectl: 0, the default, lists all.
      ...(revision !== undefined && revision !== 0 && { revision }),
    },
  };
}
