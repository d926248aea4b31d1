/**
 * Runs grep, byte for byte as GNU's does in C.UTF-8, with its exit code.
 * Source of the rules: GNU grep manual ("Context Line Control", "Exit Status"); the tests compare with the real program.
 */
import type { RE2JS } from 're2js';
import type { FilterResult, GrepFilter } from '../../domain/filter.ts';
import { type Budget, unlimited } from './budget.ts';
import { createOutput, linesOf, refuseNul, stopped } from './limits.ts';
import {
  asksForLetters,
  compileExpression,
  expectKnownLetters,
  expressionOf,
  wordCharacters,
} from './posix-pattern.ts';

/** Longer lines are not searched for words part by part, which is not linear. */
const wordLineMax = 20_000;

export function runGrep(filter: GrepFilter, text: string, budget: Budget = unlimited): FilterResult {
  refuseNul('grep', text);
  if (filter.word || asksForLetters(filter.pattern)) expectKnownLetters('grep', text);
  const { syntax, after = 0, before = 0, maxCount = Number.POSITIVE_INFINITY } = filter;
  const exists = !filter.onlyMatching && !filter.word && !filter.line;
  const lines = linesOf(text);
  const any = filter.pattern
    .split('\n')
    .map((pattern) => expressionOf(pattern, { syntax, exists }))
    .join('|');
  const outside = `[^${wordCharacters}]`;
  const wanted = filter.line ? `^(?:${any})$` : filter.word ? `(?:^|${outside})(?:${any})(?:$|${outside})` : any;
  const pattern = compileExpression(wanted, filter.ignoreCase ?? false);
  // From a given place on, with the character behind the word in the match.
  const wordHere = compileExpression(`^(${any})(?:$|${outside})`, filter.ignoreCase ?? false);
  const parts = (line: string): Iterable<string> =>
    filter.word ? wordsOf(pattern, wordHere, line, budget) : partsOf(pattern, line, budget);

  const name = filter.fileName ? '(standard input)' : '';
  const silent = filter.quiet === true || filter.list === true;
  const groups = filter.after !== undefined || filter.before !== undefined;
  const out = createOutput('grep');
  const show = (line: string, index: number, mark: ':' | '-'): void => {
    budget.spend(1 + (line.length >> 3));
    out.write(`${name && name + mark}${filter.lineNumbers ? `${index + 1}${mark}` : ''}${line}\n`);
  };
  let count = 0;
  let printed = -1;
  let context = 0;
  for (let index = 0; index < lines.length && count < maxCount; index++) {
    const line = lines[index] ?? '';
    budget.scan(pattern, line.length);
    if (pattern.matcher(line).find() !== (filter.invert ?? false)) {
      count++;
      if (silent) return { text: filter.quiet ? '' : '(standard input)\n', exitCode: 0 };
      if (filter.count) continue;
      const from = Math.max(printed + 1, index - before);
      if (groups && printed >= 0 && from > printed + 1) out.write('--\n');
      for (let at = from; at < index && !filter.onlyMatching; at++) show(lines[at] ?? '', at, '-');
      if (!filter.onlyMatching) show(line, index, ':');
      else if (!filter.invert) for (const part of parts(line)) show(part, index, ':');
      printed = index;
      context = after;
    } else if (context > 0 && !filter.count && !silent) {
      if (!filter.onlyMatching) show(line, index, '-');
      printed = index;
      context--;
    }
  }
  // The context behind the last match that -m allows, whether or not it would match itself.
  if (count >= maxCount && !filter.count && !silent && count > 0) {
    for (let index = printed + 1; context > 0 && index < lines.length; index++, context--) {
      if (!filter.onlyMatching) show(lines[index] ?? '', index, '-');
    }
  }
  if (filter.count && !silent && !(filter.countsNoZero && count === 0)) out.write(`${name && `${name}:`}${count}\n`);
  return { text: out.text(), exitCode: count > 0 ? 0 : 1 };
}

/** The parts of a line that match, without the empty ones. */
function* partsOf(pattern: RE2JS, line: string, budget: Budget): Generator<string> {
  const matcher = pattern.matcher(line);
  while (matcher.find()) {
    const part = matcher.group() ?? '';
    // The longest match is looked for to the end of the line.
    budget.scan(pattern, line.length - matcher.start());
    if (part !== '') yield part;
  }
}

/** The parts of a line that match as words: from each start that is not within a word, the longest that ends one. */
function* wordsOf(pattern: RE2JS, wordHere: RE2JS, line: string, budget: Budget): Generator<string> {
  if (line.length > wordLineMax) throw stopped(`A line is too long for \`grep -o -w\` (${wordLineMax} characters).`);
  const inWord = new RegExp(`[${wordCharacters}]`, 'u');
  for (let at = 0; at < line.length; ) {
    budget.scan(wordHere, line.length - at);
    const before = line.slice(0, at);
    const isInside = at > 0 && inWord.test(Array.from(before.slice(-2)).at(-1) ?? '');
    const matcher = isInside ? undefined : wordHere.matcher(line.slice(at));
    const part = matcher?.find() ? (matcher.group(1) ?? '') : '';
    if (part !== '') {
      yield part;
      at += part.length;
      if (!pattern.matcher(line.slice(at)).find()) return;
    } else at += (line.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
}
