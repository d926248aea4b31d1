/** The objects of a world before and after, without what two runs of one command may differ in. */
import type { Json, JsonObject } from '../../../src/sandbox/kubernetes/json.ts';
import { equal, isObject } from '../../../src/sandbox/kubernetes/json.ts';
import { jsonOf } from '../../../src/sandbox/kubernetes/http/answer.ts';
import type { KubeObject } from '../../../src/sandbox/kubernetes/objects.ts';
import { resources } from '../../../src/sandbox/kubernetes/resources.ts';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';

/** By `deployments shop/web`. */
export type Changed = Readonly<Record<string, Json>>;

export type State = { changed(): Changed };

/** Takes the world as it is now for its start. */
export function createState({ world }: SandboxKubernetes): State {
  const all = (): [string, KubeObject][] =>
    resources.flatMap(({ name }) =>
      world
        .list(name)
        .map((object): [string, KubeObject] => [
          `${name} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
          object,
        ]),
    );
  const start = new Map(all());
  const uids = new Set([...start.values()].map(({ metadata }) => metadata.uid));

  return {
    changed() {
      const changed: Record<string, Json> = {};
      const now = new Map(all());
      for (const key of start.keys()) if (!now.has(key)) changed[key] = null;
      for (const [key, object] of now) {
        const before = start.get(key);
        // Stored objects are never changed in place.
        if (before === object) continue;
        const shown = masked(asBefore(object, before), uids);
        if (before && JSON.stringify(masked(before, uids)) === JSON.stringify(shown)) continue;
        changed[before ? key : keyOfNew(key, object)] = shown;
      }
      return changed;
    },
  };
}

/** A Deployment's generation moves with its annotations too, and so with our mark; here it counts changes of the spec. */
function asBefore(object: KubeObject, before: KubeObject | undefined): KubeObject {
  if (before?.metadata.generation === undefined || !equal(jsonOf(object)['spec'], jsonOf(before)['spec']))
    return object;
  return { ...object, metadata: { ...object.metadata, generation: before.metadata.generation } };
}

/** A name that the server makes up is another one each time. */
const keyOfNew = (key: string, { metadata }: KubeObject): string =>
  metadata.generateName === undefined ? key : key.slice(0, -5).concat('*');

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

function masked(object: KubeObject, uids: ReadonlySet<string>): Json {
  const { metadata, ...rest } = jsonOf(object) as JsonObject & { metadata: JsonObject };
  const { managedFields: _, resourceVersion: __, creationTimestamp: ___, annotations, ...kept } = metadata;
  const { 'firebreak.dev/plan': ____, ...others } = isObject(annotations) ? annotations : {};
  if (typeof kept['generateName'] === 'string') kept['name'] = '*';
  return maskedValue({ metadata: { ...kept, annotations: others }, ...rest }, uids);
}

function maskedValue(value: Json, uids: ReadonlySet<string>): Json {
  if (typeof value === 'string')
    return time.test(value) ? '<time>' : uuid.test(value) && !uids.has(value) ? '<uid>' : value;
  if (Array.isArray(value)) return value.map((each) => maskedValue(each, uids));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, each]): [string, Json] => [key, maskedValue(each, uids)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
