/**
 * Which groupKey Alertmanager gives a group. Its API does not say, but its status shows the configuration it runs with,
 * matchers already in the form of the key.
 *
 *   groupKey = matchers of each route from the root, joined by `/`, then `:` and the group's labels
 *   `{}/{severity="critical"}:{alertname="HighErrorRate", namespace="shop"}`
 *
 * Source: Alertmanager's dispatch package (Route.Key, Route.Match, getGroupLabels) and Prometheus' model package
 * (LabelSet.String).
 */
import { RE2JS } from 're2js';
import { parse } from 'yaml';
import { z } from 'zod';

type Labels = Readonly<Record<string, string>>;

const Strings = z.record(z.string(), z.string());
const RouteConfig = z.object({
  receiver: z.string().nullish(),
  group_by: z.array(z.string()).nullish(),
  matchers: z.array(z.string()).nullish(),
  match: Strings.nullish(),
  match_re: Strings.nullish(),
  continue: z.boolean().nullish(),
  get routes() {
    return z.array(RouteConfig).nullish();
  },
});
type RouteConfig = z.infer<typeof RouteConfig>;

type Matcher = { readonly name: string; readonly value: string; readonly type: '=' | '!=' | '=~' | '!~' };

type Route = {
  readonly key: string;
  readonly receiver: string;
  /** `all`: by every label. */
  readonly groupBy: readonly string[] | 'all';
  readonly matches: (labels: Labels) => boolean;
  readonly goesOn: boolean;
  readonly routes: readonly Route[];
};

/** Undefined: it is not a configuration that this understands. */
export function parseRoutes(configuration: string): Route | undefined {
  try {
    const { route } = z.object({ route: RouteConfig }).parse(parse(configuration, { maxAliasCount: 0 }));
    return routeFrom(route, undefined);
  } catch {
    return undefined;
  }
}

/** Every groupKey that the group may have: of two routes with one receiver and the same labels it is either. */
export function groupKeysOf(
  root: Route,
  group: { readonly receiver: string; readonly labels: Labels; readonly alert: Labels },
): readonly string[] {
  const text = labelsText(group.labels);
  const routes = reached(root, group.alert).filter(
    ({ receiver, groupBy }) =>
      receiver === group.receiver && sameLabels(groupLabels(groupBy, group.alert), group.labels),
  );
  return [...new Set(routes.flatMap(({ key }) => text.map((labels) => `${key}:${labels}`)))];
}

function routeFrom(config: RouteConfig, parent: Route | undefined): Route {
  const matchers = matchersOf(config);
  const tests = matchers.map(testOf);
  const own = {
    key: `${parent ? `${parent.key}/` : ''}{${matchers.map(matcherText).join(',')}}`,
    receiver: config.receiver || (parent?.receiver ?? ''),
    groupBy: groupByOf(config) ?? parent?.groupBy ?? [],
    matches: (labels: Labels) => tests.every((test) => test(labels)),
    goesOn: config.continue ?? false,
  };
  const inherited = { ...own, routes: [] };
  return { ...own, routes: (config.routes ?? []).map((child) => routeFrom(child, inherited)) };
}

const groupByOf = ({ group_by: names }: RouteConfig): Route['groupBy'] | undefined =>
  names?.includes('...') ? 'all' : (names ?? undefined);

function matchersOf(config: RouteConfig): Matcher[] {
  const equal = Object.entries(config.match ?? {}).map(([name, value]) => ({ name, value, type: '=' }) as const);
  const like = Object.entries(config.match_re ?? {}).map(
    ([name, value]) => ({ name, value: `^(?:${value})$`, type: '=~' }) as const,
  );
  const order = ['=', '!=', '=~', '!~'];
  return [...equal, ...like, ...(config.matchers ?? []).map(parseMatcher)].toSorted(
    (a, b) => compare(a.name, b.name) || compare(a.value, b.value) || order.indexOf(a.type) - order.indexOf(b.type),
  );
}

/** As Alertmanager prints it. Throws on names that it puts in quotes. */
function parseMatcher(text: string): Matcher {
  const [, name, type, value] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"$/s.exec(text) ?? [];
  if (name === undefined || type === undefined || value === undefined) throw new Error('not a matcher');
  const plain = value.replace(/\\(.)/gs, (_, char: string) => (char === 'n' ? '\n' : char));
  // One of the four that the pattern lets through.
  return { name, value: plain, type: type as Matcher['type'] };
}

const matcherText = ({ name, type, value }: Matcher): string =>
  `${name}${type}"${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;

function testOf({ name, type, value }: Matcher): (labels: Labels) => boolean {
  const said = (labels: Labels): string => labels[name] ?? '';
  if (type === '=') return (labels) => said(labels) === value;
  if (type === '!=') return (labels) => said(labels) !== value;
  const pattern = RE2JS.compile(`^(?:${value})$`);
  return (labels) => pattern.matcher(said(labels)).find() === (type === '=~');
}

/** Depth first; the first child that matches ends it unless it says `continue`. A route without such a child is one. */
function reached(route: Route, labels: Labels): readonly Route[] {
  if (!route.matches(labels)) return [];
  const found: Route[] = [];
  for (const child of route.routes) {
    const below = reached(child, labels);
    found.push(...below);
    if (below.length > 0 && !child.goesOn) break;
  }
  return found.length > 0 ? found : [route];
}

const groupLabels = (groupBy: Route['groupBy'], labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => groupBy === 'all' || groupBy.includes(name)));

const sameLabels = (a: Labels, b: Labels): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([name, value]) => b[name] === value);

/** Versions differ: some sort the names, some the finished pairs, in which `=` comes after digits. */
function labelsText(labels: Labels): readonly string[] {
  const entries = Object.entries(labels);
  // Names outside of the old grammar are quoted by some versions and not by others.
  if (entries.some(([name]) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name))) return [];
  const pairs = entries.map(([name, value]) => ({ name, pair: `${name}=${goQuote(value)}` }));
  const byName = pairs.toSorted((a, b) => compare(a.name, b.name)).map(({ pair }) => pair);
  const byPair = pairs.map(({ pair }) => pair).toSorted(compare);
  return [...new Set([byName, byPair].map((sorted) => `{${sorted.join(', ')}}`))];
}

const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const escapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** Go's strconv.Quote. */
function goQuote(text: string): string {
  const quoted = Array.from(text, (char) => {
    const known = escapes[char];
    if (known !== undefined) return known;
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) return char;
    const code = char.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `"${quoted.join('')}"`;
}
