/** WATCH: what is there (or what happened since a version), then every change until the client leaves. */
import { isObject } from '../json.ts';
import { apiVersionOf } from '../resources.ts';
import type { Store, WatchEvent } from '../store.ts';
import { tableOf } from '../tables/table.ts';
import type { KubeObject } from '../objects.ts';
import type { Clock } from '../clock.ts';
import { type Answer, jsonOf } from './answer.ts';
import { collectionOf, wantsTable } from './read.ts';
import type { Route } from './route.ts';

export function watch({ store, clock }: { store: Store; clock: Clock }, route: Route, accept: string): Answer {
  const holds = collectionOf(route);
  const table = wantsTable(accept);
  const include = route.query.get('includeObject') ?? 'Metadata';
  const from = Number(route.query.get('resourceVersion') ?? '0');
  const line = (type: string, object: KubeObject): string => {
    const version = object.metadata.resourceVersion;
    const shown = table
      ? tableOf(route.resource.name, [object], version, { now: clock.now(), include })
      : jsonOf(object);
    return `${JSON.stringify({ type, object: shown })}\n`;
  };
  const change = (event: WatchEvent): string => {
    if (event.resource !== route.resource.name) return '';
    const was = event.before !== undefined && holds(event.before);
    const is = event.type !== 'DELETED' && holds(event.object);
    if (!was && !is) return '';
    return line(!is ? 'DELETED' : was ? 'MODIFIED' : 'ADDED', event.object);
  };
  return {
    code: 200,
    contentType: 'application/json',
    stream(write, end) {
      if (from > 0 && from < store.oldestVersion()) {
        const message = `too old resource version: ${from} (${store.oldestVersion()})`;
        const object = {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message,
          reason: 'Expired',
          code: 410,
        };
        write(`${JSON.stringify({ type: 'ERROR', object })}\n`);
        end();
        return () => {};
      }
      if (from === 0)
        for (const object of store.list(route.resource.name, route.namespace).filter(holds))
          write(line('ADDED', object));
      else for (const event of store.since(from)) write(change(event));
      if (route.query.get('allowWatchBookmarks') === 'true' && route.query.get('sendInitialEvents') === 'true') {
        write(bookmark(route, store.version()));
      }
      const unlisten = store.onChange((event) => write(change(event)));
      const seconds = Number(route.query.get('timeoutSeconds') ?? '0');
      const timer = seconds > 0 ? setTimeout(end, seconds * 1000) : undefined;
      timer?.unref();
      return () => {
        clearTimeout(timer);
        unlisten();
      };
    },
  };
}

/** Marks the end of the initial events of a streaming list. */
function bookmark(route: Route, version: number): string {
  const metadata = { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } };
  const object = { kind: route.resource.kind, apiVersion: apiVersionOf(route.resource), metadata };
  return isObject(object) ? `${JSON.stringify({ type: 'BOOKMARK', object })}\n` : '';
}
