/** `kubectl rollout restart`, `undo`, `pause` and `resume` of one workload or more. Source: their `--help`, 1.34. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, type Deed, kindsOf } from './change-targets.ts';
import { dryRunFlag, previewOnly, withBareFlags } from './dry-run.ts';
import { fileFlags, fromFiles } from './files.ts';
import { type FlagTable, integerOf, type ParsedFlags, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { formatOf } from './output.ts';
import { isOneOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  output: { short: 'o', takes: 'value' },
  ...fileFlags,
} satisfies FlagTable;
const undoFlags = { ...flags, 'to-revision': { takes: 'value' }, ...dryRunFlag } satisfies FlagTable;

const rolling = {
  able: new Set(['deployments', 'statefulsets', 'daemonsets']),
  text: 'deployments, statefulsets and daemonsets',
};
const pausable = { able: new Set(['deployments']), text: 'deployments' };

type Turn = 'restart' | 'undo' | 'pause' | 'resume';

const done = { restart: 'restarts', undo: 'rolls back', pause: 'pauses', resume: 'resumes' } satisfies Record<
  Turn,
  string
>;

export const isTurn = (verb: Template | undefined): verb is Turn =>
  typeof verb === 'string' && Object.hasOwn(done, verb);

/** `words` are those behind the verb. */
export function compileTurn(verb: Turn, words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const name = `rollout ${verb}`;
  const parsed = parseFlags(withBareFlags(words), verb === 'undo' ? undoFlags : flags, name);
  if ('refused' in parsed) return parsed;
  const early = previewOnly(parsed, name) ?? fromFiles(parsed, name);
  if (early) return early;
  const format = formatOf(parsed.values.get('output'), ['name', 'yaml', 'json'], name);
  if (typeof format === 'object') return format;
  const selector = parsed.values.get('selector');
  const aim = aimOf(parsed.words, { ...(selector !== undefined && { selector }), alone: true }, name);
  if ('refused' in aim) return aim;
  const { able, text } = verb === 'pause' || verb === 'resume' ? pausable : rolling;
  const other = kindsOf(aim).find((kind) => !isOneOf(kind, able));
  if (other !== undefined) return refuse('malformed', `kubectl ${done[verb]} ${text}, not ${other.resource}.`);
  const deed = deedOf(verb, parsed);
  return 'refused' in deed ? deed : { action: aimedAt(aim, deed, parsed.values.get('namespace')) };
}

function deedOf(verb: Turn, { values }: ParsedFlags): Deed | Refusal {
  if (verb !== 'undo') return { type: `rollout-${verb}` };
  const revision = numberFlag(values.get('to-revision'), '--to-revision', integerOf);
  if (typeof revision === 'object') return revision;
  if (revision !== undefined && revision < 0) {
    return refuse('malformed', `--to-revision=${revision} is not the number of a revision.`);
  }
  // kubectl: 0 is the revision before the newest, the default.
  return { type: 'rollout-undo', ...(revision === undefined || revision === 0 ? {} : { toRevision: revision }) };
}
