/** Which text `kubectl describe` (1.34) prints of which kind. */
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import type { Kind } from '../discovery.ts';
import { describeBinding, describeRole } from './describe-access.ts';
import { describeAutoscaler } from './describe-autoscaler.ts';
import { describeConfigMap } from './describe-config-map.ts';
import { describeCronJob } from './describe-cron-job.ts';
import { describeDeployment } from './describe-deployment.ts';
import { describeGeneric } from './describe-generic.ts';
import { describeJob } from './describe-job.ts';
import type { Description, Events } from './describe-lines.ts';
import { describeNamespace, describeServiceAccount } from './describe-namespace.ts';
import { describeEndpointSlice, describeEndpoints, describeIngress, describeIngressClass } from './describe-network.ts';
import { describeNode } from './describe-node.ts';
import { describePod } from './describe-pod.ts';
import { describeBudget, describeLimitRange, describeNetworkPolicy, describePriorityClass } from './describe-policy.ts';
import { describeQuota } from './describe-quota.ts';
import {
  claimFacts,
  deploymentFacts,
  ingressFacts,
  type Look,
  namespaceFacts,
  nodeFacts,
  objectEvents,
  podEvents,
  serviceFacts,
  workloadFacts,
} from './describe-related.ts';
import { describeService } from './describe-service.ts';
import { describeClaim, describeStorageClass, describeVolume } from './describe-storage.ts';
import { describeDaemonSet, describeReplicas, describeStatefulSet, type WorkloadFacts } from './describe-workload.ts';

/** One object's text; asks the server for what is shown besides. */
export type Describe = (connection: Connection, object: Json, look: Look) => Promise<Description>;

/** By kind and group. The pods of a node are those of all namespaces, as it is the node that is described. */
const describers: Readonly<Record<string, Describe>> = {
  Pod: async (connection, pod, look) => describePod(pod, await podEvents(connection, pod, look), Date.now()),
  Node: async (connection, node, look) => describeNode(node, await nodeFacts(connection, node, look), Date.now()),
  Service: async (connection, service, look) =>
    describeService(service, await serviceFacts(connection, service, look), Date.now()),
  'Deployment.apps': async (connection, deployment, look) =>
    describeDeployment(deployment, await deploymentFacts(connection, deployment, look), Date.now()),
  'StatefulSet.apps': withPods('StatefulSet', describeStatefulSet),
  'DaemonSet.apps': withPods('DaemonSet', describeDaemonSet),
  'ReplicaSet.apps': withPods('ReplicaSet', describeReplicas),
  ReplicationController: withPods('ReplicationController', describeReplicas),
  ConfigMap: withEvents('ConfigMap', describeConfigMap),
  'Job.batch': withEvents('Job', describeJob),
  'CronJob.batch': withEvents('CronJob', describeCronJob),
  'HorizontalPodAutoscaler.autoscaling': withEvents('HorizontalPodAutoscaler', describeAutoscaler),
  'PodDisruptionBudget.policy': withEvents('PodDisruptionBudget', describeBudget),
  'PriorityClass.scheduling.k8s.io': withEvents('PriorityClass', describePriorityClass),
  'Ingress.networking.k8s.io': async (connection, ingress, look) =>
    describeIngress(ingress, await ingressFacts(connection, ingress, look), Date.now()),
  'IngressClass.networking.k8s.io': withEvents('IngressClass', describeIngressClass),
  'NetworkPolicy.networking.k8s.io': alone(describeNetworkPolicy),
  Endpoints: withEvents('Endpoints', describeEndpoints),
  'EndpointSlice.discovery.k8s.io': withEvents('EndpointSlice', describeEndpointSlice),
  PersistentVolume: withEvents('PersistentVolume', describeVolume),
  PersistentVolumeClaim: async (connection, claim, look) =>
    describeClaim(claim, await claimFacts(connection, claim, look), Date.now()),
  'StorageClass.storage.k8s.io': withEvents('StorageClass', describeStorageClass),
  Namespace: async (connection, namespace, look) =>
    describeNamespace(namespace, await namespaceFacts(connection, namespace, look), Date.now()),
  ServiceAccount: withEvents('ServiceAccount', describeServiceAccount),
  ResourceQuota: alone(describeQuota),
  LimitRange: alone(describeLimitRange),
  'Role.rbac.authorization.k8s.io': alone(describeRole),
  'ClusterRole.rbac.authorization.k8s.io': alone(describeRole),
  'RoleBinding.rbac.authorization.k8s.io': alone(describeBinding),
  'ClusterRoleBinding.rbac.authorization.k8s.io': alone(describeBinding),
};

/** Kinds that kubectl describes in a form of their own, which is not printed here. */
const elsewhere = new Set([
  'CertificateSigningRequest.certificates.k8s.io',
  'CSINode.storage.k8s.io',
  'VolumeAttributesClass.storage.k8s.io',
  'ServiceCIDR.networking.k8s.io',
  'IPAddress.networking.k8s.io',
]);

/** Undefined: it is not described here. */
export function describerOf(kind: Kind): Describe | undefined {
  const key = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  if (Object.hasOwn(describers, key)) return describers[key];
  return elsewhere.has(key) ? undefined : withEvents(kind.kind, describeGeneric);
}

function withEvents(kind: string, describe: (object: Json, events: Events, now: number) => Description): Describe {
  return async (connection, object, look) =>
    describe(object, await objectEvents(connection, object, { kind, look }), Date.now());
}

function withPods(kind: string, describe: (object: Json, facts: WorkloadFacts, now: number) => Description): Describe {
  return async (connection, object, look) =>
    describe(object, await workloadFacts(connection, object, { kind, look }), Date.now());
}

/** Kinds that kubectl shows no events of. */
function alone(describe: (object: Json, now: number) => Description): Describe {
  return async (_connection, object) => describe(object, Date.now());
}
