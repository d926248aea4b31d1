/** What a pod of a template asks for once the server and the namespace's LimitRanges have filled in their defaults. Pure. */
import type { Json } from '../../../../domain/json.ts';
import { at, isRecord, listAt, recordAt, type JsonRecord, textAt } from '../../live.ts';
import { addAmounts, type Amount, type Amounts } from '../../read/amounts.ts';
import { amountsOf, podAmounts } from '../../read/pod-amounts.ts';
import { podQos } from '../../read/pod-qos.ts';

export type Demand = {
  readonly requests: Amounts;
  readonly limits: Amounts;
  /** Init containers too. */
  readonly containers: readonly { readonly name: string; readonly requests: Amounts; readonly limits: Amounts }[];
  /** Resources that are said for the whole pod need not be said by its containers. */
  readonly podLevel: boolean;
  readonly isBestEffort: boolean;
  readonly spec: Json;
};

/** What a pod that is there holds of its node. */
export function heldBy(pod: Json): Amounts {
  const spec = filled(pod, []);
  return overruled(
    podAmounts({ ...recordAt(pod), spec }).requests,
    wholeOf(spec).requests,
    amountsOf(spec['overhead']),
  );
}

/** What is said for the pod as a whole. */
function wholeOf(spec: JsonRecord): { readonly requests: Amounts; readonly limits: Amounts } {
  const resources = recordAt(spec, 'resources');
  const limits = amountsOf(resources['limits']);
  return { limits, requests: new Map([...limits, ...amountsOf(resources['requests'])]) };
}

function filled(pod: Json, limitRanges: readonly Json[]): JsonRecord {
  const defaults = limitRanges.flatMap((range) =>
    listAt(range, 'spec', 'limits').filter((one) => textAt(one, 'type') === 'Container'),
  );
  const fill = (container: Json): Json => withDefaults(container, defaults);
  return {
    ...recordAt(pod, 'spec'),
    containers: listAt(pod, 'spec', 'containers').map(fill),
    initContainers: listAt(pod, 'spec', 'initContainers').map(fill),
  };
}

export function demandOf(template: Json, limitRanges: readonly Json[]): Demand {
  const spec = filled(template, limitRanges);
  const { requests, limits } = podAmounts({ spec });
  const overhead = amountsOf(spec['overhead']);
  const whole = wholeOf(spec);
  return {
    requests: overruled(requests, whole.requests, overhead),
    limits: overruled(limits, whole.limits, overhead),
    containers: [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].map((container) => ({
      name: textAt(container, 'name') ?? '',
      requests: amountsOf(at(container, 'resources', 'requests')),
      limits: amountsOf(at(container, 'resources', 'limits')),
    })),
    podLevel: whole.requests.size > 0,
    isBestEffort: whole.requests.size === 0 && podQos({ spec }) === 'BestEffort',
    spec,
  };
}

/** A request that is not said is as large as the limit; then each LimitRange fills in what is still missing. */
function withDefaults(container: Json, defaults: readonly Json[]): Json {
  if (!isRecord(container)) return container;
  const resources = recordAt(container, 'resources');
  let limits = recordAt(resources, 'limits');
  let requests: JsonRecord = { ...limits, ...recordAt(resources, 'requests') };
  for (const item of defaults) {
    limits = { ...recordAt(item, 'default'), ...limits };
    requests = { ...recordAt(item, 'defaultRequest'), ...requests };
  }
  return { ...container, resources: { ...resources, limits, requests } };
}

function overruled(sum: Amounts, whole: Amounts, overhead: Amounts): Amounts {
  const amounts = new Map<string, Amount>(sum);
  for (const [name, amount] of whole) {
    const more = overhead.get(name);
    amounts.set(name, more === undefined ? amount : addAmounts(amount, more));
  }
  return amounts;
}
