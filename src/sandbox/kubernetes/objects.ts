/** The shapes of the objects, as far as controllers, tables and tests read them. Other fields pass through. */
import type { Json } from './json.ts';

type Labels = { [key: string]: string };
type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};
export type ManagedFields = {
  manager: string;
  operation: string;
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: { [key: string]: Json };
  subresource?: string;
};
type Metadata = {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Labels;
  annotations?: Labels;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFields[];
};
/** Any stored object. */
export type KubeObject = { kind: string; apiVersion: string; metadata: Metadata };

type EnvVar = { name: string; value?: string; valueFrom?: Json };
export type Container = {
  name: string;
  image: string;
  args?: string[];
  command?: string[];
  env?: EnvVar[];
  resources: { limits?: Labels; requests?: Labels };
  readinessProbe?: Json;
  ports?: { containerPort: number; name?: string; protocol?: string }[];
  imagePullPolicy?: string;
};
export type Toleration = {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
};
type PodSpec = {
  containers: Container[];
  initContainers?: Container[];
  restartPolicy?: string;
  nodeName?: string;
  nodeSelector?: Labels;
  terminationGracePeriodSeconds?: number;
  readinessGates?: { conditionType: string }[];
  tolerations?: Toleration[];
  volumes?: Json[];
};
export type Template = { metadata: { labels?: Labels; annotations?: Labels }; spec: PodSpec };
export type LabelSelector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};
export type Condition = {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: null | string;
  observedGeneration?: number;
};
type Terminated = { exitCode: number; reason: string; startedAt: string; finishedAt: string; containerID?: string };
export type ContainerState = {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: Terminated;
};
export type ContainerStatus = {
  name: string;
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started: boolean;
};
export type PodStatus = {
  phase: string;
  observedGeneration?: number;
  reason?: string;
  conditions?: Condition[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  podIP?: string;
  podIPs?: { ip: string }[];
  startTime?: string;
  containerStatuses?: ContainerStatus[];
  qosClass?: string;
};
export type Pod = KubeObject & { spec: PodSpec; status: PodStatus };
export type Deployment = KubeObject & {
  spec: {
    replicas: number;
    selector: LabelSelector;
    template: Template;
    strategy: { type: string; rollingUpdate?: { maxSurge: number | string; maxUnavailable: number | string } };
    minReadySeconds?: number;
    revisionHistoryLimit: number;
    progressDeadlineSeconds: number;
    paused?: boolean;
  };
  status: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: Condition[];
  };
};
export type ReplicaSet = KubeObject & {
  spec: { replicas: number; selector: LabelSelector; template: Template; minReadySeconds?: number };
  status: {
    replicas: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    observedGeneration?: number;
    conditions?: Condition[];
  };
};
export type StatefulSet = KubeObject & {
  spec: {
    replicas: number;
    selector: LabelSelector;
    template: Template;
    serviceName?: string;
    revisionHistoryLimit?: number;
  };
  status: {
    observedGeneration?: number;
    replicas: number;
    readyReplicas?: number;
    currentReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    collisionCount?: number;
  };
};
export type DaemonSet = KubeObject & {
  spec: { selector: LabelSelector; template: Template; revisionHistoryLimit?: number };
  status: {
    currentNumberScheduled: number;
    numberMisscheduled: number;
    desiredNumberScheduled: number;
    numberReady: number;
    observedGeneration?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
    numberUnavailable?: number;
  };
};
export type Job = KubeObject & {
  spec: {
    completions?: number;
    parallelism?: number;
    backoffLimit?: number;
    selector?: LabelSelector;
    template: Template;
  };
  status: {
    conditions?: Condition[];
    startTime?: string;
    completionTime?: string;
    active?: number;
    ready?: number;
    succeeded?: number;
    failed?: number;
  };
};
export type Node = KubeObject & {
  spec: { unschedulable?: boolean; taints?: { key: string; effect: string; value?: string; timeAdded?: string }[] };
  status: {
    capacity: Labels;
    allocatable: Labels;
    conditions: (Condition & { lastHeartbeatTime?: string })[];
    addresses: { type: string; address: string }[];
    nodeInfo: Labels;
  };
};
export type Service = KubeObject & {
  spec: {
    type?: string;
    clusterIP?: string;
    clusterIPs?: string[];
    externalIPs?: string[];
    externalName?: string;
    selector?: Labels;
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string; nodePort?: number }[];
  };
  status: { loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } };
};
export type EndpointAddress = { ip: string; nodeName?: string; targetRef?: Json };
export type EndpointSlice = KubeObject & {
  addressType: string;
  endpoints:
    | {
        addresses: string[];
        conditions: { ready: boolean; serving: boolean; terminating: boolean };
        nodeName: string;
        targetRef: { kind: string; name: string; namespace: string; uid: string };
      }[]
    | null;
  ports: { name: string; port: number; protocol: string }[] | null;
};
/** `data` is a patch that brings the owner's template back. */
export type ControllerRevision = KubeObject & { data: { [key: string]: Json }; revision: number };
export type Lease = KubeObject & {
  spec: { holderIdentity: string; leaseDurationSeconds: number; renewTime: string };
};
export type Endpoints = KubeObject & {
  subsets?: {
    addresses?: EndpointAddress[];
    notReadyAddresses?: EndpointAddress[];
    ports?: { name?: string; port: number; protocol?: string }[];
  }[];
};
export type ConfigMap = KubeObject & { data?: Labels; binaryData?: Labels };
export type Secret = KubeObject & { type?: string; data?: Labels };
export type InvolvedObject = {
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
};
export type KubeEvent = KubeObject & {
  involvedObject: InvolvedObject;
  reason: string;
  message: string;
  type: string;
  source: { component?: string; host?: string };
  firstTimestamp: string | null;
  lastTimestamp: string | null;
  count?: number;
  eventTime: string | null;
  action?: string;
  reportingComponent: string;
  reportingInstance: string;
};
type MetricTarget = { type: string; averageUtilization?: number; averageValue?: string; value?: string };
export type Autoscaler = KubeObject & {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: { type: string; resource?: { name: string; target: MetricTarget } }[];
    behavior?: { scaleDown?: { stabilizationWindowSeconds?: number } };
  };
  status: {
    currentReplicas?: number;
    desiredReplicas: number;
    currentMetrics?:
      | { type: string; resource?: { name: string; current: { averageUtilization?: number; averageValue?: string } } }[]
      | null;
    lastScaleTime?: string;
    conditions?: Condition[];
  };
};
export type DisruptionBudget = KubeObject & {
  spec: { minAvailable?: number | string; maxUnavailable?: number | string; selector?: LabelSelector };
  status: {
    observedGeneration?: number;
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    expectedPods: number;
    conditions?: Condition[];
  };
};
export type Namespace = KubeObject & { spec: { finalizers?: string[] }; status: { phase: string } };
export type VolumeClaim = KubeObject & {
  spec: {
    accessModes?: string[];
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    volumeAttributesClassName?: string;
  };
  status: { phase: string; capacity?: Labels; accessModes?: string[] };
};
export type Quota = KubeObject & { spec: { hard?: Labels }; status: { hard?: Labels; used?: Labels } };

