/** Volumes of drivers that were once part of Kubernetes, in the words of kubectl 1.34. Clusters still hold them. */
import type { Json } from '../../../domain/json.ts';
import { maskText } from '../../../domain/masking.ts';
import { at, isRecord, listAt, scalarAt, textAt, textsAt } from '../live.ts';
import { annotationLines, labelLines } from './describe-lines.ts';
import { goValue } from './table.ts';

type Printer = (source: Json) => readonly string[];

const text = (title: string, field: string, without = ''): Printer => {
  return (source) => [`${title}\t${scalarAt(source, field) ?? without}`];
};
const flag = (title: string, field: string): Printer => {
  return (source) => [`${title}\t${at(source, field) === true}`];
};
const list = (title: string, field: string): Printer => {
  return (source) => [`${title}\t${goValue(listAt(source, field))}`];
};

/** As Go prints the pointer that it is in kubectl. */
const secret: Printer = (source) => {
  const reference = at(source, 'secretRef');
  if (!isRecord(reference)) return ['SecretRef:\tnil'];
  const [name, namespace] = [textAt(reference, 'name') ?? '', textAt(reference, 'namespace')];
  return [
    namespace === undefined
      ? `SecretRef:\t&LocalObjectReference{Name:${name},}`
      : `SecretRef:\t&SecretReference{Name:${name},Namespace:${namespace},}`,
  ];
};

const fsType = text('FSType:', 'fsType');
const readOnly = flag('ReadOnly:', 'readOnly');
const partition = text('Partition:', 'partition', '0');

const typed = (type: string, ...fields: readonly Printer[]): Printer => {
  return (source) => [`Type:\t${type}`, ...fields.flatMap((field) => field(source))];
};

/** By the field of the volume, of a pod's and of a persistent one. */
export const driverPrinters: Readonly<Record<string, Printer>> = {
  iscsi: typed(
    "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    text('TargetPortal:', 'targetPortal'),
    text('IQN:', 'iqn'),
    text('Lun:', 'lun', '0'),
    text('ISCSIInterface', 'iscsiInterface'),
    fsType,
    readOnly,
    list('Portals:', 'portals'),
    flag('DiscoveryCHAPAuth:', 'chapAuthDiscovery'),
    flag('SessionCHAPAuth:', 'chapAuthSession'),
    secret,
    text('InitiatorName:', 'initiatorName', '<none>'),
  ),
  fc: typed(
    'FC (a Fibre Channel disk)',
    (source) => [`TargetWWNs:\t${listAt(source, 'targetWWNs').map(goValue).join(', ')}`],
    text('LUN:', 'lun', '<none>'),
    fsType,
    readOnly,
  ),
  rbd: typed(
    "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    list('CephMonitors:', 'monitors'),
    text('RBDImage:', 'image'),
    fsType,
    text('RBDPool:', 'pool'),
    text('RadosUser:', 'user'),
    text('Keyring:', 'keyring'),
    secret,
    readOnly,
  ),
  cephfs: typed(
    "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    list('Monitors:', 'monitors'),
    text('Path:', 'path'),
    text('User:', 'user'),
    text('SecretFile:', 'secretFile'),
    secret,
    readOnly,
  ),
  gcePersistentDisk: typed(
    'GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)',
    text('PDName:', 'pdName'),
    fsType,
    partition,
    readOnly,
  ),
  awsElasticBlockStore: typed(
    'AWSElasticBlockStore (a Persistent Disk resource in AWS)',
    text('VolumeID:', 'volumeID'),
    fsType,
    partition,
    readOnly,
  ),
  azureFile: typed(
    'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    text('SecretName:', 'secretName'),
    text('ShareName:', 'shareName'),
    readOnly,
  ),
  azureDisk: typed(
    'AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)',
    text('DiskName:', 'diskName'),
    text('DiskURI:', 'diskURI'),
    text('Kind:', 'kind'),
    fsType,
    text('CachingMode:', 'cachingMode'),
    readOnly,
  ),
  vsphereVolume: typed(
    'vSphereVolume (a Persistent Disk resource in vSphere)',
    text('VolumePath:', 'volumePath'),
    fsType,
    text('StoragePolicyName:', 'storagePolicyName'),
  ),
  glusterfs: typed(
    "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    text('EndpointsName:', 'endpoints'),
    text('Path:', 'path'),
    readOnly,
  ),
  cinder: typed(
    'Cinder (a Persistent Disk resource in OpenStack)',
    text('VolumeID:', 'volumeID'),
    fsType,
    readOnly,
    secret,
  ),
  flexVolume: typed(
    'FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)',
    text('Driver:', 'driver'),
    fsType,
    secret,
    readOnly,
    (source) => [`Options:\t${maskText(goValue(textsAt(source, 'options')))}`],
  ),
  portworxVolume: typed('PortworxVolume (a Portworx Volume resource)', text('VolumeID:', 'volumeID')),
  gitRepo: typed(
    'GitRepo (a volume that is pulled from git when the pod is created)',
    text('Repository:', 'repository'),
    text('Revision:', 'revision'),
  ),
};

/** Where a persistent volume has a line more than a pod's. */
export const persistentDriverPrinters: Readonly<Record<string, Printer>> = {
  azureFile: typed(
    'AzureFile (an Azure File Service mount on the host and bind mount to the pod)',
    text('SecretName:', 'secretName'),
    text('SecretNamespace:', 'secretNamespace'),
    text('ShareName:', 'shareName'),
    readOnly,
  ),
  glusterfs: typed(
    "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    text('EndpointsName:', 'endpoints'),
    text('EndpointsNamespace:', 'endpointsNamespace', '<unset>'),
    text('Path:', 'path'),
    readOnly,
  ),
};

/** The claim that is made for one pod. kubectl repeats its indentation within some of these lines; so does this. */
export function describeEphemeral(source: Json): readonly string[] {
  const claim = at(source, 'volumeClaimTemplate') ?? null;
  const mode = textAt(claim, 'spec', 'volumeMode');
  const data = at(claim, 'spec', 'dataSource');
  const group = textAt(data, 'apiGroup');
  const repeated = (lines: readonly string[]): string[] =>
    lines.map((line) => line.replace(/^\t/, '    \t').replace('\t', '\t    '));
  return [
    'Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
    `StorageClass:\t${textAt(claim, 'spec', 'storageClassName') ?? ''}`,
    `Volume:\t${textAt(claim, 'spec', 'volumeName') ?? ''}`,
    ...repeated(labelLines('Labels', textsAt(claim, 'metadata', 'labels'))),
    ...repeated(annotationLines('Annotations', textsAt(claim, 'metadata', 'annotations'))),
    'Capacity:\t',
    'Access Modes:\t',
    ...(mode === undefined ? [] : [`VolumeMode:\t${mode}`]),
    ...(data === undefined
      ? []
      : [
          'DataSource:',
          ...(group === undefined ? [] : [`  APIGroup:\t${group}`]),
          `  Kind:\t${textAt(data, 'kind') ?? ''}`,
          `  Name:\t${textAt(data, 'name') ?? ''}`,
        ]),
  ];
}
