/** Resource names as kubectl takes them: plural, singular, kind and short names, `type.group`, `type/name`, comma lists. */
import type { ObjectReference, ResourceKind, Template } from '../../domain/action.ts';
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

const groups: Readonly<Record<string, string>> = {
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
  jobs: 'batch',
};

/** Whether a kind is one of these built-in ones, and not another group's kind of the same name. */
export const isOneOf = (kind: ResourceKind, resources: ReadonlySet<string>): boolean =>
  resources.has(kind.resource) && (kind.group === undefined || kind.group === groups[kind.resource]);

/** Whether a word would be read as a kind of object: `kubectl logs deployment web` reads a pod called `deployment`. */
export const isKnownKind = (word: string): boolean => plural.has(word.toLowerCase());

export const secretsReason =
  'This reads or writes Secrets, which this program never does; do it by hand where you may.';

/** Whether some word of a command means Secret objects: `secret/x`, `secrets`, `cm,secret`, `secret.v1.`. */
export const namesSecrets = (word: string): boolean =>
  word.split(',').some((part) => /^secrets?$/.test((part.split('/')[0] ?? '').split('.')[0]?.toLowerCase() ?? ''));

/** One kind. Kinds that are not built in keep the author's word in lower case; discovery settles them at run time. */
export function kindOf(word: string): ResourceKind | Refusal {
  const [type = '', ...group] = word.toLowerCase().split('.');
  if (namesSecrets(word)) return refuse('reads-secret', secretsReason);
  if (type === 'all') {
    return refuse('not-supported-yet', '`all` stands for a list of kinds, which is not compiled yet; name the kinds.');
  }
  if (!/^[a-z][a-z0-9-]*$/.test(type))
    return refuse('malformed', `${quoted(word)} is not the name of a kind of object.`);
  if (group.length > 0) {
    if (/^v\d/.test(group[0] ?? '') || !group.every((part) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part))) {
      return refuse('not-supported-yet', `${quoted(word)} names an API version, which is not compiled yet.`);
    }
    return { resource: plural.get(type) ?? type, group: group.join('.') };
  }
  return { resource: plural.get(type) ?? type };
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

/** One target: `type/name` or `type name`. */
export function targetOf(words: readonly Template[], verb: string): ObjectReference<Template> | Refusal {
  const [first, second, ...more] = words;
  if (first === undefined)
    return refuse('malformed', `${quoted(`kubectl ${verb}`)} needs an object such as deployment/web.`);
  const slashed = splitReference(first);
  if (slashed) {
    if ('refused' in slashed) return slashed;
    if (second === undefined) return slashed;
    return severalTargets(verb);
  }
  if (typeof first !== 'string') return refuse('unresolved-substitution', unresolvedKind(first));
  const kind = kindOf(first);
  if ('refused' in kind) return kind;
  if (second === undefined) {
    return refuse('not-supported-yet', `${quoted(`kubectl ${verb} ${first}`)} means every ${first}; name one object.`);
  }
  return more.length > 0 || textOf(second).includes('/') ? severalTargets(verb) : { ...kind, name: second };
}

const severalTargets = (verb: string): Refusal =>
  refuse(
    'not-supported-yet',
    `${quoted(`kubectl ${verb}`)} of several objects at once is not compiled yet; one at a time.`,
  );
