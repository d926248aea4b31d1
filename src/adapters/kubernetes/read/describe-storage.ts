/** The texts of `kubectl describe` (1.34) for persistent volumes, their claims and storage classes. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import { at, listAt, scalarAt, textAt, textsAt } from '../live.ts';
import { ageOf, rfc1123 } from './ages.ts';
import { noAmount, parseAmount, printAmount } from './amounts.ts';
import { annotationLines, describedText, labelLines, type Description, type Events } from './describe-lines.ts';
import { formatLabels, metadata } from './describe-policy.ts';
import { describeVolumeSource } from './describe-volumes.ts';
import { goValue } from './table.ts';

const oldClassKey = 'volume.beta.kubernetes.io/storage-class';
const defaultKeys = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

const modes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

const modesText = (all: readonly Json[]): string =>
  modes.flatMap(([mode, short]) => (all.includes(mode) ? [short] : [])).join(',');

const amountText = (written: string | undefined): string => printAmount(parseAmount(written ?? '0') ?? noAmount);

const classOf = (object: Json): string =>
  textAt(object, 'metadata', 'annotations', oldClassKey) ?? textAt(object, 'spec', 'storageClassName') ?? '';

function statusOf(object: Json, now: number): string {
  const ending = textAt(object, 'metadata', 'deletionTimestamp');
  return ending === undefined ? (textAt(object, 'status', 'phase') ?? '') : `Terminating (lasts ${ageOf(ending, now)})`;
}

/** Fields of a volume that are no source of it. */
const ownFields = new Set(
  'accessModes capacity claimRef mountOptions nodeAffinity persistentVolumeReclaimPolicy storageClassName volumeAttributesClassName volumeMode'.split(
    ' ',
  ),
);

