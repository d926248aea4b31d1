/**
 * What the running program needs for reads and for plans, against spawning kubectl for the same.
 *
 *   ours  a read through the `Cluster` port of a warm process, as the bot does it
 *   peer  spawning kubectl until it has ended
 *
 * They take turns, each time in another order, and print the same. `ours` and `peer` are medians over all kinds of
 * reads; each kind has its own below. `plans`: 100 previews of 100 deployments at once (the object, who else looks after
 * it, pods, budgets, rights and the server's dry run), against 100 × `kubectl set env --dry-run=server`, four at a time:
 * kubectl asks much less. `list`: what a list of 5,000 pods adds to the memory of a process at its peak, table and names
 * in pieces, against client-node's one body. On the cluster of KUBECONFIG; without it on the stand-in, in this process.
 */
import { execFile } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import { connectCluster } from '../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../src/domain/action.ts';
import type { ClusterRead } from '../src/domain/read-action.ts';
import type { Cluster } from '../src/flow/ports.ts';
import { bindAction } from '../src/runbook/bind.ts';
import { compileKubectl } from '../src/runbook/kubectl/kubectl.ts';
import { type Bench, type Figures, MissingError, median, round, serveArguments } from './bench.ts';
import { openStage, type Stage } from './reads-stage.ts';

const run = promisify(execFile);
const rounds = 20;
const warmUpRounds = 3;
const planCount = 100;
const podCount = 5_000;
const spawnedAtOnce = 4;
const listRounds = 3;
const mebibyte = 1024 * 1024;

const reads = [
  'get pods',
  'get pods -o wide',
  'get deployments -o yaml',
  'describe deployment web',
  'describe pods -l app=web',
  'logs deployment/web --tail=20',
  'top pods -l app=web',
  'rollout status deployment/web',
  'get events',
];

type Parts = { readonly stage: Stage; readonly cluster: Cluster; readonly kubectl: string };

export const readsBench: Bench = async () => {
  const kubectl = await findKubectl();
  const stage = await openStage({ deployments: planCount, pods: podCount });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const cluster = connectCluster({ name: 'main', kubeconfig: stage.kubeconfig, log });
  try {
    const parts = { stage, cluster, kubectl };
    const read = await measureReads(parts);
    return { ...read, ...(await measurePlans(parts)), ...(await measureLists(stage)), cluster: stage.cluster };
  } finally {
    await cluster.close();
    await stage.close();
  }
};

async function findKubectl(): Promise<string> {
  const kubectl = process.env['KUBECTL'] || 'kubectl';
  try {
    await run(kubectl, ['version', '--client']);
  } catch (error) {
    throw new MissingError(
      `The bench reads compares with kubectl, and ${kubectl} does not run. Name the program in KUBECTL.`,
      { cause: error },
    );
  }
  return kubectl;
}

async function measureReads(parts: Parts): Promise<Figures> {
  const { stage, kubectl } = parts;
  const took = reads.map(() => ({ ours: [] as number[], peer: [] as number[] }));
  let different = 0;
  for (let turn = -warmUpRounds; turn < rounds; turn++) {
    for (const [index, line] of reads.entries()) {
      const words = line.split(' ');
      const action = actionOf(words);
      if (!isRead(action)) throw new Error(`${line} is no read`);
      const ours = () =>
        timed(async () => {
          // kubectl's own words make no other kind of read.
          const answer = await parts.cluster.read(action as ClusterRead, readContext(stage.namespace));
          return answer.text.slice(0, answer.text.length - (answer.errorText ?? '').length);
        });
      const peer = () =>
        timed(async () => (await run(kubectl, [...words, '-n', stage.namespace], { maxBuffer: 64 * mebibyte })).stdout);
      const [a, b] = turn % 2 === 0 ? [await ours(), await peer()] : (await both(peer, ours)).toReversed();
      if (a === undefined || b === undefined || turn < 0) continue;
      took[index]?.ours.push(a.ms);
      took[index]?.peer.push(b.ms);
      if (withoutTimes(a.value) !== withoutTimes(b.value)) different++;
    }
  }
  const all = { ours: took.flatMap(({ ours }) => ours), peer: took.flatMap(({ peer }) => peer) };
  return {
    unit: 'ms',
    ours: round(median(all.ours)),
    peer: round(median(all.peer)),
    ratio: round(median(all.ours) / median(all.peer), 3),
    oursP95: round(p95(all.ours)),
    peerP95: round(p95(all.peer)),
    ratioP95: round(p95(all.ours) / p95(all.peer), 3),
    rounds,
    differentTexts: different,
    ...Object.fromEntries(
      reads.map((line, index) => {
        const { ours = [], peer = [] } = took[index] ?? {};
        const [mine, theirs] = [median(ours), median(peer)];
        const figures = { ours: round(mine), peer: round(theirs), ratio: round(mine / theirs, 3) };
        return [line, { ...figures, ratioP95: round(p95(ours) / p95(peer), 3) }];
      }),
    ),
  };
}

