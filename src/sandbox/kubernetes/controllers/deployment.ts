/**
 * Rolls a Deployment: one ReplicaSet for each template, the newest grows and the others shrink within maxSurge and
 * maxUnavailable. Follows k8s.io/kubernetes/pkg/controller/deployment (rolling.go, sync.go).
 */
import { type Clock } from '../clock.ts';
import { clone, equal } from '../json.ts';
import type { Deployment, ReplicaSet, Template } from '../objects.ts';
import type { Store } from '../store.ts';
import { deploymentStatus } from './deployment-status.ts';
import { isOwnedBy, ownerReference } from './pods.ts';
import { templateHash } from './pod-template.ts';
import type { Recorder } from './recorder.ts';

const revisionKey = 'deployment.kubernetes.io/revision';
const historyKey = 'deployment.kubernetes.io/revision-history';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
]);

type Tools = { store: Store; clock: Clock; recorder: Recorder };

/** Returns when the deployment has to be looked at again (its progress deadline), or undefined. */
export function reconcileDeployment(tools: Tools, deployment: Deployment): number | undefined {
  const sets = setsOf(tools.store, deployment);
  let current = sets.find((set) => equal(templateOf(set), deployment.spec.template));
  const old = () => setsOf(tools.store, deployment).filter((set) => set.metadata.uid !== current?.metadata.uid);
  if (!deployment.spec.paused) {
    current = current ? keepRevision(tools, deployment, current, sets) : createSet(tools, deployment, sets);
  }
  if (current) roll(tools, deployment, current, old());
  for (const set of surplus(old(), deployment.spec.revisionHistoryLimit)) {
    tools.store.remove('replicasets', set.metadata.namespace ?? '', set.metadata.name);
  }
  const fresh = current && tools.store.get('replicasets', current.metadata.namespace ?? '', current.metadata.name);
  const live =
    tools.store.get('deployments', deployment.metadata.namespace ?? '', deployment.metadata.name) ?? deployment;
  const { status, wakeAt } = deploymentStatus(live, fresh, old(), tools.clock.now());
  const revision = fresh?.metadata.annotations?.[revisionKey];
  const annotations =
    revision === undefined ? live.metadata.annotations : { ...live.metadata.annotations, [revisionKey]: revision };
  tools.store.put('deployments', {
    ...live,
    metadata: { ...live.metadata, ...(annotations === undefined ? {} : { annotations }) },
    status,
  });
  return wakeAt;
}

const setsOf = (store: Store, deployment: Deployment): ReplicaSet[] =>
  store.list('replicasets', deployment.metadata.namespace).filter((set) => isOwnedBy(set, deployment));

function templateOf(set: ReplicaSet): Template {
  const template = clone(set.spec.template);
  if (template.metadata.labels) delete template.metadata.labels['pod-template-hash'];
  return template;
}

const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[revisionKey] ?? 0);

/** An old template that is current again (a rollback) becomes the newest revision. */
function keepRevision(
  { store }: Tools,
  deployment: Deployment,
  set: ReplicaSet,
  sets: readonly ReplicaSet[],
): ReplicaSet {
  const newest = Math.max(0, ...sets.filter((other) => other !== set).map(revisionOf));
  const annotations: { [key: string]: string } = {
    ...set.metadata.annotations,
    ...copied(deployment),
    ...bounds(deployment),
  };
  if (newest >= revisionOf(set)) {
    const before = annotations[historyKey];
    annotations[historyKey] = before === undefined ? String(revisionOf(set)) : `${before},${revisionOf(set)}`;
    annotations[revisionKey] = String(newest + 1);
  }
  return store.put('replicasets', { ...set, metadata: { ...set.metadata, annotations } });
}

function createSet({ store, recorder }: Tools, deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet {
  const hash = templateHash(deployment.spec.template);
  const { matchLabels, matchExpressions } = deployment.spec.selector;
  const template = clone(deployment.spec.template);
  template.metadata.labels = { ...template.metadata.labels, 'pod-template-hash': hash };
  const shares = deployment.spec.strategy.type === 'Recreate' && sets.some((set) => set.status.replicas > 0);
  const total = sets.reduce((sum, set) => sum + set.spec.replicas, 0);
  const room = deployment.spec.replicas + surgeOf(deployment) - total;
  const replicas = shares ? 0 : Math.max(0, Math.min(deployment.spec.replicas, room));
  const set = store.create('replicasets', {
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? 'default',
      generation: 1,
      labels: { ...template.metadata.labels },
      annotations: {
        ...copied(deployment),
        ...bounds(deployment),
        [revisionKey]: String(Math.max(0, ...sets.map(revisionOf)) + 1),
      },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas,
      selector: {
        matchLabels: { ...matchLabels, 'pod-template-hash': hash },
        ...(matchExpressions === undefined ? {} : { matchExpressions }),
      },
      template,
    },
    status: { replicas: 0 },
  });
  if (replicas > 0) tellScaled(recorder, deployment, set, 0, replicas);
  return set;
}

