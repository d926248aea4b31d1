/** A deployment with its pods, and who else has a say in it. */
import { matches } from '../kubernetes/selectors.ts';
import type { ClusterObjects } from './host.ts';
import { isGoing, podLook } from './pod-look.ts';
import type { JsonObject, PodLook, WorkloadLook } from './protocol.ts';
import { at, controllerOf, countAt, keyOf, listAt, nameOf, namespaceOf, objectAt, textAt, uidOf } from './raw.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';
/** The annotation with which Firebreak marks what it changed. */
const markAnnotation = 'firebreak.dev/plan';

/** Looked up again and again: what controls what, and what each pod uses. */
export type Ownership = {
  readonly sets: ReadonlyMap<string, readonly JsonObject[]>;
  readonly pods: ReadonlyMap<string, readonly JsonObject[]>;
  readonly metrics: ReadonlyMap<string, JsonObject>;
};

export function ownershipOf(objects: ClusterObjects): Ownership {
  return {
    sets: Map.groupBy(objects.replicaSets, (set) => controllerOf(set) ?? ''),
    pods: Map.groupBy(objects.pods, (pod) => controllerOf(pod) ?? ''),
    metrics: new Map(objects.podMetrics.map((one) => [keyOf(one), one])),
  };
}

export function workloadLook(
  deployment: JsonObject,
  objects: ClusterObjects,
  { ownership, withEnv }: { readonly ownership: Ownership; readonly withEnv: boolean },
): WorkloadLook {
  const revision = textAt(deployment, 'metadata', 'annotations', revisionAnnotation) ?? '';
  const pods = podsOf(deployment, ownership);
  const wanted = at(deployment, 'spec', 'replicas');
  const [container] = listAt(deployment, 'spec', 'template', 'spec', 'containers');
  const memoryLimit = textAt(container, 'resources', 'limits', 'memory');
  const autoscaler = autoscalerOf(deployment, objects);
  const budget = budgetOf(deployment, objects);
  const owner = ownerOf(deployment);
  const mark = textAt(deployment, 'metadata', 'annotations', markAnnotation);
  return {
    namespace: namespaceOf(deployment),
    name: nameOf(deployment),
    wanted: typeof wanted === 'number' ? wanted : 1,
    ready: countAt(deployment, 'status', 'readyReplicas'),
    updated: countAt(deployment, 'status', 'updatedReplicas'),
    revision,
    image: textAt(container, 'image') ?? '',
    paused: at(deployment, 'spec', 'paused') === true,
    state: stateOf(deployment, pods),
    env: withEnv ? envOf(container) : [],
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(autoscaler === undefined ? {} : { autoscaler }),
    ...(budget === undefined ? {} : { budget }),
    ...(owner === undefined ? {} : { owner }),
    ...(mark === undefined ? {} : { mark }),
    pods,
  };
}

/** Newest revision first, then by name. */
function podsOf(deployment: JsonObject, { sets, pods, metrics }: Ownership): PodLook[] {
  return (sets.get(uidOf(deployment)) ?? [])
    .flatMap((set) => {
      const revision = textAt(set, 'metadata', 'annotations', revisionAnnotation) ?? '';
      return (pods.get(uidOf(set)) ?? []).map((pod) =>
        podLook(pod, revision, isGoing(pod) ? undefined : metrics.get(keyOf(pod))),
      );
    })
    .sort((a, b) => Number(b.revision) - Number(a.revision) || (a.name < b.name ? -1 : 1));
}

/** Nothing gets better by itself, or only after a long while. */
const hopeless = /^(Init:)?(CrashLoopBackOff|ImagePullBackOff|InvalidImageName|CreateContainerConfigError)$/;

function stateOf(deployment: JsonObject, pods: readonly PodLook[]): WorkloadLook['state'] {
  const isLate = listAt(deployment, 'status', 'conditions').some(
    (one) => one['type'] === 'Progressing' && one['reason'] === 'ProgressDeadlineExceeded',
  );
  if (isLate || pods.some(({ status }) => hopeless.test(status))) return 'stuck';
  const spec = at(deployment, 'spec', 'replicas');
  const wanted = typeof spec === 'number' ? spec : 1;
  const status = objectAt(deployment, 'status');
  const isSeen = countAt(status, 'observedGeneration') >= countAt(deployment, 'metadata', 'generation');
  const isUpdated = at(deployment, 'spec', 'paused') === true || countAt(status, 'updatedReplicas') === wanted;
  const isWhole = countAt(status, 'availableReplicas') === wanted && countAt(status, 'replicas') === wanted;
  return isSeen && isUpdated && isWhole ? 'steady' : 'moving';
}

function envOf(container: JsonObject | undefined): WorkloadLook['env'] {
  return listAt(container, 'env').flatMap((one) => {
    const [name, value] = [textAt(one, 'name'), textAt(one, 'value')];
    return name === undefined || value === undefined ? [] : [{ name, value }];
  });
}

function autoscalerOf(deployment: JsonObject, { autoscalers }: ClusterObjects): WorkloadLook['autoscaler'] {
  const found = autoscalers.find(
    (one) =>
      namespaceOf(one) === namespaceOf(deployment) &&
      textAt(one, 'spec', 'scaleTargetRef', 'kind') === 'Deployment' &&
      textAt(one, 'spec', 'scaleTargetRef', 'name') === nameOf(deployment),
  );
  if (!found) return undefined;
  const min = at(found, 'spec', 'minReplicas');
  return { min: typeof min === 'number' ? min : 1, max: countAt(found, 'spec', 'maxReplicas') };
}

/** Such as `at least 2 available, 1 may go now`. */
function budgetOf(deployment: JsonObject, { budgets }: ClusterObjects): string | undefined {
  const labels = stringsAt(deployment, 'spec', 'template', 'metadata', 'labels');
  const found = budgets.find(
    (one) =>
      namespaceOf(one) === namespaceOf(deployment) &&
      // A missing selector selects nothing, an empty one everything.
      at(one, 'spec', 'selector') !== undefined &&
      matches(objectAt(one, 'spec', 'selector'), labels),
  );
  if (!found) return undefined;
  const least = amountAt(found, 'minAvailable');
  const rule =
    least === undefined
      ? `at most ${amountAt(found, 'maxUnavailable') ?? 0} unavailable`
      : `at least ${least} available`;
  return `${rule}, ${countAt(found, 'status', 'disruptionsAllowed')} may go now`;
}

/** A number, or a percentage as text. */
function amountAt(budget: JsonObject, field: string): string | number | undefined {
  const found = at(budget, 'spec', field);
  return typeof found === 'string' || typeof found === 'number' ? found : undefined;
}

function stringsAt(value: unknown, ...path: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectAt(value, ...path)).flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

/** By the marks that these tools leave, from their own documentation; or the object that controls it. */
function ownerOf(deployment: JsonObject): string | undefined {
  const label = (key: string) => textAt(deployment, 'metadata', 'labels', key);
  const annotation = (key: string) => textAt(deployment, 'metadata', 'annotations', key);
  if (annotation('argocd.argoproj.io/tracking-id') ?? label('argocd.argoproj.io/instance')) return 'Argo CD';
  if (label('kustomize.toolkit.fluxcd.io/name') ?? label('helm.toolkit.fluxcd.io/name')) return 'Flux';
  if (label('app.kubernetes.io/managed-by') === 'Helm' || annotation('meta.helm.sh/release-name')) return 'Helm';
  const [owner] = listAt(deployment, 'metadata', 'ownerReferences');
  return owner && `${textAt(owner, 'kind') ?? ''} ${textAt(owner, 'name') ?? ''}`.trim();
}
