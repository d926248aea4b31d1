/** Services, Endpoints, EndpointSlices, ingresses and network policies. */
import type { Endpoints, EndpointSlice, Ingress, NetworkPolicy, Service } from '../objects.ts';
import { selectorText } from '../selectors.ts';
import { age } from './age.ts';
import type { KindTable } from './kind-table.ts';

const services: KindTable<Service> = {
  columns: [
    ['Name', 'string'],
    ['Type', 'string'],
    ['Cluster-IP', 'string'],
    ['External-IP', 'string'],
    ['Port(s)', 'string'],
    ['Age', 'string'],
    ['Selector', 'string', 1],
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    spec.type ?? 'ClusterIP',
    spec.clusterIP ?? (spec.type === 'ExternalName' ? '<none>' : 'None'),
    externalText(spec, status),
    portText(spec),
    age(metadata.creationTimestamp, now),
    selectorText({ matchLabels: spec.selector ?? {} }) || '<none>',
  ],
};

function externalText(spec: Service['spec'], status: Service['status']): string {
  if (spec.type === 'ExternalName') return spec.externalName ?? '<none>';
  const balanced = (status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
  const all = [...balanced, ...(spec.externalIPs ?? [])];
  if (all.length > 0) return all.join(',');
  return spec.type === 'LoadBalancer' ? '<pending>' : '<none>';
}

const portText = (spec: Service['spec']): string =>
  (spec.ports ?? [])
    .map(({ port, nodePort, protocol = 'TCP' }) => `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol}`)
    .join(',') || '<none>';

const endpoints: KindTable<Endpoints> = {
  columns: [
    ['Name', 'string'],
    ['Endpoints', 'string'],
    ['Age', 'string'],
  ],
  cells: (object, now) => [object.metadata.name, endpointText(object), age(object.metadata.creationTimestamp, now)],
};

/** At most three, then how many more. */
function endpointText({ subsets = [] }: Endpoints): string {
  const all = subsets.flatMap(({ addresses = [], ports = [] }) =>
    (ports.length === 0 ? [''] : ports.map(({ port }) => `:${port}`)).flatMap((port) =>
      addresses.map(({ ip }) => `${ip}${port}`),
    ),
  );
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, 3).join(',');
  return all.length > 3 ? `${shown} + ${all.length - 3} more...` : shown;
}

const endpointslices: KindTable<EndpointSlice> = {
  columns: [
    ['Name', 'string'],
    ['AddressType', 'string'],
    ['Ports', 'string'],
    ['Endpoints', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, addressType, ports, endpoints: all }, now) => [
    metadata.name,
    addressType,
    firstThree((ports ?? []).map(({ port }) => String(port))),
    firstThree((all ?? []).flatMap(({ addresses }) => addresses)),
    age(metadata.creationTimestamp, now),
  ],
};

function firstThree(texts: readonly string[]): string {
  if (texts.length === 0) return '<unset>';
  const shown = texts.slice(0, 3).join(',');
  return texts.length > 3 ? `${shown} + ${texts.length - 3} more...` : shown;
}

const ingresses: KindTable<Ingress> = {
  columns: [
    ['Name', 'string'],
    ['Class', 'string'],
    ['Hosts', 'string'],
    ['Address', 'string'],
    ['Ports', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, spec, status }, now) => {
    const hosts = (spec.rules ?? []).flatMap(({ host = '' }) => (host === '' ? [] : [host]));
    return [
      metadata.name,
      spec.ingressClassName ?? '<none>',
      hosts.length === 0 ? '*' : firstThree(hosts),
      (status.loadBalancer.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(','),
      (spec.tls ?? []).length > 0 ? '80, 443' : '80',
      age(metadata.creationTimestamp, now),
    ];
  },
};

const networkpolicies: KindTable<NetworkPolicy> = {
  columns: [
    ['Name', 'string'],
    ['Pod-Selector', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, spec }, now) => [
    metadata.name,
    selectorText(spec.podSelector) || '<none>',
    age(metadata.creationTimestamp, now),
  ],
};

export const networkTables = { services, endpoints, endpointslices, ingresses, networkpolicies };