async function measurePlans({ stage, cluster, kubectl }: Parts): Promise<Figures> {
  const wordsOf = (index: number) => ['set', 'env', `deployment/plan-${index}`, 'MODE=fast'];
  const resolve = async (index: number): Promise<void> => {
    const action = actionOf(wordsOf(index));
    if (isRead(action)) throw new Error('set env is a change');
    const context = { defaultNamespace: stage.namespace, protectedNamespaces: [], podsPerPlan: 50, now: new Date() };
    // Compiled from kubectl's words, so it is the cluster's.
    const { kind } = await cluster.resolve(action as Parameters<Cluster['resolve']>[0], context);
    if (kind !== 'resolved') throw new Error(`The plan for plan-${index} is ${kind}.`);
  };
  await resolve(0);
  globalThis.gc?.();
  const rss = process.memoryUsage.rss();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const ours = await timed(() => Promise.all(Array.from({ length: planCount }, (_, index) => resolve(index))));
  delay.disable();
  const grown = process.memoryUsage.rss() - rss;
  const peer = await timed(async () => {
    const queue = Array.from({ length: planCount }, (_, index) => wordsOf(index)).values();
    await Promise.all(
      Array.from({ length: spawnedAtOnce }, async () => {
        for (const words of queue) {
          await run(kubectl, [...words, '-n', stage.namespace, '--dry-run=server', '-o', 'yaml']);
        }
      }),
    );
  });
  return {
    plans: {
      count: planCount,
      oursMs: round(ours.ms, 0),
      peerMs: round(peer.ms, 0),
      ratio: round(ours.ms / peer.ms, 3),
      loopDelayP99Ms: round(delay.percentile(99) / 1e6, 0),
      loopDelayMaxMs: round(delay.max / 1e6, 0),
      rssGrowthMb: round(grown / mebibyte, 0),
    },
  };
}

async function measureLists({ crowd }: Stage): Promise<Figures> {
  const grown = { table: [] as number[], names: [] as number[], peer: [] as number[] };
  const ms = { table: [] as number[], names: [] as number[], peer: [] as number[] };
  for (let turn = 0; turn < listRounds; turn++) {
    for (const who of ['table', 'names', 'peer'] as const) {
      const answer = await inProcess(who, crowd);
      if (answer.count !== podCount) throw new Error(`${who} saw ${answer.count} of ${podCount} pods.`);
      grown[who].push(answer.growth / mebibyte);
      ms[who].push(answer.ms);
    }
  }
  const [table, names, peer] = [median(grown.table), median(grown.names), median(grown.peer)];
  return {
    list: {
      pods: podCount,
      tableMb: round(table, 0),
      namesMb: round(names, 0),
      peerMb: round(peer, 0),
      ratio: round(table / peer, 3),
      namesRatio: round(names / peer, 3),
      tableMs: round(median(ms.table), 0),
      namesMs: round(median(ms.names), 0),
      peerMs: round(median(ms.peer), 0),
    },
  };
}

/** With the flags of `npm run serve`. */
async function inProcess(who: string, namespace: string): Promise<{ count: number; ms: number; growth: number }> {
  const flags = serveArguments().filter((word) => word.startsWith('--'));
  const script = new URL('./reads-list.ts', import.meta.url).pathname;
  const { stdout } = await run(process.execPath, [...flags, '--expose-gc', script, who, namespace]);
  // What reads-list.ts prints.
  return JSON.parse(stdout) as { count: number; ms: number; growth: number };
}

function actionOf(words: readonly string[]) {
  const made = compileKubectl(words);
  const bound = 'action' in made ? bindAction(made.action, [], {}) : undefined;
  if (bound?.ok !== true) throw new Error(`kubectl ${words.join(' ')} does not compile`);
  return bound.action;
}

const readContext = (namespace: string) => ({
  defaultNamespace: namespace,
  allowedNamespaces: [namespace],
  signal: AbortSignal.timeout(20_000),
  textLimit: 4 * mebibyte,
});

const both = async <T>(first: () => Promise<T>, second: () => Promise<T>): Promise<T[]> => [
  await first(),
  await second(),
];

/** Ages and what is used move on between two looks. */
const withoutTimes = (text: string): string => text.replaceAll(/\d+/g, '0').replaceAll(/ +/g, ' ');

function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN;
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const startedAt = performance.now();
  const value = await work();
  return { ms: performance.now() - startedAt, value };
}
