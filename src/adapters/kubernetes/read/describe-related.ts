/** What a description shows besides the object itself: its events, pods, ReplicaSets, endpoints and lease. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { pathOf, podKind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { at, listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import type { Events } from './describe-lines.ts';
import type { DeploymentFacts } from './describe-deployment.ts';
import type { NamespaceFacts } from './describe-namespace.ts';
import { backendKey, type IngressFacts } from './describe-network.ts';
import type { NodeFacts } from './describe-node.ts';
import { endpoints, type ServiceFacts } from './describe-service.ts';
import type { WorkloadFacts } from './describe-workload.ts';
import { listAll } from './list-all.ts';
import { replicaSetsOf } from './replica-sets.ts';

export type Look = { readonly signal: AbortSignal; readonly withoutEvents?: true };

/** kubectl's mark of a static pod: its events carry this uid. */
const mirrorPod = 'kubernetes.io/config.mirror';

const nameOf = (object: Json): string => textAt(object, 'metadata', 'name') ?? '';
const namespaceOf = (object: Json): string => textAt(object, 'metadata', 'namespace') ?? '';
const uidOf = (object: Json): string => textAt(object, 'metadata', 'uid') ?? '';

export const podEvents = (connection: Connection, pod: Json, look: Look): Promise<Events> =>
  eventsOf(
    connection,
    { object: pod, kind: 'Pod', uid: textAt(pod, 'metadata', 'annotations', mirrorPod) ?? uidOf(pod) },
    look,
  );

/** Of a kind whose events carry its uid. */
export const objectEvents = (
  connection: Connection,
  object: Json,
  { kind, look }: { readonly kind: string; readonly look: Look },
): Promise<Events> => eventsOf(connection, { object, kind, uid: uidOf(object) }, look);

export async function nodeFacts(connection: Connection, node: Json, look: Look): Promise<NodeFacts> {
  const name = nameOf(node);
  const onNode = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`;
  const [pods, lease, byUid, byName] = await Promise.all([
    unlessRefused(listAll(connection, '/api/v1/pods', { query: { fieldSelector: onNode }, signal: look.signal })),
    leaseOf(connection, name, look.signal),
    // Controllers put the node's uid into its events, the kubelet its name.
    eventsOf(connection, { object: node, kind: 'Node', uid: uidOf(node) }, look),
    eventsOf(connection, { object: node, kind: 'Node', uid: name }, look),
  ]);
  return { ...(pods && { pods }), lease, events: byUid && byName && [...byUid, ...byName] };
}

export async function deploymentFacts(connection: Connection, deployment: Json, look: Look): Promise<DeploymentFacts> {
  const [replicaSets, events] = await Promise.all([
    unlessRefused(replicaSetsOf(connection, deployment, look.signal)),
    eventsOf(connection, { object: deployment, kind: 'Deployment', uid: uidOf(deployment) }, look),
  ]);
  return { ...(replicaSets && { replicaSets }), events };
}

/** Without its pods kubectl describes no StatefulSet and no DaemonSet. Throws when they may not be listed. */
export async function workloadFacts(
  connection: Connection,
  workload: Json,
  { kind, look }: { readonly kind: string; readonly look: Look },
): Promise<WorkloadFacts> {
  const plain = { labels: textsAt(workload, 'spec', 'selector'), expressions: [] };
  const labelSelector = selectorText(
    kind === 'ReplicationController' ? plain : selectorOf(recordAt(workload, 'spec', 'selector')),
  );
  const [pods, events] = await Promise.all([
    listAll(connection, pathOf(podKind, { namespace: namespaceOf(workload) }), {
      query: { labelSelector },
      signal: look.signal,
    }),
    objectEvents(connection, workload, { kind, look }),
  ]);
  return { pods, events };
}

export async function serviceFacts(connection: Connection, service: Json, look: Look): Promise<ServiceFacts> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespaceOf(service))}/endpointslices`;
  const labelSelector = `kubernetes.io/service-name=${nameOf(service)}`;
  const [endpointSlices, events] = await Promise.all([
    unlessRefused(listAll(connection, path, { query: { labelSelector }, signal: look.signal })),
    eventsOf(connection, { object: service, kind: 'Service', uid: uidOf(service) }, look),
  ]);
  return { ...(endpointSlices && { endpointSlices }), events };
}

