/** The text of `kubectl describe hpa` (1.34) for one autoscaler of autoscaling/v2. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import { at, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { noAmount, parseAmount, printAmount } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';

export function describeAutoscaler(scaler: Json, events: readonly Json[] | undefined, now: number): Description {
  const target = recordAt(scaler, 'spec', 'scaleTargetRef');
  const kind = textAt(target, 'kind') ?? '';
  const current = listAt(scaler, 'status', 'currentMetrics');
  const behavior = at(scaler, 'spec', 'behavior');
  const status = (field: string): number => numberAt(scaler, 'status', field) ?? 0;
  const body = [
    `Name:\t${textAt(scaler, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(scaler, 'metadata', 'namespace') ?? ''}`,
    ...labelLines('Labels', textsAt(scaler, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(scaler, 'metadata', 'annotations')),
    `CreationTimestamp:\t${rfc1123(textAt(scaler, 'metadata', 'creationTimestamp'))}`,
    `Reference:\t${kind}/${textAt(target, 'name') ?? ''}`,
    'Metrics:\t( current / target )',
    ...listAt(scaler, 'spec', 'metrics').map((metric, index) => `  ${metricText(metric, current[index])}`),
    `Min replicas:\t${scalarAt(scaler, 'spec', 'minReplicas') ?? '<unset>'}`,
    `Max replicas:\t${numberAt(scaler, 'spec', 'maxReplicas') ?? 0}`,
    ...(behavior === undefined
      ? []
      : [
          'Behavior:',
          ...direction('Scale Up', at(behavior, 'scaleUp')),
          ...direction('Scale Down', at(behavior, 'scaleDown')),
        ]),
    `${kind} pods:\t${status('currentReplicas')} current / ${status('desiredReplicas')} desired`,
    ...conditions(listAt(scaler, 'status', 'conditions')),
  ];
  return describedText(body, events, now);
}

/** By `type` of autoscaling/v2, the field that holds the metric. */
const fields: Readonly<Record<string, string>> = {
  External: 'external',
  Pods: 'pods',
  Object: 'object',
  Resource: 'resource',
  ContainerResource: 'containerResource',
};

function metricText(metric: Json, status: Json | undefined): string {
  const type = textAt(metric, 'type') ?? '';
  const field = Object.hasOwn(fields, type) ? fields[type] : undefined;
  if (field === undefined) return `<unknown metric type ${JSON.stringify(type)}>`;
  const wanted = recordAt(metric, field);
  const name = JSON.stringify(textAt(wanted, 'metric', 'name') ?? '');
  const now = at(status, field, 'current');
  const average = compared(at(wanted, 'target'), now, 'averageValue');
  const whole = compared(at(wanted, 'target'), now, 'value');
  switch (type) {
    case 'Pods':
      return `${name} on pods:\t${average}`;
    case 'External':
      return at(wanted, 'target', 'averageValue') === undefined
        ? `${name} (target value):\t${whole}`
        : `${name} (target average value):\t${average}`;
    case 'Object': {
      const of = recordAt(wanted, 'describedObject');
      const lead = `${name} on ${textAt(of, 'kind') ?? ''}/${textAt(of, 'name') ?? ''}`;
      return textAt(wanted, 'target', 'type') === 'AverageValue'
        ? `${lead} (target average value):\t${average}`
        : `${lead} (target value):\t${whole}`;
    }
    default: {
      const container = type === 'Resource' ? '' : ` of container "${textAt(wanted, 'container') ?? ''}"`;
      const lead = `resource ${textAt(wanted, 'name') ?? ''}${container} on pods`;
      return at(wanted, 'target', 'averageValue') === undefined
        ? `${lead}  (as a percentage of request):\t${utilization(recordAt(wanted, 'target'), now)}`
        : `${lead}:\t${average}`;
    }
  }
}

const printed = (value: Json | undefined, field: string): string =>
  printAmount(parseAmount(scalarAt(value, field) ?? '0') ?? noAmount);

const compared = (target: Json | undefined, current: Json | undefined, field: string): string =>
  `${at(current, field) === undefined ? '<unknown>' : printed(current, field)} / ${printed(target, field)}`;

function utilization(target: Json, current: Json | undefined): string {
  const share = numberAt(current, 'averageUtilization');
  const wanted = numberAt(target, 'averageUtilization');
  const now = share === undefined ? '<unknown>' : `${share}% (${printed(current, 'averageValue')})`;
  return `${now} / ${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}

function direction(title: string, rules: Json | undefined): string[] {
  if (rules === undefined) return [];
  const window = numberAt(rules, 'stabilizationWindowSeconds');
  const policies = listAt(rules, 'policies');
  return [
    `  ${title}:`,
    ...(window === undefined ? [] : [`    Stabilization Window: ${window} seconds`]),
    ...(policies.length === 0
      ? []
      : [
          `    Select Policy: ${textAt(rules, 'selectPolicy') ?? 'Max'}`,
          '    Policies:',
          ...policies.map(
            (one) =>
              `      - Type: ${textAt(one, 'type') ?? ''}\tValue: ${numberAt(one, 'value') ?? 0}\tPeriod: ${numberAt(one, 'periodSeconds') ?? 0} seconds`,
          ),
        ]),
  ];
}

function conditions(all: readonly Json[]): string[] {
  if (all.length === 0) return [];
  const text = (one: Json, field: string): string => textAt(one, field) ?? '';
  return [
    'Conditions:',
    '  Type\tStatus\tReason\tMessage',
    '  ----\t------\t------\t-------',
    ...all.map((one) =>
      [`  ${text(one, 'type')}`, text(one, 'status'), text(one, 'reason'), maskText(text(one, 'message'))].join('\t'),
    ),
  ];
}
