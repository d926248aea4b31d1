/** `kubectl drain`. Source of the rules: `kubectl drain --help`, its source, and its answers, 1.34. */
import type { ClusterChangeOf, DrainAction } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt } from './change-targets.ts';
import { dryRunFlag, previewOnly, withBareFlags } from './dry-run.ts';
import { nodesOf } from './cordon.ts';
import { durationMs, type FlagTable, integerOf, type ParsedFlags, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  'pod-selector': { takes: 'value' },
  'ignore-daemonsets': { takes: 'nothing' },
  'delete-emptydir-data': { takes: 'nothing' },
  'delete-local-data': { takes: 'nothing' },
  force: { takes: 'nothing' },
  'grace-period': { takes: 'value' },
  timeout: { takes: 'value' },
  'disable-eviction': { takes: 'nothing' },
  'skip-wait-for-delete-timeout': { takes: 'value' },
  'chunk-size': { takes: 'value' },
  ...dryRunFlag,
} satisfies FlagTable;

const graceMax = 2 ** 31 - 1;

export function compileDrain(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(withBareFlags(words), flags, 'drain');
  if ('refused' in parsed) return parsed;
  const change = drainOf(parsed);
  if ('refused' in change) return change;
  const nodes = nodesOf(parsed, 'drain');
  if ('refused' in nodes) return nodes;
  return { action: aimedAt(nodes, change, undefined) };
}

type Drain = Omit<DrainAction<Template>, 'target' | 'namespace'>;

function drainOf(parsed: ParsedFlags): Drain | Refusal {
  const { values, switches } = parsed;
  if (switches.has('disable-eviction')) {
    return refuse(
      'never-run',
      '`--disable-eviction` deletes pods past their disruption budgets; this program never does it.',
    );
  }
  if (switches.has('delete-local-data')) {
    return refuse('unknown-flag', 'kubectl has no --delete-local-data any more; it is called --delete-emptydir-data.');
  }
  const skip = values.get('skip-wait-for-delete-timeout');
  if (skip !== undefined && skip !== '0') {
    return refuse(
      'unknown-flag',
      '`--skip-wait-for-delete-timeout` leaves pods behind that do not end; that is not compiled.',
    );
  }
  const chunk = numberFlag(values.get('chunk-size'), '--chunk-size', integerOf);
  if (typeof chunk === 'object') return chunk;
  const preview = previewOnly(parsed, 'drain');
  if (preview) return preview;
  const grace = numberFlag(values.get('grace-period'), '--grace-period', integerOf);
  if (typeof grace === 'object') return grace;
  if (grace === 0) {
    return refuse(
      'never-run',
      'Ending pods without waiting for their end can leave two with one identity; this program never does it.',
    );
  }
  if (grace !== undefined && (grace < -1 || grace > graceMax)) {
    return refuse('malformed', `--grace-period=${grace} is not a number of seconds.`);
  }
  const timeout = numberFlag(values.get('timeout'), '--timeout', durationMs);
  if (typeof timeout === 'object') return timeout;
  const podSelector = values.get('pod-selector');
  if (typeof podSelector === 'string' && podSelector.trim() === '') {
    return refuse('malformed', `${quoted('--pod-selector=')} selects nothing in particular; leave it out.`);
  }
  return {
    type: 'drain',
    ...(switches.has('ignore-daemonsets') && { ignoreDaemonSets: true }),
    ...(switches.has('delete-emptydir-data') && { deleteEmptyDirData: true }),
    ...(switches.has('force') && { force: true }),
    ...(grace !== undefined && grace > 0 && { gracePeriodSeconds: grace }),
    ...(podSelector !== undefined && { podSelector }),
    // 0 is kubectl's "without end".
    ...(timeout !== undefined && timeout > 0 && { timeoutSeconds: timeout / 1000 }),
  };
}