/** The pods that mount a claim, and those that own it. */
export async function claimFacts(connection: Connection, claim: Json, look: Look): Promise<WorkloadFacts> {
  const [all, events] = await Promise.all([
    listAll(connection, pathOf(podKind, { namespace: namespaceOf(claim) }), { query: {}, signal: look.signal }),
    objectEvents(connection, claim, { kind: 'PersistentVolumeClaim', look }),
  ]);
  const mounts = (pod: Json): boolean =>
    listAt(pod, 'spec', 'volumes').some((one) => textAt(one, 'persistentVolumeClaim', 'claimName') === nameOf(claim));
  const owners = new Set(
    listAt(claim, 'metadata', 'ownerReferences')
      .filter((one) => textAt(one, 'kind') === 'Pod')
      .map((one) => textAt(one, 'uid')),
  );
  return { pods: all.filter((pod) => mounts(pod) || owners.has(uidOf(pod))), events };
}

export async function namespaceFacts(
  connection: Connection,
  namespace: Json,
  { signal }: Look,
): Promise<NamespaceFacts> {
  const inside = `/api/v1/namespaces/${encodeURIComponent(nameOf(namespace))}`;
  const [quotas, limitRanges] = await Promise.all([
    listAll(connection, `${inside}/resourcequotas`, { query: {}, signal }),
    listAll(connection, `${inside}/limitranges`, { query: {}, signal }),
  ]);
  return { quotas, limitRanges };
}

/** What stands behind each backend. What may not be read is told in its place, as kubectl does. */
export async function ingressFacts(connection: Connection, ingress: Json, look: Look): Promise<IngressFacts> {
  const paths = listAt(ingress, 'spec', 'rules').flatMap((rule) => listAt(rule, 'http', 'paths'));
  const all = [at(ingress, 'spec', 'defaultBackend'), ...paths.map((path) => at(path, 'backend'))];
  const backends = new Map<string, string>();
  for (const backend of all) {
    const key = backendKey(backend);
    if (backend === undefined || backends.has(key)) continue;
    backends.set(key, await backendText(connection, backend, { namespace: namespaceOf(ingress), signal: look.signal }));
  }
  return { backends, events: await objectEvents(connection, ingress, { kind: 'Ingress', look }) };
}

async function backendText(
  connection: Connection,
  backend: Json,
  { namespace, signal }: { namespace: string; signal: AbortSignal },
): Promise<string> {
  const service = textAt(backend, 'service', 'name');
  if (service === undefined) {
    const of = (field: string): string | undefined => textAt(backend, 'resource', field);
    return `APIGroup: ${of('apiGroup') ?? '<none>'}, Kind: ${of('kind') ?? ''}, Name: ${of('name') ?? ''}`;
  }
  const number = numberAt(backend, 'service', 'port', 'number') ?? 0;
  const portName = textAt(backend, 'service', 'port', 'name') ?? '';
  const text = `${service}:${number === 0 ? portName : number}`;
  const inside = encodeURIComponent(namespace);
  try {
    const query = { labelSelector: `kubernetes.io/service-name=${service}` };
    const slices = await listAll(connection, `/apis/discovery.k8s.io/v1/namespaces/${inside}/endpointslices`, {
      query,
      signal,
    });
    const live = await connection.get(`/api/v1/namespaces/${inside}/services/${encodeURIComponent(service)}`, {
      signal,
    });
    const port = listAt(live, 'spec', 'ports').findLast(
      (one) =>
        (number !== 0 && numberAt(one, 'port') === number) || (portName !== '' && textAt(one, 'name') === portName),
    );
    return `${text} (${endpoints(slices, textAt(port, 'name') ?? '')})`;
  } catch (error) {
    if (error instanceof ApiRefusal && !error.retryable) return `${text} (<error: ${error.status.message}>)`;
    throw error;
  }
}

async function eventsOf(
  connection: Connection,
  { object, kind, uid }: { object: Json; kind: string; uid: string },
  { signal, withoutEvents }: Look,
): Promise<Events> {
  if (withoutEvents === true) return undefined;
  const namespace = namespaceOf(object);
  const fieldSelector = [
    `involvedObject.kind=${kind}`,
    `involvedObject.name=${nameOf(object)}`,
    `involvedObject.namespace=${namespace}`,
    `involvedObject.uid=${uid}`,
  ].join(',');
  const inside = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  // kubectl shows an object without its events when it may not list them.
  return (
    (await unlessRefused(listAll(connection, `/api/v1${inside}/events`, { query: { fieldSelector }, signal }))) ?? []
  );
}

async function leaseOf(connection: Connection, name: string, signal: AbortSignal): Promise<NodeFacts['lease']> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${encodeURIComponent(name)}`;
  try {
    return await connection.get(path, { signal });
  } catch (error) {
    if (error instanceof ApiRefusal && !error.retryable) return { failed: error.status.message };
    throw error;
  }
}

/** Undefined when the server says no; anything that may pass is thrown on. */
async function unlessRefused<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ApiRefusal && !error.retryable) return undefined;
    throw error;
  }
}
