/**
 * The block structure of a Markdown file, line by line, with the exact place of everything in the source.
 *
 * Written here and not taken from a library for one reason: a runbook may hold any bytes up to 1 MiB and must
 * compile in linear time, and the Markdown libraries at hand need quadratic time for `> > > …` and for back-tick
 * runs of many lengths. The rules are CommonMark's ("Blocks and inlines"); test/runbook/document/document.test.ts compares
 * headings and fences with a CommonMark library. Besides CommonMark, a head of YAML or TOML at the top is passed over.
 * Left out because no unit can be in them: link definitions and HTML blocks other than comments.
 */

/** One line of content: what is left after block quote marks and indentation. */
export type ContentLine = {
  /** 1-based. */
  readonly line: number;
  /** Where `text` starts in the source, in UTF-16 code units. */
  readonly offset: number;
  readonly text: string;
};

type Place = { readonly line: number; readonly endLine: number };

export type Block =
  | (Place & { readonly kind: 'heading'; readonly depth: number; readonly text: string })
  | (Place & {
      readonly kind: 'fence';
      readonly language: string;
      readonly lines: readonly ContentLine[];
      readonly item?: Item;
      /** Code by four columns of indentation, and no fence. */
      readonly indented?: true;
    })
  | (Place & {
      readonly kind: 'paragraph';
      readonly lines: readonly ContentLine[];
      readonly item?: Item;
      readonly opensItem?: true;
    });

/** The list item that a block stands in. Its first paragraph is the author's lead-in. */
export type Item = {
  readonly line: number;
  readonly checkbox: boolean;
  readonly parent?: Item;
  lead?: readonly ContentLine[];
};

type Container = { readonly kind: 'quote' } | { readonly kind: 'item'; readonly width: number; readonly item: Item };

/** Deeper nesting than this is read as text: it keeps the cost of a line bounded. */
const depthMax = 24;

