/**
 * The way of a write: decode → preserve what the writer may not touch → defaults → mutating webhooks → generation →
 * validation → managed fields → store. A dry run goes the whole way and stops before the store.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { type Clock, timestamp } from '../clock.ts';
import { clone, equal, isObject, type Json, type JsonObject, textOf } from '../json.ts';
import type { KubeObject, Kinds, ManagedFields, Pod, ResourceName } from '../objects.ts';
import { apiVersionOf, qualifiedKind, type Resource, resourceOf } from '../resources.ts';
import { alreadyExists, badRequest, modified, notFound, patchDoesNotDecode } from '../status.ts';
import type { Store } from '../store.ts';
import { decode } from './decode.ts';
import { applyDefaults, applyIdentity } from './defaults.ts';
import { manage } from './managed-fields.ts';
import { quotaRefusal } from './quota.ts';
import { schemas } from './schema.ts';
import { validate } from './validate.ts';

export type WriteOptions = {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** How a value that does not decode is reported. */
  readonly from: 'patch' | 'body';
  readonly subresource?: 'status';
};
export type Written = { readonly object: KubeObject; readonly warnings: readonly string[] };
/** Stands for a mutating webhook: changes the object in place. */
export type Mutation = (object: JsonObject, resource: ResourceName, operation: 'CREATE' | 'UPDATE') => void;

/** Kinds whose server keeps `metadata.generation`. */
const generational = new Set<ResourceName>([
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'poddisruptionbudgets',
  'pods',
  'cronjobs',
  'ingresses',
  'networkpolicies',
]);
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters as the server appends to `generateName`. */
export const nameSuffix = (): string =>
  Array.from({ length: 5 }, () => suffixAlphabet[randomInt(suffixAlphabet.length)]).join('');

