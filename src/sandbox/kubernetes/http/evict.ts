/** POST …/eviction: a delete that asks the disruption budgets first; also when it is a dry run. */
import type { Clock } from '../clock.ts';
import { deletePod } from '../controllers/delete-pod.ts';
import { isActive, isReady } from '../controllers/pods.ts';
import { isObject } from '../json.ts';
import type { DisruptionBudget, Pod } from '../objects.ts';
import { matches } from '../selectors.ts';
import { badRequest, notFound, StatusError } from '../status.ts';
import type { Store } from '../store.ts';
import type { Answer } from './answer.ts';
import { checkPreconditions, readDeleteOptions } from './delete.ts';
import type { Route } from './route.ts';
import { isDryRun, parseBody } from './write.ts';

export function evict(tools: { store: Store; clock: Clock }, route: Route, body: string): Answer {
  const eviction = parseBody('Eviction', body);
  const metadata = isObject(eviction['metadata']) ? eviction['metadata'] : {};
  if (metadata['name'] !== route.name) throw badRequest('name in URL does not match name in Eviction object');
  const pod = tools.store.get('pods', route.namespace, route.name);
  if (!pod) throw notFound(route.resource, route.name);
  const options = readDeleteOptions(isObject(eviction['deleteOptions']) ? eviction['deleteOptions'] : {});
  const dryRun = options.dryRun || isDryRun(route);
  // The budget comes first: a blocked pod answers 429 even to the wrong uid (recorded from 1.34).
  const budget = blockingBudget(tools.store, pod);
  checkPreconditions(route.resource, pod, options);
  if (!dryRun && budget) useUp(tools.store, budget);
  if (!dryRun) deletePod(tools, pod, options.graceSeconds);
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

/** The budget that the eviction uses up, or undefined when none covers the pod. Throws when it allows none. */
function blockingBudget(store: Store, pod: Pod): DisruptionBudget | undefined {
  // A pod that is finished, pending or going disrupts nothing (registry/core/pod/rest/eviction.go).
  if (!isActive(pod) || pod.status.phase === 'Pending') return undefined;
  const budgets = store
    .list('poddisruptionbudgets', pod.metadata.namespace)
    .filter((budget) => matches(budget.spec.selector, pod.metadata.labels));
  if (budgets.length > 1) {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError(500, 'InternalError', message, { causes: [{ message }] });
  }
  const [budget] = budgets;
  if (!budget) return undefined;
  const { disruptionsAllowed, desiredHealthy, currentHealthy } = budget.status;
  if (!isReady(pod) && currentHealthy >= desiredHealthy && desiredHealthy > 0) return undefined;
  if (disruptionsAllowed <= 0) {
    const cause = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
      causes: [{ reason: 'DisruptionBudget', message: cause }],
    });
  }
  return budget;
}

function useUp(store: Store, budget: DisruptionBudget): void {
  const { disruptionsAllowed, currentHealthy } = budget.status;
  const status = { ...budget.status, disruptionsAllowed: disruptionsAllowed - 1, currentHealthy: currentHealthy - 1 };
  store.put('poddisruptionbudgets', { ...budget, status });
}
