/**
 * After a pod was deleted or evicted: first it ends, then its controller has as many ready pods as it wants. Of the
 * controller's pods the one it made last is taken for the replacement; trouble of the others was there before.
 */
import type { Json } from '../../../domain/json.ts';
import { objectName } from '../../../domain/plan.ts';
import type { EffectPlan, RolloutProgress } from '../../../flow/ports.ts';
import { type Controller, controllerIn, hasFinished, readController } from '../change/controller.ts';
import { ownersPath } from '../change/delete-pod.ts';
import { nodePath } from '../change/evict.ts';
import { readWorkload } from '../change/workload.ts';
import type { Connection } from '../connection.ts';
import { isGone, pathOf, podKind } from '../discovery.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { listAll } from '../read/list-all.ts';
import { diagnosePods } from './diagnose.ts';
import type { ObserveParts } from './observe-parts.ts';
import { optional } from './read-evidence.ts';
import { whyUnsettled } from './settled.ts';
import { conditionOf, isGoing, nameOf, serves, timeAt } from './trouble.ts';

export async function observeReplacement(parts: ObserveParts, plan: EffectPlan): Promise<RolloutProgress> {
  const { connection, settleMs } = parts;
  const pod = objectName(plan.target);
  const namespace = plan.target.namespace ?? '';
  const there = await ifThere(connection, plan);
  if (there !== undefined) {
    const diagnosis = await diagnosePods(connection, { namespace, pods: [there], noun: 'pod', judges: () => false });
    const why = isGoing(there) && diagnosis !== undefined ? `; ${diagnosis.text}` : '';
    return { state: 'rolling', text: `Pod ${pod} is still ending${why}`, ready: 0, wanted: 0 };
  }
  const reference = controllerIn(guarded(plan, ownersPath));
  if (reference === undefined) return { state: 'done', text: `Pod ${pod} is gone`, ready: 0, wanted: 0 };
  const controller = await readController(parts, namespace, reference);
  const name = `${controller.kind} ${controller.name}`;
  if (controller.gone === true) {
    const text = `Pod ${pod} is gone, and so is its ${name}: nothing makes it again`;
    return { state: 'failed', text, ready: 0, wanted: 0 };
  }
  const pods = await listAll(connection, pathOf(podKind, { namespace }), {
    keep: (one) =>
      textAt(controllerIn(at(one, 'metadata', 'ownerReferences')), 'uid') === controller.uid && !isGoing(one),
  });
  const ready = pods.filter(serves).length;
  const wanted = wantedBy(controller);
  const answer = (state: RolloutProgress['state'], text: string): RolloutProgress => ({ state, text, ready, wanted });
  const lost = whyJobFailed(controller);
  if (lost !== undefined) return answer('failed', `Pod ${pod} is gone, and ${name} has failed: ${lost}`);
  if (hasFinished(controller)) return answer('done', `Pod ${pod} is gone; ${name} has finished`);
  const newest = replacementOf(pods, plan, controller);
  const text = `Pod ${pod} is gone; ${name} has ${ready} of ${wanted} pods ready`;
  if (ready >= wanted) {
    const stuck = newest && (await onSameNode(connection, plan, controller, newest));
    if (stuck !== undefined) return answer('failed', `${text}, but ${stuck}`);
    const unsettled = newest && whyUnsettled([newest], connection.now(), settleMs);
    return unsettled === undefined ? answer('done', text) : answer('rolling', `${text}, but ${unsettled}`);
  }
  const diagnosis = await diagnosePods(connection, {
    namespace,
    pods,
    noun: 'pod',
    judges: (one) => one === newest,
    controller: { kind: controller.kind, live: controller.live ?? null, wanted },
  });
  if (diagnosis === undefined) return answer('rolling', text);
  return answer(diagnosis.isFinal ? 'failed' : 'rolling', `${text}; ${diagnosis.text}`);
}

