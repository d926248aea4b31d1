/** What `kubectl top` prints of the metrics it got (1.34). Pure. */
import type { Json } from '../../../domain/json.ts';
import { at, listAt, textAt } from '../live.ts';
import { noAmount, percentage, thousandths, wholeUnits, type Amount, type Amounts } from './amounts.ts';
import { goSort } from './go-sort.ts';
import { amountsOf, sum } from './pod-amounts.ts';
import { alignTabs, tableStops } from './tabwriter.ts';

type SortBy = { readonly sortBy?: 'cpu' | 'memory' };
type PodOptions = SortBy & {
  readonly namespaces: boolean;
  readonly containers: boolean;
  readonly headers: boolean;
  /** A line with the sum of all. */
  readonly total?: boolean;
};

const mebibyte = 1024n * 1024n;

type Row = { readonly name: string; readonly namespace: string; readonly usage: Amounts; readonly metrics: Json };

/** Empty when there are none. */
export function printPodUsage(all: readonly Json[], options: PodOptions): string {
  const rows = all.map(
    (metrics): Row => ({
      name: textAt(metrics, 'metadata', 'name') ?? '',
      namespace: textAt(metrics, 'metadata', 'namespace') ?? '',
      usage: sum(listAt(metrics, 'containers').map((container) => amountsOf(at(container, 'usage')))),
      metrics,
    }),
  );
  const header = [
    ...(options.namespaces ? ['NAMESPACE'] : []),
    ...(options.containers ? ['POD'] : []),
    'NAME',
    'CPU(cores)',
    'MEMORY(bytes)',
  ];
  const byName = (a: Row, b: Row): boolean =>
    options.namespaces && a.namespace !== b.namespace ? a.namespace < b.namespace : a.name < b.name;
  const lines = sortedBy(rows, options, byName).flatMap(({ name, namespace, usage, metrics }) => {
    const lead = options.namespaces ? [namespace] : [];
    if (!options.containers) return [[...lead, name, ...used(usage)]];
    return containerRows(metrics, options).map((one) => [...lead, name, one.name, ...used(one.usage)]);
  });
  if (rows.length === 0) return '';
  const whole = options.total === true ? totalLines(sum(rows.map(({ usage }) => usage)), options) : [];
  return layOut([...(options.headers ? [header] : []), ...lines, ...whole]);
}

/** kubectl counts the extra columns only where it prints their headers. */
function totalLines(total: Amounts, { namespaces, containers, headers }: PodOptions): string[][] {
  const extra = headers ? [namespaces, containers].filter(Boolean).length : 0;
  const empty = (count: number): string[] => Array.from({ length: count }, () => '');
  return [
    [...empty(extra + 1), '________', '________'],
    [...empty(extra), '', ...used(total)],
  ];
}

function containerRows(metrics: Json, options: SortBy): Row[] {
  const rows = listAt(metrics, 'containers').map((container) => ({
    name: textAt(container, 'name') ?? '',
    namespace: '',
    usage: amountsOf(at(container, 'usage')),
    metrics: container,
  }));
  return sortedBy(rows, options, (a, b) => a.name < b.name);
}

/** Nodes without metrics come last, by name (kubectl: in no order). */
export function printNodeUsage(
  all: readonly Json[],
  nodes: readonly Json[],
  options: SortBy & { readonly headers: boolean; readonly of?: 'allocatable' | 'capacity' },
): string {
  const nameOf = (object: Json): string => textAt(object, 'metadata', 'name') ?? '';
  const allocatable = new Map(
    nodes.map((node) => [nameOf(node), amountsOf(at(node, 'status', options.of ?? 'allocatable'))]),
  );
  const rows = all.map((metrics) => ({
    name: nameOf(metrics),
    namespace: '',
    usage: amountsOf(at(metrics, 'usage')),
    metrics,
  }));
  const lines = sortedBy(rows, options, (a, b) => a.name < b.name).map(({ name, usage }) => {
    const whole = allocatable.get(name);
    const [cpu = '', memory = ''] = used(usage);
    return [name, cpu, ...shareOf(usage, whole, 'cpu'), memory, ...shareOf(usage, whole, 'memory')];
  });
  const silent = [...allocatable.keys()].filter((name) => !rows.some((row) => row.name === name)).sort();
  return layOut([
    ...(options.headers ? [['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)']] : []),
    ...lines,
    ...silent.map((name) => [name, ...Array.from({ length: 4 }, () => '<unknown>')]),
  ]);
}

/** Nothing when the node does not say how much it has. */
function shareOf(usage: Amounts, whole: Amounts | undefined, name: string): string[] {
  const available = whole?.get(name);
  if (available === undefined) return [];
  if (available.nano === 0n) return ['0%'];
  return [`${percentage(thousandths(usage.get(name) ?? noAmount), thousandths(available))}%`];
}

function sortedBy(rows: readonly Row[], { sortBy }: SortBy, byName: (a: Row, b: Row) => boolean): Row[] {
  if (sortBy === undefined) return goSort(rows, byName);
  const size = ({ usage }: Row): bigint => inUnits(usage.get(sortBy) ?? noAmount, sortBy);
  return goSort(rows, (a, b) => size(a) > size(b));
}

const inUnits = (amount: Amount, name: 'cpu' | 'memory'): bigint =>
  name === 'cpu' ? thousandths(amount) : wholeUnits(amount);

const used = (usage: Amounts): string[] => [
  `${thousandths(usage.get('cpu') ?? noAmount)}m`,
  `${wholeUnits(usage.get('memory') ?? noAmount) / mebibyte}Mi`,
];

/** Each cell ends with a tab, the last one too. */
const layOut = (lines: readonly (readonly string[])[]): string =>
  lines.length === 0 ? '' : alignTabs(`${lines.map((cells) => `${cells.join('\t')}\t`).join('\n')}\n`, tableStops);
