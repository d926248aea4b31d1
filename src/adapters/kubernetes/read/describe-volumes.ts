/** The volumes of `kubectl describe` of pods and what makes pods. A kind that is not known is refused rather than guessed. */
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import { at, isRecord, listAt, numberAt, scalarAt, textAt, textsAt } from '../live.ts';
import { describeEphemeral, driverPrinters, persistentDriverPrinters } from './describe-drivers.ts';

const attributeMax = 140;

/** `indent` is that of a pod template's block; a pod's own volumes have none. */
export function describeVolumes(
  volumes: readonly Json[],
  indent: '' | '  ',
): { readonly lines: readonly string[] } | { readonly problem: string } {
  if (volumes.length === 0) return { lines: [`${indent}Volumes:\t<none>`] };
  const lines = [`${indent}Volumes:`];
  const lead = indent === '' ? '  ' : '   ';
  for (const volume of volumes) {
    const source = isRecord(volume) ? Object.keys(volume).find((key) => key !== 'name') : undefined;
    const print = source === undefined ? undefined : printers[source];
    if (source === undefined || print === undefined) {
      return {
        problem: `volumes of type ${source ?? 'unknown'} cannot be described here. Read the object with get -o yaml.`,
      };
    }
    lines.push(
      `${lead}${textAt(volume, 'name') ?? ''}:`,
      ...print(at(volume, source) ?? null).map((line) => `    ${line}`),
    );
  }
  return { lines };
}

/** The source of a persistent volume, with its indentation; undefined for a kind that is not described. */
export function describeVolumeSource(kind: string, source: Json): readonly string[] | undefined {
  if (kind === 'local') {
    return [
      '    Type:\tLocalVolume (a persistent volume backed by local storage on a node)',
      `    Path:\t${textAt(source, 'path') ?? ''}`,
    ];
  }
  if (kind === 'csi') {
    return [
      '    Type:\tCSI (a Container Storage Interface (CSI) volume source)',
      `    Driver:\t${textAt(source, 'driver') ?? ''}`,
      `    FSType:\t${textAt(source, 'fsType') ?? ''}`,
      `    VolumeHandle:\t${textAt(source, 'volumeHandle') ?? ''}`,
      `    ReadOnly:\t${at(source, 'readOnly') === true}`,
      ...attributes(textsAt(source, 'volumeAttributes')).map((line) => `    ${line}`),
    ];
  }
  const print =
    persistentDriverPrinters[kind] ?? driverPrinters[kind] ?? (shared.has(kind) ? printers[kind] : undefined);
  return print?.(source).map((line) => `    ${line}`);
}

/** What a pod and a persistent volume may both have. */
const shared = new Set(['hostPath', 'nfs']);

const optional = (source: Json): string => `Optional:\t${at(source, 'optional') === true}`;

/** By the volume's field, in the words of kubectl 1.34. */
const printers: Readonly<Record<string, (source: Json) => readonly string[]>> = {
  ...driverPrinters,
  ephemeral: describeEphemeral,
  hostPath: (source) => [
    'Type:\tHostPath (bare host directory volume)',
    `Path:\t${textAt(source, 'path') ?? ''}`,
    `HostPathType:\t${textAt(source, 'type') ?? '<none>'}`,
  ],
  emptyDir: (source) => {
    const limit = scalarAt(source, 'sizeLimit') ?? '0';
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${textAt(source, 'medium') ?? ''}`,
      `SizeLimit:\t${limit === '0' ? '<unset>' : limit}`,
    ];
  },
  secret: (source) => [
    'Type:\tSecret (a volume populated by a Secret)',
    `SecretName:\t${textAt(source, 'secretName') ?? ''}`,
    optional(source),
  ],
  configMap: (source) => [
    'Type:\tConfigMap (a volume populated by a ConfigMap)',
    `Name:\t${textAt(source, 'name') ?? ''}`,
    optional(source),
  ],
  nfs: (source) => [
    'Type:\tNFS (an NFS mount that lasts the lifetime of a pod)',
    `Server:\t${textAt(source, 'server') ?? ''}`,
    `Path:\t${textAt(source, 'path') ?? ''}`,
    `ReadOnly:\t${at(source, 'readOnly') === true}`,
  ],
  persistentVolumeClaim: (source) => [
    'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    `ClaimName:\t${textAt(source, 'claimName') ?? ''}`,
    `ReadOnly:\t${at(source, 'readOnly') === true}`,
  ],
  downwardAPI: (source) => [
    'Type:\tDownwardAPI (a volume populated by information about the pod)',
    'Items:',
    ...listAt(source, 'items').flatMap((item) => {
      const path = textAt(item, 'path') ?? '';
      const field = textAt(item, 'fieldRef', 'fieldPath');
      const resource = textAt(item, 'resourceFieldRef', 'resource');
      return [
        ...(field === undefined ? [] : [`  ${field} -> ${path}`]),
        ...(resource === undefined ? [] : [`  ${resource} -> ${path}`]),
      ];
    }),
  ],
  projected: (source) => [
    'Type:\tProjected (a volume that contains injected data from multiple sources)',
    ...listAt(source, 'sources').flatMap(projected),
  ],
  csi: (source) => [
    'Type:\tCSI (a Container Storage Interface (CSI) volume source)',
    `Driver:\t${textAt(source, 'driver') ?? ''}`,
    `FSType:\t${textAt(source, 'fsType') ?? ''}`,
    `ReadOnly:\t${at(source, 'readOnly') === true}`,
    ...attributes(textsAt(source, 'volumeAttributes')),
  ],
  image: (source) => [
    'Type:\tImage (a container image or OCI artifact)',
    `Reference:\t${textAt(source, 'reference') ?? ''}`,
    `PullPolicy:\t${textAt(source, 'pullPolicy') ?? ''}`,
  ],
};

function projected(source: Json): readonly string[] {
  const secret = at(source, 'secret');
  if (secret !== undefined) return [`SecretName:\t${textAt(secret, 'name') ?? ''}`, optional(secret)];
  if (at(source, 'downwardAPI') !== undefined) return ['DownwardAPI:\ttrue'];
  const configMap = at(source, 'configMap');
  if (configMap !== undefined) return [`ConfigMapName:\t${textAt(configMap, 'name') ?? ''}`, optional(configMap)];
  const seconds = numberAt(source, 'serviceAccountToken', 'expirationSeconds');
  return seconds === undefined ? [] : [`TokenExpirationSeconds:\t${seconds}`];
}

/** kubectl repeats its indentation within these lines; so does this. */
function attributes(texts: Readonly<Record<string, string>>): readonly string[] {
  const keys = Object.keys(texts).sort();
  if (keys.length === 0) return ['VolumeAttributes:\t<none>'];
  return keys.map((key, index) => {
    const line = maskText(`${key}=${texts[key] ?? ''}`);
    const cut = line.length > attributeMax ? `${line.slice(0, attributeMax)}...` : line;
    return `${index === 0 ? 'VolumeAttributes:\t' : '    \t'}    ${cut}`;
  });
}
