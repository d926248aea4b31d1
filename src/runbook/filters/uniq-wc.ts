/** `uniq` and `wc`. Source of the rules: coreutils manual, "uniq: Uniquify files" and "wc: Print newline, word, and byte counts". */
import type { Filter, UniqFilter, WcCount } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { expectKnownLetters } from './posix-pattern.ts';
import { fromBytes, linesOf, toBytes } from './limits.ts';
import { parseOptions, readsFile } from './options.ts';

const uniqTable = {
  switches: 'cdui',
  valued: 'fs',
  long: {
    count: 'c',
    repeated: 'd',
    unique: 'u',
    'ignore-case': 'i',
    'skip-fields': 'f',
    'skip-chars': 's',
  },
};

export function compileUniq(words: readonly string[]): Filter | Refusal {
  const parsed = parseOptions('uniq', words, uniqTable);
  if (isRefusal(parsed)) return parsed;
  if (parsed.operands.length > 0) return readsFile('uniq', parsed.operands[0] ?? '');
  const values = new Map<string, string>();
  for (const { letter, value } of parsed.options) {
    if ('fs'.includes(letter) && !/^\d{1,6}$/.test(value))
      return refuse('malformed', `${quoted(value)} is not a number for uniq.`);
    values.set(letter, value);
  }
  if (values.has('d') && values.has('u')) return refuse('malformed', '`uniq -d -u` prints nothing.');
  return {
    program: 'uniq',
    ...(values.has('c') && { count: true as const }),
    ...(values.has('d') && { print: 'repeated' as const }),
    ...(values.has('u') && { print: 'unique' as const }),
    ...(values.has('i') && { ignoreCase: true as const }),
    ...(values.has('f') && { skipFields: Number(values.get('f')) }),
    ...(values.has('s') && { skipBytes: Number(values.get('s')) }),
  };
}

export function runUniq(filter: UniqFilter, text: string): string {
  const keyOf = (line: string): string => {
    let at = 0;
    for (let field = 0; field < (filter.skipFields ?? 0) && at < line.length; field++) {
      while (at < line.length && /[ \t]/.test(line.charAt(at))) at++;
      while (at < line.length && !/[ \t]/.test(line.charAt(at))) at++;
    }
    const key = line.slice(at + (filter.skipBytes ?? 0));
    return filter.ignoreCase ? key.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : key;
  };
  const groups: { line: string; key: string; count: number }[] = [];
  for (const line of linesOf(toBytes(text))) {
    const key = keyOf(line);
    const group = groups.at(-1);
    if (group?.key === key) group.count++;
    else groups.push({ line, key, count: 1 });
  }
  const kept = groups.filter(({ count }) => !filter.print || (filter.print === 'repeated') === count > 1);
  const out = kept.map(({ line, count }) => `${filter.count ? `${String(count).padStart(7)} ` : ''}${line}\n`);
  return fromBytes('uniq', out.join(''));
}

const wcTable = {
  switches: 'lwmc',
  valued: '',
  long: { lines: 'l', words: 'w', chars: 'm', bytes: 'c' },
};
/** In the order in which they are printed. */
const counts: readonly (readonly [string, WcCount])[] = [
  ['l', 'lines'],
  ['w', 'words'],
  ['m', 'characters'],
  ['c', 'bytes'],
];

export function compileWc(words: readonly string[]): Filter | Refusal {
  const parsed = parseOptions('wc', words, wcTable);
  if (isRefusal(parsed)) return parsed;
  if (parsed.operands.length > 0) return readsFile('wc', parsed.operands[0] ?? '');
  const asked = parsed.options.length === 0 ? 'lwc' : parsed.options.map(({ letter }) => letter).join('');
  return { program: 'wc', counts: counts.filter(([letter]) => asked.includes(letter)).map(([, count]) => count) };
}

export function runWc(asked: readonly WcCount[], text: string): string {
  const numbers = asked.map((count) => String(counted(count, text)));
  // A pipe has no size to take a width from, so several numbers stand seven wide.
  return `${numbers.length === 1 ? (numbers[0] ?? '') : numbers.map((each) => each.padStart(7)).join(' ')}\n`;
}

function counted(count: WcCount, text: string): number {
  switch (count) {
    case 'lines':
      return text.split('\n').length - 1;
    case 'bytes':
      return Buffer.byteLength(text);
    case 'characters':
      return Array.from(text).length;
    case 'words':
      return wordsIn(text);
  }
}

/** Runs without spaces in which something can be printed. No-break spaces part words too. */
function wordsIn(text: string): number {
  expectKnownLetters('wc -w', text);
  const runs = text.split(/[\t-\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2060\u3000]+/u);
  return runs.filter((run) => /[^\p{Cc}]/u.test(run)).length;
}
