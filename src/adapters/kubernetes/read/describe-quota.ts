/** The text of `kubectl describe resourcequota` (1.34) for one quota. Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt } from '../live.ts';
import { noAmount, printAmount, wholeAmount, type Amount } from './amounts.ts';
import { describedText, type Description } from './describe-lines.ts';
import { amountsOf } from './pod-amounts.ts';

/** kubectl's words for the scopes that it explains. */
const scopeTexts: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

export const scopeText = (scope: string): string | undefined =>
  Object.hasOwn(scopeTexts, scope) ? scopeTexts[scope] : undefined;

export function describeQuota(quota: Json, now: number): Description {
  const scopes = listAt(quota, 'spec', 'scopes').map(String).sort();
  const hard = amountsOf(at(quota, 'status', 'hard'));
  const used = amountsOf(at(quota, 'status', 'used'));
  const body = [
    `Name:\t${textAt(quota, 'metadata', 'name') ?? ''}`,
    `Namespace:\t${textAt(quota, 'metadata', 'namespace') ?? ''}`,
    ...(scopes.length === 0 ? [] : [`Scopes:\t${scopes.join(', ')}`]),
    ...scopes.flatMap((scope) => {
      const text = scopeText(scope);
      return text === undefined ? [] : [` * ${text}`];
    }),
    'Resource\tUsed\tHard',
    '--------\t----\t----',
    ...[...hard]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, most]) => `${name}\t${inStyleOf(most, used.get(name) ?? noAmount)}\t${printAmount(most)}`),
  ];
  return describedText(body, undefined, now);
}

/** In the style of what it is compared with. */
const inStyleOf = (other: Amount, amount: Amount): string =>
  printAmount(amount.style === other.style ? amount : wholeAmount(amount, other.style));
