/** The texts of `kubectl describe` (1.34) for budgets, priority classes, network policies and limit ranges. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskValue } from '../../../domain/masking.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import { at, isRecord, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { goTime } from './ages.ts';
import { noAmount, parseAmount, printAmount } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';

export const metadata = (object: Json, field: string): string => textAt(object, 'metadata', field) ?? '';

/** `a=b,c=d` */
export function formatLabels(texts: Readonly<Record<string, string>>): string {
  const terms = Object.keys(texts)
    .sort()
    .map((key) => `${key}=${maskValue(key, texts[key] ?? '')}`);
  return terms.join(',') || '<none>';
}

const formatSelector = (selector: Json | undefined): string =>
  selectorText(selectorOf(isRecord(selector) ? selector : {})) || '<none>';

export function describeBudget(budget: Json, events: Events, now: number): Description {
  const least = scalarAt(budget, 'spec', 'minAvailable');
  const most = scalarAt(budget, 'spec', 'maxUnavailable');
  const selector = at(budget, 'spec', 'selector');
  const status = (field: string): number => numberAt(budget, 'status', field) ?? 0;
  const body = [
    `Name:\t${metadata(budget, 'name')}`,
    `Namespace:\t${metadata(budget, 'namespace')}`,
    ...(least !== undefined ? [`Min available:\t${least}`] : most === undefined ? [] : [`Max unavailable:\t${most}`]),
    `Selector:\t${selector === undefined ? '<unset>' : formatSelector(selector)}`,
    'Status:',
    `    Allowed disruptions:\t${status('disruptionsAllowed')}`,
    `    Current:\t${status('currentHealthy')}`,
    `    Desired:\t${status('desiredHealthy')}`,
    `    Total:\t${status('expectedPods')}`,
  ];
  return describedText(body, events, now);
}

export function describePriorityClass(object: Json, events: Events, now: number): Description {
  const body = [
    `Name:\t${metadata(object, 'name')}`,
    `Value:\t${numberAt(object, 'value') ?? 0}`,
    `GlobalDefault:\t${at(object, 'globalDefault') === true}`,
    `PreemptionPolicy:\t${textAt(object, 'preemptionPolicy') ?? ''}`,
    `Description:\t${textAt(object, 'description') ?? ''}`,
    `Annotations:\t${formatLabels(textsAt(object, 'metadata', 'annotations'))}`,
  ];
  return describedText(body, events, now);
}

export const limitHead = [
  'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio',
  '----\t--------\t---\t---\t---------------\t-------------\t-----------------------',
];

/** kubectl lists the resources of one limit in no order; here by name. */
export function limitLines(range: Json): string[] {
  return listAt(range, 'spec', 'limits').flatMap((limit) => {
    const columns = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'].map((field) =>
      recordAt(limit, field),
    );
    const resources = [...new Set(columns.flatMap((column) => Object.keys(column)))].sort();
    return resources.map((resource) => {
      const cells = columns.map((column) => {
        const written = scalarAt(column, resource);
        return written === undefined ? '-' : printAmount(parseAmount(written) ?? noAmount);
      });
      return [textAt(limit, 'type') ?? '', resource, ...cells].join('\t');
    });
  });
}

export function describeLimitRange(range: Json, now: number): Description {
  const body = [
    `Name:\t${metadata(range, 'name')}`,
    `Namespace:\t${metadata(range, 'namespace')}`,
    ...limitHead,
    ...limitLines(range),
  ];
  return describedText(body, undefined, now);
}

export function describeNetworkPolicy(policy: Json, now: number): Description {
  const selector = recordAt(policy, 'spec', 'podSelector');
  const types = listAt(policy, 'spec', 'policyTypes').map(String);
  const all = '<none> (Allowing the specific traffic to all pods in this namespace)';
  const text = selectorText(selectorOf(selector));
  const body = [
    `Name:\t${metadata(policy, 'name')}`,
    `Namespace:\t${metadata(policy, 'namespace')}`,
    `Created on:\t${goTime(metadata(policy, 'creationTimestamp'))}`,
    ...labelLines('Labels', textsAt(policy, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(policy, 'metadata', 'annotations')),
    'Spec:',
    // kubectl indents what stands behind the title once more.
    `  PodSelector:     ${text === '' ? all : text}`,
    ...(types.includes('Ingress')
      ? ['  Allowing ingress traffic:', ...traffic(listAt(policy, 'spec', 'ingress'), ingress)]
      : ['  Not affecting ingress traffic']),
    ...(types.includes('Egress')
      ? ['  Allowing egress traffic:', ...traffic(listAt(policy, 'spec', 'egress'), egress)]
      : ['  Not affecting egress traffic']),
    `  Policy Types: ${types.join(', ') || '<none>'}`,
  ];
  return describedText(body, undefined, now);
}

const ingress = { name: 'ingress', field: 'from', title: 'From', end: 'source' };
const egress = { name: 'egress', field: 'to', title: 'To', end: 'destination' };

function traffic(rules: readonly Json[], { name, field, title, end }: typeof ingress): string[] {
  if (rules.length === 0) return [`    <none> (Selected pods are isolated for ${name} connectivity)`];
  return rules.flatMap((rule, index) => {
    const ports = listAt(rule, 'ports');
    const peers = listAt(rule, field);
    return [
      ...(ports.length === 0 ? ['    To Port: <any> (traffic allowed to all ports)'] : ports.map(portLine)),
      ...(peers.length === 0
        ? [`    ${title}: <any> (traffic not restricted by ${end})`]
        : peers.flatMap((peer) => [`    ${title}:`, ...peerLines(peer)])),
      ...(index === rules.length - 1 ? [] : ['    ----------']),
    ];
  });
}

function portLine(port: Json): string {
  const protocol = textAt(port, 'protocol') ?? 'TCP';
  const written = scalarAt(port, 'port') ?? '<nil>';
  const last = numberAt(port, 'endPort');
  return last === undefined
    ? `    To Port: ${written}/${protocol}`
    : `    To Port Range: ${written}-${last}/${protocol}`;
}

function peerLines(peer: Json): string[] {
  const namespaces = at(peer, 'namespaceSelector');
  const pods = at(peer, 'podSelector');
  if (namespaces !== undefined || pods !== undefined) {
    return [
      ...(namespaces === undefined ? [] : [`      NamespaceSelector: ${formatSelector(namespaces)}`]),
      ...(pods === undefined ? [] : [`      PodSelector: ${formatSelector(pods)}`]),
    ];
  }
  if (at(peer, 'ipBlock') === undefined) return [];
  return [
    '      IPBlock:',
    `        CIDR: ${textAt(peer, 'ipBlock', 'cidr') ?? ''}`,
    `        Except: ${listAt(peer, 'ipBlock', 'except').map(String).join(', ')}`,
  ];
}
