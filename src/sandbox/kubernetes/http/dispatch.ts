/** From a route to the handler that answers it. */
import type { Admission } from '../admit/admit.ts';
import type { Clock } from '../clock.ts';
import type { PodLogs } from '../pod-logs.ts';
import { methodNotAllowed, notFound } from '../status.ts';
import type { Store } from '../store.ts';
import type { Answer } from './answer.ts';
import { remove, removeCollection } from './delete.ts';
import { evict } from './evict.ts';
import { log } from './logs.ts';
import { get, list } from './read.ts';
import type { Route } from './route.ts';
import { watch } from './watch.ts';
import { create, patch, scaleOf, update, type WriteRequest } from './write.ts';

export type DispatchTools = { store: Store; clock: Clock; logs: PodLogs; admission: Admission };

export function dispatch(tools: DispatchTools, request: WriteRequest, accept: string): Answer {
  const { route } = request;
  if (route.subresource === 'log') {
    if (route.verb !== 'get') throw methodNotAllowed();
    return log(tools, route);
  }
  if (route.subresource === 'eviction') {
    if (route.verb !== 'create') throw methodNotAllowed();
    return evict(tools, route, request.body);
  }
  switch (route.verb) {
    case 'get':
      return route.subresource === 'scale' ? getScale(tools.store, route) : get(tools, route, accept);
    case 'list':
      return list(tools, route, accept);
    case 'watch':
      return watch(tools, route, accept);
    case 'create':
      return create(tools, request);
    case 'update':
      if (route.name === '') throw methodNotAllowed();
      return update(tools, request);
    case 'patch':
      if (route.name === '') throw methodNotAllowed();
      return patch(tools, request);
    case 'delete':
      if (route.subresource !== '') throw methodNotAllowed();
      return remove(tools, route, request.body);
    case 'deletecollection':
      return removeCollection(tools, route, request.body);
    default:
      return route.verb satisfies never;
  }
}

function getScale(store: Store, route: Route): Answer {
  const object = store.get(route.resource.name, route.namespace, route.name);
  if (!object) throw notFound(route.resource, route.name);
  return { code: 200, body: scaleOf(object) };
}
