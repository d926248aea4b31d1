/**
 * The least that the bot's account needs on one cluster: from the compiled steps of its services to grants. Pure.
 *
 *   steps → what they ask of the API server (rights.ts) → where: within the service's namespaces, as the program itself
 *   keeps to (what it refuses needs no right) → one grant for each right and place, with the steps that need it
 */
import type { ResourceKind } from '../../domain/object-reference.ts';
import type { ActionStep } from '../../domain/runbook.ts';
import { type Asking, askingsOf } from './rights.ts';
import { clusterScopedKinds, isBuiltIn, type NeededRight } from './rights-kinds.ts';

export type ServiceSteps = {
  /** The first is for actions that name none. */
  readonly namespaces: readonly string[];
  readonly steps: readonly { readonly place: string; readonly step: Pick<ActionStep, 'action' | 'parameters'> }[];
};

export type Reach = {
  readonly protectedNamespaces: readonly string[];
  /** Kinds that plans may change although they belong to no namespace. */
  readonly clusterScoped: readonly string[];
  /** Whom the bot acts for: `impersonate` of a cluster. No users: anybody. */
  readonly impersonates?: { readonly users: readonly string[]; readonly groups: readonly string[] };
  /** What the cluster's discovery says of a kind that is not built in; absent: it was not asked. */
  readonly kindOf?: (kind: ResourceKind) => KnownKind | undefined;
};
export type KnownKind = { readonly resource: string; readonly group: string; readonly namespaced: boolean };

export type Grant = {
  readonly verb: NeededRight['verb'] | 'impersonate';
  readonly resource: string;
  readonly group: string;
  /** Absent: the whole cluster. */
  readonly namespace?: string;
  readonly names?: readonly string[];
  readonly url?: string;
  /** What stays unknown without it. Absent: the steps fail. */
  readonly optional?: string;
  /** `runbooks/web.md:12`, `… (undo)`; or what it is for. */
  readonly places: readonly string[];
};

/** A step that got none of its rights, or not all, and why. */
export type Remark = { readonly place: string; readonly text: string };

export type Grants = {
  readonly grants: readonly Grant[];
  /** The program refuses these steps whatever the account may do. */
  readonly refused: readonly Remark[];
  /** Nobody knows here what their kinds are called at the API server. */
  readonly uncovered: readonly Remark[];
};

export function grantsFor(services: readonly ServiceSteps[], reach: Reach): Grants {
  const found = new Map<string, Grant>();
  const refused = new Map<string, Remark>();
  const uncovered = new Map<string, Remark>();
  const remark = (into: Map<string, Remark>, place: string, text: string): void => {
    into.set(`${place}\0${text}`, { place, text });
  };
  for (const grant of always(reach)) add(found, grant);
  for (const { namespaces, steps } of services) {
    for (const { place, step } of steps) {
      for (const asking of askingsOf(step)) {
        const settled = asking.rights.map((right) => settle(right, reach));
        for (const one of settled) if ('unknown' in one) remark(uncovered, place, one.unknown);
        const known = settled.flatMap((one) => ('unknown' in one ? [] : [one]));
        const placed = known.map((right) => placeOf(right, { asking, namespaces, reach }));
        const why = placed.flatMap((one) => ('refused' in one ? [one.refused] : []));
        for (const text of why) remark(refused, place, text);
        // Nobody approves half of a command.
        if (asking.changes && why.length > 0) continue;
        for (const [index, one] of placed.entries()) {
          const right = known[index];
          if ('refused' in one || right === undefined) continue;
          const places = [right.undo === true ? `${place} (undo)` : place];
          for (const at of one.at) add(found, { ...grantOf(right), ...at, places });
        }
      }
    }
  }
  return {
    grants: [...found.values()].sort(byPlace),
    refused: [...refused.values()],
    uncovered: [...uncovered.values()],
  };
}

/** What the program asks whatever the runbooks say. */
function always({ impersonates }: Reach): readonly Grant[] {
  const identity: Grant = {
    verb: 'get',
    resource: 'namespaces',
    group: '',
    names: ['kube-system'],
    places: ['every plan: the uid of kube-system says which cluster this is'],
  };
  if (impersonates === undefined) return [identity];
  const places = ['impersonate in firebreak.yaml: approved changes are made in the name of who approved them'];
  const of = (resource: string, names: readonly string[]): Grant => ({
    verb: 'impersonate',
    resource,
    group: '',
    ...(names.length === 0 ? {} : { names }),
    places,
  });
  const { users, groups } = impersonates;
  return [identity, of('users', users), ...(groups.length === 0 ? [] : [of('groups', groups)])];
}

