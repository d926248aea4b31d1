/** From an alert, or from what somebody typed, to procedures. */
import MiniSearch from 'minisearch';
import type { Procedure, Runbook } from '../domain/runbook.ts';
import { slugOf } from './compile.ts';

export type Candidate = { readonly runbook: Runbook; readonly path: string; readonly procedure: Procedure };
/** `exact`: what was typed names it; otherwise it only resembles it. */
export type Found = Candidate & { readonly exact: boolean };

/** Alert or alias → a procedure's id (`INC-004`), or one in a named file (`gpu.md#cuda-out-of-memory`). */
export type ProcedureMap = Readonly<Record<string, string>>;

/**
 * The procedures for an alert: those of the first tier that has any. Tiers: the runbook_url's anchor or last segment,
 * the service's `alerts` map, the alert ids that runbooks name, the title or file name. Several of one tier mean that
 * a person has to choose; none is an empty list.
 */
export function matchProcedures(
  alert: { readonly alertName: string; readonly runbookUrl?: string },
  runbooks: readonly Runbook[],
  alerts: ProcedureMap = {},
): Candidate[] {
  const all = candidatesOf(runbooks);
  const mapped = Object.hasOwn(alerts, alert.alertName) ? alerts[alert.alertName] : undefined;
  const key = squash(alert.alertName);
  const tiers = [
    () => (alert.runbookUrl === undefined ? [] : byUrl(alert.runbookUrl, all)),
    () => (mapped === undefined ? [] : byReference(mapped, all)),
    () => all.filter(({ procedure }) => procedure.alerts.includes(alert.alertName)),
    () => all.filter(({ procedure }) => procedure.alerts.some((name) => squash(name) === key)),
    () => all.filter(({ procedure }) => key !== '' && titleKeys(procedure).includes(key)),
    () => all.filter(({ path }) => key !== '' && squash(fileName(path)) === key),
  ];
  for (const tier of tiers) {
    const found = tier();
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * What `/runbook …` means, best first: an alias, an id or slug, an alert's name, then a fuzzy search over ids, titles,
 * alerts and step labels. An exact answer comes alone unless it is ambiguous.
 */
export function searchProcedures(query: string, runbooks: readonly Runbook[], aliases: ProcedureMap = {}): Found[] {
  const found = findExact(query, runbooks, aliases);
  const exact = found.length > 0;
  return (exact ? found : fuzzy(query.trim(), candidatesOf(runbooks))).map((candidate) => ({ ...candidate, exact }));
}

function findExact(query: string, runbooks: readonly Runbook[], aliases: ProcedureMap): Candidate[] {
  const asked = query.trim();
  const all = candidatesOf(runbooks);
  if (asked === '') return [];
  const alias = Object.keys(aliases).find((name) => name.toLowerCase() === asked.toLowerCase());
  const aliased = alias === undefined ? [] : byReference(aliases[alias] ?? '', all);
  if (aliased.length > 0) return aliased;
  const exact = byReference(asked, all);
  if (exact.length > 0) return exact;
  const key = squash(asked);
  const named = all.filter(
    ({ procedure }) =>
      key !== '' && (titleKeys(procedure).includes(key) || procedure.alerts.some((name) => squash(name) === key)),
  );
  return named;
}

/** What one list of choices can show. */
const candidatesMax = 10;

function fuzzy(query: string, all: readonly Candidate[]): Candidate[] {
  const search = new MiniSearch<{ id: number } & Record<'code' | 'title' | 'alerts' | 'labels', string>>({
    fields: ['code', 'title', 'alerts', 'labels'],
    // Two letters that changed places are two edits.
    searchOptions: {
      boost: { title: 4, alerts: 4, code: 3 },
      fuzzy: (term) => (term.length > 5 ? 0.3 : 0.2),
      prefix: true,
    },
  });
  search.addAll(
    all.map(({ procedure }, id) => ({
      id,
      code: procedure.id,
      title: procedure.title,
      // `HighErrorRate` is found by `error rate`.
      alerts: procedure.alerts.flatMap((name) => [name, name.replace(/([a-z0-9])([A-Z])/g, '$1 $2')]).join(' '),
      labels: procedure.steps.map(({ label }) => label).join(' '),
    })),
  );
  const strict = search.search(query, { combineWith: 'AND' });
  const results = strict.length > 0 ? strict : search.search(query);
  // The ids are indexes given above.
  return results.slice(0, candidatesMax).flatMap(({ id }) => all[Number(id)] ?? []);
}

const candidatesOf = (runbooks: readonly Runbook[]): Candidate[] =>
  runbooks.flatMap((runbook) => runbook.procedures.map((procedure) => ({ runbook, path: runbook.path, procedure })));

/** `INC-004`, `cuda-out-of-memory`, `gpu.md#cuda-out-of-memory` or `runbooks/gpu.md#…`. */
function byReference(reference: string, all: readonly Candidate[]): Candidate[] {
  const hash = reference.lastIndexOf('#');
  const file = hash === -1 ? undefined : reference.slice(0, hash);
  const id = reference.slice(hash + 1).toLowerCase();
  const inFile = all.filter(
    ({ path }) => file === undefined || file === '' || path === file || path.endsWith(`/${file}`),
  );
  const exact = inFile.filter(({ procedure }) => procedure.id.toLowerCase() === id);
  return exact.length > 0 ? exact : inFile.filter(({ procedure }) => slugs(procedure).includes(id));
}

function byUrl(url: string, all: readonly Candidate[]): Candidate[] {
  const [address = '', anchor] = url.split('#', 2);
  const segment = address.split('?', 1)[0]?.replace(/\/+$/, '').split('/').at(-1) ?? '';
  if (anchor) {
    const found = byReference(decoded(anchor), all);
    const inFile = found.filter(({ path }) => fileName(path).toLowerCase() === fileName(segment).toLowerCase());
    if (found.length > 0) return inFile.length > 0 ? inFile : found;
  }
  if (segment === '') return [];
  const name = decoded(segment);
  const found = byReference(fileName(name), all);
  if (found.length > 0) return found;
  const alert = squash(fileName(name));
  const alerted = all.filter(({ procedure }) => procedure.alerts.some((each) => squash(each) === alert));
  if (alerted.length > 0) return alerted;
  return all.filter(({ path }) => alert !== '' && squash(fileName(path)) === alert);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const fileName = (path: string): string =>
  (path.split('/').at(-1) ?? path).replace(/\.(?:md|markdown|txt|html?)$/i, '');

/** `HDC_HighErrorRate`, `High Error Rate` and `high-error-rate` alike, but not what stands around them. */
const squash = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/** The title, and the title behind the author's id. */
const titlesOf = ({ title }: Procedure): string[] => [
  title,
  title.replace(/^[A-Z][A-Z0-9]{1,15}-\d{1,6}\s*[:.–-]?\s*/, ''),
  title.replace(/\s*\([^()]*\)\s*/g, ' ').trim(),
];
const titleKeys = (procedure: Procedure): string[] => titlesOf(procedure).map(squash);
const slugs = (procedure: Procedure): string[] => titlesOf(procedure).map(slugOf);
