/** A request's path and query, read as the API server reads them. */
import { type Resource, resources } from '../resources.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
export type Route = {
  readonly resource: Resource;
  /** Empty for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: string;
  readonly verb: Verb;
  readonly query: URLSearchParams;
};

/** Undefined when no such resource is served. `method` must be one the server knows for it. */
export function parseRoute(method: string, url: URL): Route | undefined {
  const parts = decodeURIComponent(url.pathname)
    .split('/')
    .filter((part) => part !== '');
  const group = parts[0] === 'api' ? '' : parts[0] === 'apis' ? parts[1] : undefined;
  if (group === undefined) return undefined;
  const version = parts[group === '' ? 1 : 2];
  const rest = parts.slice(group === '' ? 2 : 3);
  const scoped = rest[0] === 'namespaces' && rest.length > 2 && !['finalize', 'status'].includes(rest[2] ?? '');
  const namespace = scoped ? (rest[1] ?? '') : '';
  const [plural, name = '', subresource = ''] = scoped ? rest.slice(2) : rest;
  const resource = resources.find((row) => row.group === group && row.version === version && row.name === plural);
  if (!resource || (scoped && !resource.namespaced)) return undefined;
  if (resource.namespaced && !scoped && name !== '') return undefined;
  if (subresource !== '' && !resource.subresources.includes(subresource)) return undefined;
  const verb = verbOf(method, name, url.searchParams);
  return verb && { resource, namespace, name, subresource, verb, query: url.searchParams };
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb | undefined {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (['true', '1'].includes(query.get('watch') ?? '')) return 'watch';
      return name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

/** Where the server redirects a path with empty or dotted parts; undefined when the path is clean. */
export function cleanPath(path: string): string | undefined {
  const decoded = decodeURIComponent(path);
  if (!/\/\/|\/\.\.?(\/|$)/.test(decoded)) return undefined;
  const parts: string[] = [];
  for (const part of decoded.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
