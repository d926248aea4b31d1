/** Endpoints and disruption budgets: what follows from the pods. */
import { type Clock, timestamp } from '../clock.ts';
import { equal } from '../json.ts';
import type { Condition, DisruptionBudget, EndpointAddress, Pod, Service } from '../objects.ts';
import { matches } from '../selectors.ts';
import type { Store } from '../store.ts';
import { isActive, isOwnedBy, isReady } from './pods.ts';

type Tools = { store: Store; clock: Clock };

/** The Endpoints object of a service with a selector: ready pods are addresses, others are not ready ones. */
export function reconcileEndpoints({ store }: Tools, service: Service): void {
  if (!service.spec.selector) return;
  const { namespace = 'default', name } = service.metadata;
  const pods = store
    .list('pods', namespace)
    .filter(
      (pod) =>
        isActive(pod) &&
        pod.status.podIP !== undefined &&
        matches({ matchLabels: service.spec.selector ?? {} }, pod.metadata.labels),
    );
  const address = (pod: Pod): EndpointAddress => ({
    ip: pod.status.podIP ?? '',
    nodeName: pod.spec.nodeName ?? '',
    targetRef: { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  });
  const [ready, others] = [pods.filter(isReady), pods.filter((pod) => !isReady(pod))];
  const ports = (service.spec.ports ?? []).map(({ name: portName, port, protocol = 'TCP', targetPort }) => ({
    ...(portName === undefined ? {} : { name: portName }),
    port: typeof targetPort === 'number' ? targetPort : port,
    protocol,
  }));
  const subset = {
    ...(ready.length === 0 ? {} : { addresses: ready.map(address) }),
    ...(others.length === 0 ? {} : { notReadyAddresses: others.map(address) }),
    ports,
  };
  const subsets = pods.length === 0 ? {} : { subsets: [subset] };
  const known = store.get('endpoints', namespace, name);
  if (!known) {
    const labels = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
    store.create('endpoints', { metadata: { name, namespace, labels }, ...subsets });
    return;
  }
  const { subsets: _old, ...rest } = known;
  if (!equal(known.subsets, pods.length === 0 ? undefined : [subset])) store.put('endpoints', { ...rest, ...subsets });
}

/** How many of the pods a controller wants; a percentage is taken of that. */
function expectedPods(store: Store, pods: readonly Pod[]): number {
  const owners = new Set(pods.flatMap((pod) => (pod.metadata.ownerReferences ?? []).map(({ uid }) => uid)));
  const sets = [...store.list('replicasets'), ...store.list('statefulsets')].filter(({ metadata }) =>
    owners.has(metadata.uid),
  );
  const deployments = store.list('deployments').filter((deployment) => sets.some((set) => isOwnedBy(set, deployment)));
  const alone = sets.filter((set) => !deployments.some((deployment) => isOwnedBy(set, deployment)));
  return [...deployments, ...alone].reduce((sum, { spec }) => sum + spec.replicas, 0);
}

export function reconcileBudget({ store, clock }: Tools, budget: DisruptionBudget): void {
  const { spec, metadata } = budget;
  const pods = store
    .list('pods', metadata.namespace)
    .filter((pod) => isActive(pod) && matches(spec.selector, pod.metadata.labels));
  const absolute = (value: number | string, of: number) =>
    typeof value === 'number' ? value : Math.ceil((of * Number.parseInt(value, 10)) / 100);
  const currentHealthy = pods.filter(isReady).length;
  const expected = typeof spec.minAvailable === 'number' ? pods.length : expectedPods(store, pods);
  const desiredHealthy =
    spec.maxUnavailable === undefined
      ? absolute(spec.minAvailable ?? 1, expected)
      : Math.max(0, expected - absolute(spec.maxUnavailable, expected));
  const disruptionsAllowed = pods.length === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const status = disruptionsAllowed > 0 ? 'True' : 'False';
  const known = budget.status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status,
    observedGeneration: metadata.generation ?? 1,
    lastTransitionTime: known?.status === status ? (known.lastTransitionTime ?? '') : timestamp(clock.now()),
    reason: status === 'True' ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  store.put('poddisruptionbudgets', {
    ...budget,
    status: {
      observedGeneration: metadata.generation ?? 1,
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods: expected,
      conditions: [condition],
    },
  });
}
