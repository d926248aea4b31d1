/** Namespaces, nodes and their leases. */
import type { Lease, Namespace, Node } from '../objects.ts';
import { age } from './age.ts';
import type { KindTable } from './kind-table.ts';

const namespaces: KindTable<Namespace> = {
  columns: [
    ['Name', 'string'],
    ['Status', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, status }, now) => [metadata.name, status.phase, age(metadata.creationTimestamp, now)],
};

const nodes: KindTable<Node> = {
  columns: [
    ['Name', 'string'],
    ['Status', 'string'],
    ['Roles', 'string'],
    ['Age', 'string'],
    ['Version', 'string'],
    ['Internal-IP', 'string', 1],
    ['External-IP', 'string', 1],
    ['OS-Image', 'string', 1],
    ['Kernel-Version', 'string', 1],
    ['Container-Runtime', 'string', 1],
  ],
  cells: (node, now) => {
    const { metadata, status } = node;
    const address = (type: string) => status.addresses.find((entry) => entry.type === type)?.address ?? '<none>';
    return [
      metadata.name,
      statusText(node),
      rolesText(node),
      age(metadata.creationTimestamp, now),
      status.nodeInfo['kubeletVersion'] ?? '',
      address('InternalIP'),
      address('ExternalIP'),
      status.nodeInfo['osImage'] ?? '<unknown>',
      status.nodeInfo['kernelVersion'] ?? '<unknown>',
      status.nodeInfo['containerRuntimeVersion'] ?? '<unknown>',
    ];
  },
};

function statusText({ spec, status }: Node): string {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  const text = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata }: Node): string {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix) && key.length > prefix.length) return [key.slice(prefix.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return roles.sort().join(',') || '<none>';
}

const leases: KindTable<Lease> = {
  columns: [
    ['Name', 'string'],
    ['Holder', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, spec }, now) => [metadata.name, spec.holderIdentity, age(metadata.creationTimestamp, now)],
};

export const clusterTables = { namespaces, nodes, leases };
