/** Pods that are still to be deleted and serve nobody: a replacement beside them is not waited for until they serve. */
import type { Json } from '../../../domain/json.ts';
import type { EffectPlan } from '../../../flow/ports.ts';
import type { Connection } from '../connection.ts';
import { pathOf, podKind } from '../discovery.ts';
import { listAt, textAt } from '../live.ts';
import { listAll } from '../read/list-all.ts';
import { controllerIn } from './controller.ts';
import { ownersPath } from './delete-pod.ts';

export async function countUnready(
  { connection }: { readonly connection: Connection },
  plan: EffectPlan,
  others: readonly EffectPlan[],
): Promise<number> {
  const controller = controllerOf(plan);
  const { namespace } = plan.target;
  if (controller === undefined || namespace === undefined) return 0;
  const uids = new Set(others.filter((other) => controllerOf(other) === controller).map(({ target }) => target.uid));
  if (uids.size === 0) return 0;
  const idle = await listAll(connection, pathOf(podKind, { namespace }), {
    keep: (pod) => uids.has(textAt(pod, 'metadata', 'uid') ?? '') && isIdle(pod),
  });
  return idle.length;
}

/** The uid of the owner that the plan guards. */
const controllerOf = ({ changes }: EffectPlan): string | undefined =>
  textAt(
    controllerIn(changes.flatMap(({ guard = [] }) => guard).find(({ path }) => path === ownersPath)?.value),
    'uid',
  );

/** One on its way out has its replacement already. */
const isIdle = (pod: Json): boolean =>
  textAt(pod, 'metadata', 'deletionTimestamp') === undefined &&
  !listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
