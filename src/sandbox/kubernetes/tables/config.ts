/** ConfigMaps, Secrets, accounts, volumes and claims, storage classes, quotas. */
import type {
  ConfigMap,
  PersistentVolume,
  Quota,
  Secret,
  ServiceAccount,
  StorageClass,
  VolumeClaim,
} from '../objects.ts';
import { age } from './age.ts';
import type { KindTable } from './kind-table.ts';

const count = (data: object | undefined): number => Object.keys(data ?? {}).length;

const configmaps: KindTable<ConfigMap> = {
  columns: [
    ['Name', 'string'],
    ['Data', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, data, binaryData }, now) => [
    metadata.name,
    count(data) + count(binaryData),
    age(metadata.creationTimestamp, now),
  ],
};

const secrets: KindTable<Secret> = {
  columns: [
    ['Name', 'string'],
    ['Type', 'string'],
    ['Data', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, type, data }, now) => [
    metadata.name,
    type ?? '',
    count(data),
    age(metadata.creationTimestamp, now),
  ],
};

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

const modesText = (modes: readonly string[] = []): string => modes.map((mode) => shortModes[mode] ?? mode).join(',');

const persistentvolumes: KindTable<PersistentVolume> = {
  columns: [
    ['Name', 'string'],
    ['Capacity', 'string'],
    ['Access Modes', 'string'],
    ['Reclaim Policy', 'string'],
    ['Status', 'string'],
    ['Claim', 'string'],
    ['StorageClass', 'string'],
    ['VolumeAttributesClass', 'string'],
    ['Reason', 'string'],
    ['Age', 'string'],
    ['VolumeMode', 'string', 1],
  ],
  cells: ({ metadata, spec, status }, now) => [
    metadata.name,
    spec.capacity?.['storage'] ?? '',
    modesText(spec.accessModes),
    spec.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp === undefined ? status.phase : 'Terminating',
    spec.claimRef === undefined ? '' : `${spec.claimRef.namespace}/${spec.claimRef.name}`,
    spec.storageClassName ?? '',
    spec.volumeAttributesClassName ?? '<unset>',
    status.reason ?? '',
    age(metadata.creationTimestamp, now),
    spec.volumeMode ?? '<unset>',
  ],
};

const storageclasses: KindTable<StorageClass> = {
  columns: [
    ['Name', 'string'],
    ['Provisioner', 'string'],
    ['ReclaimPolicy', 'string'],
    ['VolumeBindingMode', 'string'],
    ['AllowVolumeExpansion', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, ...spec }, now) => [
    `${metadata.name}${metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? ' (default)' : ''}`,
    spec.provisioner,
    spec.reclaimPolicy ?? 'Delete',
    spec.volumeBindingMode ?? 'Immediate',
    spec.allowVolumeExpansion ?? false,
    age(metadata.creationTimestamp, now),
  ],
};

const serviceaccounts: KindTable<ServiceAccount> = {
  columns: [
    ['Name', 'string'],
    ['Secrets', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, secrets }, now) => [metadata.name, secrets?.length ?? 0, age(metadata.creationTimestamp, now)],
};

const persistentvolumeclaims: KindTable<VolumeClaim> = {
  columns: [
    ['Name', 'string'],
    ['Status', 'string'],
    ['Volume', 'string'],
    ['Capacity', 'string'],
    ['Access Modes', 'string'],
    ['StorageClass', 'string'],
    ['VolumeAttributesClass', 'string'],
    ['Age', 'string'],
    ['VolumeMode', 'string', 1],
  ],
  cells: ({ metadata, spec, status }, now) => {
    const bound = spec.volumeName !== undefined;
    return [
      metadata.name,
      metadata.deletionTimestamp === undefined ? status.phase : 'Terminating',
      spec.volumeName ?? '',
      bound ? (status.capacity?.['storage'] ?? '') : '',
      bound ? modesText(status.accessModes) : '',
      spec.storageClassName ?? '',
      spec.volumeAttributesClassName ?? '<unset>',
      age(metadata.creationTimestamp, now),
      spec.volumeMode ?? '<unset>',
    ];
  },
};

const resourcequotas: KindTable<Quota> = {
  columns: [
    ['Name', 'string'],
    ['Request', 'string'],
    ['Limit', 'string'],
    ['Age', 'string'],
  ],
  cells: ({ metadata, status }, now) => {
    const hard = Object.entries(status.hard ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = (limits: boolean) =>
      hard
        .filter(([name]) => name.startsWith('limits') === limits)
        .map(([name, most]) => `${name}: ${status.used?.[name] ?? '0'}/${most}`)
        .join(', ');
    return [metadata.name, text(false), text(true), age(metadata.creationTimestamp, now)];
  },
};

export const configTables = {
  configmaps,
  secrets,
  persistentvolumes,
  persistentvolumeclaims,
  resourcequotas,
  serviceaccounts,
  storageclasses,
};
