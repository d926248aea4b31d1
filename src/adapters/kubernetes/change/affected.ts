/** Which pods and PodDisruptionBudgets a change touches. */
import type { ChangeAction } from '../../../domain/action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Affected } from '../../../domain/plan.ts';
import type { Connection } from '../connection.ts';
import { ApiRefusal } from '../errors.ts';
import { listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import { isRollingOut } from './pause.ts';
import { podsOf, selectorOf, selects } from './workload.ts';

const podNamesMax = 20;

/** For a scale: the pods that come or go. For a new template: every pod of the workload. For a node: none. */
export async function findAffected(
  connection: Connection,
  action: ChangeAction,
  wanted: { namespace: string; live: Json; replicas?: number },
): Promise<Affected> {
  const { live, namespace } = wanted;
  if (action.type === 'delete-pod') return onePod(connection, namespace, live);
  if (isQuiet(action, live)) return { pods: 0, podNames: [], budgets: [] };
  const pods = (await podsOf(connection, namespace, live)).filter((pod) => !isOver(pod));
  const names = pods.map((pod) => textAt(pod, 'metadata', 'name') ?? '').sort();
  const current = numberAt(live, 'spec', 'replicas') ?? 1;
  const budgets = await budgetsOf(connection, namespace, textsAt(live, 'spec', 'template', 'metadata', 'labels'));
  if (action.type === 'scale' && wanted.replicas !== undefined) {
    const added = wanted.replicas > current;
    return {
      pods: Math.abs(wanted.replicas - current),
      // Which of them end is the controller's choice; all of them do when it goes to 0.
      podNames: added ? [] : names.slice(0, podNamesMax),
      budgets: added ? [] : budgets,
    };
  }
  return { pods: names.length, podNames: names.slice(0, podNamesMax), budgets };
}

/** Cordoning moves no pod, nor does pausing, nor resuming what has no new template. */
function isQuiet(action: ChangeAction, live: Json): boolean {
  const { type } = action;
  if (type === 'cordon' || type === 'uncordon' || type === 'rollout-pause') return true;
  return type === 'rollout-resume' && !isRollingOut(live);
}

async function onePod(connection: Connection, namespace: string, live: Json): Promise<Affected> {
  const budgets = await budgetsOf(connection, namespace, textsAt(live, 'metadata', 'labels'));
  return {
    pods: 1,
    podNames: [textAt(live, 'metadata', 'name') ?? ''],
    budgets: budgets.map((budget) => `${budget}; a delete does not ask it`),
  };
}

const isOver = (pod: Json): boolean => ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

async function budgetsOf(
  connection: Connection,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  try {
    const list = await connection.get(
      `/apis/policy/v1/namespaces/${encodeURIComponent(namespace)}/poddisruptionbudgets`,
    );
    return listAt(list, 'items')
      .filter((budget) => selects(selectorOf(recordAt(budget, 'spec', 'selector')), labels))
      .map((budget) => {
        const allowed = numberAt(budget, 'status', 'disruptionsAllowed') ?? 0;
        return `${textAt(budget, 'metadata', 'name') ?? ''}: allows ${allowed} disruption${allowed === 1 ? '' : 's'}`;
      });
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.retryable) throw error;
    return ['unknown: our account may not list PodDisruptionBudgets'];
  }
}
