/** `kubectl rollout`: the way to its forms. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { RolloutHistoryAction, RolloutStatusAction } from '../../domain/read-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';
import type { Compiled } from './get.ts';
import { compileRolloutHistory } from './rollout-history.ts';
import { compileRolloutStatus } from './rollout-status.ts';
import { compileTurn, isTurn } from './rollout-undo.ts';

type Rollout = ClusterChangeOf<Template> | RolloutStatusAction<Template> | RolloutHistoryAction<Template>;

export function compileRollout(words: readonly Template[]): Compiled<Rollout> | Refusal {
  const [verb, ...rest] = words;
  if (verb === 'history') return compileRolloutHistory(rest);
  if (verb === 'status') return compileRolloutStatus(rest);
  return isTurn(verb)
    ? compileTurn(verb, rest)
    : refuse('unknown-verb', '`kubectl rollout` needs restart, status, history, undo, pause or resume next.');
}
