/** What the suites of the `Cluster` port share: a server, an adapter on it, and another one behind a relay. */
import { randomUUID } from 'node:crypto';
import { type ClusterChange, isSingle, type ObjectChange } from '../../src/domain/change-action.ts';
import type { EffectRequest } from '../../src/domain/outcome.ts';
import type { PlanFacts } from '../../src/domain/plan.ts';
import type { Cluster, EffectAnswer, EffectPlan, ReadContext, ResolveContext } from '../../src/flow/ports.ts';
import type { Relay } from './cluster-relay.ts';
import { eventually } from '../eventually.ts';
import {
  createDeployment,
  deploymentPath,
  patchJson,
  readDeployment,
  type Body,
  type DeploymentWanted,
  type KubernetesServer,
  type Operation,
} from './kubernetes-server-subject.ts';

export type ClusterSubject = {
  readonly server: KubernetesServer;
  readonly cluster: Cluster;
  readonly relay: Relay;
  /** The same server, through the relay. */
  readonly relayed: Cluster;
};

const now = new Date('2026-03-01T12:00:00.789Z');

export const readContext = (subject: ClusterSubject, over: Partial<ReadContext> = {}): ReadContext => ({
  defaultNamespace: subject.server.namespace,
  signal: AbortSignal.timeout(20_000),
  textLimit: 1_000_000,
  ...over,
});

export const resolveContext = (subject: ClusterSubject, over: Partial<ResolveContext> = {}): ResolveContext => ({
  defaultNamespace: subject.server.namespace,
  protectedNamespaces: ['kube-system'],
  podsPerPlan: 50,
  now,
  ...over,
});

export const scale = (name: string, replicas: number): ObjectChange => ({
  type: 'scale',
  target: { resource: 'deployments', name },
  replicas,
});
export const restart = (name: string): ObjectChange => ({
  type: 'rollout-restart',
  target: { resource: 'deployments', name },
});
export const setEnv = (
  name: string,
  assignments: readonly ({ name: string; value: string } | { name: string; remove: true })[],
  container?: string,
): ObjectChange => ({
  type: 'set-env',
  target: { resource: 'deployments', name },
  assignments,
  ...(container === undefined ? {} : { container }),
});

export const setImage = (name: string, image: string, container?: string): ObjectChange => ({
  type: 'set-image',
  target: { resource: 'deployments', name },
  images: [{ ...(container === undefined ? {} : { container }), image }],
});

export async function factsOf(subject: ClusterSubject, action: ClusterChange): Promise<PlanFacts> {
  const resolution = await subject.cluster.resolve(action, resolveContext(subject));
  if (resolution.kind !== 'resolved') throw new Error(`not resolved: ${resolution.kind}: ${resolution.text}`);
  return resolution.facts;
}

export async function planOf(subject: ClusterSubject, action: ClusterChange): Promise<EffectPlan> {
  if (!isSingle(action)) throw new Error(`${action.type} is of several objects`);
  const { target, changes, class: planClass } = await factsOf(subject, action);
  return { id: `plan-${randomUUID()}`, action, class: planClass, target, changes };
}

export async function requestOf(cluster: Cluster, plan: EffectPlan): Promise<EffectRequest> {
  const prepared = await cluster.prepare(plan);
  if (prepared.kind !== 'ready') throw new Error(`not ready: ${JSON.stringify(prepared)}`);
  return prepared.request;
}

export const sendOnce = (cluster: Cluster, plan: EffectPlan, request: EffectRequest): Promise<EffectAnswer> =>
  cluster.send(plan, request, { auditId: randomUUID(), timeoutMs: 10_000 });

/** Plans, prepares and sends; throws unless the server accepted it. */
export async function apply(subject: ClusterSubject, action: ClusterChange): Promise<EffectPlan> {
  const plan = await planOf(subject, action);
  const request = await requestOf(subject.cluster, plan);
  const answer = await sendOnce(subject.cluster, plan, request);
  if (answer.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
  return plan;
}

/** Somebody else's write. */
export async function meddle(subject: ClusterSubject, name: string, operations: readonly Operation[]): Promise<void> {
  const received = await patchJson(subject.server, deploymentPath(subject.server, name), operations);
  if (received.status !== 200) throw new Error(`meddling with ${name}: ${received.status} ${received.text}`);
}

/** A deployment that its controller has seen: the annotation it adds would get between preparing and sending. */
export async function createSeen(server: KubernetesServer, name: string, wanted: DeploymentWanted = {}): Promise<Body> {
  const created = await createDeployment(server, name, wanted);
  await eventually(`the controller has seen ${name}`, async () => {
    const { metadata } = await readDeployment(server, name);
    return metadata?.['annotations']?.['deployment.kubernetes.io/revision'] !== undefined;
  });
  return created;
}

/** Until the controller of the deployment has seen its newest template. */
export async function seesTemplate({ server }: ClusterSubject, name: string): Promise<void> {
  await eventually(
    `the controller has seen the newest template of ${name}`,
    async () => {
      const { metadata, status } = await readDeployment(server, name);
      return Number(status?.['observedGeneration']) >= Number(metadata?.['generation']);
    },
    server.patienceMs,
  );
}
