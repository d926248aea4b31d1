/** `kubectl scale` of one object. */
import type { ScaleAction, Template } from '../../domain/action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf, targetOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  replicas: { takes: 'value' },
  'current-replicas': { takes: 'value' },
} satisfies FlagTable;

const scalable = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers']);
const replicasMax = 2 ** 31 - 1;

export function compileScale(words: readonly Template[]): Compiled<ScaleAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'scale');
  if ('refused' in parsed) return parsed;
  const { values } = parsed;
  const replicas = replicasOf(values.get('replicas'));
  if (typeof replicas === 'object' && 'refused' in replicas) return replicas;
  const target = targetOf(parsed.words, 'scale');
  if ('refused' in target) return target;
  if (!isOneOf(target, scalable)) {
    return refuse('not-supported-yet', `Scaling ${target.resource} is not compiled; deployments and statefulsets are.`);
  }
  const current = numberFlag(values.get('current-replicas'), '--current-replicas', integerOf);
  if (typeof current === 'object') return current;
  if (current !== undefined && (current < -1 || current > replicasMax)) {
    return refuse('malformed', `--current-replicas=${current} is not a number of replicas.`);
  }
  const namespace = values.get('namespace');
  return {
    action: {
      type: 'scale',
      ...(namespace !== undefined && { namespace }),
      target,
      replicas,
      // -1 is kubectl's own "whatever it is now".
      ...(current !== undefined && current >= 0 && { currentReplicas: current }),
    },
  };
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
