/**
 * Runs grep, head and tail on text, byte for byte as GNU's programs do, with their exit codes.
 * Source of the rules: GNU grep manual ("Context Line Control", "Exit Status") and coreutils manual; the tests
 * compare with the real programs.
 */
import type { Filter } from '../domain/filter.ts';
import { compilePattern } from './posix-pattern.ts';

export type FilterResult = { readonly text: string; readonly exitCode: number };

/** Applies the filters in order; the exit code is the last program's, as it is for a pipe. */
export function runFilters(filters: readonly Filter[], input: FilterResult): FilterResult {
  let result = input;
  for (const filter of filters) result = runFilter(filter, result.text);
  return result;
}

function runFilter(filter: Filter, text: string): FilterResult {
  switch (filter.program) {
    case 'grep':
      return grep(filter, text);
    case 'head': {
      const count = filter.lines < 0 ? Math.max(0, countLines(text) + filter.lines) : filter.lines;
      return { text: firstLines(text, count), exitCode: 0 };
    }
    case 'tail': {
      const skip = filter.fromStart ? Math.max(0, filter.lines - 1) : Math.max(0, countLines(text) - filter.lines);
      return { text: text.slice(firstLines(text, skip).length), exitCode: 0 };
    }
  }
}

/** Lines with their end; the last may lack it. */
function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return text === '' || text.endsWith('\n') ? count : count + 1;
}

function firstLines(text: string, count: number): string {
  let end = 0;
  for (let line = 0; line < count && end < text.length; line++) {
    const at = text.indexOf('\n', end);
    end = at === -1 ? text.length : at + 1;
  }
  return text.slice(0, end);
}

type Grep = Extract<Filter, { program: 'grep' }>;

function grep(filter: Grep, text: string): FilterResult {
  const { syntax, after = 0, before = 0, maxCount = Number.POSITIVE_INFINITY } = filter;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const pattern = compilePattern(filter.pattern, { syntax, ignoreCase: filter.ignoreCase ?? false }, (expression) => {
    if (filter.line) return `^${expression}$`;
    // Letters and digits of any script and `_` make words.
    return filter.word ? `(?:^|[^\\p{L}\\p{N}_])${expression}(?:$|[^\\p{L}\\p{N}_])` : expression;
  });

  const groups = filter.after !== undefined || filter.before !== undefined;
  const out: string[] = [];
  const show = (line: string, index: number, mark: ':' | '-'): void => {
    out.push(filter.lineNumbers ? `${index + 1}${mark}${line}\n` : `${line}\n`);
  };
  let count = 0;
  let printed = -1;
  let context = 0;
  for (let index = 0; index < lines.length && count < maxCount; index++) {
    const line = lines[index] ?? '';
    if (pattern.matcher(line).find() !== (filter.invert ?? false)) {
      count++;
      if (filter.quiet) return { text: '', exitCode: 0 };
      if (filter.count) continue;
      const from = Math.max(printed + 1, index - before);
      if (groups && printed >= 0 && from > printed + 1) out.push('--\n');
      for (let at = from; at < index && !filter.onlyMatching; at++) show(lines[at] ?? '', at, '-');
      if (!filter.onlyMatching) show(line, index, ':');
      else if (!filter.invert) for (const part of partsOf(pattern, line)) show(part, index, ':');
      printed = index;
      context = after;
    } else if (context > 0 && !filter.count && !filter.quiet) {
      if (!filter.onlyMatching) show(line, index, '-');
      printed = index;
      context--;
    }
  }
  // The context behind the last match that -m allows, whether or not it would match itself.
  if (count >= maxCount && !filter.count && !filter.quiet && count > 0) {
    for (let index = printed + 1; context > 0 && index < lines.length; index++, context--) {
      if (!filter.onlyMatching) show(lines[index] ?? '', index, '-');
    }
  }
  if (filter.count && !filter.quiet) out.push(`${count}\n`);
  return { text: out.join(''), exitCode: count > 0 ? 0 : 1 };
}

/** The parts of a line that match, without the empty ones. */
function* partsOf(pattern: ReturnType<typeof compilePattern>, line: string): Generator<string> {
  const matcher = pattern.matcher(line);
  while (matcher.find()) {
    const part = matcher.group() ?? '';
    if (part !== '') yield part;
  }
}
