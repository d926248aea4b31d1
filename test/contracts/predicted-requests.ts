/** Whether a request in the API server's audit log is one that a command about one name in one namespace may make. */
import { type AuditEvent, isEffect } from '../../src/sandbox/kubernetes/audit.ts';
import { safe } from './hostile-names.ts';

export type About = {
  readonly name: string;
  readonly namespace: string;
  readonly own: string;
  /** Of the requests that were prepared. */
  readonly prepared: readonly string[];
};

/** What the server is, and what it offers. No name of an object is in it. */
const discovery =
  /^\/(?:version|healthz|livez|readyz|openapi\/v2|api(?:\/v1)?|apis(?:\/[a-z0-9.-]+(?:\/v\d+(?:(?:alpha|beta)\d+)?)?)?)\/?$/;
const nameFields = new Set([
  'metadata.name',
  'spec.nodeName',
  'involvedObject.name',
  'involvedObject.namespace',
  'regarding.name',
]);
const otherFields = /^(?:involvedObject|regarding)\.(?:uid|kind|apiVersion|fieldPath)$|^status\.phase$|^type$/;

/** Undefined: it is; else what is wrong with it. */
export function whyUnpredicted(event: AuditEvent, about: About): string | undefined {
  const [path = '', query = ''] = event.requestURI.split('?');
  if (event.objectRef === undefined) return discovery.test(path) ? undefined : 'it is about no object and no discovery';
  const { resource, namespace, name } = event.objectRef;
  const isKnown = (text: string): boolean =>
    text === about.name || text === safe.name || (text.startsWith(`${safe.name}-`) && namespace === about.own);
  const isPlace = (text: string): boolean => text === about.namespace || text === about.own;
  if (resource === 'secrets') return 'it is about secrets';
  if (resource === 'namespaces') {
    if (name !== undefined && name !== 'kube-system' && !isKnown(name) && !isPlace(name)) return `namespace ${name}`;
  } else {
    if (namespace !== undefined && !isPlace(namespace)) return `it is in namespace ${namespace}`;
    // The name of what is made is in the body, and of a review there is none.
    if (name !== undefined && !isKnown(name)) return `it is about ${name}`;
  }
  if (plain(path) !== plain(pathOf(event))) return `its path is not ${pathOf(event)}`;
  if (isEffect(event) && !resource.startsWith('self') && !about.prepared.includes(event.requestURI)) {
    return 'it has an effect that nobody prepared';
  }
  for (const term of new URLSearchParams(query).get('fieldSelector')?.split(',') ?? []) {
    const [, field = '', value = ''] = /^([^=!]*)(?:==|=|!=)(.*)$/s.exec(term) ?? [];
    const isFine = nameFields.has(field) ? value === '' || isKnown(value) || isPlace(value) : otherFields.test(field);
    if (!isFine) return `it selects by ${term}`;
  }
  return undefined;
}

/** As the server understood it, written anew. */
function pathOf({ verb, objectRef }: AuditEvent): string {
  const { resource = '', namespace, name, apiGroup = '', apiVersion = '', subresource } = objectRef ?? {};
  const root = apiGroup === '' ? `/api/${apiVersion}` : `/apis/${apiGroup}/${apiVersion}`;
  const scope =
    namespace === undefined || resource === 'namespaces' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const made = verb === 'create' && subresource === undefined;
  const object = name === undefined || made ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${resource}${object}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** A colon may stand in a path as it is. */
const plain = (path: string): string => path.replaceAll('%3A', ':');
