/** `kubectl scale` of one object or more. */
import type { ClusterChangeOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimedAt, aimOf, kindsOf } from './change-targets.ts';
import { dryRunFlag, previewOnly, withBareFlags } from './dry-run.ts';
import { fileFlags, fromFiles } from './files.ts';
import { durationMs, type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { formatOf } from './output.ts';
import { isKnownKind, isOneOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  replicas: { takes: 'value' },
  'current-replicas': { takes: 'value' },
  selector: { short: 'l', takes: 'value' },
  all: { takes: 'nothing' },
  // How long kubectl waits for the scale to be taken; what is asked for is the same.
  timeout: { takes: 'value' },
  output: { short: 'o', takes: 'value' },
  ...dryRunFlag,
  ...fileFlags,
} satisfies FlagTable;

const scalable = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers']);
const replicasMax = 2 ** 31 - 1;

export function compileScale(words: readonly Template[]): Compiled<ClusterChangeOf<Template>> | Refusal {
  const parsed = parseFlags(withBareFlags(words), flags, 'scale');
  if ('refused' in parsed) return parsed;
  const { values, switches } = parsed;
  const early = previewOnly(parsed, 'scale') ?? fromFiles(parsed, 'scale');
  if (early) return early;
  const format = formatOf(values.get('output'), ['name', 'yaml', 'json'], 'scale');
  if (typeof format === 'object') return format;
  const timeout = numberFlag(values.get('timeout'), '--timeout', durationMs);
  if (typeof timeout === 'object') return timeout;
  const replicas = replicasOf(values.get('replicas'));
  if (typeof replicas === 'object' && 'refused' in replicas) return replicas;
  const selector = values.get('selector');
  const aim = aimOf(parsed.words, { ...(selector !== undefined && { selector }), all: switches.has('all') }, 'scale');
  if ('refused' in aim) return aim;
  for (const kind of kindsOf(aim)) {
    if (isOneOf(kind, scalable)) continue;
    if (/^(?:deploymentconfigs?|dc)$/.test(kind.resource)) {
      return refuse('external-tool', "A DeploymentConfig is OpenShift's own, and only oc itself scales it.");
    }
    return isKnownKind(kind.resource)
      ? refuse('malformed', `kubectl scales deployments, statefulsets and the like, not ${kind.resource}.`)
      : refuse(
          'left-to-people',
          `Whether ${kind.resource} can be scaled only the cluster knows; patch its replicas, or scale it yourself.`,
        );
  }
  const current = numberFlag(values.get('current-replicas'), '--current-replicas', integerOf);
  if (typeof current === 'object') return current;
  if (current !== undefined && (current < -1 || current > replicasMax)) {
    return refuse('malformed', `--current-replicas=${current} is not a number of replicas.`);
  }
  const deed = {
    type: 'scale' as const,
    replicas,
    // -1 is kubectl's own "whatever it is now".
    ...(current !== undefined && current >= 0 && { currentReplicas: current }),
  };
  return { action: aimedAt(aim, deed, values.get('namespace')) };
}

function replicasOf(value: Template | undefined): number | Template | Refusal {
  if (value === undefined) return refuse('malformed', '`kubectl scale` needs --replicas.');
  if (typeof value !== 'string') {
    return value.template.length === 1
      ? value
      : refuse('unresolved-substitution', `${quoted(textOf(value))} is not one number of replicas.`);
  }
  if (/^[+-]\d+$/.test(value)) {
    const sign = value.startsWith('+') ? 'more' : 'fewer';
    const count = value.slice(1);
    return refuse(
      'relative-replicas',
      `\`--replicas=${value}\` looks like "${count} ${sign}", but kubectl reads it as the number ${Number(value)}; pick the target number yourself.`,
    );
  }
  const count = integerOf(value);
  if (count === undefined || count > replicasMax) {
    // pflag takes 010 for 8 and 0x10 for 16.
    return refuse('malformed', `${quoted(value)} is not a plain number of replicas.`);
  }
  return count;
}
