/** Whether the pods that a change makes find room: LimitRanges, ResourceQuotas, nodes. Sentences for people. */
import type { Json } from '../../../../domain/json.ts';
import { at, listAt, recordAt, textAt, textsAt } from '../../live.ts';
import { podsOf } from '../workload.ts';
import { hold, nodeRoom, sharesNoNode, type HeldByNode, type Wanted } from './capacity.ts';
import { demandOf, heldBy, type Demand } from './demand.ts';
import { limitViolations } from './limit-range.ts';
import { eachOf, look, lookAtList, lookAtObject, type Looked, type Reader } from './look.ts';
import { quotaRoom } from './quota.ts';
import type { Wave } from './waves.ts';

/** Of the whole cluster; beyond them the nodes' room is not computed. */
const podsMax = 10_000;
const nodesMax = 2_000;

type Nodes = { readonly nodes: readonly Json[]; readonly held: HeldByNode } | 'too-many';

/** One plan looks at the cluster once, however many parts it has. */
export type Surroundings = {
  readonly quotas: (namespace: string) => Promise<Looked<readonly Json[]>>;
  readonly limitRanges: (namespace: string) => Promise<Looked<readonly Json[]>>;
  readonly nodes: () => Promise<Looked<Nodes>>;
};

/** Plans that are made at the same time share one look at the whole cluster. */
export function shareNodes(connection: Reader): () => Promise<Looked<Nodes>> {
  let looking: Promise<Looked<Nodes>> | undefined;
  return () => {
    looking ??= look('nodes and the pods of all namespaces', (signal) => readNodes(connection, signal)).finally(() => {
      looking = undefined;
    });
    return looking;
  };
}

export function lookAround(connection: Reader, nodesNow: () => Promise<Looked<Nodes>>): Surroundings {
  const once = <T>(ask: (key: string) => Promise<T>) => {
    const asked = new Map<string, Promise<T>>();
    return (key: string): Promise<T> => {
      const answer = asked.get(key) ?? ask(key);
      asked.set(key, answer);
      return answer;
    };
  };
  const inNamespace = (resource: string, what: string) =>
    once((namespace) =>
      lookAtList(connection, `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resource}`, what),
    );
  const nodes = once(nodesNow);
  return {
    quotas: inNamespace('resourcequotas', 'ResourceQuotas'),
    limitRanges: inNamespace('limitranges', 'LimitRanges'),
    nodes: () => nodes(''),
  };
}

async function readNodes(connection: Reader, signal: AbortSignal): Promise<Nodes> {
  const nodes: Json[] = [];
  const held: HeldByNode = new Map();
  const running = 'spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed';
  const [allNodes, allPods] = await Promise.all([
    eachOf(
      connection,
      '/api/v1/nodes',
      { query: {}, signal, most: nodesMax },
      { take: (node) => nodes.push(briefly(node)), restart: () => nodes.splice(0) },
    ),
    eachOf(
      connection,
      '/api/v1/pods',
      { query: { fieldSelector: running }, signal, most: podsMax },
      {
        take(pod) {
          if (isOnNode(pod)) hold(held, textAt(pod, 'spec', 'nodeName') ?? '', heldBy(pod), 1);
        },
        restart: () => held.clear(),
      },
    ),
  ]);
  return allNodes && allPods ? { nodes, held } : 'too-many';
}

/** A node's list of images is most of it. */
const briefly = (node: Json): Json => ({
  metadata: recordAt(node, 'metadata'),
  spec: recordAt(node, 'spec'),
  status: {
    conditions: listAt(node, 'status', 'conditions'),
    allocatable: recordAt(node, 'status', 'allocatable'),
  },
});

