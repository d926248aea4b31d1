/** What the server fills in. Recorded from 1.34 for every kind that can be created here. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { withDefaultTolerations } from '../controllers/taints.ts';
import type { ResourceName, Toleration } from '../objects.ts';

/** Fills `object` in place; it is the writer's own copy. */
export function applyDefaults(resource: ResourceName, object: JsonObject): void {
  const spec = ensure(object, 'spec', resource);
  switch (resource) {
    case 'pods':
      podDefaults(spec);
      fill(spec, { enableServiceLinks: true, priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
      fill(spec, { serviceAccountName: 'default', serviceAccount: 'default' });
      // Passed through undecoded by the schema; every field that is read of a toleration is optional.
      spec['tolerations'] = withDefaultTolerations(objects(spec['tolerations']) as Toleration[]).map((one) => ({
        ...one,
      }));
      fill(object, { status: { phase: 'Pending', qosClass: qualityOf(spec) } });
      break;
    case 'deployments': {
      fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
      const strategy = child(spec, 'strategy');
      fill(strategy, { type: 'RollingUpdate' });
      if (strategy['type'] === 'RollingUpdate') {
        fill(strategy, { rollingUpdate: {} });
        fill(child(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
      }
      templateDefaults(spec);
      fill(object, { status: {} });
      break;
    }
    case 'replicasets':
      fill(spec, { replicas: 1 });
      templateDefaults(spec);
      fill(object, { status: { replicas: 0 } });
      break;
    case 'statefulsets':
      fill(spec, {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        revisionHistoryLimit: 10,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      });
      templateDefaults(spec);
      fill(object, { status: { replicas: 0 } });
      break;
    case 'daemonsets':
      fill(spec, {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        revisionHistoryLimit: 10,
      });
      templateDefaults(spec);
      fill(object, {
        status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
      });
      break;
    case 'jobs':
      fill(spec, { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false });
      fill(spec, { manualSelector: false, podReplacementPolicy: 'TerminatingOrFailed' });
      templateDefaults(spec);
      fill(object, { status: {} });
      break;
    case 'cronjobs': {
      fill(spec, { concurrencyPolicy: 'Allow', suspend: false });
      fill(spec, { successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
      const job = child(spec, 'jobTemplate');
      child(job, 'metadata');
      templateDefaults(child(job, 'spec'));
      fill(object, { status: {} });
      break;
    }
    case 'ingresses':
      fill(object, { status: { loadBalancer: {} } });
      break;
    case 'networkpolicies':
      fill(spec, { policyTypes: spec['egress'] === undefined ? ['Ingress'] : ['Ingress', 'Egress'] });
      break;
    case 'persistentvolumes':
      fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
      fill(object, { status: { phase: 'Available' } });
      break;
    case 'storageclasses':
      fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
      break;
    case 'services':
      fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
      fill(spec, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', internalTrafficPolicy: 'Cluster' });
      for (const port of objects(spec['ports'])) fill(port, { protocol: 'TCP', targetPort: port['port'] ?? 0 });
      fill(object, { status: { loadBalancer: {} } });
      break;
    case 'horizontalpodautoscalers':
      fill(spec, { minReplicas: 1 });
      fill(object, { status: { desiredReplicas: 0, currentMetrics: null } });
      break;
    case 'poddisruptionbudgets':
      fill(object, { status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } });
      break;
    case 'namespaces':
      fill(spec, { finalizers: ['kubernetes'] });
      fill(object, { status: { phase: 'Active' } });
      fill(child(child(object, 'metadata'), 'labels'), {
        'kubernetes.io/metadata.name': child(object, 'metadata')['name'] ?? '',
      });
      break;
    case 'persistentvolumeclaims':
      fill(spec, { volumeMode: 'Filesystem' });
      fill(object, { status: { phase: 'Pending' } });
      break;
    case 'resourcequotas':
      fill(object, { status: {} });
      break;
    case 'secrets':
      fill(object, { type: 'Opaque' });
      break;
    case 'nodes':
      // No kubelet reports for a node that was made by hand.
      fill(object, { status: { capacity: {}, allocatable: {}, conditions: [], addresses: [], nodeInfo: {} } });
      break;
    case 'configmaps':
    case 'endpoints':
    case 'endpointslices':
    case 'controllerrevisions':
    case 'leases':
    case 'events':
    case 'serviceaccounts':
      break;
    default:
      resource satisfies never;
  }
}

/** These kinds have no `spec`; a throw-away one keeps the switch above flat. */
const specless: readonly ResourceName[] = [
  'configmaps',
  'controllerrevisions',
  'endpoints',
  'endpointslices',
  'events',
  'secrets',
  'serviceaccounts',
  'storageclasses',
];
const ensure = (object: JsonObject, key: string, resource: ResourceName): JsonObject =>
  specless.includes(resource) ? {} : child(object, key);

/** The object at `key`, put there when it is missing. */
function child(object: JsonObject, key: string): JsonObject {
  const found = object[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  object[key] = made;
  return made;
}

function fill(object: JsonObject, values: JsonObject): void {
  for (const [key, value] of Object.entries(values)) {
    if (object[key] === undefined || object[key] === null) object[key] = value;
  }
}

const objects = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : []);

function templateDefaults(spec: JsonObject): void {
  const template = child(spec, 'template');
  child(template, 'metadata');
  podDefaults(child(template, 'spec'));
}

function podDefaults(spec: JsonObject): void {
  for (const container of [...objects(spec['containers']), ...objects(spec['initContainers'])]) {
    const image = typeof container['image'] === 'string' ? container['image'] : '';
    fill(container, {
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: usesLatest(image) ? 'Always' : 'IfNotPresent',
    });
    for (const port of objects(container['ports'])) fill(port, { protocol: 'TCP' });
  }
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
}

/** No tag, or `latest`, is pulled every time. */
const usesLatest = (image: string): boolean => {
  const last = image.slice(image.lastIndexOf('/') + 1);
  return !last.includes('@') && (!last.includes(':') || last.endsWith(':latest'));
};

function qualityOf(spec: JsonObject): string {
  const parts = objects(spec['containers']).map((container) =>
    isObject(container['resources']) ? container['resources'] : {},
  );
  const asks = parts.some((part) => isObject(part['limits']) || isObject(part['requests']));
  return asks ? 'Burstable' : 'BestEffort';
}

/** What follows from the new object's uid: a job's selector and labels, a service's address. */
export function applyIdentity(resource: ResourceName, object: JsonObject, uid: string): void {
  const spec = ensure(object, 'spec', resource);
  if (resource === 'services' && spec['type'] !== 'ExternalName') {
    const byte = (at: number) => Number.parseInt(uid.slice(at, at + 2), 16);
    fill(spec, { clusterIP: `10.96.${byte(0)}.${byte(2)}` });
    fill(spec, { clusterIPs: [spec['clusterIP'] ?? ''] });
  }
  if (resource === 'jobs' && spec['manualSelector'] !== true) {
    const name = child(object, 'metadata')['name'] ?? '';
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    Object.assign(child(child(object, 'metadata'), 'labels'), labels);
    Object.assign(child(child(child(spec, 'template'), 'metadata'), 'labels'), labels);
    fill(spec, { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } } });
  }
}
