/**
 * `kubectl delete pod NAME`. What is deleted is one uid; the pod's owners are a guard, so that a pod that lost its
 * controller since the plan is not deleted as one that is made again. No guard covers the controller itself: it is
 * asked again before the request goes out.
 */
import type { DeletePodAction } from '../../../domain/change-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { EffectPlan } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import type { Discovery } from '../discovery.ts';
import { at, listAt, numberAt, textAt } from '../live.ts';
import { type Controller, controllerIn, hasFinished, makesPodsAgain, readController } from './controller.ts';
import { misfit } from './patch.ts';
import type { Proposal } from './proposal.ts';
import { heldBy } from './taken-along.ts';

export const ownersPath = '/metadata/ownerReferences';

type Parts = { readonly connection: Connection; readonly discovery: Discovery };

export async function proposeDeletePod(parts: Parts, action: DeletePodAction<string>, live: Json): Promise<Proposal> {
  const { name } = action.target;
  const grace = action.gracePeriodSeconds;
  if (grace !== undefined && !(Number.isSafeInteger(grace) && grace >= 1)) {
    return {
      kind: 'refused',
      text: 'A pod is never deleted without waiting for its end. Use a grace period of 1 s or more.',
    };
  }
  const reference = controllerIn(at(live, 'metadata', 'ownerReferences'));
  if (textAt(reference, 'kind') === 'Node') {
    return {
      kind: 'refused',
      text: `Pod ${name} mirrors a file on its node, and deleting it changes nothing. Change the file there.`,
    };
  }
  const controller = await controllerOf(parts, live);
  const lost = whyLost(controller, live);
  return {
    kind: 'proposed',
    changes: [
      {
        path: '/metadata/uid',
        label: `pod ${name}`,
        before: textAt(live, 'metadata', 'uid') ?? '',
        guard: [{ path: ownersPath, value: at(live, 'metadata', 'ownerReferences') ?? null }],
        shown: [{ label: `pod ${name}`, before: stateOf(live), after: 'deleted' }],
      },
    ],
    class: lost === undefined ? 'change' : 'destructive',
    classReason: lost ?? `${controller?.kind ?? ''} ${controller?.name ?? ''} makes another one`,
    undo: {
      kind: 'none',
      why:
        lost === undefined
          ? 'a deleted pod does not come back; its controller makes a new one'
          : `a deleted pod does not come back, and ${lost}`,
    },
    warnings: [...volumes(live, controller), ...only(controller), ...heldBy(live)],
  };
}

/** Why the plan's delete does not fit any more, or undefined: the pod, and what its class was for. */
export async function whyNotDelete(
  parts: Parts,
  plan: Pick<EffectPlan, 'class' | 'target' | 'changes'>,
  live: Json,
): Promise<string | undefined> {
  const why = misfit(plan, live);
  if (why !== undefined || plan.class !== 'change') return why;
  const lost = whyLost(await controllerOf(parts, live), live);
  return lost === undefined
    ? undefined
    : `What was approved is the delete of a pod that is made again, but ${lost}. Make a new plan.`;
}

async function controllerOf(parts: Parts, live: Json): Promise<Controller | undefined> {
  const reference = controllerIn(at(live, 'metadata', 'ownerReferences'));
  if (reference === undefined) return undefined;
  return readController(parts, textAt(live, 'metadata', 'namespace') ?? '', reference);
}

/** Undefined only when a controller that was read just now makes another pod. */
function whyLost(controller: Controller | undefined, live: Json): string | undefined {
  if (controller === undefined) return 'it has no controller: nothing makes it again';
  const name = `${controller.kind} ${controller.name}`;
  if (controller.gone === true) return `its controller ${name} is gone: nothing makes it again`;
  if (!makesPodsAgain(controller)) return `whether ${name} makes it again is not known`;
  if (controller.live === undefined) {
    return `whether ${name} makes it again is not known: our account may not read it`;
  }
  if (hasFinished(controller)) return `${name} has finished: nothing makes it again`;
  const phase = textAt(live, 'status', 'phase') ?? '';
  return controller.kind === 'Job' && ['Succeeded', 'Failed'].includes(phase)
    ? `it has ended, and ${name} does not make again what has ended`
    : undefined;
}

/** `Running, 1 of 1 containers ready, 3 restarts, on node-1`. */
export function stateOf(live: Json): string {
  const statuses = listAt(live, 'status', 'containerStatuses');
  const ready = statuses.filter((one) => at(one, 'ready') === true).length;
  const restarts = statuses.reduce<number>((sum, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0);
  const total = listAt(live, 'spec', 'containers').length;
  const node = textAt(live, 'spec', 'nodeName');
  return [
    textAt(live, 'status', 'phase') ?? 'Unknown',
    `${ready} of ${total} ${total === 1 ? 'container' : 'containers'} ready`,
    `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`,
    node === undefined ? 'on no node' : `on ${node}`,
  ].join(', ');
}

function volumes(live: Json, controller: Controller | undefined): string[] {
  const all = listAt(live, 'spec', 'volumes');
  const claims = all.flatMap((one) => textAt(one, 'persistentVolumeClaim', 'claimName') ?? []);
  const empty = all.flatMap((one) => (at(one, 'emptyDir') === undefined ? [] : (textAt(one, 'name') ?? [])));
  const found: string[] = [];
  if (claims.length > 0) {
    const again = controller?.kind === 'StatefulSet' ? '; the new pod of the StatefulSet attaches the same ones' : '';
    found.push(`Its PersistentVolumeClaims stay (${claims.slice(0, 5).join(', ')})${again}.`);
  }
  if (empty.length > 0) found.push(`What is in its emptyDir volumes is lost (${empty.slice(0, 5).join(', ')}).`);
  return found;
}

const only = (controller: Controller | undefined): string[] =>
  numberAt(controller?.live, 'spec', 'replicas') === 1
    ? ['It is the only replica: nothing serves until its replacement is ready.']
    : [];
