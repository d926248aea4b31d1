/** A real cluster as the page's cluster: asked every two seconds, with the rights of the kubeconfig, never written to. */
import type { Connection } from '../../adapters/kubernetes/connection.ts';
import { ApiRefusal } from '../../adapters/kubernetes/errors.ts';
import type { Database } from '../../adapters/postgres/connection.ts';
import { describeError } from '../../domain/errors.ts';
import { repeat } from '../../flow/repeat.ts';
import type { ClusterObjects, ClusterSource } from '../../sandbox/demo/host.ts';
import type { JsonObject, WriteLook } from '../../sandbox/demo/protocol.ts';
import { isObject, nameOf } from '../../sandbox/demo/raw.ts';
import { readWrites } from './real-writes.ts';
import { createListeners } from '../../sandbox/listeners.ts';

export type RealSource = ClusterSource & {
  /** Asks now. Throws what the first answer says when the cluster cannot be read. */
  read(): Promise<void>;
  /** What Firebreak wrote is read from here. */
  open(database: Database): void;
  /** Names of the deployments there are now, sorted. */
  deployments(): readonly string[];
  stop(): Promise<void>;
};

const askEveryMs = 2_000;
const answerMsMax = 5_000;
/** A page of objects; a namespace of a demo has fewer. */
const objectsMax = 500;

const nothing: ClusterObjects = {
  nodes: [],
  deployments: [],
  replicaSets: [],
  pods: [],
  events: [],
  autoscalers: [],
  budgets: [],
  podMetrics: [],
};

export function createRealSource(parts: {
  readonly connection: Connection;
  readonly name: string;
  readonly namespace: string;
}): RealSource {
  const { connection, name, namespace } = parts;
  const listeners = createListeners();
  const paths = pathsOf(namespace);
  let objects = nothing;
  let trouble: string | undefined;
  let writes: readonly WriteLook[] = [];
  let database: Database | undefined;
  let seen = '';
  let stopAsking: (() => Promise<void>) | undefined;

  async function list(path: string, isNeeded: boolean): Promise<readonly JsonObject[]> {
    try {
      const answer = await connection.get(`${path}?limit=${objectsMax}`, { timeoutMs: answerMsMax });
      const items = isObject(answer) && Array.isArray(answer['items']) ? answer['items'] : [];
      return items.filter(isObject);
    } catch (error) {
      // No right to see nodes, no metrics server: the page does without.
      if (!isNeeded && error instanceof ApiRefusal && [403, 404, 503].includes(error.status.code)) return [];
      throw error;
    }
  }

  async function read(): Promise<void> {
    const [nodes, deployments, replicaSets, pods, events, autoscalers, budgets, podMetrics] = await Promise.all([
      list(paths.nodes, false),
      list(paths.deployments, true),
      list(paths.replicaSets, true),
      list(paths.pods, true),
      list(paths.events, false),
      list(paths.autoscalers, false),
      list(paths.budgets, false),
      list(paths.podMetrics, false),
    ]);
    objects = { nodes, deployments, replicaSets, pods, events, autoscalers, budgets, podMetrics };
    trouble = undefined;
  }

  async function ask(): Promise<void> {
    try {
      await read();
    } catch (error) {
      trouble = describeError(error);
    }
    if (database !== undefined) writes = await readWrites(database).catch(() => writes);
    const now = JSON.stringify([objects, trouble, writes]);
    if (now === seen) return;
    seen = now;
    listeners.tell();
  }

  return {
    look: () => ({ kind: 'real', name, ...(trouble === undefined ? {} : { trouble }), writes, objects }),
    onChange: listeners.add,
    async read() {
      await read();
      stopAsking ??= repeat(ask, askEveryMs);
    },
    open: (db) => (database = db),
    deployments: () => objects.deployments.map(nameOf).toSorted(),
    async stop() {
      listeners.clear();
      // What is under way is broken off with the connection.
      await Promise.all([connection.close(), stopAsking?.()]);
    },
  };
}

const pathsOf = (namespace: string) => ({
  nodes: '/api/v1/nodes',
  deployments: `/apis/apps/v1/namespaces/${namespace}/deployments`,
  replicaSets: `/apis/apps/v1/namespaces/${namespace}/replicasets`,
  pods: `/api/v1/namespaces/${namespace}/pods`,
  events: `/api/v1/namespaces/${namespace}/events`,
  autoscalers: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
  budgets: `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
  podMetrics: `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
});