// Kinds that no controller here acts on.
export type CronJob = KubeObject & {
  spec: {
    schedule: string;
    timeZone?: string;
    suspend?: boolean;
    jobTemplate: { spec: { selector?: LabelSelector; template: Template } };
  };
  status: { active?: Json[]; lastScheduleTime?: string };
};
export type Ingress = KubeObject & {
  spec: { ingressClassName?: string; rules?: { host?: string }[]; tls?: Json[] };
  status: { loadBalancer: { ingress?: { ip?: string; hostname?: string }[] } };
};
export type NetworkPolicy = KubeObject & { spec: { podSelector: LabelSelector } };
export type PersistentVolume = KubeObject & {
  spec: {
    capacity?: Labels;
    accessModes?: string[];
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace: string; name: string };
    storageClassName?: string;
    volumeAttributesClassName?: string;
    volumeMode?: string;
  };
  status: { phase: string; reason?: string };
};
export type ServiceAccount = KubeObject & { secrets?: Json[] };
export type StorageClass = KubeObject & {
  provisioner: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
};

/** Every stored resource by its plural name. */
export type Kinds = {
  namespaces: Namespace;
  nodes: Node;
  pods: Pod;
  services: Service;
  endpoints: Endpoints;
  endpointslices: EndpointSlice;
  leases: Lease;
  controllerrevisions: ControllerRevision;
  configmaps: ConfigMap;
  secrets: Secret;
  events: KubeEvent;
  persistentvolumeclaims: VolumeClaim;
  resourcequotas: Quota;
  deployments: Deployment;
  replicasets: ReplicaSet;
  statefulsets: StatefulSet;
  daemonsets: DaemonSet;
  jobs: Job;
  horizontalpodautoscalers: Autoscaler;
  poddisruptionbudgets: DisruptionBudget;
  cronjobs: CronJob;
  ingresses: Ingress;
  networkpolicies: NetworkPolicy;
  persistentvolumes: PersistentVolume;
  serviceaccounts: ServiceAccount;
  storageclasses: StorageClass;
};
export type ResourceName = keyof Kinds;
