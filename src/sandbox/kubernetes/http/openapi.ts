/** Just enough of /openapi/v3 for kubectl to see that the server validates fields itself (`create -f`, `apply`). */
import type { JsonObject } from '../json.ts';
import { apiVersionOf, resources } from '../resources.ts';

const pathOf = (apiVersion: string): string => (apiVersion === 'v1' ? 'api/v1' : `apis/${apiVersion}`);

/** The index, or the document of one group version; undefined for other paths. */
export function openapi(path: string): JsonObject | undefined {
  const versions = [...new Set(resources.map(apiVersionOf))];
  if (path === '/openapi/v3') {
    const paths = versions.map((version) => [pathOf(version), { serverRelativeURL: `/openapi/v3/${pathOf(version)}` }]);
    return { paths: Object.fromEntries(paths) };
  }
  const version = versions.find((name) => path === `/openapi/v3/${pathOf(name)}`);
  if (version === undefined) return undefined;
  const parameters = [{ name: 'fieldValidation', in: 'query', schema: { type: 'string', uniqueItems: true } }];
  const paths = resources
    .filter((resource) => apiVersionOf(resource) === version)
    .map(({ name, kind, group, version: short, namespaced }) => [
      `/${pathOf(version)}/${namespaced ? 'namespaces/{namespace}/' : ''}${name}/{name}`,
      { patch: { parameters, 'x-kubernetes-group-version-kind': { group, kind, version: short } } },
    ]);
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: 'v1.34.4' }, paths: Object.fromEntries(paths) };
}
