/**
 * Fences that stand four columns in, below a line that opens a box, a tab or a capture: `!!! note`, `??? tip`,
 * `=== "Linux"`, `{% … %}` (Python-Markdown's extensions, Liquid). To CommonMark they are indented code or part of a
 * paragraph, so they are taken out of the blocks afterwards. Without such a line they stay what CommonMark says: its
 * author shows how to write a fence.
 */
import type { Block, ContentLine, Item } from './document.ts';

const owner = /^(?:(?:!!!|\?\?\?\+?)\s|===[!+]?\s+"|\{%)/;
const opening = /^(`{3,}|~{3,})[ \t]*([\w+-]*)[^`]*$/;

/** Longer than any box; it keeps the search for a box's line, and for a fence's end, bounded. */
const boxLinesMax = 300;

type Line = { readonly indent: number; readonly text: string; readonly offset: number };

/** Pure, and linear: every line is looked at a bounded number of times. */
export function withNestedFences(source: string, blocks: readonly Block[]): Block[] {
  if (!/^(?: {4,}|\t+ *)(?:```|~~~)/m.test(source)) return [...blocks];
  const lines = linesOf(source);
  const found: Block[] = [];
  let passed = 0;
  for (const block of blocks) {
    if (block.kind !== 'paragraph' && !(block.kind === 'fence' && block.indented)) {
      found.push(block);
      continue;
    }
    let kept: ContentLine[] = [];
    const keep = (): void => {
      const [first, last] = [kept[0], kept.at(-1)];
      if (first && last) found.push({ ...block, line: first.line, endLine: last.line, lines: kept });
      kept = [];
    };
    for (const line of block.lines) {
      if (line.line <= passed) continue;
      const fence = fenceAt(lines, line.line, block.item);
      if (!fence) {
        kept.push(line);
        continue;
      }
      keep();
      found.push(fence);
      passed = fence.endLine;
    }
    keep();
  }
  return found;
}

/** The whole fence that a line opens; undefined when it opens none, or nobody closes it in its box. */
function fenceAt(lines: readonly Line[], number: number, item: Item | undefined): Block | undefined {
  const first = lines[number - 1];
  const [, mark, language] = (first && opening.exec(first.text)) ?? [];
  if (!first || mark === undefined || language === undefined || first.indent < 4 || !isOwned(lines, number)) {
    return undefined;
  }
  const content: ContentLine[] = [];
  for (let at = number; at < Math.min(lines.length, number + boxLinesMax); at++) {
    const line = lines[at];
    if (!line) return undefined;
    const { indent, text, offset } = line;
    const closes = /^(`{3,}|~{3,})[ \t]*$/.exec(text)?.[1];
    if (closes?.startsWith(mark) && indent <= first.indent + 3 && indent >= 4) {
      const place = { line: number, endLine: at + 1, ...(item && { item }) };
      return { kind: 'fence', language: language.toLowerCase(), lines: content, ...place };
    }
    if (text !== '' && indent < first.indent) return undefined;
    const rest = Math.max(0, indent - first.indent);
    content.push({ line: at + 1, offset: offset - rest, text: text === '' ? '' : `${' '.repeat(rest)}${text}` });
  }
  return undefined;
}

function isOwned(lines: readonly Line[], number: number): boolean {
  const indent = lines[number - 1]?.indent ?? 0;
  for (let at = number - 2; at >= Math.max(0, number - boxLinesMax); at--) {
    const line = lines[at];
    if (line && line.text !== '' && line.indent <= indent - 4) return owner.test(line.text);
  }
  return false;
}

/** Indentation by blanks only; a line with a tab, or in a quote, has none here. */
function linesOf(source: string): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  for (const raw of source.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const text = line.trimStart();
    const indent = line.length - text.length;
    lines.push({
      indent: /^ *$/.test(line.slice(0, indent)) ? indent : 0,
      text: text.trimEnd(),
      offset: offset + indent,
    });
    offset += raw.length + 1;
  }
  return lines;
}
