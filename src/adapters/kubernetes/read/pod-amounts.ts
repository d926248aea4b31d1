/** What pods ask for, summed as `kubectl describe node` sums (1.34). Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, scalarAt, recordAt, textAt } from '../live.ts';
import { addAmounts, parseAmount, type Amount, type Amounts } from './amounts.ts';

export type PodAmounts = { readonly requests: Amounts; readonly limits: Amounts };

export function podAmounts(pod: Json): PodAmounts {
  const overhead = amountsOf(at(pod, 'spec', 'overhead'));
  const limits = ofContainers(pod, (container) => amountsOf(at(container, 'resources', 'limits')));
  const bounded = new Map([...overhead].filter(([name]) => (limits.get(name)?.nano ?? 0n) !== 0n));
  return {
    requests: sum([ofContainers(pod, (container) => requestsOf(container, pod)), overhead]),
    limits: sum([limits, bounded]),
  };
}

export function amountsOf(value: Json | undefined): Amounts {
  const amounts = new Map<string, Amount>();
  const record = recordAt(value);
  for (const name of Object.keys(record)) {
    const amount = parseAmount(scalarAt(record, name) ?? '');
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

export function sum(all: readonly Amounts[]): Amounts {
  const total = new Map<string, Amount>();
  for (const [name, amount] of all.flatMap((amounts) => [...amounts])) {
    const before = total.get(name);
    total.set(name, before === undefined ? amount : addAmounts(before, amount));
  }
  return total;
}

function largest(all: readonly Amounts[]): Amounts {
  const most = new Map<string, Amount>();
  for (const [name, amount] of all.flatMap((amounts) => [...amounts])) {
    const before = most.get(name);
    if (before === undefined || amount.nano > before.nano) most.set(name, amount);
  }
  return most;
}

/**
 * Containers run together; an init container runs alone beside the sidecars (init containers that restart always)
 * started before it. The pod needs the larger of the two.
 */
function ofContainers(pod: Json, of: (container: Json) => Amounts): Amounts {
  let running = sum(listAt(pod, 'spec', 'containers').map(of));
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of listAt(pod, 'spec', 'initContainers')) {
    const amounts = of(container);
    if (textAt(container, 'restartPolicy') === 'Always') {
      running = sum([running, amounts]);
      sidecars = sum([sidecars, amounts]);
      starting = largest([starting, sidecars]);
    } else {
      starting = largest([starting, sum([amounts, sidecars])]);
    }
  }
  return largest([running, starting]);
}

/** While a pod is resized in place, what it has and what it is promised count beside what it asks for. */
function requestsOf(container: Json, pod: Json): Amounts {
  const wanted = amountsOf(at(container, 'resources', 'requests'));
  const isInit = listAt(pod, 'spec', 'initContainers').includes(container);
  if (isInit && textAt(container, 'restartPolicy') !== 'Always') return wanted;
  const statuses = [...listAt(pod, 'status', 'containerStatuses'), ...listAt(pod, 'status', 'initContainerStatuses')];
  const status = statuses.findLast((one) => textAt(one, 'name') === textAt(container, 'name'));
  if (at(status, 'resources') === undefined) return wanted;
  const actual = [amountsOf(at(status, 'resources', 'requests')), amountsOf(at(status, 'allocatedResources'))];
  const infeasible = listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'PodResizePending' && textAt(one, 'reason') === 'Infeasible',
  );
  return largest(infeasible ? actual : [wanted, ...actual]);
}
