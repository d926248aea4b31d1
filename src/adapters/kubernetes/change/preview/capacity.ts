/** How many pods of one template the nodes have room for, node by node. Pure. */
import type { Json } from '../../../../domain/json.ts';
import { at, listAt, recordAt, textAt } from '../../live.ts';
import { noAmount, parseAmount, printAmount, type Amount, type Amounts } from '../../read/amounts.ts';
import { amountsOf } from '../../read/pod-amounts.ts';
import { whyUnfit, type Unfit } from './node-fit.ts';

/** What the pods on a node ask for in all, in billionths, and how many they are. */
export type Held = { pods: number; readonly nano: Map<string, bigint> };
export type HeldByNode = Map<string, Held>;

export function hold(held: HeldByNode, node: string, requests: Amounts, pods: 1 | -1): void {
  const here = held.get(node) ?? { pods: 0, nano: new Map<string, bigint>() };
  here.pods += pods;
  for (const [name, { nano }] of requests) {
    here.nano.set(name, (here.nano.get(name) ?? 0n) + (pods === 1 ? nano : -nano));
  }
  held.set(node, here);
}

export type Wanted = {
  readonly count: number;
  readonly requests: Amounts;
  readonly spec: Json;
  /** Nodes that already have one of those that do not share a node. */
  readonly takenNodes?: ReadonlySet<string>;
};
export type Room = { readonly fits: number /** Why not more. */; readonly why: string };

/** Undefined: there is room for all. */
export function nodeRoom(nodes: readonly Json[], held: HeldByNode, wanted: Wanted): Room | undefined {
  const { count, requests, spec, takenNodes } = wanted;
  const unfit: Record<Unfit, number> = { 'not ready': 0, tainted: 0, selector: 0 };
  const short = new Map<string, Amount>();
  let alone = 0;
  let fits = 0;
  for (const node of nodes) {
    const why = whyUnfit(node, spec);
    if (why !== undefined) {
      unfit[why]++;
      continue;
    }
    const name = textAt(node, 'metadata', 'name') ?? '';
    const left = leftOn(node, held.get(name));
    const here = fitsIn(left, requests);
    const most = takenNodes === undefined ? here.fits : takenNodes.has(name) ? 0 : Math.min(1, here.fits);
    if (most < here.fits) alone++;
    else {
      // What is short there, and how much of it the pods that fit leave over.
      const each = requests.get(here.by) ?? podSlot;
      const over = (left.get(here.by) ?? noAmount).nano - each.nano * BigInt(most);
      const known = short.get(here.by);
      if (known === undefined || over > known.nano) short.set(here.by, { nano: over, style: each.style });
    }
    fits += most;
    if (fits >= count) return undefined;
  }
  return { fits, why: reasons(nodes.length, { unfit, short, alone, requests }) };
}

const podSlot: Amount = { nano: 1_000_000_000n, style: 'decimal' };

function leftOn(node: Json, held: Held | undefined): Amounts {
  const left = new Map<string, Amount>();
  for (const [name, { nano, style }] of amountsOf(recordAt(node, 'status', 'allocatable'))) {
    const taken = name === 'pods' ? podSlot.nano * BigInt(held?.pods ?? 0) : (held?.nano.get(name) ?? 0n);
    left.set(name, { nano: nano - taken, style });
  }
  return left;
}

/** `by`: the resource that is used up first. */
function fitsIn(left: Amounts, requests: Amounts): { readonly fits: number; readonly by: string } {
  let least = { fits: Number.MAX_SAFE_INTEGER, by: 'pods' };
  for (const [name, each] of [...requests, ['pods', podSlot] as const]) {
    if (each.nano <= 0n) continue;
    const free = left.get(name)?.nano ?? 0n;
    const fits = free > 0n ? Number(free / each.nano) : 0;
    if (fits < least.fits) least = { fits, by: name };
  }
  return least;
}

function reasons(
  nodes: number,
  found: { unfit: Record<Unfit, number>; short: ReadonlyMap<string, Amount>; alone: number; requests: Amounts },
): string {
  if (nodes === 0) return 'the cluster has no nodes';
  const { unfit, short, alone, requests } = found;
  const of = (count: number): string => `${count} of ${nodes} node${nodes === 1 ? '' : 's'}`;
  // Another node may have more of the one, and too little of the other.
  const none = short.size > 1 ? 'no node that is short of it' : 'no node';
  const texts = [...short].map(([name, over]) => {
    if (name === 'pods') return 'the number of pods that a node may have is reached';
    const each = printAmount(requests.get(name) ?? noAmount);
    return over.nano <= 0n
      ? `${name} is used up`
      : `${name} is short (each asks for ${each}, and ${none} has more than ${printAmount(rounded(over))} left for one more)`;
  });
  if (alone > 0) texts.push('two of them may not share a node');
  if (unfit['not ready'] > 0) texts.push(`${of(unfit['not ready'])} cordoned or not ready`);
  if (unfit.tainted > 0) texts.push(`${of(unfit.tainted)} with a taint that they do not tolerate`);
  if (unfit.selector > 0) texts.push(`${of(unfit.selector)} not matched by their node selector or affinity`);
  return texts.slice(0, 4).join('; ');
}

/** Down to what people compare: whole MiB of a size that was written in KiB. */
function rounded({ nano, style }: Amount): Amount {
  const unit = (parseAmount('1Mi') ?? noAmount).nano;
  return style === 'binary' && nano > unit ? { nano: nano - (nano % unit), style } : { nano, style };
}

/** A rule of the pods' own that keeps two of them from sharing a node. */
export function sharesNoNode(template: Json): boolean {
  const labels = recordAt(template, 'metadata', 'labels');
  const rules = listAt(
    template,
    'spec',
    'affinity',
    'podAntiAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
  );
  return rules.some((rule) => {
    const selector = recordAt(rule, 'labelSelector', 'matchLabels');
    const plain = at(rule, 'labelSelector', 'matchExpressions') === undefined && Object.keys(selector).length > 0;
    const own = Object.entries(selector).every(([key, value]) => labels[key] === value);
    return textAt(rule, 'topologyKey') === 'kubernetes.io/hostname' && plain && own;
  });
}
