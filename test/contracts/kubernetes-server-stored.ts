/** Kinds that runbooks look at and that nothing here acts on: stored with the server's defaults, printed as its Table. */
import { describe, expect, it } from '@jest/globals';
import { type Body, bodyOf, type KubernetesServer } from './kubernetes-server-subject.ts';

type Stored = {
  readonly plural: string;
  readonly root: string;
  readonly namespaced: boolean;
  /** Without the metadata. */
  readonly object: object;
  /** Said by the server beyond what was sent. */
  readonly filled: object;
  readonly table: readonly (readonly [column: string, cell: unknown])[];
};

const age = expect.stringMatching(/^\d+s$/);
const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'job', image: 'nowhere.test/job:v1' }] } };
const name = 'stored';

const kinds: readonly Stored[] = [
  {
    plural: 'cronjobs',
    root: '/apis/batch/v1',
    namespaced: true,
    object: { kind: 'CronJob', spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } } },
    filled: {
      metadata: { generation: 1 },
      spec: { concurrencyPolicy: 'Allow', successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
    },
    table: [
      ['Name', name],
      ['Schedule', '0 0 1 1 *'],
      ['Timezone', '<none>'],
      ['Suspend', 'True'],
      ['Active', 0],
      ['Last Schedule', '<none>'],
      ['Age', age],
      ['Containers', 'job'],
      ['Images', 'nowhere.test/job:v1'],
      ['Selector', '<none>'],
    ],
  },
  {
    plural: 'ingresses',
    root: '/apis/networking.k8s.io/v1',
    namespaced: true,
    object: {
      kind: 'Ingress',
      spec: {
        ingressClassName: 'edge',
        tls: [{ hosts: ['a.test'] }],
        rules: ['a.test', 'b.test', 'c.test', 'd.test'].map((host) => ({ host })),
      },
    },
    filled: { metadata: { generation: 1 }, status: { loadBalancer: {} } },
    table: [
      ['Name', name],
      ['Class', 'edge'],
      ['Hosts', 'a.test,b.test,c.test + 1 more...'],
      ['Address', ''],
      ['Ports', '80, 443'],
      ['Age', age],
    ],
  },
  {
    plural: 'networkpolicies',
    root: '/apis/networking.k8s.io/v1',
    namespaced: true,
    object: { kind: 'NetworkPolicy', spec: { podSelector: { matchLabels: { app: 'web' } } } },
    filled: { metadata: { generation: 1 }, spec: { policyTypes: ['Ingress'] } },
    table: [
      ['Name', name],
      ['Pod-Selector', 'app=web'],
      ['Age', age],
    ],
  },
  {
    plural: 'serviceaccounts',
    root: '/api/v1',
    namespaced: true,
    object: { kind: 'ServiceAccount' },
    filled: {},
    table: [
      ['Name', name],
      ['Secrets', 0],
      ['Age', age],
    ],
  },
  {
    plural: 'persistentvolumes',
    root: '/api/v1',
    namespaced: false,
    object: {
      kind: 'PersistentVolume',
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
        storageClassName: 'slow',
        nfs: { server: 'nowhere.test', path: '/' },
      },
    },
    filled: { spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' } },
    table: [
      ['Name', name],
      ['Capacity', '1Gi'],
      ['Access Modes', 'RWO,ROX'],
      ['Reclaim Policy', 'Retain'],
      // Some moments after it was made.
      ['Status', expect.stringMatching(/^(?:Pending|Available)?$/)],
      ['Claim', ''],
      ['StorageClass', 'slow'],
      ['VolumeAttributesClass', '<unset>'],
      ['Reason', ''],
      ['Age', age],
      ['VolumeMode', 'Filesystem'],
    ],
  },
  {
    plural: 'storageclasses',
    root: '/apis/storage.k8s.io/v1',
    namespaced: false,
    object: { kind: 'StorageClass', provisioner: 'firebreak.test/none' },
    filled: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
    table: [
      ['Name', name],
      ['Provisioner', 'firebreak.test/none'],
      ['ReclaimPolicy', 'Delete'],
      ['VolumeBindingMode', 'Immediate'],
      ['AllowVolumeExpansion', false],
      ['Age', age],
    ],
  },
];

export function holdsStored(server: () => KubernetesServer): void {
  describe('what is only stored', () => {
    it.each(kinds.map((kind) => [kind.plural, kind] as const))('%s', async (plural, kind) => {
      const { namespace } = server();
      // Of the whole cluster: nobody else's.
      const own = kind.namespaced ? name : `${name}-${namespace}`;
      const folder = `${kind.root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${plural}`;
      const apiVersion = kind.root.replace(/^\/apis?\//, '');
      const body = JSON.stringify({ apiVersion, metadata: { name: own }, ...kind.object });

      const made = await server().send({ method: 'POST', path: folder, body, headers: json });
      const table = bodyOf(await server().send({ path: `${folder}/${own}`, headers: asTable }));
      const deleted = await server().send({ method: 'DELETE', path: `${folder}/${own}` });

      expect(made.status).toBe(201);
      expect(bodyOf(made)).toMatchObject(kind.filled);
      const columns = listOf(table['columnDefinitions']).map((column) => column['name']);
      expect(columns).toEqual(kind.table.map(([column]) => column));
      const cells = kind.table.map(([, cell]) => (cell === name ? own : cell));
      expect(listOf(table['rows'])[0]?.['cells']).toEqual(cells);
      expect(deleted.status).toBe(200);
    });
  });
}

const json = { 'Content-Type': 'application/json' };
const asTable = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const listOf = (body: Body | undefined): Body[] => body as unknown as Body[]; // lists read as indexed bodies
