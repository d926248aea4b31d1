/** `kubectl delete`. Source of the rules: `kubectl delete --help`, its source, and its answers, 1.34. */
import type { ClusterChangeOf, DeleteAction } from '../../domain/change-action.ts';
import { whyForbidden } from '../../domain/forbidden-kinds.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, kindsOf } from './change-targets.ts';
import { dryRunFlag, previewOnly, withBareFlags } from './dry-run.ts';
import { fileFlags, fromFiles } from './files.ts';
import { durationMs, type FlagTable, integerOf, type ParsedFlags, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { formatOf } from './output.ts';
import { isOneOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  'field-selector': { takes: 'value' },
  all: { takes: 'nothing' },
  'all-namespaces': { short: 'A', takes: 'nothing' },
  'ignore-not-found': { takes: 'nothing' },
  'grace-period': { takes: 'value' },
  now: { takes: 'nothing' },
  force: { takes: 'nothing' },
  cascade: { takes: 'value' },
  // kubectl waits for the end or does not; what happens to the objects is the same.
  wait: { takes: 'nothing' },
  timeout: { takes: 'value' },
  output: { short: 'o', takes: 'value' },
  interactive: { short: 'i', takes: 'nothing' },
  ...dryRunFlag,
  ...fileFlags,
} satisfies FlagTable;

const graceMax = 2 ** 31 - 1;
const pods = new Set(['pods']);

export function compileDelete(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(withBareFlags(words), flags, 'delete');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const early = refusedEarly(parsed);
  if (early) return early;
  const cascade = cascadeOf(values.get('cascade'));
  if (typeof cascade === 'object') return cascade;
  const grace = graceOf(values.get('grace-period'), switches.has('now'));
  if (typeof grace === 'object') return grace;
  const selector = values.get('selector');
  const fieldSelector = values.get('field-selector');
  const aim = aimOf(
    parsed.words,
    {
      ...(selector !== undefined && { selector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      all: switches.has('all'),
    },
    'delete',
  );
  if ('refused' in aim) return aim;
  for (const kind of kindsOf(aim)) {
    const why = whyForbidden(kind);
    if (cascade !== undefined && isOneOf(kind, pods)) {
      return refuse('unknown-flag', '`--cascade` is about what an object has made; of pods it is not compiled.');
    }
    if (why !== undefined) return refuse('never-run', `${why[0]?.toUpperCase() ?? ''}${why.slice(1)}`);
  }
  // What was found is looked for just before: kubectl, too, does not mind when it is gone by then.
  const missing = !('named' in aim) || switches.has('ignore-not-found');
  const more = {
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(missing && { ignoreNotFound: true as const }),
  };
  const action = aimedAt(
    aim,
    (kind) =>
      isOneOf(kind, pods)
        ? { type: 'delete-pod', ...more }
        : { type: 'delete', ...more, ...(cascade !== undefined && { cascade }) },
    values.get('namespace'),
  );
  return { action };
}

function refusedEarly(parsed: ParsedFlags): Refusal | undefined {
  const { values, switches, words } = parsed;
  if (switches.has('force')) {
    return refuse(
      'never-run',
      'Deleting without waiting for the end can leave two pods with one identity; this program never does it.',
    );
  }
  const [first] = words;
  if (typeof first === 'string' && /^(?:.*,)?all(?:,.*)?$/i.test(first)) {
    return refuse(
      'never-run',
      'This deletes every kind that the cluster counts among `all`, which differs between clusters; name the kinds.',
    );
  }
  if (switches.has('all-namespaces')) {
    return refuse('never-run', 'This deletes in every namespace of the cluster; this program never does it.');
  }
  if (switches.has('interactive')) {
    return refuse('needs-terminal', '`kubectl delete -i` asks at a terminal; without it the plan is what is asked.');
  }
  const timeout = numberFlag(values.get('timeout'), '--timeout', durationMs);
  if (typeof timeout === 'object') return timeout;
  const format = formatOf(values.get('output'), ['name'], 'delete');
  if (typeof format === 'object') return format;
  return previewOnly(parsed, 'delete') ?? fromFiles(parsed, 'delete');
}

/** Seconds; undefined: the object's own. `--now` is one second, and -1 is kubectl's "the object's own". */
function graceOf(value: Template | undefined, now: boolean): number | undefined | Refusal {
  const grace = numberFlag(value, '--grace-period', integerOf);
  if (typeof grace === 'object') return grace;
  if (now) {
    return grace === undefined || grace === -1
      ? 1
      : refuse('malformed', '--now and --grace-period exclude each other.');
  }
  if (grace === undefined || grace === -1) return undefined;
  // Without --force kubectl makes 1 of 0.
  if (grace === 0) return 1;
  return grace > 0 && grace <= graceMax
    ? grace
    : refuse('malformed', `--grace-period=${grace} is not a number of seconds.`);
}

/** Undefined: background. kubectl still takes Go's booleans for the first and the last. */
function cascadeOf(value: Template | undefined): DeleteAction<string>['cascade'] | Refusal {
  if (value === undefined || value === 'background') return undefined;
  if (value === 'foreground' || value === 'orphan') return value;
  if (typeof value !== 'string')
    return refuse('unresolved-substitution', 'The value of --cascade is left open; it has to be written out.');
  if (/^(?:1|t|T|true|TRUE|True)$/.test(value)) return undefined;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(value)) return 'orphan';
  return refuse('malformed', `${quoted(`--cascade=${value}`)} is neither background, foreground nor orphan.`);
}
