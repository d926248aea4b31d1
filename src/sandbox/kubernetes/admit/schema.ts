/**
 * The API's types as far as they are checked: field names (others are unknown and dropped, or refused under
 * fieldValidation=Strict) and scalar types, with the Go names that the server's messages carry.
 * `any` stands for a part that is passed through unchecked.
 */
import type { ResourceName } from '../objects.ts';

export type Scalar = 'string' | 'int32' | 'int64' | 'bool' | 'quantity' | 'any';
export type Schema = Scalar | { list: Schema } | { map: Schema } | Struct;
export type Struct = { struct: string; fields: Readonly<Record<string, Schema>> };

const named = (names: string, schema: Schema = 'any'): Record<string, Schema> =>
  Object.fromEntries(names.split(' ').map((name) => [name, schema]));
const strings: Schema = { map: 'string' };

const objectMeta: Struct = {
  struct: 'ObjectMeta',
  fields: {
    ...named('name generateName namespace selfLink uid resourceVersion creationTimestamp', 'string'),
    generation: 'int64',
    ...named('deletionTimestamp ownerReferences managedFields'),
    deletionGracePeriodSeconds: 'int64',
    labels: strings,
    annotations: strings,
    finalizers: { list: 'string' },
  },
};

const env: Struct = { struct: 'EnvVar', fields: { name: 'string', value: 'string', valueFrom: 'any' } };

const container: Struct = {
  struct: 'Container',
  fields: {
    ...named(
      'name image workingDir terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy',
      'string',
    ),
    command: { list: 'string' },
    args: { list: 'string' },
    ports: {
      list: {
        struct: 'ContainerPort',
        fields: { ...named('name protocol hostIP', 'string'), ...named('hostPort containerPort', 'int32') },
      },
    },
    env: { list: env },
    resources: {
      struct: 'ResourceRequirements',
      fields: { limits: { map: 'quantity' }, requests: { map: 'quantity' }, claims: 'any' },
    },
    ...named('stdin stdinOnce tty', 'bool'),
    ...named('envFrom resizePolicy restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe'),
    ...named('startupProbe lifecycle securityContext'),
  },
};

const podSpec: Struct = {
  struct: 'PodSpec',
  fields: {
    containers: { list: container },
    initContainers: { list: container },
    ...named('restartPolicy dnsPolicy serviceAccountName serviceAccount nodeName hostname subdomain', 'string'),
    ...named('schedulerName priorityClassName runtimeClassName preemptionPolicy hostnameOverride', 'string'),
    ...named('terminationGracePeriodSeconds activeDeadlineSeconds', 'int64'),
    ...named('hostNetwork hostPID hostIPC hostUsers shareProcessNamespace automountServiceAccountToken', 'bool'),
    ...named('enableServiceLinks setHostnameAsFQDN', 'bool'),
    nodeSelector: strings,
    priority: 'int32',
    ...named('volumes ephemeralContainers securityContext imagePullSecrets affinity tolerations hostAliases'),
    ...named('dnsConfig readinessGates overhead topologySpreadConstraints os schedulingGates resourceClaims resources'),
  },
};

const template: Struct = { struct: 'PodTemplateSpec', fields: { metadata: objectMeta, spec: podSpec } };
const selector: Struct = {
  struct: 'LabelSelector',
  fields: { matchLabels: strings, matchExpressions: 'any' },
};

const kind = (spec: Schema, extra: Record<string, Schema> = {}): Struct => ({
  struct: '',
  fields: { apiVersion: 'string', kind: 'string', metadata: objectMeta, spec, status: 'any', ...extra },
});

const workload = {
  replicas: 'int32',
  minReadySeconds: 'int32',
  revisionHistoryLimit: 'int32',
  selector,
  template,
} as const;

const jobSpec: Struct = {
  struct: 'JobSpec',
  fields: {
    ...named('parallelism completions backoffLimit ttlSecondsAfterFinished backoffLimitPerIndex', 'int32'),
    ...named('maxFailedIndexes', 'int32'),
    activeDeadlineSeconds: 'int64',
    ...named('manualSelector suspend', 'bool'),
    ...named('completionMode podReplacementPolicy managedBy', 'string'),
    ...named('podFailurePolicy successPolicy'),
    selector,
    template,
  },
};

export const schemas: Readonly<Partial<Record<ResourceName, Struct>>> = {
  pods: kind(podSpec),
  deployments: kind({
    struct: 'DeploymentSpec',
    fields: { ...workload, strategy: 'any', paused: 'bool', progressDeadlineSeconds: 'int32' },
  }),
  replicasets: kind({
    struct: 'ReplicaSetSpec',
    fields: { replicas: 'int32', minReadySeconds: 'int32', selector, template },
  }),
  statefulsets: kind({
    struct: 'StatefulSetSpec',
    fields: {
      ...workload,
      serviceName: 'string',
      ...named('volumeClaimTemplates podManagementPolicy updateStrategy persistentVolumeClaimRetentionPolicy ordinals'),
    },
  }),
  daemonsets: kind({
    struct: 'DaemonSetSpec',
    fields: { selector, template, updateStrategy: 'any', minReadySeconds: 'int32', revisionHistoryLimit: 'int32' },
  }),
  jobs: kind(jobSpec),
  cronjobs: kind({
    struct: 'CronJobSpec',
    fields: {
      ...named('schedule timeZone concurrencyPolicy', 'string'),
      startingDeadlineSeconds: 'int64',
      suspend: 'bool',
      ...named('successfulJobsHistoryLimit failedJobsHistoryLimit', 'int32'),
      jobTemplate: { struct: 'JobTemplateSpec', fields: { metadata: objectMeta, spec: jobSpec } },
    },
  }),
  configmaps: {
    struct: '',
    fields: {
      ...named('apiVersion kind', 'string'),
      metadata: objectMeta,
      data: strings,
      binaryData: strings,
      immutable: 'bool',
    },
  },
  horizontalpodautoscalers: kind({
    struct: 'HorizontalPodAutoscalerSpec',
    fields: {
      scaleTargetRef: {
        struct: 'CrossVersionObjectReference',
        fields: { ...named('kind name apiVersion', 'string') },
      },
      minReplicas: 'int32',
      maxReplicas: 'int32',
      ...named('metrics behavior'),
    },
  }),
  poddisruptionbudgets: kind({
    struct: 'PodDisruptionBudgetSpec',
    fields: { ...named('minAvailable maxUnavailable'), selector, unhealthyPodEvictionPolicy: 'string' },
  }),
  nodes: kind({
    struct: 'NodeSpec',
    fields: {
      ...named('podCIDR providerID externalID', 'string'),
      ...named('podCIDRs taints configSource'),
      unschedulable: 'bool',
    },
  }),
};