/** Of an object that is no pod: it goes when its finalizers are through. */
export async function observeEnd(connection: Connection, plan: EffectPlan): Promise<RolloutProgress> {
  const object = `${plan.target.kind} ${objectName(plan.target)}`;
  const there = await ifThere(connection, plan);
  if (there === undefined) return { state: 'done', text: `${object} is gone`, ready: 0, wanted: 0 };
  const finalizers = listAt(there, 'metadata', 'finalizers').filter((one) => typeof one === 'string');
  const waits = finalizers.length === 0 ? '' : `: it waits for ${finalizers.slice(0, 3).join(', ')}`;
  return { state: 'rolling', text: `${object} is still ending${waits}`, ready: 0, wanted: 0 };
}

/** A pod that was deleted counts as a failure of its job. Which comes first says so before its other pods have ended. */
function whyJobFailed({ kind, live }: Controller): string | undefined {
  if (kind !== 'Job' || live === undefined) return undefined;
  const failed = ['Failed', 'FailureTarget']
    .map((type) => conditionOf(live, type))
    .find((one) => textAt(one, 'status') === 'True');
  return failed === undefined ? undefined : (textAt(failed, 'reason') ?? 'it does not say why');
}

/** What the plan guards of the pod as it was. */
const guarded = ({ changes }: EffectPlan, path: string): Json | undefined =>
  changes.flatMap(({ guard = [] }) => guard).find((one) => one.path === path)?.value;

async function ifThere(connection: Connection, { target }: EffectPlan): Promise<Json | undefined> {
  try {
    const live = await readWorkload(connection, target);
    return textAt(live, 'metadata', 'uid') === target.uid ? live : undefined;
  } catch (error) {
    if (!isGone(error, target)) throw error;
    return undefined;
  }
}

/** A StatefulSet gives it the same name, a DaemonSet the same node. */
function replacementOf(pods: readonly Json[], plan: EffectPlan, { kind }: Controller): Json | undefined {
  if (kind === 'StatefulSet') return pods.find((one) => nameOf(one) === plan.target.name);
  const node = guarded(plan, nodePath);
  const place =
    kind === 'DaemonSet' && node !== undefined ? pods.filter((one) => textAt(one, 'spec', 'nodeName') === node) : pods;
  const made = (one: Json): number => timeAt(one, 'metadata', 'creationTimestamp') ?? 0;
  return [...place].sort((a, b) => made(a) - made(b)).at(-1);
}

/** An eviction from a cordoned node was for nothing when the replacement runs there again. */
async function onSameNode(
  connection: Connection,
  plan: EffectPlan,
  { kind, name }: Controller,
  replacement: Json,
): Promise<string | undefined> {
  const node = guarded(plan, nodePath);
  if (plan.action.type !== 'evict' || kind === 'DaemonSet' || typeof node !== 'string') return undefined;
  if (textAt(replacement, 'spec', 'nodeName') !== node) return undefined;
  const live = await optional(() => connection.get(`/api/v1/nodes/${encodeURIComponent(node)}`), undefined);
  const cordon = listAt(live, 'spec', 'taints').find(
    (one) => textAt(one, 'key') === 'node.kubernetes.io/unschedulable',
  );
  const since = timeAt(cordon, 'timeAdded');
  const made = timeAt(replacement, 'metadata', 'creationTimestamp');
  if (since === undefined || made === undefined || made < since) return undefined;
  return `${kind} ${name} made ${nameOf(replacement)} on ${node} again: it tolerates that the node is cordoned`;
}

/** Of a kind that says no number, one pod has to serve. */
function wantedBy({ kind, live }: Controller): number {
  if (kind === 'DaemonSet') return numberAt(live, 'status', 'desiredNumberScheduled') ?? 1;
  if (kind === 'Job') {
    const left = (numberAt(live, 'spec', 'completions') ?? 1) - (numberAt(live, 'status', 'succeeded') ?? 0);
    return Math.max(0, Math.min(numberAt(live, 'spec', 'parallelism') ?? 1, left));
  }
  return numberAt(live, 'spec', 'replicas') ?? 1;
}
