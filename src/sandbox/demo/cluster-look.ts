/** What the page shows of a cluster, from the objects as the API gives them. */
import type { ClusterSource } from './host.ts';
import { nodeLook } from './node-look.ts';
import type { ClusterLook, EventLook, JsonObject } from './protocol.ts';
import { at, countAt, keyOf, textAt } from './raw.ts';
import { ownershipOf, workloadLook } from './workload-look.ts';

/** The page shows the newest. */
const eventsMax = 60;

export function clusterLook({ objects, ...source }: ReturnType<ClusterSource['look']>): ClusterLook {
  const ownership = ownershipOf(objects);
  // The values of a real cluster are nobody's business here.
  const withEnv = source.kind === 'stand-in';
  return {
    ...source,
    nodes: objects.nodes.map((node) => nodeLook(node, objects.pods)).sort((a, b) => (a.name < b.name ? -1 : 1)),
    workloads: objects.deployments
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((deployment) => workloadLook(deployment, objects, { ownership, withEnv })),
    events: newestFirst(objects.events).slice(0, eventsMax).map(eventLook),
  };
}

function newestFirst(events: readonly JsonObject[]): JsonObject[] {
  return events
    .map((event) => ({ event, at: atOf(event), version: Number(textAt(event, 'metadata', 'resourceVersion')) || 0 }))
    .sort((a, b) => (a.at === b.at ? b.version - a.version : a.at < b.at ? 1 : -1))
    .map(({ event }) => event);
}

function atOf(event: JsonObject): string {
  return (
    textAt(event, 'series', 'lastObservedTime') ??
    textAt(event, 'lastTimestamp') ??
    textAt(event, 'eventTime') ??
    textAt(event, 'metadata', 'creationTimestamp') ??
    ''
  );
}

function eventLook(event: JsonObject): EventLook {
  const about = at(event, 'involvedObject') ?? at(event, 'regarding');
  const place = [textAt(about, 'namespace'), textAt(about, 'name')].filter((one) => one !== undefined && one !== '');
  return {
    at: atOf(event),
    isWarning: textAt(event, 'type') === 'Warning',
    reason: textAt(event, 'reason') ?? '',
    about: `${(textAt(about, 'kind') ?? '').toLowerCase()} ${place.join('/')}`,
    text: textAt(event, 'message') ?? textAt(event, 'note') ?? '',
    count: Math.max(1, countAt(event, 'series', 'count'), countAt(event, 'count')),
  };
}
