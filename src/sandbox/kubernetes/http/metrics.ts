/** metrics.k8s.io/v1beta1 as metrics-server serves it: computed when asked for, never stored, only get and list. */
import { type Clock, timestamp } from '../clock.ts';
import { isUnreachable } from '../controllers/node-lifecycle.ts';
import type { JsonObject } from '../json.ts';
import type { Node, Pod } from '../objects.ts';
import { parseLabelSelector } from '../selectors.ts';
import { StatusError } from '../status.ts';
import type { Store } from '../store.ts';
import type { Usage, Used } from '../usage.ts';
import type { Answer } from './answer.ts';

export const metricsVersion = 'metrics.k8s.io/v1beta1';
/** What a node uses beside its pods. */
const ofTheNode: Used = { cpu: 0.1, memory: 1024 * 1024 * 1024 };

const row = (name: string, kind: string, namespaced: boolean): JsonObject => ({
  name,
  singularName: '',
  namespaced,
  kind,
  verbs: ['get', 'list'],
});
export const metricsRows = [row('nodes', 'NodeMetrics', false), row('pods', 'PodMetrics', true)];

type Tools = { readonly store: Store; readonly clock: Clock; readonly usage: Usage };

/** Undefined when the path is none of this API's. Throws 404 for a name that is not there. */
export function metrics(tools: Tools, url: URL): Answer | undefined {
  const path = new RegExp(`^/apis/${metricsVersion}/(?:namespaces/([^/]+)/)?(pods|nodes)(?:/([^/]+))?$`).exec(
    url.pathname,
  );
  const [, namespace, resource, name] = path ?? [];
  if (resource === undefined || (resource === 'nodes' && namespace !== undefined)) return undefined;
  const labels = parseLabelSelector(url.searchParams.get('labelSelector') ?? '');
  const kind = resource === 'pods' ? 'PodMetrics' : 'NodeMetrics';
  const items = (resource === 'pods' ? podMetrics(tools, namespace) : nodeMetrics(tools)).filter(({ of }) =>
    labels(of.metadata.labels ?? {}),
  );
  if (name === undefined) {
    const body = {
      kind: `${kind}List`,
      apiVersion: metricsVersion,
      metadata: {},
      items: items.map(({ item }) => item),
    };
    return { code: 200, body };
  }
  const found = items.find(({ of }) => of.metadata.name === name);
  if (!found) {
    const what = resource === 'pods' ? 'pods' : 'node';
    throw new StatusError(404, 'NotFound', `${what} ${JSON.stringify(name)} not found`, { name, kind: what });
  }
  return { code: 200, body: { kind, apiVersion: metricsVersion, ...found.item } };
}

type Measured = { readonly of: Pod | Node; readonly item: JsonObject };

function podMetrics({ store, clock, usage }: Tools, namespace: string | undefined): Measured[] {
  return store
    .list('pods', namespace)
    .filter((pod) => !isUnreachable(store, pod))
    .map((pod) => ({ pod, used: [...usage.of(pod)] }))
    .filter(({ used }) => used.length > 0)
    .map(({ pod, used }) => ({
      of: pod,
      item: {
        ...heading(pod, clock.now()),
        containers: used.map(([name, amounts]) => ({ name, usage: printed(amounts) })),
      },
    }));
}

/** A node that is not ready answers nobody. */
function nodeMetrics({ store, clock, usage }: Tools): Measured[] {
  return store
    .list('nodes')
    .filter(({ status }) => status.conditions.some((one) => one.type === 'Ready' && one.status === 'True'))
    .map((node) => {
      const pods = store.list('pods').filter((pod) => pod.spec.nodeName === node.metadata.name);
      const all = [ofTheNode, ...pods.flatMap((pod) => [...usage.of(pod).values()])];
      const sum = (of: keyof Used): number => all.reduce((total, used) => total + used[of], 0);
      return {
        of: node,
        item: { ...heading(node, clock.now()), usage: printed({ cpu: sum('cpu'), memory: sum('memory') }) },
      };
    });
}

function heading({ metadata }: Pod | Node, now: number): JsonObject {
  const { name, namespace, labels } = metadata;
  return {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: timestamp(now),
      ...(labels === undefined ? {} : { labels: { ...labels } }),
    },
    timestamp: timestamp(now),
    window: '15s',
  };
}

const printed = ({ cpu, memory }: Used): JsonObject => ({
  cpu: `${Math.round(cpu * 1e9)}n`,
  memory: `${Math.round(memory / 1024)}Ki`,
});
