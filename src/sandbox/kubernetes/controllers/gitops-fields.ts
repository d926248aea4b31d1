/** What Git may declare of a deployment, and how it is laid over the live object: field by field, nothing else. */
import { jsonOf } from '../http/answer.ts';
import { clone, isObject, type Json, type JsonObject } from '../json.ts';
import type { Deployment } from '../objects.ts';

type Texts = { readonly [key: string]: string };

/** A deployment, and those of its fields that Git declares. */
export type DeclaredObject = {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  /** Which container `image`, `env`, `limits` and `requests` are about; the first one unless told. */
  readonly container?: string;
  readonly image?: string;
  /** Variables with a plain value. Others of the container are left alone. */
  readonly env?: Texts;
  /** `{ memory: '2Gi' }`: only the named resources. */
  readonly limits?: Texts;
  readonly requests?: Texts;
};

/** What the tool puts on everything it owns. */
export type Marks = { readonly labels?: Texts; readonly annotations?: Texts };

/** A copy of `live` in which the declared fields have their declared values. */
export function declare(live: Deployment, declared: DeclaredObject, marks: Marks): JsonObject {
  const object = clone(jsonOf(live));
  const metadata = at(object, 'metadata');
  if (marks.labels) Object.assign(at(metadata, 'labels'), marks.labels);
  if (marks.annotations) Object.assign(at(metadata, 'annotations'), marks.annotations);
  const spec = at(object, 'spec');
  if (declared.replicas !== undefined) spec['replicas'] = declared.replicas;
  const containers = objects(at(at(spec, 'template'), 'spec')['containers']);
  const container =
    declared.container === undefined ? containers[0] : containers.find(({ name }) => name === declared.container);
  if (!container) return object;
  if (declared.image !== undefined) container['image'] = declared.image;
  if (declared.env) setVariables(container, declared.env);
  for (const part of ['limits', 'requests'] as const) {
    if (declared[part]) Object.assign(at(at(container, 'resources'), part), declared[part]);
  }
  return object;
}

function setVariables(container: JsonObject, declared: Texts): void {
  const env = Array.isArray(container['env']) ? container['env'] : [];
  for (const [name, value] of Object.entries(declared)) {
    const known = env.findIndex((variable) => isObject(variable) && variable['name'] === name);
    if (known < 0) env.push({ name, value });
    else env[known] = { name, value };
  }
  container['env'] = env;
}

const objects = (list: Json | undefined): JsonObject[] => (Array.isArray(list) ? list.filter(isObject) : []);

/** The object at `key`, put there when it is missing. */
function at(object: JsonObject, key: string): JsonObject {
  const found = object[key];
  if (isObject(found)) return found;
  const made: JsonObject = {};
  object[key] = made;
  return made;
}
