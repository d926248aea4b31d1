/** The text of `kubectl describe pod` (1.34) for one pod. Pure. Values that look secret are hidden. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, numberAt, textAt, textsAt } from '../live.ts';
import { ageOf, rfc1123 } from './ages.ts';
import { describeContainers } from './describe-containers.ts';
import {
  annotationLines,
  describedText,
  labelLines,
  spreadLines,
  tolerationLines,
  type Description,
} from './describe-lines.ts';
import { describeVolumes } from './describe-volumes.ts';
import { podQos } from './pod-qos.ts';

export function describePod(pod: Json, events: readonly Json[] | undefined, now: number): Description {
  const volumes = describeVolumes(listAt(pod, 'spec', 'volumes'), '');
  if ('problem' in volumes) return volumes;
  const body = [
    ...heading(pod, now),
    ...describeContainers(pod),
    ...gatesAndConditions(pod),
    ...volumes.lines,
    `QoS Class:\t${podQos(pod)}`,
    ...labelLines('Node-Selectors', textsAt(pod, 'spec', 'nodeSelector')),
    ...tolerationLines('Tolerations', listAt(pod, 'spec', 'tolerations')),
    ...spreadLines('', listAt(pod, 'spec', 'topologySpreadConstraints')),
  ];
  return describedText(body, events, now);
}

function heading(pod: Json, now: number): string[] {
  const spec = (field: string): string => textAt(pod, 'spec', field) ?? '';
  const status = (field: string): string => textAt(pod, 'status', field) ?? '';
  const priority = numberAt(pod, 'spec', 'priority');
  const startTime = textAt(pod, 'status', 'startTime');
  const controller = listAt(pod, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true);
  const seccomp = textAt(pod, 'spec', 'securityContext', 'seccompProfile', 'type');
  const optional = (title: string, value: string): string[] => (value === '' ? [] : [`${title}:\t${value}`]);
  const ips = listAt(pod, 'status', 'podIPs');
  return [
    `Name:\t${textAt(pod, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(pod, 'metadata', 'namespace') ?? ''}`,
    ...(priority === undefined ? [] : [`Priority:\t${priority}`]),
    ...optional('Priority Class Name', spec('priorityClassName')),
    ...optional('Runtime Class Name', spec('runtimeClassName')),
    ...optional('Service Account', spec('serviceAccountName')),
    `Node:\t${spec('nodeName') === '' ? '<none>' : `${spec('nodeName')}/${status('hostIP')}`}`,
    ...(startTime === undefined ? [] : [`Start Time:\t${rfc1123(startTime)}`]),
    ...labelLines('Labels', textsAt(pod, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(pod, 'metadata', 'annotations')),
    ...phase(pod, now),
    ...optional('Reason', status('reason')),
    ...optional('Message', status('message')),
    ...optional('SeccompProfile', seccomp ?? ''),
    ...(seccomp === 'Localhost'
      ? [`LocalhostProfile:\t${textAt(pod, 'spec', 'securityContext', 'seccompProfile', 'localhostProfile') ?? ''}`]
      : []),
    `IP:\t${status('podIP')}`,
    ...(ips.length === 0 ? ['IPs:\t<none>'] : ['IPs:', ...ips.map((one) => `  IP:\t${textAt(one, 'ip') ?? ''}`)]),
    ...(controller === undefined
      ? []
      : [`Controlled By:\t${textAt(controller, 'kind') ?? ''}/${textAt(controller, 'name') ?? ''}`]),
    ...optional('NominatedNodeName', status('nominatedNodeName')),
    ...resources(pod),
  ];
}

function phase(pod: Json, now: number): string[] {
  const deleted = textAt(pod, 'metadata', 'deletionTimestamp');
  const current = textAt(pod, 'status', 'phase') ?? '';
  if (deleted === undefined || current === 'Failed' || current === 'Succeeded') return [`Status:\t${current}`];
  return [
    `Status:\tTerminating (lasts ${ageOf(deleted, now)})`,
    `Termination Grace Period:\t${numberAt(pod, 'metadata', 'deletionGracePeriodSeconds') ?? 0}s`,
  ];
}

function resources(pod: Json): string[] {
  if (at(pod, 'spec', 'resources') === undefined) return [];
  const block = (title: string, field: string): string[] => {
    const amounts = Object.entries(textsAt(pod, 'spec', 'resources', field)).sort(([a], [b]) => (a < b ? -1 : 1));
    return amounts.length === 0 ? [] : [`  ${title}:`, ...amounts.map(([name, amount]) => `    ${name}:\t${amount}`)];
  };
  return ['Resources:', ...block('Limits', 'limits'), ...block('Requests', 'requests')];
}

function gatesAndConditions(pod: Json): string[] {
  const conditions = listAt(pod, 'status', 'conditions');
  const statusOf = (type: string): string =>
    textAt(
      conditions.find((one) => textAt(one, 'type') === type),
      'status',
    ) ?? '<none>';
  const gates = listAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType') ?? '');
  return [
    ...(gates.length === 0
      ? []
      : ['Readiness Gates:', '  Type\tStatus', ...gates.map((gate) => `  ${gate} \t${statusOf(gate)} `)]),
    ...(conditions.length === 0
      ? []
      : [
          'Conditions:',
          '  Type\tStatus',
          ...conditions.map((one) => `  ${textAt(one, 'type') ?? ''} \t${textAt(one, 'status') ?? ''} `),
        ]),
  ];
}
