/** Workloads that fail on purpose, each in its own way. */
import type { ServerForCluster } from '../contracts/cluster.ts';

type Container = {
  readonly image?: string;
  readonly args?: readonly string[];
  readonly command?: readonly string[];
  readonly volumeMounts?: readonly object[];
  readonly env?: readonly object[];
  readonly resources?: object;
  readonly readinessProbe?: object;
  readonly livenessProbe?: object;
};

type Wanted = Container & {
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the pod. */
  readonly spec?: object;
};

export type Made = {
  /** Where it is created; without a slash in front, in the namespace of the suite. */
  readonly path: string;
  readonly body: object & { readonly metadata: { readonly name: string } };
};

export const configMap = (metadata: Made['body']['metadata'] & { readonly finalizers?: readonly string[] }) => ({
  path: 'api/v1/configmaps',
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata },
});

/** One pod that runs on, and no second try. */
export const job = (name: string) => {
  const { metadata, spec } = podOf(name, {});
  const template = { metadata, spec: { ...spec, restartPolicy: 'Never' } };
  return {
    path: 'apis/batch/v1/jobs',
    body: { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { backoffLimit: 0, template } },
  };
};

const podOf = (name: string, { labels, spec, image = 'workload:v1', ...container }: Wanted) => ({
  metadata: { labels: { app: name, ...labels } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'app', image, ...container }],
    ...spec,
  },
});

/** Starts with no pod unless told: the plan under test is what makes the first one. */
export const deployment = (
  name: string,
  { replicas = 0, ...wanted }: Wanted & { readonly replicas?: number } = {},
) => ({
  path: 'apis/apps/v1/deployments',
  body: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: podOf(name, wanted),
    },
  },
});

export const statefulSet = (
  name: string,
  { replicas = 0, ...wanted }: Wanted & { readonly replicas?: number } = {},
) => ({
  path: 'apis/apps/v1/statefulsets',
  body: {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name },
    spec: {
      serviceName: name,
      replicas,
      selector: { matchLabels: { app: name } },
      template: podOf(name, wanted),
    },
  },
});

export const cronJob = (name: string, wanted: Wanted) => {
  const { metadata, spec } = podOf(name, wanted);
  return {
    path: 'apis/batch/v1/cronjobs',
    body: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: {
        schedule: '0 0 1 1 *',
        suspend: true,
        jobTemplate: {
          spec: { backoffLimit: 0, template: { metadata, spec: { ...spec, restartPolicy: 'Never' } } },
        },
      },
    },
  };
};

export const quota = (name: string, hard: Readonly<Record<string, string>>) => ({
  path: 'api/v1/resourcequotas',
  body: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard } },
});

export const budget = (name: string, app: string) => ({
  path: 'apis/policy/v1/poddisruptionbudgets',
  body: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app } } },
  },
});

/** Denies pods with the label `denied: policy`, in this namespace alone. */
export function denyingPolicy(name: string, namespace: string) {
  const group = 'admissionregistration.k8s.io';
  const here = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] };
  const at = (plural: string, kind: string, spec: object) => ({
    path: `/apis/${group}/v1/${plural}`,
    body: { apiVersion: `${group}/v1`, kind, metadata: { name }, ...spec },
  });
  return [
    at('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', {
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { namespaceSelector: here, resourceRules: [rule] },
        validations: [
          {
            expression:
              "!has(object.metadata.labels) || !('denied' in object.metadata.labels) || object.metadata.labels.denied != 'policy'",
            message: 'images come from our registry only',
          },
        ],
      },
    }),
    at('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', {
      spec: { policyName: name, validationActions: ['Deny'] },
    }),
    // Nobody answers at its address.
    at('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', {
      webhooks: [
        {
          name: 'silent.firebreak.dev',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          timeoutSeconds: 1,
          namespaceSelector: here,
          objectSelector: { matchLabels: { denied: 'webhook' } },
          clientConfig: { url: 'https://127.0.0.1:1/' },
          rules: [rule],
        },
      ],
    }),
  ];
}

/** A node without a kubelet: the scheduler places pods there that ask for it, and nothing ever runs. */
export const deadNode = (name: string) => ({
  path: '/api/v1/nodes',
  body: {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'firebreak.dev/node': name } },
    spec: { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '4', memory: '4Gi', pods: '10' }, allocatable: { cpu: '4', memory: '4Gi', pods: '10' } },
  },
});

export const onDeadNode = (name: string) => ({
  nodeSelector: { 'firebreak.dev/node': name },
  tolerations: ['firebreak.dev/test', 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
    key,
    operator: 'Exists',
  })),
});

/** Whether the server keeps pods with this label out already: an admission rule is in force some moments after it is made. */
export async function refusesPods(server: ServerForCluster, denied: string): Promise<boolean> {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `probe-${denied}`, labels: { denied } },
    spec: { containers: [{ name: 'app', image: 'workload:v1' }] },
  };
  const { status } = await server.send({
    method: 'POST',
    path: `/api/v1/namespaces/${server.namespace}/pods?dryRun=All`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return status >= 400;
}
