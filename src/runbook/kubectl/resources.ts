/** Resource names as kubectl takes them: plural, singular, kind and short names, `type.group`, `type/name`, comma lists. */
import type { ObjectReference, ResourceKind, Template } from '../../domain/object-reference.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { textOf } from './flags.ts';

/** Plural and other names. Source: `kubectl api-resources` of Kubernetes 1.34. */
const known: Readonly<Record<string, readonly string[]>> = {
  pods: ['pod', 'po'],
  services: ['service', 'svc'],
  configmaps: ['configmap', 'cm'],
  secrets: ['secret'],
  namespaces: ['namespace', 'ns'],
  nodes: ['node', 'no'],
  events: ['event', 'ev'],
  endpoints: ['endpoint', 'ep'],
  endpointslices: ['endpointslice'],
  persistentvolumes: ['persistentvolume', 'pv'],
  persistentvolumeclaims: ['persistentvolumeclaim', 'pvc'],
  serviceaccounts: ['serviceaccount', 'sa'],
  resourcequotas: ['resourcequota', 'quota'],
  limitranges: ['limitrange', 'limits'],
  replicationcontrollers: ['replicationcontroller', 'rc'],
  deployments: ['deployment', 'deploy'],
  replicasets: ['replicaset', 'rs'],
  statefulsets: ['statefulset', 'sts'],
  daemonsets: ['daemonset', 'ds'],
  jobs: ['job'],
  cronjobs: ['cronjob', 'cj'],
  horizontalpodautoscalers: ['horizontalpodautoscaler', 'hpa'],
  poddisruptionbudgets: ['poddisruptionbudget', 'pdb'],
  ingresses: ['ingress', 'ing'],
  ingressclasses: ['ingressclass'],
  networkpolicies: ['networkpolicy', 'netpol'],
  storageclasses: ['storageclass', 'sc'],
  volumeattachments: ['volumeattachment'],
  priorityclasses: ['priorityclass', 'pc'],
  leases: ['lease'],
  customresourcedefinitions: ['customresourcedefinition', 'crd', 'crds'],
};

const plural = new Map(
  Object.entries(known).flatMap(([name, others]) => [name, ...others].map((each) => [each, name])),
);

/** kubectl takes these as they are written here; the other names it takes in any case. */
const shortNames = new Set(Object.values(known).flatMap((names) => names.slice(1)));

/** The group and version that these kinds have without either; only where both are sure. */
const stable: ReadonlyMap<string, { readonly group: string; readonly version: string }> = new Map(
  Object.entries({
    '': 'pods services configmaps namespaces nodes events endpoints persistentvolumes persistentvolumeclaims serviceaccounts resourcequotas limitranges replicationcontrollers',
    apps: 'deployments statefulsets daemonsets replicasets',
    batch: 'jobs cronjobs',
    policy: 'poddisruptionbudgets',
    'networking.k8s.io': 'ingresses networkpolicies ingressclasses',
    'storage.k8s.io': 'storageclasses',
  }).flatMap(([group, kinds]) => kinds.split(' ').map((kind) => [kind, { group, version: 'v1' }] as const)),
);

const groups: Readonly<Record<string, string>> = {
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
  horizontalpodautoscalers: 'autoscaling',
};

/** Whether a kind is one of these built-in ones, and not another group's kind of the same name. */
export const isOneOf = (kind: ResourceKind, resources: ReadonlySet<string>): boolean =>
  resources.has(kind.resource) &&
  kind.version === undefined &&
  (kind.group === undefined || kind.group === groups[kind.resource]);

/** Whether a word would be read as a kind of object: `kubectl logs deployment web` reads a pod called `deployment`. */
export const isKnownKind = (word: string): boolean => plural.has(word.toLowerCase());

export const secretsReason =
  'This reads or writes Secrets, which this program never does; do it by hand where you may.';

/** Whether some word of a command means Secret objects: `secret/x`, `secrets`, `cm,secret`, `secret.v1.`. */
export const namesSecrets = (word: string): boolean =>
  word.split(',').some((part) => /^secrets?$/.test((part.split('/')[0] ?? '').split('.')[0]?.toLowerCase() ?? ''));

/** Of a kind that is not built in nobody knows the short names here: what is long and of both cases is none. */
const mayBeShort = (word: string): boolean =>
  plural.has(word.toLowerCase()) ? shortNames.has(word.toLowerCase()) : !/^(?=.*[a-z])\w{6,}$/.test(word);

/** One kind. Kinds that are not built in keep the author's word in lower case; discovery settles them at run time. */
export const kindOf = (word: string): ResourceKind | Refusal =>
  namesSecrets(word) ? refuse('reads-secret', secretsReason) : anyKindOf(word);

