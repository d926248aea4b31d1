/** Puts things into the cluster the way a story needs them, without going over HTTP. */
import { createAdmission, type WriteOptions } from './admit/admit.ts';
import type { Clock } from './clock.ts';
import type { Controllers } from './controllers/controllers.ts';
import type { PodRule } from './controllers/behaviour.ts';
import { deletePod } from './controllers/delete-pod.ts';
import { dropObject } from './controllers/garbage.ts';
import type { GitOpsOptions, GitOpsOwner } from './controllers/gitops.ts';
import type { EventText } from './controllers/recorder.ts';
import { microTimestamp, timestamp } from './clock.ts';
import { jsonOf } from './http/answer.ts';
import { type JsonObject, textOf } from './json.ts';
import type {
  Autoscaler,
  ConfigMap,
  Container,
  Deployment,
  DisruptionBudget,
  KubeEvent,
  Kinds,
  Namespace,
  Node,
  Pod,
  ResourceName,
} from './objects.ts';
import { createNodeTrouble } from './node-trouble.ts';
import type { PodLogs } from './pod-logs.ts';
import { apiVersionOf, resourceOf } from './resources.ts';
import type { Store } from './store.ts';
import type { Usage } from './usage.ts';

type Labels = { readonly [key: string]: string };
export type DeploymentSpec = {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  /** 1 unless told. */
  readonly replicas?: number;
  /** `app: <name>` unless told; also the selector. */
  readonly labels?: Labels;
  readonly annotations?: Labels;
  /** The deployment's name unless told. */
  readonly container?: string;
  readonly env?: Labels;
  readonly limits?: Labels;
  readonly requests?: Labels;
  /** Further containers beside the first. */
  readonly sidecars?: readonly Pick<Container, 'name' | 'image'>[];
  /** Further fields of the pods' spec: nodeSelector, tolerations, … */
  readonly pod?: JsonObject;
  /** Further fields of spec: strategy, progressDeadlineSeconds, … */
  readonly spec?: JsonObject;
};

const asWorld: WriteOptions = { dryRun: false, fieldManager: 'sandbox', fieldValidation: 'Ignore', from: 'body' };

