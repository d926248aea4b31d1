/**
 * ResourceQuotas: what the pods of a namespace ask for in all, and the refusal of one more (k8s.io/apiserver's
 * resourcequota admission, wording recorded from 1.34). Only pods are counted and refused; quotas with scopes are not
 * looked at.
 */
import type { Container, Pod, Quota } from '../objects.ts';
import { formatQuantity, parseQuantity } from '../quantity.ts';
import { resourceOf } from '../resources.ts';
import { forbiddenBecause, type StatusError } from '../status.ts';
import type { Store } from '../store.ts';

type Amounts = { readonly [resource: string]: number };
/** A pod, or what is about to be one. */
type AskingPod = {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Pod['spec'];
  readonly status?: Partial<Pod['status']>;
};

/** A pod that has not ended counts, also while it is on its way out. */
const counts = ({ status }: AskingPod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

/** `requests.cpu`, `limits.memory` and the like → where a container says it; `cpu` is short for `requests.cpu`. */
function partOf(resource: string): { from: 'requests' | 'limits'; name: string } | undefined {
  if (resource === 'cpu' || resource === 'memory') return { from: 'requests', name: resource };
  const [, from, name = ''] = /^(requests|limits)\.(.+)$/.exec(resource) ?? [];
  return from === 'requests' || from === 'limits' ? { from, name } : undefined;
}

/** A request that is not there is as large as the limit. */
const said = ({ resources }: Container, from: 'requests' | 'limits', name: string): string | undefined =>
  resources[from]?.[name] ?? (from === 'requests' ? resources.limits?.[name] : undefined);

const isCount = (resource: string): boolean => resource === 'pods' || resource === 'count/pods';

function demand(pod: AskingPod, resource: string): number {
  if (isCount(resource)) return 1;
  const part = partOf(resource);
  if (!part) return 0;
  const amounts = pod.spec.containers.map((container) => parseQuantity(said(container, part.from, part.name) ?? '0'));
  return amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
}

const isScoped = (quota: Quota): boolean => 'scopes' in quota.spec || 'scopeSelector' in quota.spec;

/** What the quota's resources are used up to now. */
export function usedOf(store: Store, quota: Quota): Amounts {
  const pods = store.list('pods', quota.metadata.namespace).filter(counts);
  const names = Object.keys(quota.spec.hard ?? {});
  return Object.fromEntries(
    names.map((name) => [name, pods.reduce((sum, pod) => sum + demand(pod, name), 0)] as const),
  );
}

/** Why this pod may not be made, or undefined. */
export function quotaRefusal(store: Store, pod: AskingPod): StatusError | undefined {
  const { namespace = 'default', name } = pod.metadata;
  for (const quota of store.list('resourcequotas', namespace)) {
    const why = isScoped(quota) ? undefined : (unsaid(quota, pod) ?? exceeded(store, quota, pod));
    if (why !== undefined) return forbiddenBecause(resourceOf('pods'), name, why);
  }
  return undefined;
}

/** A quota for CPU or memory wants each container to say how much; not one for devices. */
function unsaid(quota: Quota, pod: AskingPod): string | undefined {
  const missing = sortedNames(quota).flatMap((resource) => {
    const part = partOf(resource);
    if (part?.name !== 'cpu' && part?.name !== 'memory') return [];
    const silent = pod.spec.containers.filter((container) => said(container, part.from, part.name) === undefined);
    return silent.length === 0 ? [] : [`${resource} for: ${silent.map((container) => container.name).join(',')}`];
  });
  return missing.length === 0 ? undefined : `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`;
}

function exceeded(store: Store, quota: Quota, pod: AskingPod): string | undefined {
  const used = usedOf(store, quota);
  const over = sortedNames(quota).filter((resource) => {
    const wanted = demand(pod, resource);
    const most = parseQuantity(quota.spec.hard?.[resource] ?? '0') ?? 0;
    return wanted > 0 && (used[resource] ?? 0) + wanted > most;
  });
  if (over.length === 0) return undefined;
  const print = (amount: (resource: string) => string) =>
    over.map((resource) => `${resource}=${amount(resource)}`).join(',');
  const requested = print((resource) => formatQuantity(demand(pod, resource), resource));
  const usedUp = print((resource) => formatQuantity(used[resource] ?? 0, resource));
  const limited = print((resource) => quota.spec.hard?.[resource] ?? '0');
  return `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${usedUp}, limited: ${limited}`;
}

const sortedNames = (quota: Quota): string[] => Object.keys(quota.spec.hard ?? {}).sort();