const copied = (deployment: Deployment): { [key: string]: string } =>
  Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notCopied.has(key)));

const bounds = (deployment: Deployment) => ({
  [desiredKey]: String(deployment.spec.replicas),
  [maxKey]: String(deployment.spec.replicas + surgeOf(deployment)),
});

/** A share of `of`; maxSurge rounds up, maxUnavailable down. */
function share(value: number | string | undefined, of: number, round: (x: number) => number): number {
  if (typeof value === 'number') return value;
  return round((of * Number.parseInt(value ?? '0', 10)) / 100);
}

function surgeOf({ spec }: Deployment): number {
  if (spec.strategy.type !== 'RollingUpdate' || spec.replicas === 0) return 0;
  return share(spec.strategy.rollingUpdate?.maxSurge, spec.replicas, Math.ceil);
}

function unavailableOf(deployment: Deployment): number {
  const { spec } = deployment;
  const allowed = share(spec.strategy.rollingUpdate?.maxUnavailable, spec.replicas, Math.floor);
  // Both zero would never move; the server takes one.
  return Math.min(spec.replicas, allowed === 0 && surgeOf(deployment) === 0 ? 1 : allowed);
}

function roll(tools: Tools, deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): void {
  const wanted = deployment.spec.replicas;
  const standing = old.filter((set) => set.spec.replicas > 0);
  if (standing.length === 0 || deployment.spec.paused) {
    if (standing.length === 0) scaleTo(tools, deployment, current, wanted);
    return;
  }
  if (deployment.spec.strategy.type === 'Recreate') {
    for (const set of standing) scaleTo(tools, deployment, set, 0);
    if (old.every((set) => set.status.replicas === 0)) scaleTo(tools, deployment, current, wanted);
    return;
  }
  const total = current.spec.replicas + standing.reduce((sum, set) => sum + set.spec.replicas, 0);
  if (current.spec.replicas > wanted) scaleTo(tools, deployment, current, wanted);
  else {
    const room = wanted + surgeOf(deployment) - total;
    if (room > 0) scaleTo(tools, deployment, current, Math.min(wanted, current.spec.replicas + room));
  }
  shrink(tools, deployment, current, standing, total);
}

function shrink(
  tools: Tools,
  deployment: Deployment,
  current: ReplicaSet,
  standing: readonly ReplicaSet[],
  total: number,
): void {
  const least = deployment.spec.replicas - unavailableOf(deployment);
  const newUnavailable = current.spec.replicas - (current.status.availableReplicas ?? 0);
  let spare = total - least - newUnavailable;
  if (spare <= 0) return;
  const sizes = new Map(standing.map((set) => [set, set.spec.replicas]));
  // First what is not healthy anyway, then healthy ones as far as availability allows.
  for (const [set, size] of sizes) {
    const unhealthy = Math.min(spare, size - (set.status.availableReplicas ?? 0));
    if (unhealthy > 0) sizes.set(set, size - unhealthy);
    spare -= Math.max(0, unhealthy);
  }
  const available = [current, ...standing].reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
  let healthy = available - least;
  for (const [set, size] of sizes) {
    const down = Math.max(0, Math.min(healthy, size));
    healthy -= down;
    sizes.set(set, size - down);
  }
  for (const [set, size] of sizes) scaleTo(tools, deployment, set, size);
}

function scaleTo({ store, recorder }: Tools, deployment: Deployment, set: ReplicaSet, replicas: number): void {
  const from = set.spec.replicas;
  const annotations = { ...set.metadata.annotations, ...bounds(deployment) };
  if (from === replicas && equal(annotations, set.metadata.annotations)) return;
  store.put('replicasets', {
    ...set,
    metadata: {
      ...set.metadata,
      annotations,
      generation: (set.metadata.generation ?? 1) + (from === replicas ? 0 : 1),
    },
    spec: { ...set.spec, replicas },
  });
  if (from !== replicas) tellScaled(recorder, deployment, set, from, replicas);
}

function tellScaled(recorder: Recorder, deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
  recorder.record(deployment, {
    type: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`,
    component: 'deployment-controller',
  });
}

/** Empty old sets beyond the history limit, oldest first. */
function surplus(old: readonly ReplicaSet[], limit: number): ReplicaSet[] {
  const empty = old.filter((set) => set.spec.replicas === 0 && set.status.replicas === 0);
  return [...empty].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, empty.length - limit));
}