const isOnNode = (pod: Json): boolean =>
  (textAt(pod, 'spec', 'nodeName') ?? '') !== '' &&
  !['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? '');

type Subject = { readonly namespace: string; readonly live: Json | undefined; readonly waves: readonly Wave[] };

export async function findRoom(
  connection: Reader,
  surroundings: Surroundings,
  { namespace, live, waves }: Subject,
): Promise<readonly string[]> {
  if (waves.length === 0) return [];
  const [quotas, limitRanges, everywhere, own] = await Promise.all([
    surroundings.quotas(namespace),
    surroundings.limitRanges(namespace),
    surroundings.nodes(),
    live === undefined ? { found: [] } : look('pods', () => podsOf(connection, namespace, live)),
  ]);
  // Where its own pods are decides what the nodes have left once those go, or which nodes are taken.
  const needsOwn = waves.some(({ kind, template }) => kind === 'replaced' || sharesNoNode(template));
  const cluster: Looked<Nodes> = 'unknown' in own && needsOwn ? own : everywhere;
  const ranges = 'found' in limitRanges ? limitRanges.found : [];
  const ownPods = 'found' in own ? own.found.filter(isOnNode) : [];
  const found: string[] = [];
  for (const wave of waves) {
    const demand = demandOf(wave.template, ranges);
    found.push(...limitViolations(ranges, demand).map((text) => `${text}. None of the new pods can be made.`));
    if ('found' in quotas) found.push(...quotaSentences(quotas.found, wave, demand, ranges));
    if ('found' in cluster && wave.perNode !== true && cluster.found !== 'too-many') {
      const text = nodeSentence(cluster.found, { wave, demand, ownPods });
      if (text !== undefined) found.push(`${text}${await moreNodes(connection, cluster.found.nodes)}`);
    }
  }
  return [...found, ...unknowns({ quotas, limitRanges, cluster })];
}

function unknowns({
  quotas,
  limitRanges,
  cluster,
}: {
  quotas: Looked<readonly Json[]>;
  limitRanges: Looked<unknown>;
  cluster: Looked<Nodes>;
}): string[] {
  const found: string[] = [];
  if ('found' in quotas && quotas.found.length > 0 && 'unknown' in limitRanges) {
    found.push(`What LimitRanges add to the new pods is not counted: ${limitRanges.unknown}.`);
  }
  if ('unknown' in quotas)
    found.push(`Whether the namespace's quota has room for the new pods is not known: ${quotas.unknown}.`);
  if ('unknown' in cluster)
    found.push(`Whether the nodes have room for the new pods is not known: ${cluster.unknown}.`);
  else if (cluster.found === 'too-many') {
    found.push(
      `Whether the nodes have room for the new pods was not computed: there are more than ${podsMax.toLocaleString('en')} pods or ${nodesMax.toLocaleString('en')} nodes.`,
    );
  }
  return found;
}

function quotaSentences(quotas: readonly Json[], wave: Wave, demand: Demand, ranges: readonly Json[]): string[] {
  const { old, count } = wave;
  const leaving = old === undefined ? {} : { leaving: { demand: demandOf(old.template, ranges), count: old.count } };
  return quotaRoom(quotas, demand, { count, ...leaving }).map(
    ({ quota, fits, why }) =>
      `ResourceQuota ${quota} leaves room for ${fitting(wave, fits)} (${why}). ${outcome(wave)}`,
  );
}

function nodeSentence(
  { nodes, held }: Exclude<Nodes, 'too-many'>,
  { wave, demand, ownPods }: { wave: Wave; demand: Demand; ownPods: readonly Json[] },
): string | undefined {
  const before: HeldByNode = new Map([...held].map(([node, { pods, nano }]) => [node, { pods, nano: new Map(nano) }]));
  if (wave.kind === 'replaced') {
    for (const pod of ownPods) hold(before, textAt(pod, 'spec', 'nodeName') ?? '', heldBy(pod), -1);
  }
  const taken = wave.kind === 'replaced' ? [] : ownPods.map((pod) => textAt(pod, 'spec', 'nodeName') ?? '');
  const wanted: Wanted = {
    count: wave.count,
    requests: demand.requests,
    spec: demand.spec,
    ...(sharesNoNode(wave.template) ? { takenNodes: new Set(taken) } : {}),
  };
  const room = nodeRoom(nodes, before, wanted);
  return room === undefined
    ? undefined
    : `The nodes have room for ${fitting(wave, room.fits)}: ${room.why}. ${outcome(wave)}`;
}

function fitting({ kind, count }: Wave, fits: number): string {
  if (kind === 'surge') return 'no new pod before an old one ends';
  const what = kind === 'added' ? 'new pods' : 'pods with the new template';
  return count === 1 ? `no ${what.replace('pods', 'pod')}` : `${fits === 0 ? 'none' : fits} of the ${count} ${what}`;
}

const outcome = ({ kind, count }: Wave): string =>
  kind === 'added'
    ? `${count === 1 ? 'It waits' : 'The others wait'} until there is room.`
    : 'The rollout stands still there until there is room.';

/** Who may bring more nodes. Sources: the marks that cluster-autoscaler and Karpenter leave. */
async function moreNodes(connection: Reader, nodes: readonly Json[]): Promise<string> {
  const marked = nodes.some(
    (node) =>
      Object.keys(textsAt(node, 'metadata', 'labels')).includes('karpenter.sh/nodepool') ||
      Object.keys(textsAt(node, 'metadata', 'annotations')).some((key) =>
        key.startsWith('cluster-autoscaler.kubernetes.io/'),
      ),
  );
  const status = marked
    ? undefined
    : await lookAtObject(connection, () => '/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status');
  return marked || at(status, 'metadata', 'name') !== undefined ? ' A cluster autoscaler may add nodes.' : '';
}
