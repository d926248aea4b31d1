/** `kubectl rollout status`. Source of the rules: `kubectl rollout status --help` and its source, 1.34. */
import type { RolloutStatusAction } from '../../domain/read-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { fileFlags, fromFiles } from './files.ts';
import { durationMs, type FlagTable, integerOf, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { bySelector, targetsOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  timeout: { takes: 'value' },
  watch: { short: 'w', takes: 'nothing' },
  revision: { takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;

const rolling = new Set(['deployments', 'statefulsets', 'daemonsets']);

/** `words` are those behind `status`. */
export function compileRolloutStatus(words: readonly Template[]): Compiled<RolloutStatusAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'rollout status');
  if ('refused' in parsed) return parsed;
  const files = fromFiles(parsed, 'rollout status');
  if (files) return files;
  if (parsed.values.has('selector')) return bySelector;
  const targets = targetsOf(parsed.words, { verb: 'rollout status', kinds: rolling });
  if ('refused' in targets) return targets;
  const timeout = numberFlag(parsed.values.get('timeout'), '--timeout', durationMs);
  if (typeof timeout === 'object') return timeout;
  const revision = numberFlag(parsed.values.get('revision'), '--revision', integerOf);
  if (typeof revision === 'object') return revision;
  if (revision !== undefined && revision < 0) return refuse('malformed', 'A revision is a positive number.');
  const namespace = parsed.values.get('namespace');
  return {
    action: {
      type: 'rollout-status',
      ...(namespace !== undefined && { namespace }),
      ...targets,
      // kubectl: 0 waits without end, which is the default.
      ...(timeout !== undefined && timeout !== 0 && { timeoutSeconds: timeout / 1000 }),
      ...(parsed.off.has('watch') && { once: true as const }),
      // kubectl: 0, the default, is the last one.
      ...(revision !== undefined && revision !== 0 && { revision }),
    },
  };
}
