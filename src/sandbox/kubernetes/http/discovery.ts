/** /api, /apis and what is below, /version, health: as much as clients ask before they do anything. */
import { type Json, type JsonObject, textOf } from '../json.ts';
import { apiVersionOf, type Resource, resources } from '../resources.ts';
import type { Answer } from './answer.ts';
import { metricsRows, metricsVersion } from './metrics.ts';
import { openapi } from './openapi.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const subresourceVerbs: Readonly<Record<string, string[]>> = {
  log: ['get'],
  eviction: ['create'],
  finalize: ['update'],
};
const subresourceKinds: Readonly<Record<string, { kind: string; group: string; version: string }>> = {
  scale: { kind: 'Scale', group: 'autoscaling', version: 'v1' },
  eviction: { kind: 'Eviction', group: 'policy', version: 'v1' },
};

/** In the server's order, in which `kubectl get all` prints too: by the groups' priorities, then by name. */
const groupsInOrder = [
  '',
  'apps',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'apiextensions.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];
const placeOf = ({ group }: Resource): number => (groupsInOrder.includes(group) ? groupsInOrder.indexOf(group) : 99);
const inOrder = resources.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1));
const groupVersions = [...new Set(inOrder.map(apiVersionOf))];

/** Undefined when the path is none of discovery's. */
export function discover(
  path: string,
  { address, metrics }: { readonly address: string; readonly metrics: boolean },
): Answer | undefined {
  const served = metrics ? [...groupVersions, metricsVersion] : groupVersions;
  const document = openapi(path);
  if (document) return { code: 200, body: document };
  if (path === '/version') return { code: 200, body: version };
  if (path === '/healthz' || path === '/livez' || path === '/readyz') return { code: 200, text: 'ok' };
  if (path === '/')
    return {
      code: 200,
      body: {
        paths: ['/api', '/api/v1', '/apis', ...served.slice(1).map((name) => `/apis/${name}`), '/readyz', '/version'],
      },
    };
  if (path === '/api') {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: address }];
    return { code: 200, body: { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs } };
  }
  if (path === '/apis') return { code: 200, body: { kind: 'APIGroupList', apiVersion: 'v1', groups: groups(served) } };
  const group = groups(served).find((entry) => path === `/apis/${textOf(entry['name'])}`);
  if (group) return { code: 200, body: { kind: 'APIGroup', apiVersion: 'v1', ...group } };
  const groupVersion = served.find((name) => path === (name === 'v1' ? '/api/v1' : `/apis/${name}`));
  if (groupVersion === undefined) return undefined;
  const rows =
    groupVersion === metricsVersion
      ? metricsRows
      : inOrder.filter((resource) => apiVersionOf(resource) === groupVersion).flatMap(rowsOf);
  return { code: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: rows } };
}

function groups(served: readonly string[]): JsonObject[] {
  return served.slice(1).map((groupVersion) => {
    const [name = '', version = ''] = groupVersion.split('/');
    return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
  });
}

function rowsOf(resource: Resource): Json[] {
  const { name, singular, namespaced, kind, shortNames } = resource;
  const own: JsonObject = { name, singularName: singular, namespaced, kind, verbs };
  if (shortNames) own['shortNames'] = [...shortNames];
  if (resource.all) own['categories'] = ['all'];
  const below = resource.subresources.map(
    (subresource): JsonObject => ({
      name: `${name}/${subresource}`,
      singularName: '',
      namespaced,
      kind,
      ...subresourceKinds[subresource],
      verbs: subresourceVerbs[subresource] ?? ['get', 'patch', 'update'],
    }),
  );
  return [own, ...below];
}

const version: JsonObject = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.4',
  gitCommit: 'firebreak-sandbox',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26.8',
  compiler: 'gc',
  platform: 'linux/amd64',
};
