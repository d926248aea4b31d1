/** From grants to the objects of RBAC, and those as YAML for `kubectl apply -f -` with a comment on each rule. Pure. */
import type { Grant } from './rbac.ts';

/** A ServiceAccount, or a user by the name that the API server knows. */
export type Account =
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'User'; readonly name: string };

export type RoleRule = {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
};

export type PrintedRule = {
  readonly rule: RoleRule;
  /** The steps that need it. */
  readonly places: readonly string[];
  readonly optional?: string;
};

export type Role = {
  readonly kind: 'Role' | 'ClusterRole';
  readonly name: string;
  readonly namespace?: string;
  readonly rules: readonly PrintedRule[];
};

/** One for each namespace, and one for the cluster. */
export function rolesOf(grants: readonly Grant[], account: Account): readonly Role[] {
  const byNamespace = new Map<string | undefined, Grant[]>();
  for (const grant of grants) byNamespace.set(grant.namespace, [...(byNamespace.get(grant.namespace) ?? []), grant]);
  return [...byNamespace].map(([namespace, own]) => {
    const rules = rulesOf(own);
    const name = nameFor(account);
    return namespace === undefined ? { kind: 'ClusterRole', name, rules } : { kind: 'Role', name, namespace, rules };
  });
}

/** Two bots on one cluster do not take each other's roles, and nobody those of others: a user may be called `admin`. */
function nameFor(account: Account): string {
  const isPlain = account.kind === 'User' || account.namespace === account.name;
  const name = isPlain ? account.name : `${account.namespace}-${account.name}`;
  return name.startsWith('firebreak') ? name : `firebreak-${name}`;
}

/** Verbs of one resource for one purpose together, then resources that differ in nothing else. */
function rulesOf(grants: readonly Grant[]): readonly PrintedRule[] {
  const byResource = merge(grants, ({ verb, group, resource, names, url, optional, places }) => [
    group,
    resource,
    names,
    url,
    optional,
    // Whoever reviews a write sees which steps it is for.
    isRead(verb) ? 'read' : placesOf([{ places }]),
  ]).map((same) => ({ ...same, verbs: same.all.map(({ verb }) => verb), places: placesOf(same.all) }));
  const rules = merge(byResource, ({ one, verbs, places }) => [
    one.group,
    one.names,
    one.url === undefined,
    one.optional,
    verbs,
    places,
  ]).map(({ one: { one, verbs, places }, all }): PrintedRule => {
    const resources = all.map((each) => each.one.resource);
    const urls = all.flatMap((each) => each.one.url ?? []);
    const rule: RoleRule =
      urls.length > 0
        ? { nonResourceURLs: urls, verbs }
        : {
            apiGroups: [one.group],
            resources,
            ...(one.names === undefined ? {} : { resourceNames: one.names }),
            verbs,
          };
    return { rule, places, ...(one.optional === undefined ? {} : { optional: one.optional }) };
  });
  return [
    ...rules.filter(({ optional }) => optional === undefined),
    ...rules.filter(({ optional }) => optional !== undefined),
  ];
}

const isRead = (verb: Grant['verb']): boolean => verb === 'get' || verb === 'list';

function merge<T>(all: readonly T[], keyOf: (one: T) => unknown): { readonly one: T; readonly all: readonly T[] }[] {
  const found = new Map<string, { one: T; all: T[] }>();
  for (const one of all) {
    const key = JSON.stringify(keyOf(one));
    const before = found.get(key);
    if (before === undefined) found.set(key, { one, all: [one] });
    else before.all.push(one);
  }
  return [...found.values()];
}

const collator = new Intl.Collator('en', { numeric: true });
const placesOf = (grants: readonly Pick<Grant, 'places'>[]): readonly string[] =>
  [...new Set(grants.flatMap(({ places }) => places))].sort(collator.compare);

/** As JSON of the API, in the order in which they can be applied. */
export function objectsOf(roles: readonly Role[], account: Account): readonly object[] {
  const subject =
    account.kind === 'User'
      ? { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: account.name }
      : { kind: 'ServiceAccount', namespace: account.namespace, name: account.name };
  const { kind, ...metadata } = account;
  return [
    ...(kind === 'ServiceAccount' ? [{ apiVersion: 'v1', kind, metadata }] : []),
    ...roles.flatMap((role) => {
      const own = { name: role.name, ...(role.namespace === undefined ? {} : { namespace: role.namespace }) };
      const apiVersion = 'rbac.authorization.k8s.io/v1';
      return [
        { apiVersion, kind: role.kind, metadata: own, rules: role.rules.map(({ rule }) => rule) },
        {
          apiVersion,
          kind: `${role.kind}Binding`,
          metadata: own,
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.name },
          subjects: [subject],
        },
      ];
    }),
  ];
}

const placesShown = 6;
const lineMax = 118;

/** What each rule is for, in lines of comments. */
function commentOn({ places, optional }: PrintedRule): readonly string[] {
  const more = places.length > placesShown ? ` and ${places.length - placesShown} more` : '';
  const needed = `${shortened(places.slice(0, placesShown)).join(', ')}${more}`;
  return [...(optional === undefined ? [] : wrapped(`Optional, for: ${optional}.`)), ...wrapped(needed)];
}

/** `runbooks/web.md:12, :15` */
function shortened(places: readonly string[]): readonly string[] {
  let last = '';
  return places.map((place) => {
    const at = place.lastIndexOf(':');
    const file = place.slice(0, at);
    const isSame = /^:\d+( \(undo\))?$/.test(place.slice(at)) && file === last;
    last = file;
    return isSame ? place.slice(at) : place;
  });
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < lineMax) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `heading` and `remarks` are lines of comments at the top. */
export function rolesYaml(roles: readonly Role[], account: Account, heading: readonly string[]): string {
  const comments = new Map(roles.flatMap(({ rules }) => rules.map((printed) => [printed.rule, commentOn(printed)])));
  const lines: string[] = heading.flatMap(wrapped).map(comment);
  for (const object of objectsOf(roles, account)) lines.push('---', ...linesOf(object, comments));
  return `${lines.join('\n')}\n`;
}

/** Whatever is in a file's name stays on its line. */
const comment = (text: string): string => `# ${text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?')}`.trimEnd();

type Comments = ReadonlyMap<object, readonly string[]>;

function linesOf(object: object, comments: Comments): readonly string[] {
  return Object.entries(object).flatMap(([key, value]: [string, unknown]): readonly string[] => {
    if (!Array.isArray(value)) return isPlain(value) ? [`${key}: ${flow(value)}`] : [`${key}:`, ...indented(value)];
    const items: unknown[] = value;
    if (items.length === 0) return [`${key}: []`];
    return [
      `${key}:`,
      ...items.flatMap((item) => {
        if (!isObject(item)) return [`  - ${flow(item)}`];
        const [first = '', ...rest] = Object.entries(item).map(([name, inner]) => `${name}: ${flow(inner)}`);
        const about = (comments.get(item) ?? []).map((line) => `  ${comment(line)}`);
        return [...about, `  - ${first}`, ...rest.map((line) => `    ${line}`)];
      }),
    ];
  });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isPlain = (value: unknown): boolean => !isObject(value);
const indented = (value: unknown): readonly string[] =>
  isObject(value) ? Object.entries(value).map(([key, inner]) => `  ${key}: ${flow(inner)}`) : [];

/** A text that YAML could take for something else is quoted; its quotes are JSON's. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'string') return JSON.stringify(value);
  const isWord = /^[a-z][a-z0-9./-]*$/i.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return isWord ? value : JSON.stringify(value);
}