type Settled = NeededRight & { readonly group: string; readonly namespaced: boolean };

/** With the group and the scope of its kind. */
function settle(right: NeededRight, { kindOf }: Reach): Settled | { readonly unknown: string } {
  const { group, resource } = right;
  const [kind = '', subresource] = resource.split('/');
  if (group !== undefined && (right.url !== undefined || isBuiltIn({ resource, group }))) {
    return {
      ...right,
      group,
      namespaced: right.own === true || (right.url === undefined && !clusterScopedKinds.has(kind)),
    };
  }
  const known = kindOf?.({ resource: kind, ...(group === undefined ? {} : { group }) });
  if (known !== undefined) {
    const plural = subresource === undefined ? known.resource : `${known.resource}/${subresource}`;
    return { ...right, resource: plural, group: known.group, namespaced: known.namespaced };
  }
  const written = group === undefined ? kind : `${kind}.${group}`;
  return {
    unknown:
      kindOf === undefined
        ? `${written} is no kind of Kubernetes itself; its rights are not in here. Name a cluster that has it with --kubeconfig`
        : `the cluster has no resource type ${written}; its rights are not in here`,
  };
}

type Place = Pick<Grant, 'namespace' | 'names'>;

/** Where a right is needed, or why the program refuses the step there. */
function placeOf(
  { verb, resource, namespace, within, namespaced, url }: Settled,
  { asking, namespaces, reach }: { asking: Asking; namespaces: readonly string[]; reach: Reach },
): { readonly at: readonly Place[] } | { readonly refused: string } {
  const { changes } = asking;
  if (url !== undefined) return { at: [{}] };
  if (!namespaced) {
    const writes = changes && (verb === 'create' || verb === 'patch' || verb === 'delete');
    if (writes && !reach.clusterScoped.includes(resource)) {
      return { refused: `policy.clusterScoped allows no changes of ${resource}` };
    }
    // A service changes no other namespace than its own. Who makes one cannot be kept to a name by RBAC.
    return { at: [writes && resource === 'namespaces' && verb !== 'create' ? { names: namespaces } : {}] };
  }
  if (within !== undefined) return { at: [within === '*' ? {} : { namespace: within }] };
  if (namespace === '*') return { refused: 'it asks for all namespaces, which no service may' };
  if (namespace !== undefined && namespace !== '?' && !namespaces.includes(namespace)) {
    return { refused: `namespace ${namespace} is not one of its service's` };
  }
  const [first = 'default'] = namespaces;
  const wanted = namespace === '?' ? namespaces : [namespace ?? first];
  const open = changes ? wanted.filter((one) => !reach.protectedNamespaces.includes(one)) : wanted;
  return open.length === 0
    ? { refused: `namespace ${wanted.join(', ')} is protected by the policy` }
    : { at: open.map((one) => ({ namespace: one })) };
}

const grantOf = ({ verb, resource, group, name, url, optional }: Settled): Omit<Grant, 'places'> => ({
  verb,
  resource,
  group,
  ...(name === undefined ? {} : { names: [name] }),
  ...(url === undefined ? {} : { url }),
  ...(optional === undefined ? {} : { optional }),
});

/** What one step can do without and another cannot is needed. */
function add(found: Map<string, Grant>, grant: Grant): void {
  const { verb, resource, group, namespace, names, url } = grant;
  const key = JSON.stringify([namespace ?? null, group, resource, names ?? null, url ?? null, verb]);
  const before = found.get(key);
  if (before === undefined) {
    found.set(key, grant);
    return;
  }
  const { optional: _, ...merged } = { ...before, places: [...new Set([...before.places, ...grant.places])] };
  const both = before.optional !== undefined && grant.optional !== undefined;
  const reasons = both ? [...new Set([...before.optional.split('; '), ...grant.optional.split('; ')])].sort() : [];
  found.set(key, both ? { ...merged, optional: reasons.join('; ') } : merged);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const verbs: readonly Grant['verb'][] = ['get', 'list', 'create', 'patch', 'delete', 'impersonate'];

/** The whole cluster first; the order does not depend on that of the files. */
function byPlace(a: Grant, b: Grant): number {
  return (
    compare(a.namespace ?? '', b.namespace ?? '') ||
    compare(a.group, b.group) ||
    compare(a.resource, b.resource) ||
    compare(a.names?.join() ?? '', b.names?.join() ?? '') ||
    compare(a.url ?? '', b.url ?? '') ||
    verbs.indexOf(a.verb) - verbs.indexOf(b.verb)
  );
}
