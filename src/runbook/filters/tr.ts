/** `tr`, which works on bytes. Source of the rules: coreutils manual, "tr: Translate, squeeze, and/or delete characters". */
import type { Filter, TrFilter } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { fromBytes, toBytes } from './limits.ts';
import { notExact, parseOptions } from './options.ts';

const table = {
  switches: 'dscCt',
  valued: '',
  long: { delete: 'd', 'squeeze-repeats': 's', complement: 'c', 'truncate-set1': 't' },
};

export function compileTr(words: readonly string[]): Filter | Refusal {
  // Options end at the first set: `tr a -d` maps.
  const parsed = parseOptions('tr', words, table, true);
  if (isRefusal(parsed)) return parsed;
  const on = new Set(parsed.options.map(({ letter }) => letter.toLowerCase()));
  const [from, to, ...others] = parsed.operands;
  if (from === undefined || others.length > 0) return refuse('malformed', 'tr takes one or two sets.');
  const second = on.has('d') ? on.has('s') : !on.has('s');
  if (second && to === undefined) return refuse('malformed', 'tr misses its second set.');
  if (on.has('d') && !on.has('s') && to !== undefined) return refuse('malformed', '`tr -d` takes one set.');
  const filter: TrFilter = {
    program: 'tr',
    from,
    ...(to !== undefined && { to }),
    ...(on.has('d') && { delete: true as const }),
    ...(on.has('s') && { squeeze: true as const }),
    ...(on.has('c') && { complement: true as const }),
    ...(on.has('t') && { truncate: true as const }),
  };
  const [first, target] = [setOf(from), to === undefined ? [] : setOf(to)];
  if (!first || !target) return notExact(`The set ${quoted(first ? (to ?? '') : from)} of tr is not compiled.`);
  const maps = !on.has('d') && to !== undefined;
  // Classes on both sides map upper to lower case and back; anything else depends on the order within a class.
  if (maps && /\[:/.test(from + to) && (!casePair(from, to) || on.has('c')) && new Set(target).size > 1) {
    return notExact('`tr` between these classes depends on an order that is not defined.');
  }
  if (maps && target.length === 0) return refuse('malformed', "tr's second set is empty.");
  return filter;
}

const casePair = (from: string, to: string): boolean =>
  /^\[:(?:upper|lower):\]$/.test(from) && /^\[:(?:upper|lower):\]$/.test(to);

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const bytesIf = (is: (char: string) => boolean): number[] =>
  range(0, 127).filter((code) => is(String.fromCharCode(code)));
const classes: Readonly<Record<string, readonly number[]>> = {
  upper: bytesIf((char) => /[A-Z]/.test(char)),
  lower: bytesIf((char) => /[a-z]/.test(char)),
  alpha: bytesIf((char) => /[A-Za-z]/.test(char)),
  digit: bytesIf((char) => /\d/.test(char)),
  alnum: bytesIf((char) => /[A-Za-z\d]/.test(char)),
  space: bytesIf((char) => /[\t-\r ]/.test(char)),
  blank: bytesIf((char) => /[\t ]/.test(char)),
  punct: bytesIf((char) => /[!-/:-@[-`{-~]/.test(char)),
  cntrl: [...range(0, 31), 127],
  print: range(32, 126),
  graph: range(33, 126),
  xdigit: bytesIf((char) => /[0-9A-Fa-f]/.test(char)),
};
const escapes: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, '\\': 92, a: 7, b: 8, f: 12, v: 11 };

/** The bytes of a set in order, or undefined for one that is not ASCII, repeats (`[a*3]`) or is not well formed. */
function setOf(text: string): number[] | undefined {
  if (Buffer.byteLength(text) !== text.length || text.includes('\0')) return undefined;
  const out: number[] = [];
  let at = 0;
  const next = (): number | undefined => {
    const char = text.charAt(at++);
    if (char !== '\\') return char.charCodeAt(0);
    const octal = /^[0-7]{1,3}/.exec(text.slice(at))?.[0];
    if (octal !== undefined) {
      at += octal.length;
      return Number.parseInt(octal, 8) > 127 ? undefined : Number.parseInt(octal, 8);
    }
    return escapes[text.charAt(at++)];
  };
  while (at < text.length) {
    const name = /^\[:(\w+):\]/.exec(text.slice(at))?.[1];
    if (name !== undefined) {
      if (!Object.hasOwn(classes, name)) return undefined;
      out.push(...(classes[name] ?? []));
      at += name.length + 4;
      continue;
    }
    if (/^\[(?:=|.\*|\\.\*)/.test(text.slice(at))) return undefined;
    const first = next();
    if (first === undefined) return undefined;
    if (text.charAt(at) === '-' && at + 1 < text.length) {
      at++;
      const last = next();
      if (last === undefined || last < first) return undefined;
      out.push(...range(first, last));
    } else out.push(first);
  }
  return out;
}

export function runTr(filter: TrFilter, text: string): string {
  // The compiler has accepted both sets.
  const first = setOf(filter.from) ?? [];
  const members = new Set(first);
  const set = filter.complement ? range(0, 255).filter((code) => !members.has(code)) : first;
  const target = filter.to === undefined ? undefined : (setOf(filter.to) ?? []);
  const map = range(0, 255);
  if (!filter.delete && target) {
    const pairs = casePair(filter.from, filter.to ?? '') && !filter.complement;
    const last = target.at(-1) ?? 0;
    for (const [index, code] of set.entries()) {
      const to = target[index] ?? (filter.truncate && !pairs ? undefined : last);
      if (to !== undefined) map[code] = to;
    }
  }
  const drop = new Set(filter.delete ? set : []);
  const squeeze = new Set(filter.squeeze ? (target ?? set) : []);
  const out: number[] = [];
  let before = -1;
  for (const char of toBytes(text)) {
    const code = char.charCodeAt(0);
    if (drop.has(code)) continue;
    const to = map[code] ?? code;
    if (to === before && squeeze.has(to)) continue;
    out.push(to);
    before = to;
  }
  return fromBytes('tr', Buffer.from(out).toString('latin1'));
}
