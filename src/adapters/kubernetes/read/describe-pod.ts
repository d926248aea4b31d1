/** The text of `kubectl describe pod` (1.34) for one pod. Pure. Values that look secret are hidden. */
import type { Json } from '../../../domain/json.ts';
import { looksSecret, masked, maskText } from '../../../domain/masking.ts';
import { at, listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import { ageOf, rfc1123 } from './ages.ts';
import { describeContainers } from './describe-containers.ts';
import { describeVolumes } from './describe-volumes.ts';
import { goSort } from './go-sort.ts';
import { podQos } from './pod-qos.ts';
import { alignTabs, describeStops } from './tabwriter.ts';

/** The length of an annotation's line from which on it is wrapped and cut. */
const annotationMax = 140;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export function describePod(
  pod: Json,
  events: readonly Json[],
  now: number,
): { readonly text: string } | { readonly problem: string } {
  const volumes = describeVolumes(listAt(pod, 'spec', 'volumes'));
  if ('problem' in volumes) return volumes;
  const body = [
    ...heading(pod, now),
    ...describeContainers(pod),
    ...gatesAndConditions(pod),
    ...volumes.lines,
    `QoS Class:\t${podQos(pod)}`,
    ...labels('Node-Selectors', textsAt(pod, 'spec', 'nodeSelector')),
    ...tolerations(listAt(pod, 'spec', 'tolerations')),
    ...spreads(listAt(pod, 'spec', 'topologySpreadConstraints')),
  ];
  if (events.length === 0) body.push('Events:\t<none>');
  const text = alignTabs(`${body.join('\n')}\n`, describeStops);
  // kubectl flushes its columns before the events.
  return { text: escapeTerminal(events.length === 0 ? text : text + describeEvents(events, now)) };
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
    ...labels('Labels', textsAt(pod, 'metadata', 'labels')),
    ...annotations(textsAt(pod, 'metadata', 'annotations')),
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

function labels(title: string, texts: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(texts).sort();
  if (keys.length === 0) return [`${title}:\t<none>`];
  return keys.map((key, index) => `${index === 0 ? `${title}:` : ''}\t${key}=${texts[key] ?? ''}`);
}

function annotations(texts: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(texts)
    .filter((key) => key !== lastApplied)
    .sort();
  if (keys.length === 0) return ['Annotations:\t<none>'];
  return keys.flatMap((key, index) => {
    const lead = `${index === 0 ? 'Annotations:' : ''}\t`;
    const raw = (texts[key] ?? '').replace(/\n$/, '');
    const value = looksSecret(key, raw) ? masked : maskText(raw);
    if (value.length + key.length + 2 <= annotationMax && !value.includes('\n')) return [`${lead}${key}: ${value}`];
    const lines = value.split('\n');
    return [
      `${lead}${key}:`,
      ...lines.map(
        (line) => `\t  ${line.length > annotationMax - 2 ? `${line.slice(0, annotationMax - 2)}...` : line}`,
      ),
    ];
  });
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

function tolerations(all: readonly Json[]): string[] {
  if (all.length === 0) return ['Tolerations:\t<none>'];
  const key = (one: Json): string => textAt(one, 'key') ?? '';
  const sorted = goSort(all, (a, b) => key(a) < key(b));
  return sorted.map((one, index) => {
    const value = textAt(one, 'value') ?? '';
    const effect = textAt(one, 'effect') ?? '';
    const seconds = numberAt(one, 'tolerationSeconds');
    let text = key(one);
    if (value !== '') text += `=${value}`;
    if (effect !== '') text += `:${effect}`;
    if (textAt(one, 'operator') === 'Exists' && value === '')
      text += key(one) !== '' || effect !== '' ? ' op=Exists' : 'op=Exists';
    if (seconds !== undefined) text += ` for ${seconds}s`;
    return `${index === 0 ? 'Tolerations:' : ''}\t${text}`;
  });
}

function spreads(all: readonly Json[]): string[] {
  const key = (one: Json): string => textAt(one, 'topologyKey') ?? '';
  return goSort(all, (a, b) => key(a) < key(b)).map((one, index) => {
    const lead = index === 0 ? 'Topology Spread Constraints:' : '';
    const selector = recordAt(one, 'labelSelector');
    const terms = Object.entries(textsAt(selector, 'matchLabels'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`);
    for (const expression of listAt(selector, 'matchExpressions')) terms.push(expressionText(expression));
    const chosen = at(one, 'labelSelector') === undefined ? '' : ` for selector ${terms.join(',') || '<none>'}`;
    return `${lead}\t${key(one)}:${textAt(one, 'whenUnsatisfiable') ?? ''} when max skew ${numberAt(one, 'maxSkew') ?? 0} is exceeded${chosen}`;
  });
}

function expressionText(expression: Json): string {
  const key = textAt(expression, 'key') ?? '';
  const operator = textAt(expression, 'operator') ?? '';
  const values = listAt(expression, 'values').map(String).sort().join(',');
  if (operator === 'Exists') return key;
  return operator === 'DoesNotExist' ? `!${key}` : `${key} ${operator === 'In' ? 'in' : 'notin'} (${values})`;
}

function describeEvents(events: readonly Json[], now: number): string {
  const time = (event: Json): number => Date.parse(textAt(event, 'lastTimestamp') ?? '') || 0;
  const lines = goSort(events, (a, b) => time(a) < time(b)).map((event) => {
    const eventTime = textAt(event, 'eventTime');
    const first = ageOf(eventTime ?? textAt(event, 'firstTimestamp'), now);
    const count = numberAt(event, 'count') ?? 0;
    const series = at(event, 'series');
    const age = isObject(series)
      ? `${ageOf(textAt(series, 'lastObservedTime'), now)} (x${numberAt(series, 'count') ?? 0} over ${first})`
      : count > 1
        ? `${ageOf(textAt(event, 'lastTimestamp'), now)} (x${count} over ${first})`
        : first;
    const source = textAt(event, 'source', 'component') || (textAt(event, 'reportingComponent') ?? '');
    const message = maskText((textAt(event, 'message') ?? '').trim());
    return `  ${textAt(event, 'type') ?? ''}\t${textAt(event, 'reason') ?? ''}\t${age}\t${source}\t${message}`;
  });
  const head = ['Events:', '  Type\tReason\tAge\tFrom\tMessage', '  ----\t------\t----\t----\t-------'];
  return alignTabs(`${[...head, ...lines].join('\n')}\n`, describeStops);
}

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null;

const escapeTerminal = (text: string): string => text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r');