export function describeVolume(volume: Json, events: Events, now: number): Description {
  const spec = at(volume, 'spec');
  const source = Object.keys(typeof spec === 'object' && spec !== null ? spec : {}).find((key) => !ownFields.has(key));
  const lines = source === undefined ? ['  <unknown>'] : describeVolumeSource(source, at(spec, source) ?? null);
  if (lines === undefined) {
    return {
      problem: `volumes of type ${source ?? 'unknown'} cannot be described here. Read the object with get -o yaml.`,
    };
  }
  const claim = at(spec, 'claimRef');
  const mode = textAt(spec, 'volumeMode');
  const body = [
    `Name:\t${metadata(volume, 'name')}`,
    ...labelLines('Labels', textsAt(volume, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(volume, 'metadata', 'annotations')),
    `Finalizers:\t${goValue(listAt(volume, 'metadata', 'finalizers'))}`,
    `StorageClass:\t${classOf(volume)}`,
    `Status:\t${statusOf(volume, now)}`,
    `Claim:\t${claim === undefined ? '' : `${textAt(claim, 'namespace') ?? ''}/${textAt(claim, 'name') ?? ''}`}`,
    `Reclaim Policy:\t${textAt(spec, 'persistentVolumeReclaimPolicy') ?? ''}`,
    `Access Modes:\t${modesText(listAt(spec, 'accessModes'))}`,
    ...(mode === undefined ? [] : [`VolumeMode:\t${mode}`]),
    `Capacity:\t${amountText(scalarAt(spec, 'capacity', 'storage'))}`,
    ...affinityLines(at(spec, 'nodeAffinity', 'required')),
    `Message:\t${textAt(volume, 'status', 'message') ?? ''}`,
    'Source:',
    ...lines,
  ];
  return describedText(body, events, now);
}

function affinityLines(required: Json | undefined): string[] {
  if (required === undefined) return ['Node Affinity:\t<none>'];
  const terms = listAt(required, 'nodeSelectorTerms');
  if (terms.length === 0) return ['Node Affinity:\t', '  Required Terms:\t<none>'];
  return [
    'Node Affinity:\t',
    '  Required Terms:\t',
    ...terms.flatMap((term, index) => {
      const all = listAt(term, 'matchExpressions').map((one) => {
        const values = listAt(one, 'values').map(String).join(', ');
        return `${textAt(one, 'key') ?? ''} ${(textAt(one, 'operator') ?? '').toLowerCase()}${values === '' ? '' : ` [${values}]`}`;
      });
      if (all.length === 0) return [`    Term ${index}:\t<none>`];
      return all.map((text, at_) => (at_ === 0 ? `    Term ${index}:\t${text}` : `    \t${text}`));
    }),
  ];
}

export function describeClaim(claim: Json, facts: { events: Events; pods: readonly Json[] }, now: number): Description {
  const bound = textAt(claim, 'spec', 'volumeName') ?? '';
  const mode = textAt(claim, 'spec', 'volumeMode');
  const source = at(claim, 'spec', 'dataSource');
  const group = textAt(source, 'apiGroup');
  const conditions = listAt(claim, 'status', 'conditions');
  const users = facts.pods.map((pod) => metadata(pod, 'name')).sort();
  const body = [
    `Name:\t${metadata(claim, 'name')}`,
    `Namespace:\t${metadata(claim, 'namespace')}`,
    `StorageClass:\t${classOf(claim)}`,
    `Status:\t${statusOf(claim, now)}`,
    `Volume:\t${bound}`,
    ...labelLines('Labels', textsAt(claim, 'metadata', 'labels')),
    ...annotationLines('Annotations', textsAt(claim, 'metadata', 'annotations')),
    `Finalizers:\t${goValue(listAt(claim, 'metadata', 'finalizers'))}`,
    `Capacity:\t${bound === '' ? '' : amountText(scalarAt(claim, 'status', 'capacity', 'storage'))}`,
    `Access Modes:\t${bound === '' ? '' : modesText(listAt(claim, 'status', 'accessModes'))}`,
    ...(mode === undefined ? [] : [`VolumeMode:\t${mode}`]),
    ...(source === undefined
      ? []
      : [
          'DataSource:',
          ...(group === undefined ? [] : [`  APIGroup:\t${group}`]),
          `  Kind:\t${textAt(source, 'kind') ?? ''}`,
          `  Name:\t${textAt(source, 'name') ?? ''}`,
        ]),
    ...(users.length === 0
      ? ['Used By:\t<none>']
      : users.map((user, index) => `${index === 0 ? 'Used By:' : ''}\t${user}`)),
    ...(conditions.length === 0
      ? []
      : [
          'Conditions:',
          '  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage',
          '  ----\t------\t-----------------\t------------------\t------\t-------',
          ...conditions.map((one) =>
            [
              `  ${textAt(one, 'type') ?? ''} `,
              `${textAt(one, 'status') ?? ''} `,
              `${rfc1123(textAt(one, 'lastProbeTime'))} `,
              `${rfc1123(textAt(one, 'lastTransitionTime'))} `,
              `${textAt(one, 'reason') ?? ''} `,
              maskText(textAt(one, 'message') ?? ''),
            ].join('\t'),
          ),
        ]),
  ];
  return describedText(body, facts.events, now);
}

export function describeStorageClass(object: Json, events: Events, now: number): Description {
  const annotations = textsAt(object, 'metadata', 'annotations');
  const expansion = at(object, 'allowVolumeExpansion');
  const options = listAt(object, 'mountOptions');
  const optional = (title: string, field: string): string[] => {
    const value = textAt(object, field);
    return value === undefined ? [] : [`${title}:\t${value}`];
  };
  const body = [
    `Name:\t${metadata(object, 'name')}`,
    `IsDefaultClass:\t${defaultKeys.some((key) => annotations[key] === 'true') ? 'Yes' : 'No'}`,
    `Annotations:\t${formatLabels(annotations)}`,
    `Provisioner:\t${textAt(object, 'provisioner') ?? ''}`,
    `Parameters:\t${formatLabels(textsAt(object, 'parameters'))}`,
    `AllowVolumeExpansion:\t${expansion === undefined ? '<unset>' : expansion === true ? 'True' : 'False'}`,
    ...(options.length === 0
      ? ['MountOptions:\t<none>']
      : ['MountOptions:', ...options.map((one) => `  ${goValue(one)}`)]),
    ...optional('ReclaimPolicy', 'reclaimPolicy'),
    ...optional('VolumeBindingMode', 'volumeBindingMode'),
    ...topologyLines(at(object, 'allowedTopologies')),
  ];
  return describedText(body, events, now);
}

function topologyLines(topologies: Json | undefined): string[] {
  if (topologies === undefined) return [];
  return [
    'AllowedTopologies:\t',
    ...listAt({ topologies }, 'topologies').flatMap((term, index) => {
      const all = listAt(term, 'matchLabelExpressions').map(
        (one) => `${textAt(one, 'key') ?? ''} in [${listAt(one, 'values').map(String).join(', ')}]`,
      );
      if (all.length === 0) return [`  Term ${index}:\t<none>`];
      return all.map((text, at_) => (at_ === 0 ? `  Term ${index}:\t${text}` : `  \t${text}`));
    }),
  ];
}
