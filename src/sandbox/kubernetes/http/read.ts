/** GET of one object or a list, as JSON or as the server's Table. */
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../objects.ts';
import { parseFieldSelector } from '../field-selector.ts';
import { apiVersionOf } from '../resources.ts';
import { parseLabelSelector } from '../selectors.ts';
import { notFound, StatusError } from '../status.ts';
import type { Store } from '../store.ts';
import { tableOf } from '../tables/table.ts';
import { type Answer, itemOf, jsonOf } from './answer.ts';
import { pageOf } from './pages.ts';
import type { Route } from './route.ts';

type Tools = { store: Store; clock: Clock };

/** The Table when the client prefers it to plain JSON. 406 when it takes neither. */
export function wantsTable(accept: string): boolean {
  for (const range of accept.split(',').map((part) => part.trim())) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (type === 'application/json' && parameters.includes('as=Table') && parameters.includes('v=v1')) return true;
    if (type === 'application/json' && !parameters.some((item) => item.startsWith('as='))) return false;
    if (type === '*/*' || type === 'application/*' || type === '') return false;
  }
  throw new StatusError(
    406,
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json, application/json;stream=watch',
    {},
  );
}

export function get({ store, clock }: Tools, route: Route, accept: string): Answer {
  const table = wantsTable(accept);
  const object = store.get(route.resource.name, route.namespace, route.name);
  if (!object) throw notFound(route.resource, route.name);
  if (!table) return { code: 200, body: jsonOf(object) };
  const include = route.query.get('includeObject') ?? 'Metadata';
  const version = object.metadata.resourceVersion;
  return { code: 200, body: tableOf(route.resource.name, [object], version, { now: clock.now(), include }) };
}

/** Whether an object is in the route's collection. */
export function collectionOf(route: Route): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(route.query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(route.resource.name, route.query.get('fieldSelector') ?? '');
  const named = (object: KubeObject) => route.name === '' || object.metadata.name === route.name;
  const inside = (object: KubeObject) => route.namespace === '' || object.metadata.namespace === route.namespace;
  return (object) => inside(object) && named(object) && labels(object.metadata.labels ?? {}) && fields(object);
}

export function list({ store, clock }: Tools, route: Route, accept: string): Answer {
  const table = wantsTable(accept);
  const { items, metadata } = pageOf(store, route.resource.name, { route, holds: collectionOf(route) });
  if (table) {
    const include = route.query.get('includeObject') ?? 'Metadata';
    const body = tableOf(route.resource.name, items, metadata.resourceVersion, { now: clock.now(), include });
    return { code: 200, body: { ...body, metadata } };
  }
  const body: JsonObject = {
    kind: `${route.resource.kind}List`,
    apiVersion: apiVersionOf(route.resource),
    metadata,
    items: items.map(itemOf),
  };
  return { code: 200, body };
}
