/** The texts of `kubectl describe` (1.34) for ingresses, ingress classes, endpoints and endpoint slices. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, isRecord, listAt, numberAt, textAt, textsAt } from '../live.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';
import { metadata } from './describe-policy.ts';

export type IngressFacts = {
  readonly events: Events;
  /** The text of a backend's service: `web:80 (10.0.0.1:8080)`, by its JSON. */
  readonly backends: ReadonlyMap<string, string>;
};

export const backendKey = (backend: Json | undefined): string => JSON.stringify(backend ?? null);

export function describeIngress(ingress: Json, facts: IngressFacts, now: number): Description {
  const backend = (value: Json | undefined): string => facts.backends.get(backendKey(value)) ?? '';
  const addresses = listAt(ingress, 'status', 'loadBalancer', 'ingress')
    .map((one) => textAt(one, 'ip') || (textAt(one, 'hostname') ?? ''))
    .filter((text) => text !== '');
  const usual = at(ingress, 'spec', 'defaultBackend');
  const usualText = usual === undefined ? '<default>' : backend(usual);
  const tls = listAt(ingress, 'spec', 'tls');
  const rules = listAt(ingress, 'spec', 'rules').filter((rule) => isRecord(at(rule, 'http')));
  const body = [
    `Name:\t${metadata(ingress, 'name')}`,
    ...labelLines('Labels', textsAt(ingress, 'metadata', 'labels')),
    `Namespace:\t${metadata(ingress, 'namespace')}`,
    `Address:\t${[...new Set(addresses)].sort().join(',')}`,
    `Ingress Class:\t${textAt(ingress, 'spec', 'ingressClassName') ?? '<none>'}`,
    `Default backend:\t${usualText}`,
    ...(tls.length === 0 ? [] : ['TLS:', ...tls.map(tlsLine)]),
    'Rules:',
    '  Host\tPath\tBackends',
    '  ----\t----\t--------',
    ...rules.flatMap((rule) => [
      `  ${textAt(rule, 'host') || '*'}\t`,
      ...listAt(rule, 'http', 'paths').map(
        (path) => `    \t${textAt(path, 'path') ?? ''} \t${backend(at(path, 'backend'))}`,
      ),
    ]),
    ...(rules.length === 0 ? [`  *\t*\t${usualText}`] : []),
    ...annotationLines('Annotations', textsAt(ingress, 'metadata', 'annotations')),
  ];
  return describedText(body, facts.events, now);
}

function tlsLine(tls: Json): string {
  const hosts = listAt(tls, 'hosts').map(String).join(',');
  const name = textAt(tls, 'secretName') ?? '';
  return name === '' ? `  SNI routes ${hosts}` : `  ${name} terminates ${hosts}`;
}

export function describeIngressClass(object: Json, events: Events, now: number): Description {
  const parameters = at(object, 'spec', 'parameters');
  const group = textAt(parameters, 'apiGroup');
  const body = [
    `Name:\t${metadata(object, 'name')}`,
    ...labelLines('Labels', textsAt(object, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(object, 'metadata', 'annotations')),
    `Controller:\t${textAt(object, 'spec', 'controller') ?? ''}`,
    ...(parameters === undefined
      ? []
      : [
          'Parameters:',
          ...(group === undefined ? [] : [`  APIGroup:\t${group}`]),
          `  Kind:\t${textAt(parameters, 'kind') ?? ''}`,
          `  Name:\t${textAt(parameters, 'name') ?? ''}`,
        ]),
  ];
  return describedText(body, events, now);
}

const head = (object: Json): string[] => [
  `Name:\t${metadata(object, 'name')}`,
  `Namespace:\t${metadata(object, 'namespace')}`,
  ...labelLines('Labels', textsAt(object, 'metadata', 'labels')),
  ...annotationLines('Annotations', textsAt(object, 'metadata', 'annotations')),
];

export function describeEndpoints(endpoints: Json, events: Events, now: number): Description {
  const addresses = (subset: Json, field: string): string =>
    listAt(subset, field)
      .map((address) => textAt(address, 'ip') ?? '')
      .join(',') || '<none>';
  const body = [
    ...head(endpoints),
    'Subsets:',
    ...listAt(endpoints, 'subsets').flatMap((subset) => {
      const ports = listAt(subset, 'ports');
      return [
        `  Addresses:\t${addresses(subset, 'addresses')}`,
        `  NotReadyAddresses:\t${addresses(subset, 'notReadyAddresses')}`,
        ...(ports.length === 0 ? [] : ['  Ports:', '    Name\tPort\tProtocol', '    ----\t----\t--------']),
        ...ports.map(
          (port) =>
            `    ${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port') ?? 0}\t${textAt(port, 'protocol') ?? ''}`,
        ),
        '',
      ];
    }),
  ];
  return describedText(body, events, now);
}

export function describeEndpointSlice(slice: Json, events: Events, now: number): Description {
  const ports = listAt(slice, 'ports');
  const endpoints = listAt(slice, 'endpoints');
  const body = [
    ...head(slice),
    `AddressType:\t${textAt(slice, 'addressType') ?? ''}`,
    ...(ports.length === 0 ? ['Ports: <unset>'] : ['Ports:', '  Name\tPort\tProtocol', '  ----\t----\t--------']),
    ...ports.map(
      (port) =>
        `  ${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port') ?? '<unset>'}\t${textAt(port, 'protocol') ?? ''}`,
    ),
    ...(endpoints.length === 0 ? ['Endpoints: <none>'] : ['Endpoints:']),
    ...endpoints.flatMap(endpointLines),
  ];
  return describedText(body, events, now);
}

function endpointLines(endpoint: Json): string[] {
  const ready = at(endpoint, 'conditions', 'ready');
  const target = at(endpoint, 'targetRef');
  const text = (field: string): string => textAt(endpoint, field) ?? '<unset>';
  return [
    `  - Addresses:\t${listAt(endpoint, 'addresses').map(String).join(', ') || '<none>'}`,
    '    Conditions:',
    `      Ready:\t${ready === undefined || ready === null ? '<unset>' : String(ready === true)}`,
    `    Hostname:\t${text('hostname')}`,
    ...(target === undefined
      ? []
      : [`    TargetRef:\t${textAt(target, 'kind') ?? ''}/${textAt(target, 'name') ?? ''}`]),
    `    NodeName:\t${text('nodeName')}`,
    `    Zone:\t${text('zone')}`,
  ];
}
