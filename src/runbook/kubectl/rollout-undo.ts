/** `kubectl rollout undo` of one workload, `pause` and `resume` of one deployment. */
import type { RolloutPauseAction, RolloutUndoAction, Template } from '../../domain/action.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, integerOf, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';

const namespaceFlag = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const undoFlags = { ...namespaceFlag, 'to-revision': { takes: 'value' } } satisfies FlagTable;

const withHistory = new Set(['deployments', 'statefulsets', 'daemonsets']);
const pausable = new Set(['deployments']);

type Turn = RolloutUndoAction<Template> | RolloutPauseAction<Template>;

export const isTurn = (verb: Template | undefined): verb is 'undo' | 'pause' | 'resume' =>
  verb === 'undo' || verb === 'pause' || verb === 'resume';

/** `words` are those behind the verb. */
export function compileTurn(verb: 'undo' | 'pause' | 'resume', words: readonly Template[]): Compiled<Turn> | Refusal {
  const name = `rollout ${verb}`;
  const parsed = parseFlags(words, verb === 'undo' ? undoFlags : namespaceFlag, name);
  if ('refused' in parsed) return parsed;
  const target = targetOf(parsed.words, name);
  if ('refused' in target) return target;
  if (!isOneOf(target, verb === 'undo' ? withHistory : pausable)) {
    const [able, done] =
      verb === 'undo' ? ['deployments, statefulsets and daemonsets', 'rolls back'] : ['deployments', `${verb}s`];
    return refuse('malformed', `kubectl ${done} ${able}, not ${target.resource}.`);
  }
  const namespace = parsed.values.get('namespace');
  const scope = namespace === undefined ? {} : { namespace };
  if (verb !== 'undo') return { action: { type: `rollout-${verb}`, ...scope, target } };
  const revision = numberFlag(parsed.values.get('to-revision'), '--to-revision', integerOf);
  if (typeof revision === 'object') return revision;
  if (revision !== undefined && revision < 0) {
    return refuse('malformed', `--to-revision=${revision} is not the number of a revision.`);
  }
  // kubectl: 0 is the revision before the newest, the default.
  const to = revision === undefined || revision === 0 ? {} : { toRevision: revision };
  return { action: { type: 'rollout-undo', ...scope, target, ...to } };
}
