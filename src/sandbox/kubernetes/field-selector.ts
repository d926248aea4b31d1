/** Field selectors: only the fields that the server registers for a kind, anything else is a 400. */
import type { KubeObject, ResourceName } from './objects.ts';
import { isObject, textOf } from './json.ts';
import { badRequest } from './status.ts';

const everywhere = ['metadata.name', 'metadata.namespace'];
const perKind: Partial<Record<ResourceName, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
  secrets: ['type'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

export function parseFieldSelector(resource: ResourceName, text: string): (object: KubeObject) => boolean {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const parsed = /^([^!=]+)(==|!=|=)(.*)$/.exec(term);
      const [, field, operator, value] = parsed ?? [];
      if (field === undefined || value === undefined) {
        throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
      }
      if (!everywhere.includes(field) && !perKind[resource]?.includes(field)) {
        throw badRequest(`field label not supported: ${field}`);
      }
      return { field, wanted: operator !== '!=', value };
    });
  return (object) => terms.every(({ field, wanted, value }) => (fieldText(object, field) === value) === wanted);
}

function fieldText(object: KubeObject, field: string): string {
  let value: unknown = object;
  if (field === 'source') value = 'source' in object && isObject(object.source) ? object.source['component'] : '';
  else for (const key of field.split('.')) value = isObject(value) ? value[key] : undefined;
  if (field === 'spec.unschedulable' || field === 'spec.hostNetwork') return textOf(value ?? false);
  return textOf(value ?? '');
}