export function createWorld(tools: {
  store: Store;
  clock: Clock;
  logs: PodLogs;
  controllers: Controllers;
  rules: PodRule[];
  usage: Usage;
}) {
  const { store, clock, logs, controllers, rules, usage } = tools;
  const admission = createAdmission({ store, clock, mutate: () => {} });
  const usageListeners = new Set<() => void>();

  /** Creates any object as a POST would: defaults, validation. Throws StatusError as the server answers. */
  function create<R extends ResourceName>(resource: R, object: JsonObject & { metadata: JsonObject }): Kinds[R] {
    const row = resourceOf(resource);
    const namespace = row.namespaced ? textOf(object.metadata['namespace'] ?? 'default') : '';
    const complete = { kind: row.kind, apiVersion: apiVersionOf(row), ...object };
    // Admission returns an object of the resource it was given.
    return admission.create(row, namespace, complete, asWorld).object as Kinds[R];
  }

  function find<R extends ResourceName>(resource: R, namespace: string, name: string): Kinds[R] {
    const object = store.get(resource, namespace, name);
    if (!object) throw new Error(`the sandbox has no ${resource} ${namespace}/${name}`);
    return object;
  }

  const world = {
    ...createNodeTrouble({ store, clock, recorder: controllers.recorder }),
    create,
    namespace: (name: string): Namespace =>
      store.get('namespaces', '', name) ?? create('namespaces', { metadata: { name } }),
    /** A ready node. `capacity` adds to 8 CPUs, 32 GiB and 110 pods: `{ 'nvidia.com/gpu': '4' }`. */
    node(name: string, options: { readonly labels?: Labels; readonly capacity?: Labels } = {}): Node {
      const node = store.create('nodes', nodeNamed(name, options, store.list('nodes').length, timestamp(clock.now())));
      const { uid } = node.metadata;
      const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
      store.create('leases', {
        metadata: { name, namespace: 'kube-node-lease', ownerReferences },
        spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestamp(clock.now()) },
      });
      return node;
    },
    deployment(spec: DeploymentSpec): Deployment {
      world.namespace(spec.namespace);
      return create('deployments', deploymentBody(spec));
    },
    configMap(namespace: string, name: string, data: Labels): ConfigMap {
      world.namespace(namespace);
      return create('configmaps', { metadata: { namespace, name }, data: { ...data } });
    },
    /** A service on port 80 → `targetPort` for the pods with these labels; its endpoints follow the pods. */
    service(namespace: string, name: string, selector: Labels, targetPort = 8080): Kinds['services'] {
      world.namespace(namespace);
      return create('services', {
        metadata: { namespace, name },
        spec: { selector: { ...selector }, ports: [{ port: 80, targetPort }] },
      });
    },
    autoscaler(
      namespace: string,
      name: string,
      bounds: { deployment: string; min: number; max: number; cpuPercent?: number },
    ): Autoscaler {
      const target = { type: 'Utilization', averageUtilization: bounds.cpuPercent ?? 80 };
      return create('horizontalpodautoscalers', {
        metadata: { namespace, name },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: bounds.deployment },
          minReplicas: bounds.min,
          maxReplicas: bounds.max,
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
        },
      });
    },
    budget(
      namespace: string,
      name: string,
      selector: Labels,
      rule: { minAvailable: number | string } | { maxUnavailable: number | string },
    ): DisruptionBudget {
      return create('poddisruptionbudgets', {
        metadata: { namespace, name },
        spec: { ...rule, selector: { matchLabels: { ...selector } } },
      });
    },
    /** Declares deployments in Git: what somebody else changes of the declared fields is written back. */
    gitOps: (options: GitOpsOptions): GitOpsOwner => controllers.gitops.own(options),
    /** An event about a stored object. */
    event(resource: ResourceName, namespace: string, name: string, text: EventText): KubeEvent {
      return controllers.recorder.record(find(resource, namespace, name), text);
    },
    get: <R extends ResourceName>(resource: R, namespace: string, name: string): Kinds[R] | undefined =>
      store.get(resource, namespace, name),
    list: <R extends ResourceName>(resource: R, namespace = ''): Kinds[R][] => store.list(resource, namespace),
    /** Edits an object as somebody else would with kubectl: validated, generation and managed fields move. */
    edit<R extends ResourceName>(
      resource: R,
      namespace: string,
      name: string,
      change: (object: JsonObject) => void,
    ): Kinds[R] {
      const before = find(resource, namespace, name);
      const next = structuredClone(jsonOf(before));
      change(next);
      const options = { ...asWorld, fieldManager: 'kubectl-edit', from: 'patch' } as const;
      // Admission returns an object of the resource it was given.
      return admission.update(resourceOf(resource), before, next, options).object as Kinds[R];
    },
    /** Puts an object back with any change, its status too: a new resourceVersion, nothing validated. */
    change<R extends ResourceName>(
      resource: R,
      namespace: string,
      name: string,
      change: (object: Kinds[R]) => Kinds[R],
    ): Kinds[R] {
      return store.put(resource, change(structuredClone(find(resource, namespace, name))));
    },
    /** As a DELETE of a pod, with the time to terminate that it has. */
    endPod(namespace: string, name: string): void {
      deletePod({ store, clock }, find('pods', namespace, name));
    },
    /** Takes an object away at once, and what it owns as the garbage collector would: its pods still end in their time. */
    remove(resource: ResourceName, namespace: string, name: string): void {
      const object = store.get(resource, namespace, name);
      if (object) dropObject(tools, resourceOf(resource), object, 'Background');
    },
    /** Decides what becomes of pods made from now on; the newest rule that answers wins. Returns a way to drop it. */
    onPod(rule: PodRule): () => void {
      rules.push(rule);
      return () => {
        const at = rules.indexOf(rule);
        if (at >= 0) rules.splice(at, 1);
      };
    },
    /** Asks the rules again about a pod that runs already: its node's driver is gone, or back. */
    reconsider(namespace: string, pod: string): void {
      controllers.kubelet.reconsider(find('pods', namespace, pod));
    },
    /** Replaces what a container has written. */
    setLogs(
      namespace: string,
      pod: string,
      lines: readonly string[],
      options: { container?: string; previous?: boolean } = {},
    ): void {
      const { metadata, spec } = find('pods', namespace, pod);
      const container = options.container ?? spec.containers[0]?.name ?? '';
      const which = options.previous === true ? 'previous' : 'current';
      logs.replace(
        metadata.uid,
        container,
        which,
        lines.map((text) => ({ at: clock.now(), text })),
      );
    },
    /** Adds to what a container has written. */
    appendLogs(namespace: string, pod: string, lines: readonly string[], container?: string): void {
      const { metadata, spec } = find('pods', namespace, pod);
      logs.append(metadata.uid, container ?? spec.containers[0]?.name ?? '', clock.now(), lines);
    },
    /**
     * What a container uses from now on, as the metrics API tells; the first one unless named. More memory than its limit
     * gets it killed, and it starts with little again; autoscalers go by the CPU that is set here, and by nothing else.
     */
    setUsage(
      namespace: string,
      pod: string,
      amounts: { readonly cpu: string; readonly memory: string },
      container?: string,
    ): void {
      const found = find('pods', namespace, pod);
      const isNews = usage.set(found, container ?? found.spec.containers[0]?.name ?? '', amounts);
      if (!isNews) return;
      controllers.wake();
      for (const listener of usageListeners) listener();
    },
    /** What its running containers use, by name. */
    usageOf: (pod: Pod) => usage.of(pod),
    /** Calls back after each change of an object or of what a container uses, until the returned function is called. */
    onChange(listener: () => void): () => void {
      const stop = store.onChange(() => listener());
      usageListeners.add(listener);
      return () => {
        stop();
        usageListeners.delete(listener);
      };
    },
    /** Returns a way to put every object back as it is now; only on a manual clock that does not move meanwhile. */
    keep: (): (() => void) => store.keep(),
    /** Watches and lists that began before now cannot go on. */
    compact: (): void => store.compact(),
    /** The pods whose labels hold all of these. */
    pods: (namespace: string, labels: Labels): Pod[] =>
      store
        .list('pods', namespace)
        .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value)),
  };
  return world;
}

