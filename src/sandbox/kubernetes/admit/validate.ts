/** The rules people meet, worded as a 1.34 server words them. Order of causes as recorded. */
import { equal, isObject, type Json, type JsonObject, textOf } from '../json.ts';
import { parseQuantity } from '../quantity.ts';
import type { Resource } from '../resources.ts';
import { matches } from '../selectors.ts';
import { badValue, type Cause, invalid, required } from '../status.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const qualifiedNameRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** Throws the 422 when the object breaks a rule. `before` is the stored object of an update. */
export function validate(resource: Resource, object: JsonObject, before?: JsonObject): void {
  const metadata = part(object, 'metadata');
  const causes = [...metadataCauses(resource, metadata, before && part(before, 'metadata'))];
  const spec = part(object, 'spec');
  switch (resource.name) {
    case 'deployments':
    case 'replicasets':
    case 'statefulsets':
    case 'daemonsets':
      causes.push(...workloadCauses(spec, before && part(before, 'spec')));
      break;
    case 'jobs':
      causes.push(...containerCauses(part(part(spec, 'template'), 'spec'), 'spec.template.spec'));
      break;
    case 'cronjobs':
      causes.push(
        ...containerCauses(
          part(part(part(part(spec, 'jobTemplate'), 'spec'), 'template'), 'spec'),
          'spec.jobTemplate.spec.template.spec',
        ),
      );
      break;
    case 'pods':
      causes.push(...containerCauses(spec, 'spec'));
      break;
    case 'configmaps':
      if (before && before['immutable'] === true && !equal(before['data'], object['data'])) {
        causes.push({
          reason: 'FieldValueForbidden',
          message: 'Forbidden: field is immutable when `immutable` is set',
          field: 'data',
        });
      }
      break;
    case 'horizontalpodautoscalers':
      causes.push(...autoscalerCauses(spec));
      break;
    case 'namespaces':
    case 'nodes':
    case 'services':
    case 'endpoints':
    case 'endpointslices':
    case 'leases':
    case 'controllerrevisions':
    case 'secrets':
    case 'events':
    case 'persistentvolumeclaims':
    case 'resourcequotas':
    case 'poddisruptionbudgets':
    case 'ingresses':
    case 'networkpolicies':
    case 'persistentvolumes':
    case 'serviceaccounts':
    case 'storageclasses':
      break;
    default:
      resource.name satisfies never;
  }
  const name = typeof metadata['name'] === 'string' ? metadata['name'] : '';
  if (causes.length > 0) throw invalid(resource, name, causes);
}

function* metadataCauses(resource: Resource, metadata: JsonObject, before?: JsonObject): Iterable<Cause> {
  const name = metadata['name'];
  if (!before) {
    const asLabel = resource.name === 'namespaces' || resource.name === 'services';
    if (typeof name !== 'string' || name === '') {
      yield {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      };
    } else if (asLabel ? !label.test(name) : !subdomain.test(name)) {
      yield badValue('metadata.name', name, asLabel ? labelRule : subdomainRule);
    }
  } else if (metadata['uid'] !== before['uid']) {
    yield badValue('metadata.uid', metadata['uid'] ?? '', 'field is immutable');
  }
  for (const field of ['labels', 'annotations']) {
    for (const [key, value] of Object.entries(part(metadata, field))) {
      const [name = '', ...prefix] = key.split('/').reverse();
      if (!qualifiedName.test(name) || prefix.length > 1) yield badValue(`metadata.${field}`, key, qualifiedNameRule);
      else if (field === 'labels' && (typeof value !== 'string' || !labelValue.test(value))) {
        yield badValue('metadata.labels', value, labelValueRule);
      }
    }
  }
}

function* workloadCauses(spec: JsonObject, before?: JsonObject): Iterable<Cause> {
  const { replicas } = spec;
  if (typeof replicas === 'number' && replicas < 0) {
    yield badValue('spec.replicas', replicas, 'must be greater than or equal to 0');
  }
  const { selector } = spec;
  const labels = part(part(part(spec, 'template'), 'metadata'), 'labels');
  if (!isObject(selector)) yield required('spec.selector');
  if (!isObject(selector) || !matches(selector, asLabels(labels))) {
    const shown = Object.keys(labels).length === 0 ? null : labels;
    yield badValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`');
  }
  yield* containerCauses(part(part(spec, 'template'), 'spec'), 'spec.template.spec');
  if (before && !equal(before['selector'], selector))
    yield badValue('spec.selector', selector ?? null, 'field is immutable');
}

function* containerCauses(spec: JsonObject, path: string): Iterable<Cause> {
  const containers = objects(spec['containers']);
  if (containers.length === 0) yield required(`${path}.containers`);
  const names = new Set<Json>();
  for (const [at, container] of containers.entries()) {
    const here = `${path}.containers[${at}]`;
    const { name = '', image = '' } = container;
    if (name === '') yield required(`${here}.name`);
    else if (typeof name === 'string' && !label.test(name)) yield badValue(`${here}.name`, name, labelRule);
    if (image === '') yield required(`${here}.image`);
    if (names.has(name))
      yield {
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(name)}`,
        field: `${here}.name`,
      };
    names.add(name);
    yield* envCauses(objects(container['env']), here);
    yield* resourceCauses(part(container, 'resources'), `${here}.resources`);
  }
}

function* envCauses(env: JsonObject[], container: string): Iterable<Cause> {
  for (const [at, { name = '', value, valueFrom }] of env.entries()) {
    const field = `${container}.env[${at}]`;
    if (name === '') yield required(`${field}.name`);
    else if (typeof name === 'string' && !/^[ -<>-~]+$/.test(name)) {
      const rule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
      yield badValue(`${field}.name`, name, rule);
    }
    if (value !== undefined && value !== '' && valueFrom !== undefined && valueFrom !== null) {
      yield badValue(`${field}.valueFrom`, '', 'may not be specified when `value` is not empty');
    }
  }
}

function* resourceCauses(resources: JsonObject, path: string): Iterable<Cause> {
  const limits = part(resources, 'limits');
  for (const [name, wanted] of Object.entries(part(resources, 'requests'))) {
    const limit = limits[name];
    if (typeof wanted !== 'string' || typeof limit !== 'string') continue;
    if ((parseQuantity(wanted) ?? 0) > (parseQuantity(limit) ?? Number.POSITIVE_INFINITY)) {
      yield badValue(`${path}.requests`, wanted, `must be less than or equal to ${name} limit of ${limit}`);
    }
  }
}

function* autoscalerCauses(spec: JsonObject): Iterable<Cause> {
  const { maxReplicas = 0, minReplicas = 1 } = spec;
  if (typeof minReplicas === 'number' && minReplicas < 1) {
    yield badValue('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
  }
  if (typeof maxReplicas !== 'number' || maxReplicas < 1)
    yield badValue('spec.maxReplicas', maxReplicas, 'must be greater than 0');
  if (typeof maxReplicas === 'number' && typeof minReplicas === 'number' && maxReplicas < minReplicas) {
    yield badValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
  }
}

const part = (object: JsonObject, key: string): JsonObject => {
  const found = object[key];
  return isObject(found) ? found : {};
};
const objects = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : []);
const asLabels = (labels: JsonObject): { [key: string]: string } =>
  Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, textOf(value)]));
