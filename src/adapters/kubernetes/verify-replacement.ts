/** After a pod was deleted: first it ends, then its controller has as many ready pods as it wants. */
import type { Json } from '../../domain/json.ts';
import { objectName } from '../../domain/plan.ts';
import type { EffectPlan, RolloutProgress } from '../../flow/ports.ts';
import { type Controller, controllerIn, hasFinished, readController } from './change/controller.ts';
import { ownersPath } from './change/delete-pod.ts';
import { readWorkload } from './change/workload.ts';
import type { Connection } from './connection.ts';
import { type Discovery, isGone, pathOf, podKind } from './discovery.ts';
import { at, listAt, numberAt, textAt } from './live.ts';
import { troubledPods, withTroubles } from './troubled-pods.ts';

export async function observeReplacement(
  parts: { readonly connection: Connection; readonly discovery: Discovery },
  plan: EffectPlan,
): Promise<RolloutProgress> {
  const { target, changes } = plan;
  const pod = objectName(target);
  if (await isThere(parts.connection, plan)) {
    return { state: 'rolling', text: `Pod ${pod} is still ending`, ready: 0, wanted: 0 };
  }
  // The plan guards the owners that the pod had.
  const owners = changes.flatMap(({ guard = [] }) => guard).find(({ path }) => path === ownersPath)?.value;
  const reference = controllerIn(owners);
  if (reference === undefined) return { state: 'done', text: `Pod ${pod} is gone`, ready: 0, wanted: 0 };
  const namespace = target.namespace ?? '';
  const controller = await readController(parts, namespace, reference);
  const name = `${controller.kind} ${controller.name}`;
  if (controller.gone === true) {
    return {
      state: 'failed',
      text: `Pod ${pod} is gone, and so is its ${name}: nothing makes it again`,
      ready: 0,
      wanted: 0,
    };
  }
  const pods = (await podsIn(parts.connection, namespace)).filter(
    (one) =>
      textAt(controllerIn(at(one, 'metadata', 'ownerReferences')), 'uid') === controller.uid &&
      at(one, 'metadata', 'deletionTimestamp') === undefined,
  );
  const ready = pods.filter(serves).length;
  const wanted = wantedBy(controller);
  if (ready >= wanted) {
    return { state: 'done', text: `Pod ${pod} is gone; ${name} has ${ready} of ${wanted} pods ready`, ready, wanted };
  }
  const text = withTroubles(`Pod ${pod} is gone; ${name} has ${ready} of ${wanted} pods ready`, troubledPods(pods));
  return { state: 'rolling', text, ready, wanted };
}

async function isThere(connection: Connection, { target }: EffectPlan): Promise<boolean> {
  try {
    return textAt(await readWorkload(connection, target), 'metadata', 'uid') === target.uid;
  } catch (error) {
    if (!isGone(error, target)) throw error;
    return false;
  }
}

const podsIn = async (connection: Connection, namespace: string): Promise<readonly Json[]> =>
  listAt(await connection.get(pathOf(podKind, { namespace })), 'items');

/** Ready, or through with its work as a pod of a Job is. */
const serves = (pod: Json): boolean =>
  textAt(pod, 'status', 'phase') === 'Succeeded' ||
  listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );

/** Of a kind that says no number, one pod has to serve. */
function wantedBy(controller: Controller): number {
  const { kind, live } = controller;
  if (kind === 'DaemonSet') return numberAt(live, 'status', 'desiredNumberScheduled') ?? 1;
  if (hasFinished(controller)) return 0;
  return numberAt(live, 'spec', 'replicas') ?? 1;
}