export type World = ReturnType<typeof createWorld>;

function deploymentBody(spec: DeploymentSpec): JsonObject & { metadata: JsonObject } {
  const labels = { ...(spec.labels ?? { app: spec.name }) };
  const resources: JsonObject = {};
  if (spec.limits) resources['limits'] = { ...spec.limits };
  if (spec.requests) resources['requests'] = { ...spec.requests };
  const main: JsonObject = { name: spec.container ?? spec.name, image: spec.image, resources };
  if (spec.env) main['env'] = Object.entries(spec.env).map(([name, value]) => ({ name, value }));
  return {
    metadata: {
      namespace: spec.namespace,
      name: spec.name,
      labels,
      ...(spec.annotations === undefined ? {} : { annotations: { ...spec.annotations } }),
    },
    spec: {
      replicas: spec.replicas ?? 1,
      selector: { matchLabels: { ...labels } },
      template: {
        metadata: { labels: { ...labels } },
        spec: {
          containers: [main, ...(spec.sidecars ?? []).map(({ name, image }) => ({ name, image }))],
          ...spec.pod,
        },
      },
      ...spec.spec,
    },
  };
}

function nodeNamed(
  name: string,
  options: { readonly labels?: Labels; readonly capacity?: Labels },
  ordinal: number,
  now: string,
) {
  const capacity = { cpu: '8', memory: '32Gi', 'ephemeral-storage': '100Gi', pods: '110', ...options.capacity };
  const conditions = (
    [
      ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
      ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
      ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
      ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
    ] as const
  ).map(([type, status, reason, message]) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  }));
  const labels = {
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    ...options.labels,
  };
  return {
    metadata: { name, labels },
    spec: {},
    status: {
      capacity,
      allocatable: capacity,
      conditions,
      addresses: [
        { type: 'InternalIP', address: `10.0.0.${ordinal + 2}` },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        kernelVersion: '6.12.0',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        containerRuntimeVersion: 'containerd://1.7.0',
        kubeletVersion: 'v1.34.4',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  };
}
