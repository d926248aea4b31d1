/** The commands and comments of a shell fence, and the queries of a promql fence, with their place in the source. */
import type { Block, ContentLine } from './document/document.ts';
import { isKnownProgram, isPlainProgram } from './programs.ts';
import { readScript, type ShellUnit } from './shell/shell.ts';

export type Fence = Extract<Block, { kind: 'fence' }>;

export type FenceEntry =
  | {
      readonly kind: 'command';
      readonly shape: ShellUnit['shape'];
      readonly source: string;
      readonly line: number;
      readonly endLine: number;
    }
  | { readonly kind: 'query'; readonly source: string; readonly line: number; readonly endLine: number }
  | { readonly kind: 'comment'; readonly text: string; readonly source: string; readonly line: number }
  /** A blank line: what stands above no longer belongs to what follows. */
  | { readonly kind: 'gap' };

const shells = new Set([
  'bash',
  'sh',
  'shell',
  'console',
  'zsh',
  'ksh',
  'shell-session',
  'shellsession',
  'sh-session',
  'shellscript',
  'terminal',
  'command',
]);

/** What a fence holds, in order; nothing for fences of other languages. */
export function fenceEntries(source: string, fence: Fence): FenceEntry[] {
  const kind = fenceKind(fence);
  if (kind === undefined) return [];
  return kind === 'shell' ? shellEntries(source, fence) : promqlEntries(source, fence);
}

/** bash's and zsh's; of zsh's only before a program, as `%` stands before other things, too. */
const prompt = /^\s*(?:\$ |% (?=(?:sudo )?(?:kubectl|oc) ))/;