const fencePattern = /^(`{3,}|~{3,})[ \t]*(.*)$/;
const headingPattern = /^(#{1,6})(?:[ \t]+(.*))?$/;
const bulletPattern = /^([-+*]|\d{1,9}[.)])([ \t]+|$)/;
const breakPattern = /^(?:(?:-[ \t]*){3,}|(?:_[ \t]*){3,}|(?:\*[ \t]*){3,})$/;

type OpenFence = {
  readonly mark: string;
  readonly width: number;
  readonly indent: number;
  readonly depth: number;
  readonly language: string;
  readonly line: number;
  readonly lines: ContentLine[];
};

type OpenCode = { readonly lines: ContentLine[]; readonly blanks: ContentLine[] };

type OpenParagraph = { readonly lines: ContentLine[]; readonly depth: number; readonly opensItem: boolean };

/** Reads the blocks of a document in source order. Pure; time is linear in the length of the text. */
export function readBlocks(source: string): Block[] {
  const blocks: Block[] = [];
  let containers: Container[] = [];
  let fence: OpenFence | undefined;
  let paragraph: OpenParagraph | undefined;
  let comment = false;
  let code: OpenCode | undefined;
  const headLines = frontMatterLines(source);

  const itemOf = (): Item | undefined => containers.findLast((container) => container.kind === 'item')?.item;
  const inItem = (): { item?: Item } => {
    const item = itemOf();
    return item ? { item } : {};
  };
  const closeParagraph = (): void => {
    const first = paragraph?.lines[0];
    const last = paragraph?.lines.at(-1);
    if (paragraph && first && last) {
      blocks.push({
        kind: 'paragraph',
        line: first.line,
        endLine: last.line,
        lines: paragraph.lines,
        ...inItem(),
        ...(paragraph.opensItem && { opensItem: true as const }),
      });
    }
    paragraph = undefined;
  };
  const closeFence = (endLine: number): void => {
    if (!fence) return;
    const { language, line, lines } = fence;
    blocks.push({ kind: 'fence', language, line, endLine, lines, ...inItem() });
    fence = undefined;
  };

  const closeCode = (): void => {
    const first = code?.lines[0];
    const last = code?.lines.at(-1);
    if (code && first && last) {
      const { lines } = code;
      blocks.push({
        kind: 'fence',
        language: '',
        line: first.line,
        endLine: last.line,
        lines,
        ...inItem(),
        indented: true,
      });
    }
    code = undefined;
  };

  let number = 0;
  for (const { text: raw, offset } of physicalLines(source)) {
    number++;
    if (number <= headLines) continue;
    const cursor = new Cursor(raw);
    let matched = 0;
    while (matched < containers.length && continues(containers[matched], cursor)) matched++;

    if (fence) {
      if (matched >= fence.depth) {
        const rest = cursor.rest();
        if (isClosing(rest, fence)) closeFence(number);
        else {
          cursor.skipBlanks(fence.indent);
          fence.lines.push({ line: number, offset: offset + cursor.at, text: cursor.rest() });
        }
        continue;
      }
      closeFence(number - 1);
    }
    if (comment) {
      comment = !raw.includes('-->');
      continue;
    }

    // Lazy continuation: a paragraph goes on without its container's marks when nothing else starts.
    let fresh = false;
    while (true) {
      const indent = cursor.indent();
      const rest = cursor.rest().trimStart();
      if (rest === '') break;
      if (indent >= 4) break;
      if (containers.length >= depthMax) break;
      if (rest.startsWith('>')) {
        if (!fresh) closeTo(matched);
        fresh = true;
        cursor.skipBlanks(indent);
        cursor.take(1);
        cursor.skipBlanks(1);
        containers.push({ kind: 'quote' });
        matched = containers.length;
        continue;
      }
      const bullet = breakPattern.test(rest) ? null : bulletPattern.exec(rest);
      if (!bullet?.[1]) break;
      const marker = bullet[1];
      const body = rest.slice(bullet[0].length);
      // CommonMark: an empty item, or a number other than 1, does not interrupt a paragraph.
      const interrupts = body !== '' && (!/\d/.test(marker) || /^1[.)]$/.test(marker));
      if (!fresh && paragraph && matched >= paragraph.depth && !interrupts) break;
      if (!fresh) closeTo(matched);
      fresh = true;
      cursor.skipBlanks(indent);
      cursor.take(marker.length);
      const gap = cursor.indent();
      const padding = body === '' || gap > 4 ? 1 : gap;
      cursor.skipBlanks(padding);
      const box = /^\[[ xX]\](?=[ \t])/.test(cursor.rest());
      if (box) cursor.take(4);
      const parent = itemOf();
      const item: Item = { line: number, checkbox: box, ...(parent && { parent }) };
      containers.push({ kind: 'item', width: indent + marker.length + padding, item });
      matched = containers.length;
    }

    const indent = cursor.indent();
    const rest = cursor.rest().trimStart();
    if (rest === '') {
      if (paragraph) closeParagraph();
      code?.blanks.push({ line: number, offset: offset + raw.length, text: '' });
      if (!fresh) containers = containers.slice(0, keepOnBlank(containers, matched));
      continue;
    }
    if (code && !fresh && indent >= 4 && matched >= containers.length) {
      cursor.skipBlanks(4);
      code.lines.push(...code.blanks.splice(0), { line: number, offset: offset + cursor.at, text: cursor.rest() });
      continue;
    }
    const content: ContentLine = { line: number, offset: offset + raw.length - rest.length, text: rest };
    if (indent < 4) {
      const opened = fencePattern.exec(rest);
      if (opened?.[1] && !(opened[1].startsWith('`') && opened[2]?.includes('`'))) {
        if (!fresh) closeTo(matched);
        fence = {
          mark: opened[1].charAt(0),
          width: opened[1].length,
          indent,
          depth: containers.length,
          language:
            (opened[2] ?? '')
              .trim()
              .split(/[\s,{]/)[0]
              ?.toLowerCase() ?? '',
          line: number,
          lines: [],
        };
        continue;
      }
      const heading = headingPattern.exec(rest);
      if (heading?.[1]) {
        if (!fresh) closeTo(matched);
        const text = stripClosingMarks(heading[2] ?? '');
        blocks.push({ kind: 'heading', line: number, endLine: number, depth: heading[1].length, text });
        const body = heading[2] ?? '';
        const at = offset + raw.length - body.length;
        blocks.push(...commandsIn([{ line: number, offset: at, text: body }]));
        continue;
      }
      const first = paragraph?.lines[0];
      if (paragraph && first && matched >= paragraph.depth && /^(?:=+|-+)[ \t]*$/.test(rest)) {
        const text = paragraph.lines.map((line) => line.text.trim()).join(' ');
        blocks.push({ kind: 'heading', line: first.line, endLine: number, depth: rest.startsWith('=') ? 1 : 2, text });
        blocks.push(...commandsIn(paragraph.lines));
        paragraph = undefined;
        continue;
      }
      if (breakPattern.test(rest)) {
        if (!fresh) closeTo(matched);
        continue;
      }
      if (rest.startsWith('<!--')) {
        if (!fresh) closeTo(matched);
        comment = !rest.includes('-->');
        continue;
      }
    }
    if (paragraph && !fresh) {
      paragraph.lines.push(content);
      continue;
    }
    if (!fresh) closeTo(matched);
    if (indent >= 4) {
      cursor.skipBlanks(4);
      code = { lines: [{ line: number, offset: offset + cursor.at, text: cursor.rest() }], blanks: [] };
      continue;
    }
    const last = containers.at(-1);
    const opensItem = last?.kind === 'item' && last.item.lead === undefined;
    paragraph = { lines: [content], depth: containers.length, opensItem };
    if (opensItem && last?.kind === 'item') last.item.lead = paragraph.lines;
  }
  closeParagraph();
  closeCode();
  closeFence(number);
  return blocks;

  function closeTo(depth: number): void {
    closeParagraph();
    closeCode();
    containers = containers.slice(0, depth);
  }
}

/** A heading may hold a whole command; behind it that is a paragraph like any other. */
function commandsIn(lines: readonly ContentLine[]): Block[] {
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last || !lines.some(({ text }) => /`(?:kubectl|oc)\s+[a-z][a-z-]*\s+\S/.test(text))) return [];
  return [{ kind: 'paragraph', line: first.line, endLine: last.line, lines }];
}

