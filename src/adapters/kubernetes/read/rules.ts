/** Rules of access as kubectl lists them: one line for each resource, its verbs together. */
import type { Json } from '../../../domain/json.ts';
import { listAt } from '../live.ts';
import { alignTabs, tableStops } from './tabwriter.ts';

type Rule = {
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
  verbs: readonly string[];
};

const texts = (rule: Json, field: string): string[] => listAt(rule, field).map(String);

/** Each verb of each resource alone, then the verbs of one resource together. */
export function compactRules(rules: readonly Json[]): readonly Rule[] {
  const paths: Rule[] = [];
  const byResource = new Map<string, Rule>();
  for (const rule of rules) {
    const verbs = texts(rule, 'verbs');
    const names = texts(rule, 'resourceNames');
    for (const group of texts(rule, 'apiGroups')) {
      for (const resource of texts(rule, 'resources')) {
        for (const name of names.length === 0 ? [undefined] : names) {
          const key = JSON.stringify([group, resource, name ?? null]);
          const before = byResource.get(key) ?? {
            groups: [group],
            resources: [resource],
            names: name === undefined ? [] : [name],
            urls: [],
            verbs: [],
          };
          before.verbs = [...new Set([...before.verbs, ...verbs])];
          byResource.set(key, before);
        }
      }
    }
    for (const url of texts(rule, 'nonResourceURLs')) {
      for (const verb of verbs) paths.push({ groups: [], resources: [], names: [], urls: [url], verbs: [verb] });
    }
  }
  // kubectl compares the rules as Go prints them.
  const text = (rule: Rule): string =>
    `Verbs:${list(rule.verbs)},APIGroups:${list(rule.groups)},Resources:${list(rule.resources)},ResourceNames:${list(rule.names)},NonResourceURLs:${list(rule.urls)},`;
  return [...paths, ...byResource.values()]
    .filter(({ verbs }) => verbs.length > 0)
    .sort((a, b) => compare(text(a), text(b)));
}

export const ruleCells = (rule: Rule): string =>
  [resourceText(rule), list(rule.urls), list(rule.names), list(rule.verbs)].join('\t');

export function printRules(rules: readonly Json[], { headers }: { readonly headers: boolean }): string {
  const lines = [
    ...(headers ? ['Resources\tNon-Resource URLs\tResource Names\tVerbs'] : []),
    ...compactRules(rules).map(ruleCells),
  ];
  return lines.length === 0 ? '' : alignTabs(`${lines.join('\n')}\n`, tableStops);
}

const list = (all: readonly string[]): string => `[${all.join(' ')}]`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `deployments.apps/scale` */
function resourceText({ resources: [resource = ''], groups: [group = ''] }: Rule): string {
  const slash = resource.indexOf('/');
  const plural = slash === -1 ? resource : resource.slice(0, slash);
  return `${plural}${group === '' ? '' : `.${group}`}${slash === -1 ? '' : resource.slice(slash)}`;
}