/** `shell`, `promql`, or undefined for a fence that holds no unit. */
function fenceKind({ language, lines, indented }: Fence): 'shell' | 'promql' | undefined {
  if (shells.has(language)) return 'shell';
  if (language === 'promql') return 'promql';
  if (language !== '' && language !== 'none') return undefined;
  if (/^#!.*sh\b/.test(lines[0]?.text ?? '')) return 'shell';
  const texts = lines.map(({ text }) => text.trim()).filter((text) => text !== '' && !text.startsWith('#'));
  // A script may begin with its variables.
  const [first = ''] = texts.filter((text) => !/^[A-Za-z_]\w*=\S*$/.test(text));
  const program = first.replace(/^[A-Za-z_]\w*="?\$\(\s*/, '').split(/\s/)[0] ?? '';
  if (prompt.test(first)) return 'shell';
  return (indented ? isPlainProgram(program) : isKnownProgram(program)) ? 'shell' : undefined;
}

/** Everything in a shell fence, in order. */
function shellEntries(source: string, fence: Fence): FenceEntry[] {
  const { lines, continuing } = promptsRemoved(fence.lines);
  const starts: number[] = [];
  let length = 0;
  for (const { text } of lines) {
    starts.push(length);
    length += text.length + 1;
  }
  const { units } = readScript(lines.map(({ text }) => text).join('\n'));
  const entries: FenceEntry[] = [];
  let at = 0;
  const passTo = (line: number): void => {
    for (; at < line; at++) pushComment(entries, lines[at], source);
  };
  for (const unit of units) {
    const from = lineAt(starts, unit.start);
    const to = lineAt(starts, Math.max(unit.start, unit.end - 1));
    const [first, last] = [lines[from], lines[to]];
    if (!first || !last) continue;
    passTo(from);
    const start = first.offset + unit.start - (starts[from] ?? 0);
    const end = last.offset + unit.end - (starts[to] ?? 0);
    let { shape } = unit;
    if (continuing.has(first.line)) {
      // The shell asked for more with `>`, so the line above was not the whole command.
      shape = { kind: 'malformed' };
      const before = entries.at(-1);
      if (before?.kind === 'command') entries[entries.length - 1] = { ...before, shape };
    }
    // Assignments other than look-ups are parameters; they come along so that the variables become known.
    entries.push({ kind: 'command', shape, source: source.slice(start, end), line: first.line, endLine: last.line });
    at = Math.max(at, to + 1);
  }
  passTo(lines.length);
  return entries;
}

const queryComment = /^#+\s*(?:PromQL|Query)\s*:\s*(.*\S)/i;

function pushComment(entries: FenceEntry[], line: ContentLine | undefined, source: string): void {
  if (!line) return;
  const text = line.text.trim();
  if (text === '') entries.push({ kind: 'gap' });
  else if (text.startsWith('#') && !text.startsWith('#!')) {
    const query = queryComment.exec(text)?.[1];
    if (query !== undefined) entries.push({ kind: 'query', source: query, line: line.line, endLine: line.line });
    else {
      const start = line.offset + line.text.indexOf('#');
      entries.push({
        kind: 'comment',
        text: text.replace(/^#+\s*/, ''),
        source: source.slice(start, line.offset + line.text.trimEnd().length),
        line: line.line,
      });
    }
  }
}

/** The queries of a promql fence: a query ends at a blank line, a comment, or the end of a line outside brackets. */
function promqlEntries(source: string, fence: Fence): FenceEntry[] {
  const entries: FenceEntry[] = [];
  let open: { first: ContentLine; last: ContentLine; depth: number } | undefined;
  const close = (): void => {
    if (!open) return;
    const { first, last } = open;
    const start = first.offset + first.text.length - first.text.trimStart().length;
    const end = last.offset + last.text.trimEnd().length;
    entries.push({ kind: 'query', source: source.slice(start, end), line: first.line, endLine: last.line });
    open = undefined;
  };
  for (const [index, line] of fence.lines.entries()) {
    const text = line.text.trim();
    if (text === '' || text.startsWith('#')) {
      close();
      pushComment(entries, line, source);
      continue;
    }
    const depth = (open?.depth ?? 0) + depthOf(text);
    open = { first: open?.first ?? line, last: line, depth };
    const next = fence.lines[index + 1]?.text.trim() ?? '';
    if (depth <= 0 && !/[-+*/%^=<>,]$|\b(?:and|or|unless|by|without)$/.test(text) && !continuesQuery(text, next))
      close();
  }
  close();
  return entries;
}

/** An operator at the start of the next line, or what is aggregated `by (…)`. */
const continuesQuery = (text: string, next: string): boolean =>
  /^(?:[*/%^<>]|[-+=!]=?\s|==|!=|(?:and|or|unless|by|without|on|ignoring|group_left|group_right|offset)\b)/.test(
    next,
  ) ||
  (next.startsWith('(') && /\b(?:by|without|on|ignoring|group_left|group_right|bool)\s*(?:\([^()]*\))?$/.test(text));

function depthOf(text: string): number {
  let depth = 0;
  for (const char of text.replace(/"(?:[^"\\]|\\.)*"/g, '')) {
    if (char === '(' || char === '{' || char === '[') depth++;
    else if (char === ')' || char === '}' || char === ']') depth--;
  }
  return depth;
}

type Typed = {
  readonly lines: readonly ContentLine[];
  /** The numbers of the lines behind a `>` prompt. */
  readonly continuing: ReadonlySet<number>;
};

/**
 * In a session with `$ ` or `% ` prompts only the typed lines count; the others are what was printed. Unless each of
 * those is a command, too: then the author put a prompt before the first alone, and nothing was printed.
 */
function promptsRemoved(lines: readonly ContentLine[]): Typed {
  const continuing = new Set<number>();
  const first = lines.find(({ text }) => text.trim() !== '' && !text.trim().startsWith('#'));
  const [opening] = prompt.exec(first?.text ?? '') ?? [];
  if (opening === undefined) return { lines, continuing };
  const again = opening.trim() === '%' ? /^\s*% / : /^\s*\$ /;
  let continued = false;
  const printed = new Set<number>();
  const typed = lines.map((line, index) => {
    const mark = (continued ? /^\s*(?:> )?/ : again).exec(line.text)?.[0];
    if (mark === undefined) {
      if (/^\s*#/.test(line.text)) return line;
      if (line.text.trim() !== '') printed.add(index);
      return { ...line, text: '' };
    }
    const text = line.text.slice(mark.length);
    if (mark.includes('>')) continuing.add(line.line);
    continued = text.endsWith('\\') || /^\s*> /.test(lines[index + 1]?.text ?? '');
    return { line: line.line, offset: line.offset + mark.length, text };
  });
  const isCommand = (index: number): boolean =>
    isPlainProgram(/^\s*([\w.-]+)\s+\S/.exec(lines[index]?.text ?? '')?.[1] ?? '') ||
    (printed.has(index - 1) && lines[index - 1]?.text.endsWith('\\') === true);
  const unprompted = [...printed].every(isCommand);
  return {
    lines: typed.map((line, index) => (unprompted && printed.has(index) ? (lines[index] ?? line) : line)),
    continuing,
  };
}

function lineAt(starts: readonly number[], position: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