export function createAdmission({ store, clock, mutate }: { store: Store; clock: Clock; mutate: Mutation }) {
  function read(
    resource: Resource,
    value: JsonObject,
    options: WriteOptions,
  ): { object: JsonObject; warnings: string[] } {
    const decoded = decode(value, schemas[resource.name] ?? 'any');
    const strict = options.fieldValidation === 'Strict' && decoded.unknown.length > 0;
    const fields = decoded.unknown.map((field) => `unknown field "${field}"`);
    const problem = decoded.problem ?? (strict ? `strict decoding error: ${fields.join(', ')}` : undefined);
    if (problem !== undefined) {
      if (options.from === 'patch') throw patchDoesNotDecode(value, problem);
      throw badRequest(
        `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: ${problem}`,
      );
    }
    if (!isObject(decoded.value))
      throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind})`);
    return { object: clone(decoded.value), warnings: options.fieldValidation === 'Warn' ? fields : [] };
  }

  function create(resource: Resource, namespace: string, body: JsonObject, options: WriteOptions): Written {
    const { object, warnings } = read(resource, body, options);
    const metadata = metadataOf(object);
    if (resource.namespaced) {
      if (metadata['namespace'] !== undefined && metadata['namespace'] !== namespace) {
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
      }
      if (!store.get('namespaces', '', namespace)) throw notFound(resourceOf('namespaces'), namespace);
      metadata['namespace'] = namespace;
    }
    const prefix = metadata['generateName'];
    if (metadata['name'] === undefined && typeof prefix === 'string') metadata['name'] = `${prefix}${nameSuffix()}`;
    if (resource.name !== 'events') delete object['status'];
    applyDefaults(resource.name, object);
    mutate(object, resource.name, 'CREATE');
    const uid = randomUUID();
    metadata['uid'] = uid;
    applyIdentity(resource.name, object, uid);
    metadata['creationTimestamp'] = timestamp(clock.now());
    if (generational.has(resource.name)) metadata['generation'] = 1;
    validate(resource, object);
    const name = textOf(metadata['name'] ?? '');
    if (store.get(resource.name, namespace, name)) throw alreadyExists(resource, name);
    if (resource.name === 'pods')
      refuseByQuota(store, asStored({ ...resource, name: 'pods' }, { kind: 'Pod', ...object }));
    metadata['managedFields'] = asJson(manage(undefined, without(object, 'status'), [], writer(resource, options)));
    const complete = asStored(resource, { kind: resource.kind, apiVersion: apiVersionOf(resource), ...object });
    if (options.dryRun) return { object: { ...complete, metadata: { ...complete.metadata } }, warnings };
    return { object: store.create(resource.name, complete), warnings };
  }

  function update(resource: Resource, before: KubeObject, next: JsonObject, options: WriteOptions): Written {
    const { object, warnings } = read(resource, next, options);
    const old = asJson(before);
    const metadata = metadataOf(object);
    const name = before.metadata.name;
    if (metadata['name'] !== name) {
      throw badRequest(
        `the name of the object (${textOf(metadata['name'] ?? '')}) does not match the name on the URL (${name})`,
      );
    }
    const version = metadata['resourceVersion'];
    if (version !== undefined && version !== '' && version !== before.metadata.resourceVersion)
      throw modified(resource, name);
    preserve(object, old, resource, options.subresource);
    applyDefaults(resource.name, object);
    mutate(object, resource.name, 'UPDATE');
    if (generational.has(resource.name) && options.subresource === undefined && bumps(resource.name, old, object)) {
      metadata['generation'] = (before.metadata.generation ?? 0) + 1;
    }
    validate(resource, object, old);
    metadata['managedFields'] = asJson(
      manage(old, object, before.metadata.managedFields ?? [], writer(resource, options)),
    );
    if (
      equal(without(metadata, 'managedFields'), without(metadataOf(old), 'managedFields')) &&
      equal(rest(object), rest(old))
    ) {
      return { object: before, warnings };
    }
    const complete = asStored(resource, object);
    return { object: options.dryRun ? complete : store.put(resource.name, complete), warnings };
  }

  const writer = (resource: Resource, options: WriteOptions) => ({
    manager: options.fieldManager,
    apiVersion: apiVersionOf(resource),
    time: timestamp(clock.now()),
    ...(options.subresource === undefined ? {} : { subresource: options.subresource }),
  });

  return { create, update };
}

export type Admission = ReturnType<typeof createAdmission>;

function refuseByQuota(store: Store, pod: Pod): void {
  const refusal = quotaRefusal(store, pod);
  if (refusal) throw refusal;
}

/** A deployment's generation also moves with its annotations (recorded from 1.34), other kinds' only with the spec. */
function bumps(resource: ResourceName, before: JsonObject, after: JsonObject): boolean {
  if (!equal(before['spec'], after['spec'])) return true;
  const annotations = (object: JsonObject) => metadataOf(object)['annotations'] ?? {};
  return resource === 'deployments' && !equal(annotations(before), annotations(after));
}

/** Puts back what this kind of write may not change. */
function preserve(object: JsonObject, old: JsonObject, resource: Resource, subresource?: 'status'): void {
  const metadata = metadataOf(object);
  const oldMetadata = metadataOf(old);
  metadata['uid'] ??= oldMetadata['uid'] ?? null;
  for (const field of [
    'namespace',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'generateName',
  ]) {
    const value = oldMetadata[field];
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  object['kind'] = resource.kind;
  object['apiVersion'] = apiVersionOf(resource);
  const keep = subresource === 'status' ? 'spec' : resource.subresources.includes('status') ? 'status' : undefined;
  if (keep === undefined) return;
  const kept = old[keep];
  if (kept === undefined) delete object[keep];
  else object[keep] = clone(kept);
}

function metadataOf(object: JsonObject): JsonObject {
  const found = object['metadata'];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  object['metadata'] = made;
  return made;
}

const without = (object: JsonObject, key: string): JsonObject => {
  const { [key]: _gone, ...others } = object;
  return others;
};
const rest = (object: JsonObject): JsonObject => without(object, 'metadata');

// Stored objects are JSON by construction (they came from a body or are built from plain data); TypeScript cannot
// see that an alias with optional fields has no undefined in it.
const asJson = <T extends KubeObject | ManagedFields[]>(value: T) =>
  value as unknown as T extends KubeObject ? JsonObject : Json;

/** Decoding and validation made it an object of this kind. */
const asStored = <R extends ResourceName>(resource: Resource & { name: R }, object: JsonObject): Kinds[R] => {
  if (object['kind'] !== resource.kind)
    throw badRequest(`${textOf(object['kind'])} is not a ${qualifiedKind(resource)}`);
  return object as unknown as Kinds[R];
};
