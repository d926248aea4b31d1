/** The text of `kubectl describe service` (1.34) for one service. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, numberAt, scalarAt, textAt, textsAt } from '../live.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';

export type ServiceFacts = {
  readonly events: readonly Json[] | undefined;
  /** Absent when they may not be read. */
  readonly endpointSlices?: readonly Json[];
};

/** More addresses of a port are only counted. */
const addressesMax = 3;

export function describeService(service: Json, facts: ServiceFacts, now: number): Description {
  const spec = (field: string): string => textAt(service, 'spec', field) ?? '';
  const list = (field: string): string => listAt(service, 'spec', field).map(String).join(',');
  const optional = (title: string, value: string): string[] => (value === '' ? [] : [`${title}:\t${value}`]);
  const body = [
    `Name:\t${textAt(service, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(service, 'metadata', 'namespace') ?? ''}`,
    ...labelLines('Labels', textsAt(service, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(service, 'metadata', 'annotations')),
    `Selector:\t${selector(textsAt(service, 'spec', 'selector'))}`,
    `Type:\t${spec('type')}`,
    ...optional('IP Family Policy', spec('ipFamilyPolicy')),
    `IP Families:\t${list('ipFamilies') || '<none>'}`,
    `IP:\t${spec('clusterIP')}`,
    `IPs:\t${list('clusterIPs') || '<none>'}`,
    ...optional('External IPs', list('externalIPs')),
    ...optional('Desired LoadBalancer IP', spec('loadBalancerIP')),
    ...optional('External Name', spec('externalName')),
    ...optional('LoadBalancer Ingress', ingresses(listAt(service, 'status', 'loadBalancer', 'ingress'))),
    ...listAt(service, 'spec', 'ports').flatMap((port) => portLines(port, facts.endpointSlices)),
    `Session Affinity:\t${spec('sessionAffinity')}`,
    ...optional('External Traffic Policy', spec('externalTrafficPolicy')),
    ...optional('Internal Traffic Policy', spec('internalTrafficPolicy')),
    ...optional('HealthCheck NodePort', String(numberAt(service, 'spec', 'healthCheckNodePort') || '')),
    ...optional('LoadBalancer Source Ranges', list('loadBalancerSourceRanges')),
    ...optional('Traffic Distribution', spec('trafficDistribution')),
  ];
  return describedText(body, facts.events, now);
}

function selector(labels: Readonly<Record<string, string>>): string {
  const terms = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key] ?? ''}`);
  return terms.join(',') || '<none>';
}

const ingresses = (all: readonly Json[]): string =>
  all
    .map((one) => {
      const ip = textAt(one, 'ip') ?? '';
      const mode = textAt(one, 'ipMode');
      if (ip === '') return textAt(one, 'hostname') ?? '';
      return mode === undefined ? ip : `${ip} (${mode})`;
    })
    .join(', ');

function portLines(port: Json, slices: readonly Json[] | undefined): string[] {
  const name = textAt(port, 'name') ?? '';
  const shown = name === '' ? '<unset>' : name;
  const protocol = textAt(port, 'protocol') ?? '';
  const nodePort = numberAt(port, 'nodePort') ?? 0;
  return [
    `Port:\t${shown}\t${numberAt(port, 'port') ?? 0}/${protocol}`,
    `TargetPort:\t${scalarAt(port, 'targetPort') ?? '0'}/${protocol}`,
    ...(nodePort === 0 ? [] : [`NodePort:\t${shown}\t${nodePort}/${protocol}`]),
    // kubectl prints <none> for both; who may not look does not know that there is none.
    `Endpoints:\t${slices === undefined ? 'not authorized' : endpoints(slices, name)}`,
  ];
}

/** Ready addresses of one port. A slice without ports (a headless service may have none) counts for every port. */
export function endpoints(slices: readonly Json[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const shown: string[] = [];
  let more = false;
  let ready = 0;
  for (const slice of slices) {
    const all = listAt(slice, 'ports');
    const suffixes =
      all.length === 0
        ? [undefined]
        : all.filter((one) => (textAt(one, 'name') ?? '') === portName).map((one) => numberAt(one, 'port') ?? 0);
    for (const port of suffixes) {
      for (const endpoint of listAt(slice, 'endpoints')) {
        // kubectl says `+ 0 more...` when what follows the third is not ready.
        more ||= shown.length === addressesMax;
        if (at(endpoint, 'conditions', 'ready') === false) continue;
        const address = textAt(endpoint, 'addresses', 0) ?? '';
        const host = address.includes(':') ? `[${address}]` : address;
        if (!more) shown.push(port === undefined ? address : `${host}:${port}`);
        ready++;
      }
    }
  }
  return more ? `${shown.join(',')} + ${ready - addressesMax} more...` : shown.join(',');
}
