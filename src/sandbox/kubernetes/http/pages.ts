/**
 * Lists in pieces: `limit`, `continue` and `remainingItemCount`. A token says at which version the list began and behind
 * which key it goes on, so that all pieces show one moment; its form and the words of the errors are a 1.34 server's.
 */
import type { JsonObject } from '../json.ts';
import type { KubeObject, Kinds, ResourceName } from '../objects.ts';
import { badRequest, StatusError } from '../status.ts';
import type { Store } from '../store.ts';
import type { Route } from './route.ts';

type Page<R extends ResourceName> = {
  readonly items: readonly Kinds[R][];
  readonly metadata: JsonObject & { readonly resourceVersion: string };
};

/** `holds`: whether an object is in the route's collection. */
export function pageOf<R extends ResourceName>(
  store: Store,
  resource: R,
  { route, holds }: { route: Route; holds: (object: KubeObject) => boolean },
): Page<R> {
  const limit = limitOf(route);
  const token = route.query.get('continue') ?? '';
  const from = token === '' ? { version: store.version(), behind: '' } : parseToken(token);
  if (token !== '' && (route.query.get('resourceVersion') ?? '') !== '') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  if (from.version >= 0 && from.version < store.oldestVersion()) throw expired(from.behind);
  const version = from.version < 0 ? store.version() : from.version;
  const ahead = store.listAt(version, resource, route.namespace).filter((object) => keyOf(object) > from.behind);

  const items: Kinds[R][] = [];
  let read = 0;
  for (const object of ahead) {
    if (limit > 0 && items.length === limit) break;
    read++;
    if (holds(object)) items.push(object);
  }
  const last = ahead[read - 1];
  const left = ahead.length - read;
  const selects = ['labelSelector', 'fieldSelector'].some((name) => (route.query.get(name) ?? '') !== '');
  return {
    items,
    metadata: {
      resourceVersion: String(version),
      ...(left > 0 && last !== undefined && { continue: printToken(version, keyOf(last)) }),
      // With a selector nobody has counted how many of the rest it finds.
      ...(left > 0 && !selects && { remainingItemCount: left }),
    },
  };
}

/** As etcd orders them. */
const keyOf = ({ metadata }: KubeObject): string =>
  metadata.namespace === undefined || metadata.namespace === ''
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;

function limitOf(route: Route): number {
  const text = route.query.get('limit') ?? '';
  if (text !== '' && !/^[+-]?\d+$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Math.max(0, Number(text));
}

const tokenVersion = 'meta.k8s.io/v1';

const printToken = (version: number, behind: string): string =>
  Buffer.from(JSON.stringify({ v: tokenVersion, rv: version, start: `/${behind}\u0000` })).toString('base64url');

function parseToken(token: string): { readonly version: number; readonly behind: string } {
  const bad = (why: string): StatusError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    throw bad('invalid character');
  }
  const { v, rv, start }: { v?: unknown; rv?: unknown; start?: unknown } =
    typeof parsed === 'object' && parsed !== null ? parsed : {};
  if (v !== tokenVersion) throw bad(`server does not recognize this encoded version ${String(v)}`);
  if (typeof rv !== 'number' || rv === 0 || typeof start !== 'string') throw bad('incorrect encoded start');
  return { version: rv, behind: start.replace(/^\//, '').replace(/\0$/, '') };
}

/** Offers a token to go on with what is there now. */
function expired(behind: string): StatusError {
  const error = new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.body['metadata'] = { continue: printToken(-1, behind) };
  return error;
}
