/**
 * Slack's mrkdwn, read into plain data.
 *
 * First come code blocks between triple backticks, then quotes by line, then what stands in a line, from left to
 * right: `<…>`, code spans, emoji, and *bold* _italic_ ~strike~, whose marks must stand at a word's edge and on one
 * line. The text may be anybody's, so that the time it takes grows evenly with its length.
 */
import { angled, withoutEntities } from './angled.ts';
import { emojiNamed } from './emoji.ts';
import { type Inline, merged, type Paragraph, safeAddress } from './prose.ts';

export type MrkdwnOptions = {
  /** Slack makes no links of its own out of bare addresses. */
  readonly verbatim?: boolean;
};

const knownMax = 2_000;
/** The page is drawn with every keystroke, and hardly any text on it changes. */
const known = new Map<string, readonly Paragraph[]>();

/** A whole mrkdwn text. */
export function readMrkdwn(source: string, options: MrkdwnOptions = {}): readonly Paragraph[] {
  const key = `${options.verbatim === true ? 'v' : 'p'}${source}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= knownMax) known.clear();
  const read = readWhole(source, options);
  known.set(key, read);
  return read;
}

function readWhole(source: string, options: MrkdwnOptions): Paragraph[] {
  const pieces = source.split('```');
  return pieces.flatMap((piece, at): Paragraph[] => {
    // An odd piece stands between two fences; one whose second fence is missing is text.
    if (at % 2 === 1 && at < pieces.length - 1) {
      const body = piece.replace(/^\n/, '').replace(/\n$/, '');
      return body === '' ? [] : [{ kind: 'code-block', of: readLiteral(body) }];
    }
    const isUnclosed = at % 2 === 1;
    const before = at > 0 && !isUnclosed ? piece.replace(/^\n/, '') : piece;
    const isLast = at === pieces.length - 1;
    const text = isLast || isUnclosed ? before : before.replace(/\n$/, '');
    return readLines(isUnclosed ? `\`\`\`${text}` : text, options);
  });
}

/** Consecutive lines that begin with `>` are one quote; after `>>>` everything is. */
function readLines(text: string, options: MrkdwnOptions): Paragraph[] {
  const out: Paragraph[] = [];
  let held: { isQuote: boolean; lines: string[] } | undefined;
  const flush = () => {
    if (!held) return;
    const body = held.lines.join('\n');
    if (held.isQuote || body !== '') {
      out.push({ kind: held.isQuote ? 'quote' : 'lines', of: readInline(body, options) });
    }
    held = undefined;
  };
  const lines = text.split('\n');
  for (const [at, line] of lines.entries()) {
    const rest = /^(?:>>>|&gt;&gt;&gt;) ?(.*)$/.exec(line)?.[1];
    if (rest !== undefined) {
      flush();
      held = { isQuote: true, lines: [rest, ...lines.slice(at + 1)] };
      break;
    }
    const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line)?.[1];
    const isQuote = quoted !== undefined;
    if (held?.isQuote !== isQuote) flush();
    held ??= { isQuote, lines: [] };
    held.lines.push(quoted ?? line);
  }
  flush();
  return out;
}

/** Within code: what stands in angle brackets is live, all else is as it is. */
function readLiteral(source: string): Inline[] {
  const out: Inline[] = [];
  let from = 0;
  for (const match of source.matchAll(/<([^<>\n]+)>/g)) {
    const live = angled(match[1] ?? '');
    if (!live) continue;
    out.push({ kind: 'text', text: withoutEntities(source.slice(from, match.index)) }, live);
    from = match.index + match[0].length;
  }
  out.push({ kind: 'text', text: withoutEntities(source.slice(from)) });
  return merged(out);
}

const marks = { '*': 'bold', _: 'italic', '~': 'strike' } as const;
type Mark = keyof typeof marks;
const isMark = (char: string | undefined): char is Mark => char === '*' || char === '_' || char === '~';

