/** `kubectl rollout restart` and `kubectl rollout status`. */
import type { RolloutRestartAction, RolloutStatusAction, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { durationMs, type FlagTable, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';

const restartFlags = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const statusFlags = {
  namespace: { short: 'n', takes: 'value' },
  timeout: { takes: 'value' },
  watch: { short: 'w', takes: 'nothing' },
} satisfies FlagTable;

const rolling = new Set(['deployments', 'statefulsets', 'daemonsets']);
const later = new Set(['history', 'undo', 'pause', 'resume']);

type Rollout = RolloutRestartAction<Template> | RolloutStatusAction<Template>;

export function compileRollout(words: readonly Template[]): Compiled<Rollout> | Refusal {
  const [verb, ...rest] = words;
  if (verb !== 'restart' && verb !== 'status') {
    if (typeof verb === 'string' && later.has(verb)) {
      return refuse('not-supported-yet', `${quoted(`kubectl rollout ${verb}`)} is not compiled yet.`);
    }
    return refuse('unknown-verb', '`kubectl rollout` needs restart, status, history, undo, pause or resume next.');
  }
  const name = `rollout ${verb}`;
  const parsed = parseFlags(rest, verb === 'restart' ? restartFlags : statusFlags, name);
  if ('refused' in parsed) return parsed;
  if (rest.some((word) => typeof word === 'string' && /^(?:-w|--watch)=(?:0|f|false)$/i.test(word))) {
    return refuse('not-supported-yet', '`kubectl rollout status --watch=false` is not compiled yet.');
  }
  const target = targetOf(parsed.words, name);
  if ('refused' in target) return target;
  if (!isOneOf(target, rolling)) {
    return refuse('malformed', `kubectl rolls out deployments, statefulsets and daemonsets, not ${target.resource}.`);
  }
  const namespace = parsed.values.get('namespace');
  const scope = namespace === undefined ? {} : { namespace };
  if (verb === 'restart') return { action: { type: 'rollout-restart', ...scope, target } };
  const timeout = numberFlag(parsed.values.get('timeout'), '--timeout', durationMs);
  if (typeof timeout === 'object') return timeout;
  // kubectl: 0 waits without end, which is the default.
  const limit = timeout === undefined || timeout === 0 ? {} : { timeoutSeconds: timeout / 1000 };
  return { action: { type: 'rollout-status', ...scope, target, ...limit } };
}
