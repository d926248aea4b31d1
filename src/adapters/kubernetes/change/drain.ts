/**
 * `kubectl drain` of one node: its cordon, then an eviction for each pod that kubectl would evict. Source of the
 * filters, their order and their words: `k8s.io/kubectl/pkg/drain`, 1.34. Where kubectl would stop behind the cordon
 * because of a pod that it may not evict, nothing is done at all.
 */
import type { DrainAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { ResolveContext } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { isNotFound, pathOf } from '../discovery.ts';
import { at, listAt, textAt } from '../live.ts';
import { controllerIn } from './controller.ts';
import type { EffectParts } from './effects/effect.ts';
import { whyOutside } from './outside.ts';
import type { Expanded, Step } from './steps.ts';
import { targetOf } from './workload.ts';

/** A node runs at most a few hundred pods. */
const podsMax = 500;
const namedMax = 5;

type Verdict =
  | { readonly kind: 'evict'; readonly note?: string }
  | { readonly kind: 'leave'; readonly note?: string }
  | { readonly kind: 'error'; readonly text: string };

export async function expandDrain(
  { connection, discovery, clusterUid }: EffectParts,
  action: DrainAction<string>,
  context: ResolveContext,
): Promise<Expanded> {
  const { name } = action.target;
  const kind = await discovery.find({ resource: 'nodes' });
  if (kind === undefined) return { kind: 'refused', text: 'The cluster has no nodes.' };
  const outside = whyOutside(kind, { namespace: '', name }, context);
  if (outside !== undefined) return { kind: 'refused', text: outside };
  let node: Json;
  try {
    node = await connection.get(pathOf(kind, { name }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { kind: 'refused', text: `There is no Node ${name}. Check the name, or choose one that is there.` };
  }
  const query = new URLSearchParams({ fieldSelector: `spec.nodeName=${name}`, limit: String(podsMax) });
  if (action.podSelector !== undefined) query.set('labelSelector', action.podSelector);
  const list = await connection.get(`/api/v1/pods?${query.toString()}`);
  if ((textAt(list, 'metadata', 'continue') ?? '') !== '') {
    return {
      kind: 'refused',
      text: `More than ${podsMax} pods run on ${name}. Drain it by hand, or with --pod-selector.`,
    };
  }

  const notes = new Map<string, string[]>();
  const errors = new Map<string, string[]>();
  const note = (into: Map<string, string[]>, text: string, pod: string): void => {
    into.set(text, [...(into.get(text) ?? []), pod]);
  };
  const steps: Step[] = [{ change: { type: 'cordon', target: { resource: 'nodes', name } } }];
  const others = new Set<string>();
  for (const pod of listAt(list, 'items')) {
    const [namespace, podName] = [textAt(pod, 'metadata', 'namespace') ?? '', textAt(pod, 'metadata', 'name') ?? ''];
    const verdict = await verdictOf(connection, action, pod);
    const told = verdict.kind === 'error' ? verdict.text : verdict.note;
    if (told !== undefined) note(verdict.kind === 'error' ? errors : notes, told, `${namespace}/${podName}`);
    if (verdict.kind !== 'evict') continue;
    if (context.protectedNamespaces.includes(namespace)) {
      const text = `Pod ${podName} on ${name} is in namespace ${namespace}, which the policy protects. Drain the node by hand.`;
      return { kind: 'refused', text };
    }
    if (context.allowedNamespaces !== undefined && !context.allowedNamespaces.includes(namespace))
      others.add(namespace);
    const grace = action.gracePeriodSeconds;
    steps.push({
      change: {
        type: 'evict',
        namespace,
        target: { resource: 'pods', name: podName },
        ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
      },
      anywhere: true,
    });
  }
  if (errors.size > 0)
    return { kind: 'refused', text: `Node ${name} cannot be drained: ${listed(errors).join('; ')}.` };
  const foreign = others.size === 0 ? [] : [`Pods of other services go too, in: ${[...others].sort().join(', ')}.`];
  return {
    kind: 'expanded',
    steps,
    notes: [...foreign, ...listed(notes).map((text) => `${text}.`)],
    target: targetOf(node, kind, { name: connection.name, uid: await clusterUid(), namespace: '' }),
  };
}

/** `ignoring DaemonSet-managed Pods: kube-system/a, kube-system/b` */
const listed = (texts: ReadonlyMap<string, readonly string[]>): string[] =>
  [...texts].map(([text, pods]) => {
    const more = pods.length > namedMax ? ` and ${pods.length - namedMax} more` : '';
    return `${text}: ${pods.slice(0, namedMax).join(', ')}${more}`;
  });

/** kubectl's filters in their order; the first that keeps a pod back decides. */
export async function verdictOf(
  connection: Pick<Connection, 'get'>,
  action: DrainAction<string>,
  pod: Json,
): Promise<Verdict> {
  const { ignoreDaemonSets, deleteEmptyDirData, force } = action;
  if (textAt(pod, 'metadata', 'deletionTimestamp') !== undefined) {
    return { kind: 'leave', note: 'Pods that are on their way out already' };
  }
  const finished = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');
  const controller = controllerIn(at(pod, 'metadata', 'ownerReferences'));
  const notes: string[] = [];
  if (textAt(controller, 'kind') === 'DaemonSet' && !finished) {
    if (await daemonSetIsThere(connection, pod, textAt(controller, 'name') ?? '')) {
      return ignoreDaemonSets === true
        ? { kind: 'leave', note: 'Ignoring DaemonSet-managed Pods' }
        : { kind: 'error', text: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
    }
    if (force !== true) return { kind: 'error', text: 'Pods whose DaemonSet is gone (use --force to override)' };
    notes.push('Evicting Pods whose DaemonSet is gone');
  }
  if (at(pod, 'metadata', 'annotations', 'kubernetes.io/config.mirror') !== undefined) return { kind: 'leave' };
  const local = listAt(pod, 'spec', 'volumes').some((volume) => at(volume, 'emptyDir') !== undefined);
  if (local && !finished) {
    if (deleteEmptyDirData !== true) {
      return { kind: 'error', text: 'Pods with local storage (use --delete-emptydir-data to override)' };
    }
    notes.push('Evicting Pods with local storage');
  }
  if (controller === undefined && !finished) {
    if (force !== true) return { kind: 'error', text: 'Pods that declare no controller (use --force to override)' };
    notes.push('Evicting Pods that declare no controller');
  }
  return notes.length === 0 ? { kind: 'evict' } : { kind: 'evict', note: notes.join(', ') };
}

async function daemonSetIsThere(connection: Pick<Connection, 'get'>, pod: Json, name: string): Promise<boolean> {
  const namespace = textAt(pod, 'metadata', 'namespace') ?? '';
  try {
    await connection.get(
      `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/daemonsets/${encodeURIComponent(name)}`,
    );
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return false;
  }
}
