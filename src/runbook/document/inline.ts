/** What a paragraph says: plain text, code spans and the bold words it starts with. Linear in its length. */
import type { ContentLine } from './document.ts';

export type CodeSpan = {
  /** The span's content in the source, exactly; offsets are of the document. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly line: number;
};

/** The code spans of a block, in order. A run of back-ticks is closed by the next run of the same length. */
export function codeSpans(source: string, lines: readonly ContentLine[]): CodeSpan[] {
  const first = lines[0];
  const last = lines.at(-1);
  if (!first || !last) return [];
  const end = last.offset + last.text.length;
  if (!lines.some((line) => line.text.includes('`'))) return [];
  const runs: { at: number; width: number }[] = [];
  /** Where HTML comments begin and end; what begins first wins over what it holds. */
  const comments: { at: number; end: number }[] = [];
  for (const match of source.slice(first.offset, end).matchAll(/`+|<!--/g)) {
    const at = first.offset + match.index;
    if (match[0] !== '<!--') runs.push({ at, width: match[0].length });
    else if (at >= (comments.at(-1)?.end ?? 0)) {
      const close = source.indexOf('-->', at + 4);
      if (close !== -1 && close < end) comments.push({ at, end: close + 3 });
    }
  }
  const next = new Map<number, number>();
  const closer: (number | undefined)[] = [];
  for (let index = runs.length - 1; index >= 0; index--) {
    const width = runs[index]?.width ?? 0;
    closer[index] = next.get(width);
    next.set(width, index);
  }
  const spans: CodeSpan[] = [];
  let line = 0;
  let passed = 0;
  let comment = 0;
  for (let index = 0; index < runs.length; index++) {
    const run = runs[index];
    const closing = closer[index];
    const close = closing === undefined ? undefined : runs[closing];
    while ((comments[comment]?.at ?? Number.POSITIVE_INFINITY) < (run?.at ?? 0)) {
      const { at, end: stop } = comments[comment++] ?? { at: 0, end: 0 };
      if (at >= passed) passed = stop;
    }
    if (!run || closing === undefined || !close || run.at < passed) continue;
    let start = run.at + run.width;
    let stop = close.at;
    while (start < stop && /\s/.test(source.charAt(start))) start++;
    while (stop > start && /\s/.test(source.charAt(stop - 1))) stop--;
    while ((lines[line + 1]?.offset ?? Number.POSITIVE_INFINITY) <= start) line++;
    if (stop > start)
      spans.push({ start, end: stop, text: source.slice(start, stop), line: lines[line]?.line ?? first.line });
    index = closing;
    passed = close.at + close.width;
  }
  return spans;
}

/** Text without emphasis marks, code marks, links' addresses and images. */
export function plainText(text: string): string {
  if (!/[*_`[\\]/.test(text)) return text.replace(/\s+/g, ' ').trim();
  return text
    .replace(/!?\[([^[\]]{0,500})\]\([^()\s]{0,500}\)/g, '$1')
    .replace(/\*\*|__|`/g, '')
    .replace(/(^|[\s(])[*_]([^*_\s][^*_]{0,300})[*_](?=$|[\s).,:;!?])/g, '$1$2')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * `**Diagnosis:** rest`, `**Diagnosis**: rest` or `**Diagnosis**`: the bold words that a line starts with.
 * `closed` says whether a colon belongs to it.
 */
export function boldLead(text: string): { label: string; rest: string; colon: boolean } | undefined {
  const match = /^(?:\*\*|__)([^*_][^*]{0,200}?)(?:\*\*|__)\s*(:?)\s*(.*)$/.exec(text);
  if (!match?.[1]) return undefined;
  const inside = match[1].trim();
  const colon = inside.endsWith(':') || match[2] === ':';
  return { label: plainText(inside.replace(/:$/, '')), rest: match[3] ?? '', colon };
}
