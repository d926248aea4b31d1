/** What a description shows besides the object itself: its events, pods, ReplicaSets, endpoints and lease. */
import type { Json } from '../../../domain/json.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { pathOf, podKind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { recordAt, textAt } from '../live.ts';
import type { DeploymentFacts } from './describe-deployment.ts';
import type { NodeFacts } from './describe-node.ts';
import type { ServiceFacts } from './describe-service.ts';
import type { WorkloadFacts } from './describe-workload.ts';
import { listAll } from './list-all.ts';
import { replicaSetsOf } from './replica-sets.ts';

/** kubectl's mark of a static pod: its events carry this uid. */
const mirrorPod = 'kubernetes.io/config.mirror';

const nameOf = (object: Json): string => textAt(object, 'metadata', 'name') ?? '';
const namespaceOf = (object: Json): string => textAt(object, 'metadata', 'namespace') ?? '';
const uidOf = (object: Json): string => textAt(object, 'metadata', 'uid') ?? '';

export const podEvents = (connection: Connection, pod: Json, signal: AbortSignal): Promise<readonly Json[]> =>
  eventsOf(
    connection,
    { object: pod, kind: 'Pod', uid: textAt(pod, 'metadata', 'annotations', mirrorPod) ?? uidOf(pod) },
    signal,
  );

/** Of a kind whose events carry its uid. */
export const objectEvents = (
  connection: Connection,
  object: Json,
  { kind, signal }: { readonly kind: string; readonly signal: AbortSignal },
): Promise<readonly Json[]> => eventsOf(connection, { object, kind, uid: uidOf(object) }, signal);

export async function nodeFacts(connection: Connection, node: Json, signal: AbortSignal): Promise<NodeFacts> {
  const name = nameOf(node);
  const onNode = `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`;
  const [pods, lease, byUid, byName] = await Promise.all([
    unlessRefused(listAll(connection, '/api/v1/pods', { query: { fieldSelector: onNode }, signal })),
    leaseOf(connection, name, signal),
    // Controllers put the node's uid into its events, the kubelet its name.
    eventsOf(connection, { object: node, kind: 'Node', uid: uidOf(node) }, signal),
    eventsOf(connection, { object: node, kind: 'Node', uid: name }, signal),
  ]);
  return { ...(pods && { pods }), lease, events: [...byUid, ...byName] };
}

export async function deploymentFacts(
  connection: Connection,
  deployment: Json,
  signal: AbortSignal,
): Promise<DeploymentFacts> {
  const [replicaSets, events] = await Promise.all([
    unlessRefused(replicaSetsOf(connection, deployment, signal)),
    eventsOf(connection, { object: deployment, kind: 'Deployment', uid: uidOf(deployment) }, signal),
  ]);
  return { ...(replicaSets && { replicaSets }), events };
}

/** Without its pods kubectl describes no StatefulSet and no DaemonSet. Throws when they may not be listed. */
export async function workloadFacts(
  connection: Connection,
  workload: Json,
  { kind, signal }: { readonly kind: string; readonly signal: AbortSignal },
): Promise<WorkloadFacts> {
  const labelSelector = selectorText(selectorOf(recordAt(workload, 'spec', 'selector')));
  const [pods, events] = await Promise.all([
    listAll(connection, pathOf(podKind, { namespace: namespaceOf(workload) }), { query: { labelSelector }, signal }),
    objectEvents(connection, workload, { kind, signal }),
  ]);
  return { pods, events };
}

export async function serviceFacts(connection: Connection, service: Json, signal: AbortSignal): Promise<ServiceFacts> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespaceOf(service))}/endpointslices`;
  const labelSelector = `kubernetes.io/service-name=${nameOf(service)}`;
  const [endpointSlices, events] = await Promise.all([
    unlessRefused(listAll(connection, path, { query: { labelSelector }, signal })),
    eventsOf(connection, { object: service, kind: 'Service', uid: uidOf(service) }, signal),
  ]);
  return { ...(endpointSlices && { endpointSlices }), events };
}

async function eventsOf(
  connection: Connection,
  { object, kind, uid }: { object: Json; kind: string; uid: string },
  signal: AbortSignal,
): Promise<readonly Json[]> {
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
