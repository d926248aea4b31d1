/** Whether a LimitRange of the namespace refuses pods of a template. Pure. Source: the LimitRanger admission of 1.34. */
import type { Json } from '../../../../domain/json.ts';
import { at, listAt, textAt } from '../../live.ts';
import { printAmount, type Amount, type Amounts } from '../../read/amounts.ts';
import { amountsOf } from '../../read/pod-amounts.ts';
import type { Demand } from './demand.ts';

type Asked = Pick<Demand, 'requests' | 'limits'>;

/** `LimitRange bounds refuses pods with more than 1Gi of memory for a container, and app asks for 2Gi` */
export function limitViolations(limitRanges: readonly Json[], demand: Demand): readonly string[] {
  const sentences = limitRanges.flatMap((range) => {
    const name = textAt(range, 'metadata', 'name') ?? '';
    return listAt(range, 'spec', 'limits').flatMap((item) => {
      const type = textAt(item, 'type');
      const asking: readonly (Asked & { readonly name: string })[] =
        type === 'Container'
          ? demand.containers
          : type === 'Pod'
            ? [{ name: 'the pod', requests: demand.requests, limits: demand.limits }]
            : [];
      const scope = type === 'Pod' ? '' : ' for a container';
      return asking.flatMap((one) => {
        const why = violation(item, one, scope);
        return why === undefined ? [] : [`LimitRange ${name} refuses pods with ${why}`];
      });
    });
  });
  return [...new Set(sentences)];
}

function violation(
  item: Json,
  { name, requests, limits }: Asked & { name: string },
  scope: string,
): string | undefined {
  for (const [resource, most] of amountsOf(at(item, 'max'))) {
    const [limit, request] = [limits.get(resource), requests.get(resource)];
    const bound = `more than ${printAmount(most)} of ${resource}${scope}`;
    if (limit === undefined) return `${bound}, and ${name} has no limit`;
    if (limit.nano > most.nano) return `${bound}, and the limit of ${name} is ${printAmount(limit)}`;
    if (request !== undefined && request.nano > most.nano)
      return `${bound}, and ${name} asks for ${printAmount(request)}`;
  }
  for (const [resource, least] of amountsOf(at(item, 'min'))) {
    const [limit, request] = [limits.get(resource), requests.get(resource)];
    const bound = `less than ${printAmount(least)} of ${resource}${scope}`;
    if (request === undefined) return `${bound}, and ${name} asks for none`;
    if (request.nano < least.nano) return `${bound}, and ${name} asks for ${printAmount(request)}`;
    if (limit !== undefined && limit.nano < least.nano)
      return `${bound}, and the limit of ${name} is ${printAmount(limit)}`;
  }
  return ratioViolation(amountsOf(at(item, 'maxLimitRequestRatio')), { name, requests, limits }, scope);
}

function ratioViolation(
  ratios: Amounts,
  { name, requests, limits }: Asked & { name: string },
  scope: string,
): string | undefined {
  const nothing: Amount = { nano: 0n, style: 'decimal' };
  for (const [resource, most] of ratios) {
    const [limit, request] = [limits.get(resource) ?? nothing, requests.get(resource) ?? nothing];
    // limit / request > most, without a fraction.
    // One that says no limit has no ratio, and is refused.
    const within = request.nano > 0n && limit.nano > 0n && limit.nano * 1_000_000_000n <= most.nano * request.nano;
    if (!within) {
      return `a limit of more than ${printAmount(most)} × the request of ${resource}${scope}, and ${name} has ${printAmount(limit)} and ${printAmount(request)}`;
    }
  }
  return undefined;
}
