/**
 * `<pod-name>` in a command is a value the author leaves open, but to a shell it is a redirection. Placeholders are
 * therefore found before the shell grammar is applied and masked by word characters of the same length, so that
 * positions stay those of the source; nothing is lexed again after they are put back.
 */
import type { Template } from '../../domain/object-reference.ts';

const open = '\uE000';
const fill = '\uE001';
const close = '\uE002';
const reserved = /[\uE000-\uE002]/;
const masks = /\uE000\uE001*\uE002/g;

// `<path/to/…>` is the one with slashes that is common. Not after `<` or a word character (but after a short flag: `-n<namespace>`) and not before a word character:
// `sort <in>out` is two redirections.
const pattern =
  /(?:(?<![<\w])|(?<=\s-[A-Za-z]))<(\/?(?:[Pp]ath|PATH)\/(?:to|TO)\/[\w./-]{1,60}|[A-Za-z][\w.:-]{0,62}(?: [\w.:-]{1,30}){0,5})>(?![>\w&(])/g;

export type Masked = {
  readonly text: string;
  /** The placeholders' names in order of `at`. */
  readonly found: readonly { readonly at: number; readonly name: string }[];
};

/** Undefined when the text holds the mask's own characters. */
export function maskPlaceholders(text: string): Masked | undefined {
  if (reserved.test(text)) return undefined;
  const found: { at: number; name: string }[] = [];
  const masked = text.replace(pattern, (whole, name: string, at: number) => {
    found.push({ at, name: parameterName(name) });
    return open + fill.repeat(whole.length - 2) + close;
  });
  return { text: masked, found };
}

/** Names that people type as `name=value`. */
const parameterName = (text: string): string =>
  text
    .trim()
    .replace(/^\//, '')
    .replaceAll(/[\s/]+/g, '-');

export const hasMask = (text: string): boolean => reserved.test(text);

/** Splits text at its masks; `names` are taken from the front, in order. */
export function unmask(text: string, names: string[]): (string | { parameter: string })[] {
  if (!text.includes(open)) return text === '' ? [] : [text];
  const parts: (string | { parameter: string })[] = [];
  let at = 0;
  for (const match of text.matchAll(masks)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    parts.push({ parameter: names.shift() ?? '' });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}

/** One word that never went through a shell, as the command line gives it. */
export function wordTemplate(word: string): { template: Template; names: string[] } {
  const masked = maskPlaceholders(word);
  if (!masked || masked.found.length === 0) return { template: word, names: [] };
  const names = masked.found.map((each) => each.name);
  return { template: templateOf(unmask(masked.text, [...names])), names };
}

/** Joins neighbouring texts; plain text stays a string. */
export function templateOf(parts: readonly (string | { readonly parameter: string })[]): Template {
  const joined: (string | { readonly parameter: string })[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === 'string' && typeof last === 'string') joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  if (joined.length === 0) return '';
  const only = joined[0];
  return joined.length === 1 && typeof only === 'string' ? only : { template: joined };
}
