/** What the descriptions are about besides the file: objects of no namespace, and status that no controller would write. */
import type { ServerForCluster } from '../contracts/cluster.ts';

type Made = { readonly path: string; readonly body: object };
type Server = Pick<ServerForCluster, 'send' | 'namespace'>;

const at = '2026-01-02T03:04:05Z';
const later = '2026-01-02T04:04:05Z';
const capacity = { capacity: { storage: '10Gi' }, accessModes: ['ReadWriteOnce', 'ReadOnlyMany'] };

/** Named after the namespace; `remove` knows them by that. */
export function globalsOf(namespace: string): readonly Made[] {
  const volume = (suffix: string, spec: object, metadata: object = {}): Made => ({
    path: '/api/v1/persistentvolumes',
    body: {
      metadata: { name: `${namespace}-${suffix}`, ...metadata },
      spec: { ...capacity, storageClassName: namespace, ...spec },
    },
  });
  const one = (path: string, body: object, metadata: object = {}): Made => ({
    path,
    body: { ...body, metadata: { name: namespace, ...metadata } },
  });
  return [
    volume('bound', {
      claimRef: { namespace, name: 'bound' },
      hostPath: { path: '/x' },
      storageClassName: 'none',
      volumeMode: 'Filesystem',
    }),
    volume('host', { hostPath: { path: '/y', type: 'Directory' } }),
    volume('nfs', { nfs: { server: 's', path: '/p' }, mountOptions: ['hard', 'nfsvers=4.1'] }, { labels: { a: 'b' } }),
    volume('iscsi', { iscsi: { targetPortal: '192.0.2.3:3260', iqn: 'iqn.2001-04.com.example:x', lun: 0 } }),
    volume('fc', { fc: { targetWWNs: ['50060e801049cfd1'], lun: 2, fsType: 'ext4' } }),
    volume('rbd', { rbd: { monitors: ['192.0.2.5:6789'], image: 'i', pool: 'p', user: 'u' } }),
    volume('cephfs', { cephfs: { monitors: ['192.0.2.5:6789'], path: '/', user: 'u', readOnly: true } }),
    volume('gce', { gcePersistentDisk: { pdName: 'd', fsType: 'ext4' } }),
    volume('aws', { awsElasticBlockStore: { volumeID: 'v' } }),
    volume('azfile', { azureFile: { secretName: 's', shareName: 'h', secretNamespace: 'default' } }),
    volume('azdisk', {
      azureDisk: {
        diskName: 'd',
        diskURI: '/subscriptions/a/resourcegroups/b/providers/microsoft.compute/disks/c',
        cachingMode: 'None',
        kind: 'Managed',
      },
    }),
    volume('vsphere', { vsphereVolume: { volumePath: '[ds] v', storagePolicyName: 'gold' } }),
    volume('cinder', { cinder: { volumeID: 'c', fsType: 'xfs' } }),
    volume('gluster', { glusterfs: { endpoints: 'g', path: 'p' } }),
    volume('flex', { flexVolume: { driver: 'f.example/x', options: { a: '1' } } }),
    volume('portworx', { portworxVolume: { volumeID: 'p' } }),
    volume('csi', {
      csi: {
        driver: 'd.example',
        volumeHandle: 'h',
        readOnly: true,
        fsType: 'ext4',
        volumeAttributes: { b: '2', a: '1' },
      },
      volumeMode: 'Block',
      persistentVolumeReclaimPolicy: 'Delete',
    }),
    volume('local', {
      local: { path: '/mnt', fsType: 'xfs' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] },
            { matchExpressions: [{ key: 'disk', operator: 'Exists' }] },
          ],
        },
      },
    }),
    one('/apis/storage.k8s.io/v1/storageclasses', {
      provisioner: 'p.example',
      volumeBindingMode: 'WaitForFirstConsumer',
    }),
    one('/apis/networking.k8s.io/v1/ingressclasses', { spec: { controller: 'c.example/x' } }, { labels: { a: 'b' } }),
    one('/apis/scheduling.k8s.io/v1/priorityclasses', { value: -5, preemptionPolicy: 'Never', description: 'low' }),
    one('/apis/node.k8s.io/v1/runtimeclasses', { handler: 'runsc', overhead: { podFixed: { memory: '10Mi' } } }),
    one('/apis/storage.k8s.io/v1/csidrivers', { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } }),
    one('/apis/storage.k8s.io/v1/volumeattachments', {
      spec: { attacher: 'a.example', nodeName: 'none', source: { persistentVolumeName: `${namespace}-csi` } },
    }),
    one('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      rules: [
        { nonResourceURLs: ['/healthz', '/metrics'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ],
    }),
    one('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: namespace },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }],
    }),
    one('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
      webhooks: [
        {
          name: 'x.example.com',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          failurePolicy: 'Ignore',
          clientConfig: { url: 'https://127.0.0.1:1/x' },
          rules: [{ apiGroups: ['none.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nones'] }],
        },
      ],
    }),
  ];
}

