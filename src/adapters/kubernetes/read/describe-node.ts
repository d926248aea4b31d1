/** The text of `kubectl describe node` (1.34) for one node. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import { at, listAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { printAmount, type Amounts } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';
import { nodePodLines } from './node-pods.ts';
import { amountsOf } from './pod-amounts.ts';

export type NodeFacts = {
  readonly events: readonly Json[] | undefined;
  /** Those not finished, of all namespaces; absent when they may not be read. */
  readonly pods?: readonly Json[];
  readonly lease: Json | { readonly failed: string };
};

export function describeNode(node: Json, facts: NodeFacts, now: number): Description {
  const labels = textsAt(node, 'metadata', 'labels');
  const spec = (field: string): string => textAt(node, 'spec', field) ?? '';
  const ranges = listAt(node, 'spec', 'podCIDRs').map(String).join(',');
  const capacity = amountsOf(at(node, 'status', 'capacity'));
  const allocatable = amountsOf(at(node, 'status', 'allocatable'));
  const optional = (title: string, value: string): string[] => (value === '' ? [] : [`${title}:\t${value}`]);
  const body = [
    `Name:\t${textAt(node, 'metadata', 'name') ?? ''}`,
    `Roles:\t${roles(labels)}`,
    ...labelLines('Labels', labels),
    ...annotationLines('Annotations', textsAt(node, 'metadata', 'annotations')),
    `CreationTimestamp:\t${rfc1123(textAt(node, 'metadata', 'creationTimestamp'))}`,
    ...taints(listAt(node, 'spec', 'taints')),
    `Unschedulable:\t${at(node, 'spec', 'unschedulable') === true}`,
    ...lease(facts.lease),
    ...conditions(listAt(node, 'status', 'conditions')),
    'Addresses:',
    ...listAt(node, 'status', 'addresses').map(
      (one) => `  ${textAt(one, 'type') ?? ''}:\t${textAt(one, 'address') ?? ''}`,
    ),
    ...amounts('Capacity', capacity),
    ...amounts('Allocatable', allocatable),
    ...systemInfo(node),
    ...optional('PodCIDR', spec('podCIDR')),
    ...optional('PodCIDRs', ranges),
    ...optional('ProviderID', spec('providerID')),
    ...(facts.pods === undefined
      ? ['Pods:\tnot authorized']
      : nodePodLines(facts.pods, allocatable.size === 0 ? capacity : allocatable, now)),
  ];
  return describedText(body, facts.events, now);
}

const rolePrefix = 'node-role.kubernetes.io/';

function roles(labels: Readonly<Record<string, string>>): string {
  const names = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  return [...new Set(names.filter((name) => name !== ''))].sort().join(',') || '<none>';
}

function taints(all: readonly Json[]): string[] {
  if (all.length === 0) return ['Taints:\t<none>'];
  const field = (taint: Json, name: string): string => textAt(taint, name) ?? '';
  const order = (taint: Json): string => `${field(taint, 'effect')},${field(taint, 'key')}`;
  return [...all]
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((taint, index) => {
      const value = field(taint, 'value');
      return `${index === 0 ? 'Taints:' : ''}\t${field(taint, 'key')}${value === '' ? '' : `=${value}`}:${field(taint, 'effect')}`;
    });
}

function lease(found: NodeFacts['lease']): string[] {
  const failed = textAt(found, 'failed');
  if (failed !== undefined) return [`Lease:\tFailed to get lease: ${failed}`];
  const time = (field: string): string => {
    const written = textAt(found, 'spec', field);
    return written === undefined ? '<unset>' : rfc1123(written);
  };
  return [
    'Lease:',
    `  HolderIdentity:\t${textAt(found, 'spec', 'holderIdentity') ?? '<unset>'}`,
    `  AcquireTime:\t${time('acquireTime')}`,
    `  RenewTime:\t${time('renewTime')}`,
  ];
}

function conditions(all: readonly Json[]): string[] {
  if (all.length === 0) return [];
  const text = (one: Json, field: string): string => textAt(one, field) ?? '';
  return [
    'Conditions:',
    '  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage',
    '  ----\t------\t-----------------\t------------------\t------\t-------',
    ...all.map((one) =>
      [
        `  ${text(one, 'type')} `,
        `${text(one, 'status')} `,
        `${rfc1123(text(one, 'lastHeartbeatTime'))} `,
        `${rfc1123(text(one, 'lastTransitionTime'))} `,
        `${text(one, 'reason')} `,
        maskText(text(one, 'message')),
      ].join('\t'),
    ),
  ];
}

function amounts(title: string, all: Amounts): string[] {
  if (all.size === 0) return [];
  const names = [...all.keys()].sort();
  return [
    `${title}:`,
    ...names.map((name) => `  ${name}:\t${printAmount(all.get(name) ?? { nano: 0n, style: 'decimal' })}`),
  ];
}

const infoFields = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
] as const;

const systemInfo = (node: Json): string[] => [
  'System Info:',
  ...infoFields.map(([title, field]) => `  ${title}:\t${textAt(node, 'status', 'nodeInfo', field) ?? ''}`),
];
