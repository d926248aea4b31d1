/** The pods of a node and what they hold of it, within `kubectl describe node`. Pure. */
import type { Json } from '../../../domain/json.ts';
import { textAt } from '../live.ts';
import { ageOf } from './ages.ts';
import { noAmount, percentage, printAmount, thousandths, wholeUnits, type Amount, type Amounts } from './amounts.ts';
import { podAmounts, sum } from './pod-amounts.ts';

export function nodePodLines(pods: readonly Json[], allocatable: Amounts, now: number): string[] {
  const held = pods.map((pod) => ({ pod, ...podAmounts(pod) }));
  return [
    `Non-terminated Pods:\t(${pods.length} in total)`,
    '  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge',
    '  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---',
    ...held.map(({ pod, requests, limits }) => {
      const metadata = (field: string): string => textAt(pod, 'metadata', field) ?? '';
      const shares = ['cpu', 'memory'].flatMap((name) => [
        share(requests.get(name), allocatable.get(name), name),
        share(limits.get(name), allocatable.get(name), name),
      ]);
      const age = ageOf(metadata('creationTimestamp'), now);
      return `  ${[metadata('namespace'), metadata('name'), '', ...shares, age].join('\t')}`;
    }),
    'Allocated resources:',
    '  (Total limits may be over 100 percent, i.e., overcommitted.)',
    '  Resource\tRequests\tLimits',
    '  --------\t--------\t------',
    ...allocated(sum(held.map(({ requests }) => requests)), sum(held.map(({ limits }) => limits)), allocatable),
  ];
}

const standard = ['cpu', 'memory', 'ephemeral-storage'];
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');

/** Devices such as `nvidia.com/gpu` come last, without a share. */
function allocated(requests: Amounts, limits: Amounts, allocatable: Amounts): string[] {
  const names = [...allocatable.keys()].sort();
  const devices = names.filter((name) => !standard.includes(name) && !isHugePages(name) && name !== 'pods');
  const total = (of: Amounts, name: string): string =>
    (allocatable.get(name)?.nano ?? 0n) === 0n
      ? `${printAmount(of.get(name) ?? noAmount)} (0%)`
      : share(of.get(name), allocatable.get(name), name);
  return [
    ...[...standard, ...names.filter(isHugePages)].map(
      (name) => `  ${name}\t${total(requests, name)}\t${total(limits, name)}`,
    ),
    ...devices.map(
      (name) =>
        `  ${name}\t${printAmount(requests.get(name) ?? noAmount)}\t${printAmount(limits.get(name) ?? noAmount)}`,
    ),
  ];
}

/** `250m (12%)`. CPU is compared in thousandths. */
function share(part: Amount = noAmount, whole: Amount = noAmount, name: string): string {
  const units = name === 'cpu' ? thousandths : wholeUnits;
  return `${printAmount(part)} (${percentage(units(part), units(whole))}%)`;
}