/** What nobody's controller says of these objects by itself. */
export function statusOf(namespace: string): readonly Made[] {
  const pod = (name: string, status: object): Made => ({
    path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
    body: { status },
  });
  const ready = [
    { type: 'Initialized', status: 'True', lastTransitionTime: at },
    { type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: at },
    { type: 'example.com/gate', status: 'True' },
  ];
  const ended = {
    exitCode: 137,
    signal: 9,
    reason: 'OOMKilled',
    message: 'out\nof memory',
    startedAt: at,
    finishedAt: later,
  };
  return [
    pod('everything', {
      phase: 'Running',
      nominatedNodeName: 'soon',
      qosClass: 'Burstable',
      podIP: '192.0.2.40',
      podIPs: [{ ip: '192.0.2.40' }, { ip: '2001:db8::1' }],
      hostIP: '192.0.2.1',
      startTime: at,
      conditions: ready,
      initContainerStatuses: [
        {
          name: 'first',
          ready: true,
          restartCount: 2,
          image: 'workload:v1',
          imageID: 'sha256:aa',
          containerID: 'x://1',
          state: { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: later } },
        },
        {
          name: 'always',
          ready: false,
          restartCount: 0,
          image: 'workload:v1',
          imageID: '',
          state: { running: { startedAt: at } },
        },
      ],
      containerStatuses: [
        {
          name: 'main',
          ready: false,
          restartCount: 7,
          image: 'workload:v1',
          imageID: 'sha256:bb',
          containerID: 'x://2',
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } },
          lastState: { terminated: ended },
        },
        {
          name: 'bare',
          ready: true,
          restartCount: 0,
          image: 'other',
          imageID: 'i',
          containerID: 'x://3',
          state: { running: { startedAt: later } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: at, finishedAt: at } },
        },
      ],
    }),
    pod('evicted', {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory.\nIt had none.',
      startTime: at,
      containerStatuses: [
        {
          name: 'c',
          ready: false,
          restartCount: 0,
          image: 'w',
          imageID: '',
          state: { terminated: { exitCode: 143, message: 'bye', startedAt: at, finishedAt: later } },
        },
      ],
    }),
    {
      path: `/api/v1/namespaces/${namespace}/services/balanced/status`,
      body: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.90' }, { hostname: 'lb.example' }] } } },
    },
    {
      path: `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/whole/status`,
      body: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.91' }, { hostname: 'in.example' }] } } },
    },
    {
      path: `/apis/batch/v1/namespaces/${namespace}/cronjobs/plain/status`,
      body: {
        status: {
          lastScheduleTime: at,
          active: [
            { kind: 'Job', name: 'plain-1', namespace },
            { kind: 'Job', name: 'plain-2', namespace },
          ],
        },
      },
    },
    {
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/bound/status`,
      body: {
        status: { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage: '10Gi' } },
      },
    },
    {
      path: `/api/v1/persistentvolumes/${namespace}-bound/status`,
      body: { status: { phase: 'Bound', message: 'a message', reason: 'A reason' } },
    },
    {
      path: `/api/v1/namespaces/${namespace}/persistentvolumeclaims/unbound/status`,
      body: {
        status: {
          phase: 'Lost',
          capacity: { storage: '1Gi' },
          conditions: [
            {
              type: 'Resizing',
              status: 'True',
              reason: 'R',
              message: 'grows',
              lastProbeTime: at,
              lastTransitionTime: at,
            },
          ],
        },
      },
    },
  ];
}

const happened = (namespace: string, name: string, over: object): Made => ({
  path: `/api/v1/namespaces/${namespace}/events`,
  body: {
    metadata: { name },
    type: 'Normal',
    reason: 'Made',
    message: 'a message',
    source: { component: 'tester' },
    ...over,
  },
});

export function eventsOf(namespace: string, pod: { readonly name: string; readonly uid: string }): readonly Made[] {
  const involvedObject = { apiVersion: 'v1', kind: 'Pod', namespace, ...pod };
  return [
    happened(namespace, 'once', { involvedObject, firstTimestamp: at, lastTimestamp: at, count: 1 }),
    happened(namespace, 'often', {
      involvedObject,
      type: 'Warning',
      reason: 'BackOff',
      message: 'two\nlines ',
      firstTimestamp: at,
      lastTimestamp: later,
      count: 42,
      source: { component: 'kubelet', host: 'n' },
    }),
    happened(namespace, 'series', {
      involvedObject,
      eventTime: '2026-01-02T03:04:05.000006Z',
      series: { count: 9, lastObservedTime: '2026-01-02T05:00:00.000000Z' },
      reportingComponent: 'x.example/r',
      reportingInstance: 'r-1',
      action: 'Doing',
      source: {},
    }),
    happened(namespace, 'bare', {
      involvedObject,
      eventTime: '2026-01-02T03:04:05.000006Z',
      reportingComponent: 'r',
      reportingInstance: 'r-1',
      action: 'Doing',
      source: {},
    }),
  ];
}

/** Throws when the server does not take one of them. */
export async function make(server: Server, made: readonly Made[], method: 'POST' | 'PATCH' = 'POST'): Promise<void> {
  const type = method === 'POST' ? 'application/json' : 'application/merge-patch+json';
  for (const { path, body } of made) {
    const { status, text } = await server.send({
      method,
      path,
      headers: { 'Content-Type': type },
      body: JSON.stringify(body),
    });
    if (status > 299) throw new Error(`${method} ${path} was answered with ${status}: ${text}`);
  }
}
