/** The container blocks of `kubectl describe` of pods and what makes pods. */
import type { Json } from '../../../domain/json.ts';
import { maskText, maskValue, maskWords } from '../../../domain/masking.ts';
import { at, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { goSort } from './go-sort.ts';
import { parseQuantity } from './quantity.ts';

export function describeContainers(pod: Json): string[] {
  const groups = [
    ['Init Containers', 'initContainers', 'initContainerStatuses'],
    ['Containers', 'containers', 'containerStatuses'],
    ['Ephemeral Containers', 'ephemeralContainers', 'ephemeralContainerStatuses'],
  ] as const;
  return groups.flatMap(([title, group, statusGroup]) => {
    const containers = listAt(pod, 'spec', group);
    if (containers.length === 0) return [];
    const statuses = listAt(pod, 'status', statusGroup);
    const statusOf = (name: string): Json | undefined => statuses.findLast((one) => textAt(one, 'name') === name);
    return [
      `${title}:`,
      ...containers.flatMap((one) => [
        `  ${textAt(one, 'name') ?? ''}:`,
        ...containerLines(one, statusOf(textAt(one, 'name') ?? ''), pod),
      ]),
    ];
  });
}

/** The containers of a pod template: no status, one deeper, and no pod to take field values from. */
export function describeTemplateContainers(template: Json): string[] {
  const init = listAt(template, 'spec', 'initContainers');
  const main = listAt(template, 'spec', 'containers');
  const block = (containers: readonly Json[]): string[] =>
    containers.flatMap((one) => [`   ${textAt(one, 'name') ?? ''}:`, ...containerLines(one, undefined, undefined)]);
  return [
    ...(init.length === 0 ? [] : ['  Init Containers:', ...block(init)]),
    `  Containers:${main.length === 0 ? ' <none>' : ''}`,
    ...block(main),
  ];
}

function containerLines(container: Json, status: Json | undefined, pod: Json | undefined): string[] {
  return [
    ...(status === undefined ? [] : [`    Container ID:\t${textAt(status, 'containerID') ?? ''}`]),
    `    Image:\t${textAt(container, 'image') ?? ''}`,
    ...(status === undefined ? [] : [`    Image ID:\t${textAt(status, 'imageID') ?? ''}`]),
    ...ports('Port', container, 'containerPort'),
    ...ports('Host Port', container, 'hostPort'),
    ...seccomp(container),
    ...words('Command', listAt(container, 'command')),
    ...words('Args', listAt(container, 'args')),
    ...(status === undefined ? [] : state(status)),
    ...amounts('Limits', container, 'limits'),
    ...amounts('Requests', container, 'requests'),
    ...probe('Liveness', at(container, 'livenessProbe')),
    ...probe('Readiness', at(container, 'readinessProbe')),
    ...probe('Startup', at(container, 'startupProbe')),
    ...envFrom(listAt(container, 'envFrom')),
    ...environment(container, pod),
    ...mounts(container),
  ];
}

function ports(title: string, container: Json, field: 'containerPort' | 'hostPort'): string[] {
  const texts = listAt(container, 'ports').map((port) => {
    const name = textAt(port, 'name') ?? '';
    return `${numberAt(port, field) ?? 0}/${textAt(port, 'protocol') ?? ''}${name === '' ? '' : ` (${name})`}`;
  });
  if (texts.length === 0) return [`    ${title}:\t<none>`];
  return [`    ${title}${texts.length > 1 ? 's' : ''}:\t${texts.join(', ')}`];
}

function seccomp(container: Json): string[] {
  const profile = recordAt(container, 'securityContext', 'seccompProfile');
  const type = textAt(profile, 'type');
  if (type === undefined) return [];
  const local = type === 'Localhost' ? [`      LocalhostProfile:\t${textAt(profile, 'localhostProfile') ?? ''}`] : [];
  return [`    SeccompProfile:\t${type}`, ...local];
}

function words(title: string, items: readonly Json[]): string[] {
  if (items.length === 0) return [];
  const lines = maskWords(items.map((item) => scalarAt(item) ?? '')).flatMap((item) => item.split('\n'));
  return [`    ${title}:`, ...lines.map((line) => `      ${line}`)];
}

function state(status: Json): string[] {
  const last =
    at(status, 'lastState', 'terminated') === undefined ? [] : stateLines('Last State', recordAt(status, 'lastState'));
  return [
    ...stateLines('State', recordAt(status, 'state')),
    ...last,
    `    Ready:\t${at(status, 'ready') === true ? 'True' : 'False'}`,
    `    Restart Count:\t${numberAt(status, 'restartCount') ?? 0}`,
  ];
}

function stateLines(title: string, value: Json): string[] {
  if (at(value, 'running') !== undefined) {
    return [`    ${title}:\tRunning`, `      Started:\t${rfc1123(textAt(value, 'running', 'startedAt'))}`];
  }
  const ended = at(value, 'terminated');
  const reason = textAt(value, ended === undefined ? 'waiting' : 'terminated', 'reason') ?? '';
  const reasons = reason === '' ? [] : [`      Reason:\t${reason}`];
  if (ended === undefined) return [`    ${title}:\tWaiting`, ...reasons];
  const message = textAt(ended, 'message') ?? '';
  const signal = numberAt(ended, 'signal') ?? 0;
  return [
    `    ${title}:\tTerminated`,
    ...reasons,
    ...(message === '' ? [] : [`      Message:\t${maskText(message)}`]),
    `      Exit Code:\t${numberAt(ended, 'exitCode') ?? 0}`,
    ...(signal > 0 ? [`      Signal:\t${signal}`] : []),
    `      Started:\t${rfc1123(textAt(ended, 'startedAt'))}`,
    `      Finished:\t${rfc1123(textAt(ended, 'finishedAt'))}`,
  ];
}

function amounts(title: string, container: Json, field: string): string[] {
  const entries = Object.entries(textsAt(container, 'resources', field)).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? [] : [`    ${title}:`, ...entries.map(([name, amount]) => `      ${name}:\t${amount}`)];
}

function probe(title: string, value: Json | undefined): string[] {
  if (value === undefined) return [];
  const number = (field: string): number => numberAt(value, field) ?? 0;
  const times = `delay=${number('initialDelaySeconds')}s timeout=${number('timeoutSeconds')}s period=${number('periodSeconds')}s`;
  return [
    `    ${title}:\t${probeKind(value)} ${times} #success=${number('successThreshold')} #failure=${number('failureThreshold')}`,
  ];
}

function probeKind(value: Json): string {
  const port = (field: string): string => scalarAt(value, field, 'port') ?? '';
  if (at(value, 'exec') !== undefined)
    return `exec [${maskText(maskWords(listAt(value, 'exec', 'command').map(String)).join(' '))}]`;
  if (at(value, 'httpGet') !== undefined) {
    const host = textAt(value, 'httpGet', 'host') ?? '';
    const path = encodeURI(textAt(value, 'httpGet', 'path') ?? '').replace(/[?#]/g, (char) => encodeURIComponent(char));
    const scheme = (textAt(value, 'httpGet', 'scheme') ?? '').toLowerCase();
    const bracketed = host.includes(':') ? `[${host}]` : host;
    return `http-get ${scheme}://${bracketed}:${port('httpGet')}${path === '' || path.startsWith('/') ? path : `/${path}`}`;
  }
  if (at(value, 'tcpSocket') !== undefined)
    return `tcp-socket ${textAt(value, 'tcpSocket', 'host') ?? ''}:${port('tcpSocket')}`;
  if (at(value, 'grpc') !== undefined) return `grpc <pod>:${port('grpc')} ${textAt(value, 'grpc', 'service') ?? ''}`;
  return 'unknown';
}

function envFrom(sources: readonly Json[]): string[] {
  if (sources.length === 0) return [];
  const lines = sources.map((source) => {
    const kind =
      at(source, 'configMapRef') !== undefined ? 'ConfigMap' : at(source, 'secretRef') !== undefined ? 'Secret' : '';
    const reference = recordAt(source, kind === 'Secret' ? 'secretRef' : 'configMapRef');
    const prefix = textAt(source, 'prefix') ?? '';
    const optional = at(reference, 'optional') === true;
    return `      ${textAt(reference, 'name') ?? ''}\t${kind}${prefix === '' ? '' : ` with prefix '${prefix}'`}\tOptional: ${optional}`;
  });
  return ['    Environment Variables from:', ...lines];
}

function environment(container: Json, pod: Json | undefined): string[] {
  const entries = listAt(container, 'env');
  if (entries.length === 0) return ['    Environment:\t<none>'];
  return ['    Environment:', ...entries.flatMap((entry) => envLines(entry, container, pod))];
}

function envLines(entry: Json, container: Json, pod: Json | undefined): string[] {
  const name = textAt(entry, 'name') ?? '';
  const from = at(entry, 'valueFrom');
  if (from === undefined) {
    const value = textAt(entry, 'value') ?? '';
    const shown = maskValue(name, value);
    return shown.split('\n').map((line, index) => (index === 0 ? `      ${name}:\t${line}` : `      \t${line}`));
  }
  const field = at(from, 'fieldRef');
  if (field !== undefined) {
    const path = textAt(field, 'fieldPath') ?? '';
    return [`      ${name}:\t${fieldValue(path, pod)} (${textAt(field, 'apiVersion') ?? ''}:${path})`];
  }
  const resource = at(from, 'resourceFieldRef');
  if (resource !== undefined) {
    return [`      ${name}:\t${resourceValue(resource, container)} (${textAt(resource, 'resource') ?? ''})`];
  }
  const [reference, words] =
    at(from, 'secretKeyRef') === undefined
      ? [at(from, 'configMapKeyRef'), 'of config map' as const]
      : [at(from, 'secretKeyRef'), 'in secret' as const];
  if (reference === undefined) return [];
  const optional = at(reference, 'optional') === true;
  return [
    `      ${name}:\t<set to the key '${textAt(reference, 'key') ?? ''}' ${words} '${textAt(reference, 'name') ?? ''}'>\tOptional: ${optional}`,
  ];
}

/** kubectl looks up these two alone. Source: the field label conversion that its scheme has for want of another. */
const fieldValue = (path: string, pod: Json | undefined): string =>
  path === 'metadata.name' || path === 'metadata.namespace'
    ? (textAt(pod, 'metadata', path.slice('metadata.'.length)) ?? '')
    : '';

function resourceValue(reference: Json, container: Json): string {
  const resource = textAt(reference, 'resource') ?? '';
  const [group = '', ...rest] = resource.split('.');
  const amount = parseQuantity(textAt(container, 'resources', group, rest.join('.')) ?? '0') ?? 0;
  const divisor = parseQuantity(scalarAt(reference, 'divisor') ?? '0') ?? 0;
  const precision = resource.endsWith('.cpu') ? 1000 : 1;
  const units = Math.ceil(amount * precision - 1e-6);
  const value = String(Math.ceil(units / Math.ceil((divisor === 0 ? 1 : divisor) * precision - 1e-6)));
  return value === '0' && (resource === 'limits.cpu' || resource === 'limits.memory') ? 'node allocatable' : value;
}

function mounts(container: Json): string[] {
  const all = listAt(container, 'volumeMounts');
  const path = (one: Json): string => textAt(one, 'mountPath') ?? '';
  const lines = goSort(all, (a, b) => path(a) < path(b)).map((one) => {
    const subPath = textAt(one, 'subPath') ?? '';
    const flags = `${at(one, 'readOnly') === true ? 'ro' : 'rw'}${subPath === '' ? '' : `,path=${JSON.stringify(subPath)}`}`;
    return `      ${path(one)} from ${textAt(one, 'name') ?? ''} (${flags})`;
  });
  const devices = listAt(container, 'volumeDevices');
  const device = (one: Json): string => textAt(one, 'devicePath') ?? '';
  const none = all.length === 0 ? '\t<none>' : '';
  return [
    `    Mounts:${none}`,
    ...lines,
    ...(devices.length === 0 ? [] : [`    Devices:${none}`]),
    ...goSort(devices, (a, b) => device(a) < device(b)).map(
      (one) => `      ${device(one)} from ${textAt(one, 'name') ?? ''}`,
    ),
  ];
}
