/** What the cases of verbs.ts start from: small objects whose pods no scheduler takes, so that they cost nothing. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: object };
};

/** Waits for a scheduler that there is none of, and ends at once when it is deleted. */
export const podTemplate = (spec: object = {}, labels: object = {}): object => ({
  metadata: { labels },
  spec: {
    schedulerName: 'nobody',
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'app', image: 'workload:v1', env: [{ name: 'MODE', value: 'slow' }] }],
    ...spec,
  },
});

export function workload(
  kind: 'Deployment' | 'StatefulSet' | 'ReplicaSet' | 'DaemonSet',
  name: string,
  spec: object = {},
): Manifest & { readonly spec: object } {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels: { team: 'web' } },
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 0 }),
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      selector: { matchLabels: { app: name } },
      template: podTemplate(kind === 'DaemonSet' ? { nodeSelector: { nobody: 'here' } } : {}, { app: name }),
      ...spec,
    },
  };
}

export const simple = (apiVersion: string, kind: string, name: string, spec: object): Manifest & { spec: object } => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
});

export const configMap = (name: string, data: object, labels?: object): Manifest & { data: object } => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  data,
});

export const cronJob = (name: string): Manifest =>
  simple('batch/v1', 'CronJob', name, {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: { spec: { suspend: true, template: podTemplate({ restartPolicy: 'Never' }) } },
  });

/**
 * A node that no machine stands behind, and that says it is ready: for a while its controller leaves its taints alone. The
 * taint keeps everybody's DaemonSets away.
 */
export const node = (name: string, spec: object): Manifest & { spec: object; status: object } => ({
  ...simple('v1', 'Node', name, { taints: [{ key: 'firebreak.dev/test', effect: 'NoSchedule' }], ...spec }),
  status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: new Date().toISOString() }] },
});

export const podOn = (name: string, nodeName: string): Manifest =>
  simple('v1', 'Pod', name, {
    nodeName,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'app', image: 'workload:v1' }],
  });

/** One that runs. */
export const runningPod = (name: string): Manifest =>
  simple('v1', 'Pod', name, {
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'app', image: 'workload:v1' }],
  });
