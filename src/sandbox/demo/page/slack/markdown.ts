/**
 * The `markdown` block: standard Markdown, as far as Slack draws it. Headings, lists, quotes, fences and rules by
 * line; bold, italic, strike, code and links within. Tables and images stay text.
 */
import { type Inline, merged, type Paragraph, safeAddress } from './prose.ts';

type Line = {
  readonly list: { readonly ordered: boolean; readonly start: number; readonly indent: number } | undefined;
};

export function readMarkdown(source: string): Paragraph[] {
  const out: Paragraph[] = [];
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  let held: string[] = [];
  const flush = () => {
    if (held.length > 0) out.push({ kind: 'lines', of: inlineMarkdown(held.join('\n')) });
    held = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^ {0,3}(?:```|~~~)/.test(line)) {
      flush();
      const fence = line.trim().slice(0, 3);
      const from = lines.findIndex((one, place) => place > at && one.trim().startsWith(fence));
      const end = from < 0 ? lines.length : from;
      out.push({ kind: 'code-block', of: [{ kind: 'text', text: lines.slice(at + 1, end).join('\n') }] });
      at = end;
      continue;
    }
    const block = ownLine(line);
    if (block === undefined) {
      if (line.trim() === '') flush();
      else held.push(line);
      continue;
    }
    flush();
    append(out, block);
  }
  flush();
  return out;
}

/** What a line is by its beginning; undefined for one that goes on with its paragraph. */
function ownLine(line: string): Paragraph | undefined {
  const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) return { kind: 'heading', level: heading[1]?.length ?? 1, of: inlineMarkdown(heading[2] ?? '') };
  if (/^ {0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line)) return { kind: 'rule' };
  const quote = /^ {0,3}> ?(.*)$/.exec(line);
  if (quote) return { kind: 'quote', of: inlineMarkdown(quote[1] ?? '') };
  const item = /^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/.exec(line);
  if (!item) return undefined;
  const facts: Line['list'] = {
    ordered: item[2] !== undefined,
    start: Number(item[2] ?? 1),
    indent: Math.min(8, Math.floor((item[1]?.length ?? 0) / 2)),
  };
  return { kind: 'list', ...facts, items: [inlineMarkdown(item[3] ?? '')] };
}

/** Neighbouring items are one list, neighbouring quoted lines one quote. */
function append(out: Paragraph[], block: Paragraph): void {
  const last = out.at(-1);
  if (
    block.kind === 'list' &&
    last?.kind === 'list' &&
    last.ordered === block.ordered &&
    last.indent === block.indent
  ) {
    out[out.length - 1] = { ...last, items: [...last.items, ...block.items] };
  } else if (block.kind === 'quote' && last?.kind === 'quote') {
    out[out.length - 1] = { kind: 'quote', of: merged([...last.of, { kind: 'text', text: '\n' }, ...block.of]) };
  } else {
    out.push(block);
  }
}

const forms: readonly {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => Inline | undefined;
}[] = [
  { pattern: /\\([\\`*_{}[\]()#+.!~>|-])/y, read: ([, char = '']) => ({ kind: 'text', text: char }) },
  { pattern: /`([^`\n]+)`/y, read: ([, text = '']) => ({ kind: 'code', of: [{ kind: 'text', text }] }) },
  {
    pattern: /\*\*(?!\s)([^*\n]{1,2000}?)\*\*/y,
    read: ([, text = '']) => ({ kind: 'bold', of: inlineMarkdown(text) }),
  },
  { pattern: /~~(?!\s)([^~\n]{1,2000}?)~~/y, read: ([, text = '']) => ({ kind: 'strike', of: inlineMarkdown(text) }) },
  {
    pattern: /([*_])(?![\s*_])([^*_\n]{1,2000}?)\1(?![\p{L}\p{N}])/uy,
    read: ([, , text = '']) => ({ kind: 'italic', of: inlineMarkdown(text) }),
  },
  {
    pattern: /\[([^[\]\n]{1,500})\]\(([^()\s]{1,2000})\)/y,
    read: ([, text = '', address = '']) => linkTo(address, text),
  },
];

function linkTo(address: string, text: string): Inline | undefined {
  const href = safeAddress(address);
  return href === undefined ? undefined : { kind: 'link', href, of: [{ kind: 'text', text }] };
}

function inlineMarkdown(source: string): Inline[] {
  const out: Inline[] = [];
  let plain = '';
  for (let at = 0; at < source.length; ) {
    const found = formAt(source, at);
    if (found) {
      out.push({ kind: 'text', text: plain }, found.part);
      plain = '';
      at = found.end;
    } else {
      plain += source[at];
      at += 1;
    }
  }
  return merged([...out, { kind: 'text', text: plain }]);
}

function formAt(source: string, at: number): { part: Inline; end: number } | undefined {
  const char = source[at] ?? '';
  if (!'\\`*_~['.includes(char)) return undefined;
  // In the middle of a word an underscore is part of it.
  if (char === '_' && /[\p{L}\p{N}]/u.test(source[at - 1] ?? '')) return undefined;
  for (const { pattern, read } of forms) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    const end = pattern.lastIndex;
    const part = match ? read(match) : undefined;
    if (part) return { part, end };
  }
  return undefined;
}