/** A blank line keeps list items open (their content may follow) and ends block quotes. */
function keepOnBlank(containers: readonly Container[], matched: number): number {
  return matched < containers.length && containers[matched]?.kind === 'quote' ? matched : containers.length;
}

function continues(container: Container | undefined, cursor: Cursor): boolean {
  if (!container) return false;
  const indent = cursor.indent();
  if (container.kind === 'item') {
    if (indent < container.width && cursor.rest().trim() !== '') return false;
    cursor.skipBlanks(container.width);
    return true;
  }
  if (indent > 3 || !cursor.rest().trimStart().startsWith('>')) return false;
  cursor.skipBlanks(indent);
  cursor.take(1);
  cursor.skipBlanks(1);
  return true;
}

function isClosing(rest: string, fence: OpenFence): boolean {
  const closing = /^ {0,3}(`+|~+)[ \t]*$/.exec(rest)?.[1];
  return closing !== undefined && closing.startsWith(fence.mark) && closing.length >= fence.width;
}

function stripClosingMarks(text: string): string {
  const trimmed = text.trim();
  let end = trimmed.length;
  while (end > 0 && trimmed[end - 1] === '#') end--;
  if (end === 0) return '';
  return end < trimmed.length && /[ \t]/.test(trimmed.charAt(end - 1)) ? trimmed.slice(0, end).trim() : trimmed;
}

/** Walks one line; tabs count as far as the next column that is a multiple of four. */
class Cursor {
  at = 0;
  readonly #text: string;
  #column = 0;

  constructor(text: string) {
    this.#text = text;
  }

  rest(): string {
    return this.#text.slice(this.at);
  }

  take(count: number): void {
    this.at += count;
    this.#column += count;
  }

  /** The width of the blanks ahead, in columns. */
  indent(): number {
    let column = this.#column;
    for (let at = this.at; at < this.#text.length; at++) {
      if (this.#text[at] === ' ') column++;
      else if (this.#text[at] === '\t') column += 4 - (column % 4);
      else break;
    }
    return column - this.#column;
  }

  /** Passes blanks up to that many columns. */
  skipBlanks(columns: number): void {
    const end = this.#column + columns;
    while (this.#column < end) {
      const char = this.#text[this.at];
      if (char === ' ') this.#column++;
      else if (char === '\t') this.#column += 4 - (this.#column % 4);
      else return;
      this.at++;
    }
  }
}

/** The lines of a YAML (`---`) or TOML (`+++`) head, its marks included; 0 without one. */
function frontMatterLines(source: string): number {
  const mark = /^(---|\+\+\+)[ \t]*\r?\n/.exec(source)?.[1];
  if (mark === undefined) return 0;
  let count = 0;
  for (const { text } of physicalLines(source)) {
    count++;
    const line = text.trimEnd();
    if (count > 1 && (line === mark || (mark === '---' && line === '...'))) return count;
    // A rule at the top of a document and another below it are no head: heads hold keys.
    if (count > 1 && !/^(?:[\w"'.-][^:=]*[:=]|[-\s#\]}]|$)/.test(text)) return 0;
  }
  return 0;
}

function* physicalLines(source: string): Generator<{ text: string; offset: number }> {
  let offset = 0;
  // CommonMark, "Characters and lines": a carriage return alone ends a line, too. Only files of old machines use it so.
  const ending = source.includes('\n') ? '\n' : '\r';
  while (offset < source.length) {
    let end = source.indexOf(ending, offset);
    if (end === -1) end = source.length;
    const stop = end > offset && source[end - 1] === '\r' ? end - 1 : end;
    yield { text: source.slice(offset, stop), offset };
    offset = end + 1;
  }
}
