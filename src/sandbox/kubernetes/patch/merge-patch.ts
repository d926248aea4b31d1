/** RFC 7386 and the strategic merge that kubectl sends for scale, set, rollout restart and patch. */
import { clone, equal, isObject, type Json, type JsonObject, textOf } from '../json.ts';
import { badRequest, StatusError } from '../status.ts';
import { goSyntaxError } from './json-patch.ts';

export function parseMergePatch(text: string, strategic: boolean): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw badRequest(strategic ? goSyntaxError(text) : `error decoding patch: ${goSyntaxError(text)}`);
  }
  if (!isObject(parsed)) {
    const what = Array.isArray(parsed) ? 'array' : parsed === null ? 'null' : typeof parsed;
    const problem = `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
    throw badRequest(strategic ? problem : `error decoding patch: ${problem}`);
  }
  return parsed;
}

export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return clone(patch);
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key] ?? null, value);
  }
  return result;
}

/** Lists that merge by a key (`patchMergeKey` in the API's types); every other list is replaced as a whole. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  ownerReferences: 'uid',
};
/** `ports` merges by containerPort in a container and by port in a service. */
const mergeKeyOf = (field: string, path: readonly string[]): string | undefined =>
  field === 'ports' ? (path.includes('containers') ? 'containerPort' : 'port') : mergeKeys[field];

export function applyStrategicPatch(target: Json, patch: JsonObject, path: readonly string[] = []): Json {
  if (patch['$patch'] === 'replace') return without(patch, '$patch');
  if (patch['$patch'] === 'delete') return {};
  const result: JsonObject = isObject(target) ? { ...target } : {};
  const retain = patch['$retainKeys'];
  if (Array.isArray(retain)) for (const key of Object.keys(result)) if (!retain.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice(key.indexOf('/') + 1);
      const list = result[field];
      if (Array.isArray(list) && Array.isArray(value)) {
        result[field] = list.filter((item) => !value.some((gone) => equal(gone, item)));
      }
    } else if (key.startsWith('$')) {
      const field = /^\$setElementOrder\/(.+)$/.exec(key)?.[1] ?? '';
      const mergeKey = mergeKeyOf(field, path);
      const list = result[field];
      // The order of a list that the patch holds is taken with the list.
      if (mergeKey !== undefined && Array.isArray(list) && Array.isArray(value) && !Object.hasOwn(patch, field)) {
        result[field] = inOrder(list, value, list, mergeKey);
      }
    } else if (value === null) {
      delete result[key];
    } else if (Array.isArray(value)) {
      const mergeKey = mergeKeyOf(key, path);
      result[key] = mergeKey
        ? mergeList(result[key], value, { key: mergeKey, order: patch[`$setElementOrder/${key}`] }, [...path, key])
        : mergeAtomic(result[key], key, value);
    } else {
      result[key] = isObject(value) ? applyStrategicPatch(result[key] ?? null, value, [...path, key]) : value;
    }
  }
  return result;
}

/** `finalizers` are a set; other lists without a merge key are replaced. */
function mergeAtomic(current: Json | undefined, field: string, patch: Json[]): Json {
  if (field !== 'finalizers' || !Array.isArray(current)) return clone(patch);
  return [...current, ...patch.filter((item) => !current.includes(item))];
}

type Merge = { readonly key: string; readonly order: Json | undefined };

function mergeList(current: Json | undefined, patch: Json[], { key, order }: Merge, path: readonly string[]): Json[] {
  const before = Array.isArray(current) ? current : [];
  const list = [...before];
  if (patch.some((item) => isObject(item) && item['$patch'] === 'replace')) {
    return clone(patch.filter((item) => !(isObject(item) && item['$patch'] === 'replace')));
  }
  for (const item of patch) {
    const wanted = isObject(item) ? item[key] : undefined;
    if (!isObject(item) || wanted === undefined) {
      throw new StatusError(500, '', `map: ${goMap(item)} does not contain declared merge key: ${key}`);
    }
    const at = list.findIndex((existing) => isObject(existing) && existing[key] === wanted);
    const existing = list[at];
    if (item['$patch'] === 'delete') {
      if (at >= 0) list.splice(at, 1);
    } else if (existing !== undefined) list[at] = applyStrategicPatch(existing, item, path);
    else list.push(applyStrategicPatch({}, item, path));
  }
  return inOrder(list, Array.isArray(order) ? order : patch, before, key);
}

/**
 * What the patch puts in an order (`$setElementOrder/…`, else its own items) is in that order. The others keep theirs,
 * each in front of the first item of the patch that stood behind it before.
 */
function inOrder(list: readonly Json[], order: readonly Json[], before: readonly Json[], key: string): Json[] {
  const placeIn = (places: readonly Json[], item: Json | undefined): number =>
    places.findIndex((each) => isObject(each) && isObject(item) && each[key] === item[key]);
  const byPlaceIn = (places: readonly Json[]) => (a: Json, b: Json) => placeIn(places, a) - placeIn(places, b);
  const ordered = list.filter((item) => placeIn(order, item) >= 0).sort(byPlaceIn(order));
  const others = list.filter((item) => placeIn(order, item) < 0).sort(byPlaceIn(before));
  const result: Json[] = [];
  for (const item of ordered) {
    const place = placeIn(before, item);
    const stay = others.findIndex((other) => placeIn(before, other) >= place);
    if (place >= 0) result.push(...others.splice(0, stay < 0 ? others.length : stay));
    result.push(item);
  }
  return [...result, ...others];
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _gone, ...rest } = object;
  return clone(rest);
}

const goMap = (value: Json): string =>
  isObject(value)
    ? `map[${Object.entries(value)
        .map(([key, item]) => `${key}:${goMap(item)}`)
        .join(' ')}]`
    : textOf(value);
