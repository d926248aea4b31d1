/** Which pod and container `kubectl exec` means. Source: kubectl 1.34, `pkg/cmd/exec` and `polymorphichelpers`. */
import type { Json } from '../../../domain/json.ts';
import type { ObjectReference } from '../../../domain/object-reference.ts';
import { selectorOf, selectorText } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { type Discovery, pathOf, podKind } from '../discovery.ts';
import { listAt, recordAt, textAt, textsAt } from '../live.ts';
import { defaultContainerOf } from '../read/default-container.ts';
import { byAttaching } from '../read/pod-order.ts';

export type Chosen =
  | {
      readonly kind: 'chosen';
      readonly pod: Json;
      readonly container: string;
      /** What kubectl says about its choice, on its error stream. */
      readonly notes: string;
      /** Pods that it was chosen from. */
      readonly among: number;
    }
  /** kubectl's own words. */
  | { readonly kind: 'none'; readonly text: string };

/** Throws `ApiRefusal` for what the server refuses. */
export async function choosePod(
  { connection, discovery }: { readonly connection: Connection; readonly discovery: Discovery },
  wanted: {
    readonly of: ObjectReference<string>;
    readonly container?: string | undefined;
    readonly namespace: string;
    readonly signal?: AbortSignal;
  },
): Promise<Chosen> {
  const { of, container, namespace, signal } = wanted;
  const options = signal === undefined ? {} : { signal };
  const kind = await discovery.find(of);
  if (kind === undefined) return none(`error: the server doesn't have a resource type "${of.resource}"`);
  const object = await connection.get(pathOf(kind, { namespace, name: of.name }), options);
  if (kind.kind === 'Pod') return inPod(object, { container, among: 1 });
  const selector = selectorFor(kind.kind, object);
  if (selector === undefined) {
    return none(`error: cannot attach to *v1.${kind.kind}: selector for *v1.${kind.kind} not implemented`);
  }
  if (selector === '') return none(`error: ${kind.kind} ${of.name} selects no pods`);
  const list = await connection.get(
    `${pathOf(podKind, { namespace })}?labelSelector=${encodeURIComponent(selector)}`,
    options,
  );
  const pods = [...listAt(list, 'items')].sort(byAttaching);
  const [first] = pods;
  // kubectl waits a minute for a first pod.
  if (first === undefined) return none('error: timed out waiting for the condition');
  return inPod(first, { container, among: pods.length });
}

function inPod(pod: Json, { container, among }: { container: string | undefined; among: number }): Chosen {
  const phase = textAt(pod, 'status', 'phase') ?? '';
  if (phase === 'Succeeded' || phase === 'Failed') {
    return none(`error: cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const notes: string[] = [];
  const chosen = container ?? defaultContainerOf(pod, notes, []);
  return { kind: 'chosen', pod, container: chosen, notes: notes.join(''), among };
}

const none = (text: string): Chosen => ({ kind: 'none', text });

/** Undefined: kubectl knows no pods of this kind. */
function selectorFor(kind: string, object: Json): string | undefined {
  if (kind === 'Service' || kind === 'ReplicationController') {
    return selectorText({ labels: textsAt(object, 'spec', 'selector'), expressions: [] });
  }
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].includes(kind)
    ? selectorText(selectorOf(recordAt(object, 'spec', 'selector')))
    : undefined;
}
