/** Slack's mrkdwn → lines, as its client shows them ("Formatting text for app surfaces" in Slack's documentation). */
import { type Line, type Span, span, type Style } from './text.ts';

export type Reader = {
  /** The handle of a user (`U…`) or user group (`S…`), without `@`. */
  nameOf(id: string): string;
  /** For `{ago}` and "today". */
  readonly now: Date;
};

// The order matters: nothing is read inside of code, and a mention holds `|` and `*` that are no formatting.
const inlineParts =
  /`(?<code>[^`\n]+)`|<(?<live>[^<>\n]+)>|(?<![\w*])\*(?<strong>(?=\S)[^*\n]*[^*\s])\*(?![\w*])|(?<!\w)_(?<emphasis>(?=\S)[^_\n]*[^_\s])_(?!\w)/gu;

export function readMrkdwn(text: string, reader: Reader): Line[] {
  return text.split('```').flatMap((part, at) => {
    const trimmed = part.replace(/^\n|\n$/g, '');
    if (trimmed === '') return [];
    if (at % 2 === 1) return codeLines(trimmed);
    return trimmed.split('\n').map((one) => ({ spans: readInline(one, reader, []) }));
  });
}

const codeLines = (text: string): Line[] =>
  text.split('\n').map((one) => ({ spans: [span('  '), span(unescape(one), 'code')], hang: 4 }));

function readInline(text: string, reader: Reader, styles: readonly Style[]): Span[] {
  const spans: Span[] = [];
  let read = 0;
  for (const match of text.matchAll(inlineParts)) {
    const { code, live, strong, emphasis } = match.groups ?? {};
    spans.push({ text: unescape(text.slice(read, match.index)), styles });
    read = match.index + match[0].length;
    if (code !== undefined) spans.push({ text: unescape(code), styles: [...styles, 'code'] });
    else if (live !== undefined) spans.push(readLive(live, reader, styles));
    else if (strong !== undefined) spans.push(...readInline(strong, reader, [...styles, 'strong']));
    else if (emphasis !== undefined) spans.push(...readInline(emphasis, reader, [...styles, 'emphasis']));
  }
  spans.push({ text: unescape(text.slice(read)), styles });
  return spans.filter(({ text: shown }) => shown !== '');
}

/** `@U…`, `!subteam^S…`, `!date^…`, `#C…|name`, `url|label`. */
function readLive(live: string, reader: Reader, styles: readonly Style[]): Span {
  const [target = '', label] = live.split('|', 2);
  const mention = /^@([UW][A-Z0-9]+)$|^!subteam\^(S[A-Z0-9]+)$/.exec(target);
  const id = mention?.[1] ?? mention?.[2];
  if (id !== undefined) return { text: `@${reader.nameOf(id)}`, styles: [...styles, 'strong'] };
  const date = /^!date\^(\d+)\^([^^]+)/.exec(target);
  if (date) return { text: dateText(Number(date[1]), date[2] ?? '', unescape(label ?? ''), reader.now), styles };
  if (target.startsWith('#')) return { text: `#${label ?? target.slice(1)}`, styles: [...styles, 'link'] };
  if (target.startsWith('!')) return { text: `@${target.slice(1)}`, styles: [...styles, 'strong'] };
  return { text: unescape(label ?? target), styles: [...styles, 'link'] };
}

/** In the reader's own time zone; a token that is not known here makes it Slack's fallback text. */
function dateText(seconds: number, form: string, fallback: string, now: Date): string {
  const at = new Date(seconds * 1_000);
  const clock = at.toTimeString().slice(0, 8);
  const day = at.toDateString() === now.toDateString() ? 'today' : at.toISOString().slice(0, 10);
  const ago = `${Math.max(0, Math.round((now.getTime() - at.getTime()) / 1_000))} s ago`;
  const tokens: Readonly<Record<string, string>> = {
    '{time}': clock.slice(0, 5),
    '{time_secs}': clock,
    '{date_short_pretty}': day,
    '{ago}': ago,
  };
  const text = form.replace(/\{[a-z_]+\}/g, (token) => tokens[token] ?? token);
  return text.includes('{') ? fallback : text;
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
