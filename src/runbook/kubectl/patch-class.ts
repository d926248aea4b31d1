/**
 * What class a patch has by its own structure, before any object is looked at: the paths that it writes are known, also
 * where values are left open. What is safe, and what is never changed, is DESIGN's ("Classes look at fields, not only
 * verbs"); against the live object the same is asked again of the fields that really change.
 */
import type { PatchAction } from '../../domain/change-action.ts';
import type { Json } from '../../domain/json.ts';
import type { Template } from '../../domain/object-reference.ts';
import { fillJson } from '../action/json-places.ts';
import { isOneOf } from './resources.ts';

/** `never`: names for people of what this program never changes. */
export type PatchClass =
  | { readonly class: 'change' | 'destructive' }
  | { readonly class: 'forbidden'; readonly never: readonly string[] };

/** Keys from the root; `*` is any element of a list. */
type Path = readonly string[];
type Write = { readonly path: Path; readonly value?: Json };

export function classOfPatch(action: PatchAction<Template>): PatchClass {
  const filled = fillJson(action.patch, () => '1');
  const patch = 'text' in filled ? (JSON.parse(filled.text) as Json) : null;
  const { writes, all } = action.patchType === 'json' ? ofOperations(patch) : ofMerge(patch, action.patchType);
  const never = [...new Set(all.flatMap((path) => neverChanged(action, path)))];
  if (never.length > 0) return { class: 'forbidden', never };
  return { class: writes.every((write) => isSafe(action, write)) ? 'change' : 'destructive' };
}

/** `writes`: what has to be safe. `all`: every path that is touched, below replaced values too. */
type Touched = { readonly writes: readonly Write[]; readonly all: readonly Path[] };

function ofMerge(patch: Json, type: 'strategic' | 'merge'): Touched {
  // A merge patch puts a whole list in the place of what is there.
  return { writes: leavesOf(patch, [], type === 'strategic'), all: leavesOf(patch, [], true).map(({ path }) => path) };
}

function ofOperations(patch: Json): Touched {
  const writes: Write[] = [];
  const all: Path[] = [];
  for (const operation of Array.isArray(patch) ? (patch as readonly Json[]) : []) {
    const { op, path, value, from } = isRecord(operation) ? operation : {};
    if (op === 'test') continue;
    const at = pathOf(path);
    const plain = op === 'add' || op === 'replace' || op === 'remove';
    writes.push(plain ? { path: at, ...(value !== undefined && { value }) } : { path: [] });
    all.push(at, ...leavesOf(value ?? null, at, true).map((leaf) => leaf.path), pathOf(from));
  }
  return { writes, all };
}

/** RFC 6901. An index, or `-` for the end, is any element. */
function pathOf(pointer: Json | undefined): Path {
  if (typeof pointer !== 'string') return [];
  return pointer
    .split('/')
    .slice(1)
    .map((key) => (/^(?:-|\d+)$/.test(key) ? '*' : key.replaceAll('~1', '/').replaceAll('~0', '~')));
}

function leavesOf(value: Json, path: Path, intoLists: boolean): readonly Write[] {
  if (Array.isArray(value) && intoLists && value.length > 0) {
    return (value as readonly Json[]).flatMap((each) => leavesOf(each, [...path, '*'], intoLists));
  }
  if (!isRecord(value) || Object.keys(value).length === 0) {
    // `{}` alone changes nothing.
    return isRecord(value) && path.length === 0 ? [] : [{ path, value }];
  }
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key], intoLists));
}

const isRecord = (value: Json): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const weighty = new Set(['namespaces', 'serviceaccounts']);
const templated = new Set(['deployments', 'statefulsets', 'daemonsets']);
const scaled = new Set(['deployments', 'statefulsets', 'replicasets']);
const safeInTemplate =
  /^(?:metadata\/annotations\/kubectl\.kubernetes\.io\/restartedAt|spec\/(?:initContainers|containers)\/\*\/(?:image|env|resources)(?:\/.*)?)$/;

function isSafe({ target, patchType }: PatchAction<Template>, { path, value }: Write): boolean {
  // Directives of a strategic patch delete and replace.
  if (path.some((key) => key.startsWith('$'))) return false;
  // A version means the same object.
  const kind = { resource: target.resource, ...(target.group !== undefined && { group: target.group }) };
  const [first, second, third] = path;
  const whole = path.join('/');
  if (first === 'metadata' && (second === 'labels' || second === 'annotations')) return !weighty.has(kind.resource);
  if (isOneOf(kind, templated) && first === 'spec' && second === 'template') {
    const inside = path.slice(2).join('/');
    // Which container is meant, where lists are merged by their names.
    const selects = patchType === 'strategic' && /^spec\/(?:initContainers|containers)\/\*\/name$/.test(inside);
    return selects || safeInTemplate.test(inside);
  }
  if (isOneOf(kind, scaled) && whole === 'spec/replicas') return typeof value === 'number' && value > 0;
  if (isOneOf(kind, new Set(['deployments'])) && whole === 'spec/paused') return true;
  if (isOneOf(kind, new Set(['horizontalpodautoscalers'])) && first === 'spec' && third === undefined) {
    return second === 'minReplicas' || second === 'maxReplicas';
  }
  return isOneOf(kind, new Set(['configmaps'])) && first === 'data';
}

const admission = /^(?:pod-security\.kubernetes\.io\/|.*admission)/;
/** Where most kinds hold a pod template, as text before `spec/`. A pod is one itself. */
const inPodSpec = /^(?:spec\/template\/|spec\/jobTemplate\/spec\/template\/)?spec\/(.*)$/;
const guarded = [
  /^(serviceAccountName|serviceAccount|automountServiceAccountToken|hostNetwork|hostPID|hostIPC|hostUsers)(?:\/|$)/,
  /^securityContext\/(?:windowsOptions\/)?(hostProcess|seccompProfile|appArmorProfile)(?:\/|$)/,
  /^volumes\/\*\/(hostPath)(?:\/|$)/,
  /^(?:initContainers|containers|ephemeralContainers)\/\*\/securityContext\/(?:windowsOptions\/)?(privileged|allowPrivilegeEscalation|capabilities|procMount|seccompProfile|appArmorProfile|hostProcess)(?:\/|$)/,
];

function neverChanged({ target }: PatchAction<Template>, path: Path): readonly string[] {
  const [first, second] = path;
  if (target.resource === 'namespaces' && first === 'metadata' && second === 'labels') {
    return admission.test(path.slice(2).join('/')) ? [`the label ${path.slice(2).join('/')}`] : [];
  }
  const inside = inPodSpec.exec(path.join('/'))?.[1];
  if (inside === undefined) return [];
  return guarded.flatMap((field) => field.exec(inside)?.[1] ?? []);
}