const live = {
  angle: /<([^<>\n]+)>/y,
  code: /`([^`\n]+)`/y,
  emoji: /:([a-z0-9_+'-]+):/iy,
  address: /https?:\/\/[^\s<>|]*[^\s<>|.,:;!?'")\]*_~]/iy,
} as const;

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

/** One or several lines without code blocks and quotes. */
export function readInline(
  source: string,
  options: MrkdwnOptions = {},
  within: ReadonlySet<Mark> = new Set(),
): Inline[] {
  const out: Inline[] = [];
  let plain = '';
  /** Up to here it is known that a mark is not closed, so that it is not looked for again. */
  const hopeless: Partial<Record<Mark, number>> = {};
  const push = (part: Inline) => {
    out.push({ kind: 'text', text: withoutEntities(plain) }, part);
    plain = '';
  };
  let at = 0;
  while (at < source.length) {
    const atom = atomAt(source, at, options);
    if (atom) {
      push(atom.part);
      at = atom.end;
      continue;
    }
    const char = source[at];
    if (isMark(char) && !within.has(char) && at >= (hopeless[char] ?? 0) && opens(source, at)) {
      const end = closing(source, at, char);
      if (end.isFound) {
        push({ kind: marks[char], of: readInline(source.slice(at + 1, end.at), options, new Set([...within, char])) });
        at = end.at + 1;
        continue;
      }
      hopeless[char] = end.at;
    }
    plain += char;
    at += 1;
  }
  out.push({ kind: 'text', text: withoutEntities(plain) });
  return merged(out);
}

/** What begins here and is one thing: `<…>`, a code span, an emoji, a bare address. */
function atomAt(source: string, at: number, { verbatim }: MrkdwnOptions): { part: Inline; end: number } | undefined {
  switch (source.charAt(at)) {
    case '<': {
      const match = matchAt(live.angle, source, at);
      const part = match && angled(match[1] ?? '');
      return match && part ? { part, end: at + match[0].length } : undefined;
    }
    case '`': {
      const match = matchAt(live.code, source, at);
      return match ? { part: { kind: 'code', of: readLiteral(match[1] ?? '') }, end: at + match[0].length } : undefined;
    }
    case ':': {
      const match = matchAt(live.emoji, source, at);
      const name = match?.[1] ?? '';
      const characters = emojiNamed(name);
      if (!match || characters === undefined) return undefined;
      return { part: { kind: 'emoji', name, characters }, end: at + match[0].length };
    }
    case 'h':
    case 'H': {
      if (verbatim || isWordy(source[at - 1])) return undefined;
      const match = matchAt(live.address, source, at);
      const href = match ? safeAddress(withoutEntities(match[0])) : undefined;
      if (!match || href === undefined) return undefined;
      const text = withoutEntities(match[0]);
      return { part: { kind: 'link', href, of: [{ kind: 'text', text }] }, end: at + match[0].length };
    }
    default:
      return undefined;
  }
}

const isWordy = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
const isBlank = (char: string | undefined): boolean => char === undefined || /\s/.test(char);

/** A mark opens at a word's edge, before something. */
function opens(source: string, at: number): boolean {
  const next = source[at + 1];
  return !isWordy(source[at - 1]) && source[at - 1] !== source[at] && !isBlank(next) && next !== source[at];
}

/** Where the mark that opens at `from` closes; or the end of its line, up to which nothing closes it. */
function closing(source: string, from: number, mark: Mark): { isFound: boolean; at: number } {
  let at = from + 1;
  while (at < source.length && source[at] !== '\n') {
    const isSpan = source[at] === '<' || source[at] === '`';
    const span = isSpan ? matchAt(source[at] === '<' ? live.angle : live.code, source, at) : null;
    if (span) {
      at += span[0].length;
      continue;
    }
    if (source[at] === mark && !isBlank(source[at - 1]) && !isWordy(source[at + 1]) && source[at + 1] !== mark) {
      return { isFound: true, at };
    }
    at += 1;
  }
  return { isFound: false, at };
}
