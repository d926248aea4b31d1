/** POST, PUT and PATCH, on the object, its status, and the scale subresource. */
import type { Admission, WriteOptions } from '../admit/admit.ts';
import { isObject, type Json, type JsonObject, textOf } from '../json.ts';
import type { Deployment, KubeObject, ReplicaSet, StatefulSet } from '../objects.ts';
import { applyJsonPatch, goSyntaxError } from '../patch/json-patch.ts';
import { applyMergePatch, applyStrategicPatch, parseMergePatch } from '../patch/merge-patch.ts';
import { apiVersionOf } from '../resources.ts';
import { selectorText } from '../selectors.ts';
import {
  badRequest,
  badValue,
  invalid,
  methodNotAllowed,
  notFound,
  patchDoesNotDecode,
  StatusError,
} from '../status.ts';
import type { Store } from '../store.ts';
import { type Answer, jsonOf } from './answer.ts';
import type { Route } from './route.ts';

export type WriteRequest = {
  readonly route: Route;
  readonly body: string;
  readonly contentType: string;
  readonly userAgent: string;
};
type Tools = { store: Store; admission: Admission };

const optionKinds: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  delete: 'DeleteOptions',
};

/** Reads the query; anything but `dryRun=All` is a 422. */
export function isDryRun(route: Route): boolean {
  const values = route.query.getAll('dryRun').filter((value) => value !== '');
  if (values.length === 0) return false;
  if (values.every((value) => value === 'All')) return true;
  const message = `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`;
  const kind = optionKinds[route.verb] ?? 'UpdateOptions';
  throw invalid({ kind, group: 'meta.k8s.io' }, '', [{ reason: 'FieldValueNotSupported', message, field: 'dryRun' }]);
}

function optionsOf({ route, userAgent }: WriteRequest, from: WriteOptions['from']): WriteOptions {
  const validation = route.query.get('fieldValidation');
  return {
    dryRun: isDryRun(route),
    // Without a name the server takes the program's from the user agent.
    fieldManager: route.query.get('fieldManager') ?? userAgent.split('/')[0] ?? 'unknown',
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    from,
    ...(route.subresource === 'status' ? { subresource: 'status' } : {}),
  };
}

export function parseBody(kind: string, body: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    const shown = body.length > 120 ? `${body.slice(0, 120)}...` : body;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${goSyntaxError(body)} (${shown})`,
    );
  }
  if (!isObject(parsed)) throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  return parsed;
}

export function create({ admission }: Tools, request: WriteRequest): Answer {
  const { route } = request;
  if (route.name !== '') throw methodNotAllowed();
  const options = optionsOf(request, 'body');
  const object = parseBody(route.resource.kind, request.body);
  if (object['kind'] !== undefined && object['kind'] !== route.resource.kind) {
    const sent = textOf(object['kind']);
    throw badRequest(
      `${sent} in version "${route.resource.version}" cannot be handled as a ${route.resource.kind}: converting (${route.resource.version}.${sent}) to (${route.resource.group === '' ? 'core' : route.resource.group}.${route.resource.kind}): unknown conversion`,
    );
  }
  const written = admission.create(route.resource, route.namespace, object, options);
  return { code: 201, body: jsonOf(written.object), warnings: written.warnings };
}

function stored({ store }: Tools, { resource, namespace, name }: Route): KubeObject {
  const object = store.get(resource.name, namespace, name);
  if (!object) throw notFound(resource, name);
  return object;
}

export function update(tools: Tools, request: WriteRequest): Answer {
  const { route } = request;
  const options = optionsOf(request, 'body');
  const before = stored(tools, route);
  const body = parseBody(route.resource.kind, request.body);
  if (route.subresource === 'scale') return writeScale(tools, request, before, body);
  const written = tools.admission.update(route.resource, before, body, options);
  return { code: 200, body: jsonOf(written.object), warnings: written.warnings };
}

export function patch(tools: Tools, request: WriteRequest): Answer {
  const { route } = request;
  const options = optionsOf(request, 'patch');
  const type = request.contentType.split(';')[0]?.trim() ?? '';
  if (!patchTypes.has(type)) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  const before = stored(tools, route);
  const scale = route.subresource === 'scale';
  const current: Json = scale ? scaleOf(before) : jsonOf(before);
  const result = applyPatch(current, type, request.body);
  if (!isObject(result)) throw patchDoesNotDecode(result, 'json: cannot unmarshal into Go value');
  if (scale) return writeScale(tools, request, before, result);
  const written = tools.admission.update(route.resource, before, result, options);
  return { code: 200, body: jsonOf(written.object), warnings: written.warnings };
}

const patchTypes = new Set([
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]);

function applyPatch(current: Json, type: string, body: string): Json {
  if (type === 'application/json-patch+json') return applyJsonPatch(current, body);
  const strategic = type === 'application/strategic-merge-patch+json';
  const parsed = parseMergePatch(body, strategic);
  return strategic ? applyStrategicPatch(current, parsed) : applyMergePatch(current, parsed);
}

type Scalable = Deployment | ReplicaSet | StatefulSet;
// Only deployments, replicasets and statefulsets have a scale subresource (resources.ts).
const asScalable = (object: KubeObject): Scalable => object as Scalable;

export function scaleOf(object: KubeObject): JsonObject {
  const { metadata, spec, status } = asScalable(object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: { replicas: status.replicas ?? 0, selector: selectorText(spec.selector) },
  };
}

function writeScale({ admission }: Tools, request: WriteRequest, before: KubeObject, scale: JsonObject): Answer {
  const { route } = request;
  const spec = isObject(scale['spec']) ? scale['spec'] : {};
  const { replicas = 0 } = spec;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas)) {
    const what = typeof replicas === 'number' ? `number ${replicas}` : typeof replicas;
    throw patchDoesNotDecode(
      scale,
      `json: cannot unmarshal ${what} into Go struct field ScaleSpec.spec.replicas of type int32`,
    );
  }
  if (replicas < 0) {
    const cause = badValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ kind: 'Scale', group: 'autoscaling' }, before.metadata.name, [cause]);
  }
  const metadata = isObject(scale['metadata']) ? scale['metadata'] : {};
  const object = structuredClone(jsonOf(before));
  const next: JsonObject = {
    ...object,
    apiVersion: apiVersionOf(route.resource),
    metadata: {
      ...(isObject(object['metadata']) ? object['metadata'] : {}),
      ...(metadata['resourceVersion'] === undefined ? {} : { resourceVersion: metadata['resourceVersion'] }),
      ...(metadata['uid'] === undefined ? {} : { uid: metadata['uid'] }),
    },
    spec: { ...(isObject(object['spec']) ? object['spec'] : {}), replicas },
  };
  const written = admission.update(route.resource, before, next, optionsOf(request, 'patch'));
  return { code: 200, body: scaleOf(written.object), warnings: written.warnings };
}
