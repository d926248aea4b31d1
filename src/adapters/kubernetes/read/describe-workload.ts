/** The texts of `kubectl describe statefulset` and `daemonset` (1.34) for one of them. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskValue } from '../../../domain/masking.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import { at, listAt, numberAt, recordAt, scalarAt, textAt, textsAt } from '../live.ts';
import { rfc1123 } from './ages.ts';
import { noAmount, parseAmount, printAmount } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description } from './describe-lines.ts';
import { describeTemplate } from './describe-template.ts';
import { isControlledBy } from './replica-sets.ts';

export type WorkloadFacts = {
  readonly events: readonly Json[] | undefined;
  /** Those that its selector finds. */
  readonly pods: readonly Json[];
};

export function describeStatefulSet(set: Json, facts: WorkloadFacts, now: number): Description {
  const template = describeTemplate(recordAt(set, 'spec', 'template'));
  if ('problem' in template) return template;
  const rolling = at(set, 'spec', 'updateStrategy', 'rollingUpdate');
  const partition = numberAt(rolling, 'partition');
  const unavailable = scalarAt(rolling, 'maxUnavailable');
  const body = [
    `Name:\t${textAt(set, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(set, 'metadata', 'namespace') ?? ''}`,
    `CreationTimestamp:\t${rfc1123(textAt(set, 'metadata', 'creationTimestamp'))}`,
    `Selector:\t${selectorText(selectorOf(recordAt(set, 'spec', 'selector')))}`,
    ...labelLines('Labels', textsAt(set, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(set, 'metadata', 'annotations')),
    `Replicas:\t${numberAt(set, 'spec', 'replicas') ?? 0} desired | ${numberAt(set, 'status', 'replicas') ?? 0} total`,
    `Update Strategy:\t${textAt(set, 'spec', 'updateStrategy', 'type') ?? ''}`,
    ...(partition === undefined ? [] : [`  Partition:\t${partition}`]),
    ...(partition === undefined || unavailable === undefined ? [] : [`  MaxUnavailable:\t${unavailable}`]),
    podsStatus(set, facts.pods),
    ...template.lines,
    ...claims(listAt(set, 'spec', 'volumeClaimTemplates')),
  ];
  return describedText(body, facts.events, now);
}

const oldClassKey = 'volume.beta.kubernetes.io/storage-class';

function claims(all: readonly Json[]): string[] {
  if (all.length === 0) return ['Volume Claims:\t<none>'];
  return [
    'Volume Claims:',
    ...all.flatMap((claim) => {
      const annotations = textsAt(claim, 'metadata', 'annotations');
      const capacity = scalarAt(claim, 'spec', 'resources', 'requests', 'storage');
      return [
        `  Name:\t${textAt(claim, 'metadata', 'name') ?? ''}`,
        `  StorageClass:\t${annotations[oldClassKey] ?? textAt(claim, 'spec', 'storageClassName') ?? ''}`,
        ...indented(labelLines('Labels', textsAt(claim, 'metadata', 'labels'))),
        ...indented(labelLines('Annotations', hidden(annotations))),
        `  Capacity:\t${capacity === undefined ? '<default>' : printAmount(parseAmount(capacity) ?? noAmount)}`,
        `  Access Modes:\t[${listAt(claim, 'spec', 'accessModes').map(String).join(' ')}]`,
      ];
    }),
  ];
}

const hidden = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, maskValue(key, text)]));

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const counts = [
  ['Desired Number of Nodes Scheduled', 'desiredNumberScheduled'],
  ['Current Number of Nodes Scheduled', 'currentNumberScheduled'],
  ['Number of Nodes Scheduled with Up-to-date Pods', 'updatedNumberScheduled'],
  ['Number of Nodes Scheduled with Available Pods', 'numberAvailable'],
  ['Number of Nodes Misscheduled', 'numberMisscheduled'],
] as const;

export function describeDaemonSet(set: Json, facts: WorkloadFacts, now: number): Description {
  const template = describeTemplate(recordAt(set, 'spec', 'template'));
  if ('problem' in template) return template;
  const nodes = textsAt(set, 'spec', 'template', 'spec', 'nodeSelector');
  const body = [
    `Name:\t${textAt(set, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(set, 'metadata', 'namespace') ?? ''}`,
    `Selector:\t${selectorText(selectorOf(recordAt(set, 'spec', 'selector')))}`,
    `Node-Selector:\t${selectorText({ labels: nodes, expressions: [] }) || '<none>'}`,
    ...labelLines('Labels', textsAt(set, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(set, 'metadata', 'annotations')),
    ...counts.map(([title, field]) => `${title}: ${numberAt(set, 'status', field) ?? 0}`),
    podsStatus(set, facts.pods),
    ...template.lines,
  ];
  return describedText(body, facts.events, now);
}

/** ReplicaSets and replication controllers. */
export function describeReplicas(set: Json, facts: WorkloadFacts, now: number): Description {
  const template = describeTemplate(recordAt(set, 'spec', 'template'));
  if ('problem' in template) return template;
  const selector = recordAt(set, 'spec', 'selector');
  const isPlain = textAt(set, 'kind') === 'ReplicationController';
  const owner = listAt(set, 'metadata', 'ownerReferences').find((one) => at(one, 'controller') === true);
  const conditions = listAt(set, 'status', 'conditions');
  const text = (one: Json, field: string): string => textAt(one, field) ?? '';
  const found = isPlain ? { labels: textsAt(set, 'spec', 'selector'), expressions: [] } : selectorOf(selector);
  const body = [
    `Name:\t${textAt(set, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(set, 'metadata', 'namespace') ?? ''}`,
    `Selector:\t${selectorText(found) || '<none>'}`,
    ...labelLines('Labels', textsAt(set, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(set, 'metadata', 'annotations')),
    ...(owner === undefined || isPlain ? [] : [`Controlled By:\t${text(owner, 'kind')}/${text(owner, 'name')}`]),
    `Replicas:\t${numberAt(set, 'status', 'replicas') ?? 0} current / ${numberAt(set, 'spec', 'replicas') ?? 0} desired`,
    podsStatus(set, facts.pods),
    ...template.lines,
    ...(conditions.length === 0
      ? []
      : [
          'Conditions:',
          '  Type\tStatus\tReason',
          '  ----\t------\t------',
          ...conditions.map((one) => `  ${text(one, 'type')} \t${text(one, 'status')}\t${text(one, 'reason')}`),
        ]),
  ];
  return describedText(body, facts.events, now);
}

function podsStatus(set: Json, pods: readonly Json[]): string {
  const phases = pods.filter((pod) => isControlledBy(pod, set)).map((pod) => textAt(pod, 'status', 'phase'));
  const count = (phase: string): number => phases.filter((one) => one === phase).length;
  return `Pods Status:\t${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}
