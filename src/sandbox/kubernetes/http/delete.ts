/**
 * DELETE. When the request has a body, its DeleteOptions are all that counts: `?dryRun=All` beside a body is ignored
 * and the object IS deleted (recorded from 1.34).
 */
import type { Clock } from '../clock.ts';
import { terminating } from '../controllers/delete-pod.ts';
import { removeObject } from '../controllers/garbage.ts';
import { isObject, type JsonObject } from '../json.ts';
import type { KubeObject, Pod } from '../objects.ts';
import type { Resource } from '../resources.ts';
import { badRequest, modified, notFound, uidMismatch } from '../status.ts';
import type { Store } from '../store.ts';
import { type Answer, itemOf, jsonOf } from './answer.ts';
import { collectionOf } from './read.ts';
import type { Route } from './route.ts';
import { isDryRun, parseBody } from './write.ts';

type Tools = { store: Store; clock: Clock };
export type DeleteOptions = {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly graceSeconds?: number;
  readonly propagation: string;
};

function deleteOptions(route: Route, body: string): DeleteOptions {
  if (body.trim() === '') {
    const grace = route.query.get('gracePeriodSeconds');
    return {
      dryRun: isDryRun(route),
      propagation: route.query.get('propagationPolicy') ?? 'Background',
      ...(grace === null ? {} : { graceSeconds: Number(grace) }),
    };
  }
  return readDeleteOptions(parseBody('DeleteOptions', body));
}

export function readDeleteOptions(options: JsonObject): DeleteOptions {
  const preconditions = isObject(options['preconditions']) ? options['preconditions'] : {};
  const { uid, resourceVersion } = preconditions;
  const { gracePeriodSeconds: grace, propagationPolicy, dryRun } = options;
  return {
    dryRun: Array.isArray(dryRun) && dryRun.includes('All'),
    propagation: typeof propagationPolicy === 'string' ? propagationPolicy : 'Background',
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    ...(typeof grace === 'number' ? { graceSeconds: grace } : {}),
  };
}

export function checkPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (options.uid !== undefined && options.uid !== uid) throw uidMismatch(resource, name, options.uid, uid);
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
    throw modified(resource, name);
}

export function remove(tools: Tools, route: Route, body: string): Answer {
  const options = deleteOptions(route, body);
  const object = tools.store.get(route.resource.name, route.namespace, route.name);
  if (!object) throw notFound(route.resource, route.name);
  checkPreconditions(route.resource, object, options);
  const gone = removeOrTry(tools, route.resource, object, options);
  if (gone) return { code: 200, body: jsonOf(gone) };
  const { resource } = route;
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name: route.name, ...group, kind: resource.name, uid: object.metadata.uid };
  return { code: 200, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details } };
}

/** The pod on its way out, for a pod; undefined for what goes at once. */
function removeOrTry(tools: Tools, resource: Resource, object: KubeObject, options: DeleteOptions): Pod | undefined {
  if (!options.dryRun) return removeObject(tools, resource, object, options);
  if (resource.name !== 'pods') return undefined;
  const pod = tools.store.get('pods', object.metadata.namespace ?? '', object.metadata.name);
  const grace = options.graceSeconds ?? pod?.spec.terminationGracePeriodSeconds ?? 30;
  return pod && terminating(pod, tools.clock.now(), grace);
}

export function removeCollection(tools: Tools, route: Route, body: string): Answer {
  if (route.resource.name === 'namespaces' || route.resource.name === 'services')
    throw badRequest('the server does not allow this method on the requested resource');
  const options = deleteOptions(route, body);
  const found = tools.store.list(route.resource.name, route.namespace).filter(collectionOf(route));
  const items = found.map((object) => itemOf(removeOrTry(tools, route.resource, object, options) ?? object));
  const apiVersion = route.resource.group === '' ? 'v1' : `${route.resource.group}/${route.resource.version}`;
  const metadata = { resourceVersion: String(tools.store.version()) };
  return { code: 200, body: { kind: `${route.resource.kind}List`, apiVersion, metadata, items } };
}
