/** The EndpointSlice of a service with a selector. One is enough: a real one holds up to 100 addresses. */
import { equal } from '../json.ts';
import { nameSuffix } from '../admit/admit.ts';
import type { EndpointSlice, Pod, Service } from '../objects.ts';
import { matches } from '../selectors.ts';
import type { Store } from '../store.ts';
import { isActive, isReady, ownerReference } from './pods.ts';

export function reconcileEndpointSlice({ store }: { store: Store }, service: Service): void {
  const { selector } = service.spec;
  if (!selector) return;
  const { namespace = 'default', name } = service.metadata;
  const pods = store
    .list('pods', namespace)
    .filter(
      (pod) =>
        isActive(pod) && pod.status.podIP !== undefined && matches({ matchLabels: selector }, pod.metadata.labels),
    );
  const ports = (service.spec.ports ?? []).map(({ name: portName = '', port, protocol = 'TCP', targetPort }) => ({
    name: portName,
    port: portOf(targetPort ?? port, pods[0]) ?? port,
    protocol,
  }));
  const content = {
    endpoints: pods.length === 0 ? null : pods.map(endpoint),
    ports: pods.length === 0 || ports.length === 0 ? null : ports,
  };
  const known = store
    .list('endpointslices', namespace)
    .find(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  if (!known) {
    store.create('endpointslices', {
      metadata: {
        name: `${name}-${nameSuffix()}`,
        generateName: `${name}-`,
        namespace,
        generation: 1,
        labels: {
          ...service.metadata.labels,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          'kubernetes.io/service-name': name,
          ...(service.spec.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
        },
        ownerReferences: [ownerReference(service)],
      },
      addressType: 'IPv4',
      ...content,
    });
    return;
  }
  if (equal({ endpoints: known.endpoints, ports: known.ports }, content)) return;
  const metadata = { ...known.metadata, generation: (known.metadata.generation ?? 1) + 1 };
  store.put('endpointslices', { ...known, metadata, ...content });
}

/** A port's name is looked up in the pods. */
function portOf(target: number | string, pod: Pod | undefined): number | undefined {
  if (typeof target === 'number') return target;
  const named = pod?.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target);
  return named?.containerPort;
}

function endpoint(pod: Pod): NonNullable<EndpointSlice['endpoints']>[number] {
  const ready = isReady(pod);
  const { name, namespace = 'default', uid } = pod.metadata;
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready, serving: ready, terminating: false },
    nodeName: pod.spec.nodeName ?? '',
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}