/** For what only speaks of a kind: Secrets are not refused. */
export function anyKindOf(word: string): ResourceKind | Refusal {
  const [own = '', ...parts] = word.split('.');
  const type = own.toLowerCase();
  if (type === 'all') {
    return refuse('several-objects', '`all` stands for a list of kinds here; name the kinds that are meant.');
  }
  // `pods.v1.` is the core group: an empty part at the end.
  const written = parts.length > 1 && parts.at(-1) === '' ? parts.slice(0, -1) : parts;
  if (!/^[a-z][a-z0-9-]*$/.test(type) || !written.every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part))) {
    return refuse('malformed', `${quoted(word)} is not the name of a kind of object.`);
  }
  if (own !== type && mayBeShort(own)) {
    return refuse('malformed', `kubectl takes a short name in small letters only; write ${quoted(type)}.`);
  }
  const resource = plural.get(type) ?? type;
  if (parts.length === 0) return { resource };
  const [version = '', ...group] = parts;
  // `deployments.v1.apps`; one part alone is always a group.
  if (group.length === 0 || !/^v\d+(?:(?:alpha|beta)\d+)?$/.test(version)) return { resource, group: parts.join('.') };
  const named = group.join('.');
  const usual = stable.get(resource);
  if (usual?.group === named && usual.version === version) {
    return named === '' ? { resource } : { resource, group: named };
  }
  return { resource, group: named, version };
}

/** `type/name` with a literal type. Undefined: the word has no slash. */
export function splitReference(word: Template): ObjectReference<Template> | Refusal | undefined {
  const [first, ...others] = typeof word === 'string' ? [word] : word.template;
  if (typeof first !== 'string' || !first.includes('/')) {
    return textOf(word).includes('/') ? refuse('unresolved-substitution', unresolvedKind(word)) : undefined;
  }
  const at = first.indexOf('/');
  const kind = kindOf(first.slice(0, at));
  if ('refused' in kind) return kind;
  const head = first.slice(at + 1);
  const parts = [...(head === '' ? [] : [head]), ...others];
  const only = parts[0];
  if (only === undefined) return refuse('malformed', `${quoted(textOf(word))} has no name behind the slash.`);
  return { ...kind, name: parts.length === 1 && typeof only === 'string' ? only : { template: parts } };
}

/** Those of the words that are `type/name`, in their order. */
export function referencesIn(words: readonly Template[]): ObjectReference<Template>[] | Refusal {
  const references: ObjectReference<Template>[] = [];
  for (const word of words) {
    const reference = splitReference(word);
    if (!reference) continue;
    if ('refused' in reference) return reference;
    references.push(reference);
  }
  return references;
}

const unresolvedKind = (word: Template): string =>
  `The kind of object in ${quoted(textOf(word))} is left open; it has to be written out.`;

export const bySelector: Refusal = refuse(
  'several-objects',
  'A selector may find any number of rollouts; name the ones that are meant.',
);

/** The objects of a rollout verb: `type/name…` or `type name…`, all of kinds that the verb takes. */
export function targetsOf(
  words: readonly Template[],
  { verb, kinds }: { verb: string; kinds: ReadonlySet<string> },
): { readonly target: ObjectReference<Template>; readonly also?: readonly ObjectReference<Template>[] } | Refusal {
  const [first, ...names] = words;
  if (first === undefined) {
    return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs an object such as deployment/web.`);
  }
  const references = referencesIn(words);
  if ('refused' in references) return references;
  let targets: readonly ObjectReference<Template>[] = references;
  if (references.length === 0) {
    if (typeof first !== 'string') return refuse('unresolved-substitution', unresolvedKind(first));
    const kind = kindOf(first);
    if ('refused' in kind) return kind;
    targets = names.map((name) => ({ ...kind, name }));
    if (names.length === 0) {
      return refuse(
        'several-objects',
        `${quoted(`kubectl ${verb} ${first}`)} means every ${first} of the namespace; name them.`,
      );
    }
  } else if (references.length < words.length) {
    return refuse('malformed', 'kubectl takes either type/name words or one type and names, not a mixture.');
  }
  const odd = targets.find((each) => !isOneOf(each, kinds));
  if (odd) {
    return refuse('malformed', `${quoted(`kubectl ${verb}`)} is of ${[...kinds].join(', ')}, not of ${odd.resource}.`);
  }
  const [target, ...also] = targets;
  if (target === undefined) return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs an object.`);
  return also.length === 0 ? { target } : { target, also };
}

/** The kinds that kubectl finds a pod for. */
export const withPods: ReadonlySet<string> = new Set([
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'services',
]);
