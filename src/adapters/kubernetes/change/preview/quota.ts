/**
 * How many new pods the namespace's ResourceQuotas let in. Pure. The API server takes a scale whatever the quota says:
 * it is the controller's pods that are refused. Source of the rules: the quota evaluator for pods of Kubernetes 1.34.
 */
import type { Json } from '../../../../domain/json.ts';
import { listAt, numberAt, recordAt, textAt } from '../../live.ts';
import { noAmount, printAmount, type Amount, type Amounts } from '../../read/amounts.ts';
import { amountsOf } from '../../read/pod-amounts.ts';
import type { Demand } from './demand.ts';

export type QuotaRoom = {
  readonly quota: string;
  readonly fits: number;
  /** `requests.memory: 6Gi of 8Gi used, each pod asks for 1Gi` */
  readonly why: string;
};

/** Each quota that has not room for all of them. `leaving`: pods that go before the new ones come. */
export function quotaRoom(
  quotas: readonly Json[],
  demand: Demand,
  { count, leaving }: { count: number; leaving?: { readonly demand: Demand; readonly count: number } },
): readonly QuotaRoom[] {
  return quotas.flatMap((quota) => {
    if (!covers(quota, demand)) return [];
    const name = textAt(quota, 'metadata', 'name') ?? '';
    const hard = hardOf(quota);
    const silent = unsaid(hard, demand);
    if (silent !== undefined) return [{ quota: name, fits: 0, why: silent }];
    const used = amountsOf(recordAt(quota, 'status', 'used'));
    const freed = leaving !== undefined && covers(quota, leaving.demand) ? leaving : undefined;
    let least: QuotaRoom | undefined;
    for (const [resource, limit] of hard) {
      const each = askedOf(demand, resource);
      if (each.nano <= 0n) continue;
      const now = used.get(resource) ?? noAmount;
      const back = freed === undefined ? 0n : askedOf(freed.demand, resource).nano * BigInt(freed.count);
      const taken: Amount = { nano: now.nano > back ? now.nano - back : 0n, style: now.style };
      const room = limit.nano > taken.nano ? Number((limit.nano - taken.nano) / each.nano) : 0;
      if (room >= count || (least !== undefined && least.fits <= room)) continue;
      const asks = isCount(resource) ? '' : `, each pod asks for ${printAmount(each)}`;
      least = {
        quota: name,
        fits: room,
        why: `${resource}: ${printAmount(taken)} of ${printAmount(limit)} used${asks}`,
      };
    }
    return least === undefined ? [] : [least];
  });
}

/** What the server goes by; a quota that is new has no status yet. */
function hardOf(quota: Json): Amounts {
  const hard = amountsOf(recordAt(quota, 'status', 'hard'));
  return hard.size > 0 ? hard : amountsOf(recordAt(quota, 'spec', 'hard'));
}

const isCount = (resource: string): boolean => resource === 'pods' || resource === 'count/pods';
const one: Amount = { nano: 1_000_000_000n, style: 'decimal' };

/** Nothing for what no pod asks for: services, claims. */
function askedOf({ requests, limits }: Demand, resource: string): Amount {
  if (isCount(resource)) return one;
  if (resource.startsWith('limits.')) return limits.get(resource.slice('limits.'.length)) ?? noAmount;
  const name = resource.startsWith('requests.') ? resource.slice('requests.'.length) : resource;
  return requests.get(name) ?? noAmount;
}

/** A quota for CPU or memory refuses pods with a container that says nothing of it. */
function unsaid(hard: Amounts, { containers, podLevel }: Demand): string | undefined {
  if (podLevel) return undefined;
  for (const resource of hard.keys()) {
    const [, part = 'requests', name = ''] = /^(?:(requests|limits)\.)?(cpu|memory)$/.exec(resource) ?? [];
    if (name === '') continue;
    const silent = containers.find((each) => !(part === 'limits' ? each.limits : each.requests).has(name));
    if (silent !== undefined) return `it wants every container to say its ${part}.${name}, and ${silent.name} does not`;
  }
  return undefined;
}

/** All of a quota's scopes must hold. */
function covers(quota: Json, demand: Demand): boolean {
  const { spec } = demand;
  const holds = (scope: string, operator: string, values: readonly Json[]): boolean => {
    switch (scope) {
      case 'BestEffort':
        return demand.isBestEffort;
      case 'NotBestEffort':
        return !demand.isBestEffort;
      case 'Terminating':
        return numberAt(spec, 'activeDeadlineSeconds') !== undefined;
      case 'NotTerminating':
        return numberAt(spec, 'activeDeadlineSeconds') === undefined;
      case 'PriorityClass': {
        const name = textAt(spec, 'priorityClassName') ?? '';
        if (operator === 'In') return values.includes(name);
        if (operator === 'NotIn') return !values.includes(name);
        return operator === 'DoesNotExist' ? name === '' : name !== '';
      }
      default:
        return false;
    }
  };
  return (
    listAt(quota, 'spec', 'scopes').every((scope) => typeof scope === 'string' && holds(scope, 'Exists', [])) &&
    listAt(quota, 'spec', 'scopeSelector', 'matchExpressions').every((term) =>
      holds(textAt(term, 'scopeName') ?? '', textAt(term, 'operator') ?? '', listAt(term, 'values')),
    )
  );
}
