/** `kubectl rollout restart` and `kubectl rollout status`, and the way to the other forms. */
import type {
  RolloutHistoryAction,
  RolloutPauseAction,
  RolloutRestartAction,
  RolloutStatusAction,
  RolloutUndoAction,
  Template,
} from '../../domain/action.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { durationMs, type FlagTable, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';
import { compileRolloutHistory } from './rollout-history.ts';
import { compileTurn, isTurn } from './rollout-undo.ts';

const restartFlags = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const statusFlags = {
  namespace: { short: 'n', takes: 'value' },
  timeout: { takes: 'value' },
  watch: { short: 'w', takes: 'nothing' },
} satisfies FlagTable;

const rolling = new Set(['deployments', 'statefulsets', 'daemonsets']);

type Rollout =
  | RolloutRestartAction<Template>
  | RolloutStatusAction<Template>
  | RolloutHistoryAction<Template>
  | RolloutUndoAction<Template>
  | RolloutPauseAction<Template>;

export function compileRollout(words: readonly Template[]): Compiled<Rollout> | Refusal {
  const [verb, ...rest] = words;
  if (verb === 'history') return compileRolloutHistory(rest);
  if (isTurn(verb)) return compileTurn(verb, rest);
  if (verb !== 'restart' && verb !== 'status') {
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
