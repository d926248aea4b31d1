/** `kubectl autoscale`: a HorizontalPodAutoscaler for one workload. */
import type { AutoscaleAction } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimOf } from './change-targets.ts';
import { type FlagTable, integerOf, parseFlags, textOf } from './flags.ts';
import type { Compiled } from './get.ts';
import { numberFlag } from './logs.ts';
import { isOneOf } from './resources.ts';

const flags = {
  namespace: { short: 'n', takes: 'value' },
  name: { takes: 'value' },
  min: { takes: 'value' },
  max: { takes: 'value' },
  cpu: { takes: 'value' },
  'cpu-percent': { takes: 'value' },
  memory: { takes: 'value' },
  filename: { short: 'f', takes: 'value' },
} satisfies FlagTable;

const scalable = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers']);
const replicasMax = 2 ** 31 - 1;

export function compileAutoscale(words: readonly Template[]): Compiled<AutoscaleAction<Template>> | Refusal {
  const parsed = parseFlags(words, flags, 'autoscale');
  if ('refused' in parsed) return parsed;
  const { values } = parsed;
  if (values.has('filename')) {
    return refuse('operator-host', '`-f` names a file on the machine where it is typed; name the workload instead.');
  }
  const aim = aimOf(parsed.words, {}, 'autoscale');
  if ('refused' in aim) return aim;
  const [target, ...others] = 'named' in aim ? aim.named : [];
  if (target === undefined || others.length > 0) {
    return refuse('malformed', '`kubectl autoscale` is compiled for one workload; one command each.');
  }
  if (!isOneOf(target, scalable)) {
    return refuse(
      'malformed',
      `${quoted(target.resource)} cannot be scaled; deployments, statefulsets and replicasets can.`,
    );
  }
  const bounds: Record<'min' | 'max', number | undefined> = { min: undefined, max: undefined };
  for (const name of ['min', 'max'] as const) {
    const bound = numberFlag(values.get(name), `--${name}`, integerOf);
    if (typeof bound === 'object') return bound;
    // To kubectl 0 and below is "the server's default".
    bounds[name] = bound !== undefined && bound < 1 ? undefined : bound;
  }
  const { min, max } = bounds;
  if (max === undefined || max < 1 || max > replicasMax)
    return refuse('malformed', '`kubectl autoscale` needs --max, 1 or more.');
  if (min !== undefined && min > max) return refuse('malformed', `--min=${min} is more than --max.`);
  if (values.has('cpu') && values.has('cpu-percent'))
    return refuse('malformed', '--cpu and --cpu-percent exclude each other.');
  const percent = numberFlag(values.get('cpu-percent'), '--cpu-percent', integerOf);
  if (typeof percent === 'object') return percent;
  if (percent !== undefined && percent !== -1 && percent < 1)
    return refuse('malformed', `--cpu-percent=${percent} is not a percentage.`);
  const cpu = goalOf(values.get('cpu'), '--cpu');
  if (typeof cpu === 'object') return cpu;
  const memory = goalOf(values.get('memory'), '--memory');
  if (typeof memory === 'object') return memory;
  const namespace = values.get('namespace');
  const name = values.get('name');
  const wanted = cpu ?? (percent === -1 ? undefined : percent);
  return {
    action: {
      type: 'autoscale',
      ...(namespace !== undefined && { namespace }),
      target,
      ...(name !== undefined && { name }),
      ...(min !== undefined && { min }),
      max,
      ...(wanted !== undefined && { cpu: wanted }),
      ...(memory !== undefined && { memory }),
    },
  };
}

/** `70%` of the requests. A bare amount means an average per pod to kubectl, and often a percentage to its author. */
function goalOf(value: Template | undefined, flag: string): number | undefined | Refusal {
  if (value === undefined) return undefined;
  if (typeof value !== 'string')
    return refuse('unresolved-substitution', `${quoted(textOf(value))} of ${flag} is left open.`);
  const percent = value.endsWith('%') ? integerOf(value.slice(0, -1)) : undefined;
  if (percent !== undefined && percent >= 1) return percent;
  return refuse(
    'malformed',
    `${quoted(`${flag}=${value}`)} is no percentage: to kubectl an amount without % is an average per pod (70 is 70 thousandths). Write ${flag}=70%, or make the autoscaler by hand.`,
  );
}
