/** `head` and `tail`, by lines and by bytes. Source of the rules: coreutils manual, "Output of parts of files". */
import type { Filter } from '../../domain/filter.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { fromBytes, toBytes } from './limits.ts';
import { notExact, readsFile, unknownFlag } from './options.ts';

export function compileHeadTail(program: 'head' | 'tail', words: readonly string[]): Filter | Refusal {
  let given: { text: string; bytes: boolean } | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (program === 'tail' && /^-(?:\d*[fF]|n?\d+f|-follow.*|-retry)$/.test(word)) {
      return refuse('endless', '`tail -f` runs without end.');
    }
    if (/^(?:-q|--quiet|--silent)$/.test(word)) continue;
    // The old forms `-50` and `tail +5` stand first and alone.
    const old = index === 0 ? /^-(\d+)$/.exec(word)?.[1] : undefined;
    const long = /^--(?:lines|bytes)=(.+)$/.exec(word)?.[1];
    const short = /^-[nc](.+)$/.exec(word)?.[1];
    const apart = /^(?:-n|-c|--lines|--bytes)$/.test(word) ? (words[++index] ?? '') : undefined;
    const text = old ?? long ?? short ?? apart;
    if (text === undefined) {
      if (word === '-') continue;
      return word.startsWith('-') ? unknownFlag(program, word) : readsFile(program, word);
    }
    if (given !== undefined) return refuse('malformed', `${program} has two numbers of lines.`);
    given = { text, bytes: /^(?:-c|--bytes)/.test(word) };
  }
  const { text, bytes } = given ?? { text: '10', bytes: false };
  const [, sign = '', digits] = /^([+-]?)(\d{1,9})$/.exec(text) ?? [];
  if (digits === undefined) return notExact(`${quoted(text)} is not a plain number for ${program}.`);
  const number = Number(digits);
  // GNU: `head -n -N` is all but the last N; `+` means nothing to head and "from line N on" to tail.
  if (sign === '-' && number === 0 && program === 'head') {
    return { program: 'cat' };
  }
  if (program === 'head') {
    const signed = sign === '-' ? -number : number;
    return bytes ? { program, bytes: signed } : { program, lines: signed };
  }
  const fromStart = sign === '+' && { fromStart: true as const };
  return bytes ? { program, bytes: number, ...fromStart } : { program, lines: number, ...fromStart };
}

type HeadTail = Extract<Filter, { program: 'head' | 'tail' }>;

export function runHeadTail(filter: HeadTail, text: string): string {
  if ('bytes' in filter) {
    const all = toBytes(text);
    const kept = cut(filter, all.length, filter.bytes, (count) => count);
    return fromBytes(filter.program, kept.fromEnd ? all.slice(kept.at) : all.slice(0, kept.at));
  }
  const kept = cut(filter, countLines(text), filter.lines, (count) => lengthOfLines(text, count));
  return kept.fromEnd ? text.slice(kept.at) : text.slice(0, kept.at);
}

/** Where to cut, and which side stays. */
function cut(
  filter: HeadTail,
  total: number,
  count: number,
  place: (count: number) => number,
): { at: number; fromEnd: boolean } {
  if (filter.program === 'head') {
    return { at: place(count < 0 ? Math.max(0, total + count) : count), fromEnd: false };
  }
  return { at: place(filter.fromStart ? Math.max(0, count - 1) : Math.max(0, total - count)), fromEnd: true };
}

/** Lines with their end; the last may lack it. */
function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return text === '' || text.endsWith('\n') ? count : count + 1;
}

function lengthOfLines(text: string, count: number): number {
  let end = 0;
  for (let line = 0; line < count && end < text.length; line++) {
    const at = text.indexOf('\n', end);
    end = at === -1 ? text.length : at + 1;
  }
  return end;
}
