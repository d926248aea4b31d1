/** Blocks of lines that the descriptions of several kinds share, in the words of kubectl 1.34. Pure. */
import type { Json } from '../../../domain/json.ts';
import { maskText, maskValue } from '../../../domain/masking.ts';
import { at, isRecord, listAt, numberAt, recordAt, textAt, textsAt } from '../live.ts';
import { ageOf } from './ages.ts';
import { goSort } from './go-sort.ts';
import { alignTabs, describeStops } from './tabwriter.ts';

/** A text, or why there is none. */
export type Description = { readonly text: string } | { readonly problem: string };

/** Undefined: they are not shown. */
export type Events = readonly Json[] | undefined;

/** The length of an annotation's line from which on it is wrapped and cut. */
const annotationMax = 140;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Lines whose cells are apart by tabs, aligned, with the events below, unless the kind shows none. */
export function describedText(body: readonly string[], events: readonly Json[] | undefined, now: number): Description {
  const lines = events?.length === 0 ? [...body, 'Events:\t<none>'] : body;
  const text = alignTabs(`${lines.join('\n')}\n`, describeStops);
  // kubectl flushes its columns before the events.
  return { text: escapeTerminal(events === undefined || events.length === 0 ? text : text + eventLines(events, now)) };
}

export function labelLines(title: string, texts: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(texts).sort();
  if (keys.length === 0) return [`${title}:\t<none>`];
  return keys.map((key, index) => `${index === 0 ? `${title}:` : ''}\t${key}=${texts[key] ?? ''}`);
}

export function annotationLines(title: string, texts: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(texts)
    .filter((key) => key !== lastApplied)
    .sort();
  if (keys.length === 0) return [`${title}:\t<none>`];
  return keys.flatMap((key, index) => {
    const lead = `${index === 0 ? `${title}:` : ''}\t`;
    const raw = (texts[key] ?? '').replace(/\n$/, '');
    const value = maskValue(key, raw);
    if (value.length + key.length + 2 <= annotationMax && !value.includes('\n')) return [`${lead}${key}: ${value}`];
    const lines = value.split('\n');
    return [
      `${lead}${key}:`,
      ...lines.map(
        (line) => `\t  ${line.length > annotationMax - 2 ? `${line.slice(0, annotationMax - 2)}...` : line}`,
      ),
    ];
  });
}

export function tolerationLines(title: string, all: readonly Json[]): string[] {
  if (all.length === 0) return [`${title}:\t<none>`];
  const key = (one: Json): string => textAt(one, 'key') ?? '';
  const sorted = goSort(all, (a, b) => key(a) < key(b));
  return sorted.map((one, index) => {
    const value = textAt(one, 'value') ?? '';
    const effect = textAt(one, 'effect') ?? '';
    const seconds = numberAt(one, 'tolerationSeconds');
    let text = key(one);
    if (value !== '') text += `=${value}`;
    if (effect !== '') text += `:${effect}`;
    if (textAt(one, 'operator') === 'Exists' && value === '')
      text += key(one) !== '' || effect !== '' ? ' op=Exists' : 'op=Exists';
    if (seconds !== undefined) text += ` for ${seconds}s`;
    return `${index === 0 ? `${title}:` : ''}\t${text}`;
  });
}

/** `indent` is repeated before each further line. */
export function spreadLines(indent: string, all: readonly Json[]): string[] {
  const key = (one: Json): string => textAt(one, 'topologyKey') ?? '';
  return goSort(all, (a, b) => key(a) < key(b)).map((one, index) => {
    const lead = index === 0 ? `${indent}Topology Spread Constraints:` : indent;
    const selector = recordAt(one, 'labelSelector');
    const terms = Object.entries(textsAt(selector, 'matchLabels'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`);
    for (const expression of listAt(selector, 'matchExpressions')) terms.push(expressionText(expression));
    const chosen = at(one, 'labelSelector') === undefined ? '' : ` for selector ${terms.join(',') || '<none>'}`;
    return `${lead}\t${key(one)}:${textAt(one, 'whenUnsatisfiable') ?? ''} when max skew ${numberAt(one, 'maxSkew') ?? 0} is exceeded${chosen}`;
  });
}

function expressionText(expression: Json): string {
  const key = textAt(expression, 'key') ?? '';
  const operator = textAt(expression, 'operator') ?? '';
  const values = listAt(expression, 'values').map(String).sort().join(',');
  if (operator === 'Exists') return key;
  return operator === 'DoesNotExist' ? `!${key}` : `${key} ${operator === 'In' ? 'in' : 'notin'} (${values})`;
}

/** `5m`, or `5s (x3 over 5m)` for one that was seen again. */
export function eventAge(event: Json, now: number): string {
  const first = ageOf(textAt(event, 'eventTime') ?? textAt(event, 'firstTimestamp'), now);
  const count = numberAt(event, 'count') ?? 0;
  const series = at(event, 'series');
  if (isRecord(series)) {
    return `${ageOf(textAt(series, 'lastObservedTime'), now)} (x${numberAt(series, 'count') ?? 0} over ${first})`;
  }
  return count > 1 ? `${ageOf(textAt(event, 'lastTimestamp'), now)} (x${count} over ${first})` : first;
}

function eventLines(events: readonly Json[], now: number): string {
  const time = (event: Json): number => Date.parse(textAt(event, 'lastTimestamp') ?? '') || 0;
  const lines = goSort(events, (a, b) => time(a) < time(b)).map((event) => {
    const source = textAt(event, 'source', 'component') || (textAt(event, 'reportingComponent') ?? '');
    const message = maskText((textAt(event, 'message') ?? '').trim());
    return `  ${textAt(event, 'type') ?? ''}\t${textAt(event, 'reason') ?? ''}\t${eventAge(event, now)}\t${source}\t${message}`;
  });
  const head = ['Events:', '  Type\tReason\tAge\tFrom\tMessage', '  ----\t------\t----\t----\t-------'];
  return alignTabs(`${[...head, ...lines].join('\n')}\n`, describeStops);
}

export const escapeTerminal = (text: string): string => text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r');
