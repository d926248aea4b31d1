/**
 * `sort`, as GNU's sorts in C.UTF-8: by bytes, so that what is upper case comes first. Pods and servers usually run with
 * C, POSIX or C.UTF-8, which sort alike. Source of the rules: coreutils manual, "sort: Sort text files".
 */
import type { Filter, SortFilter, SortKey, SortOrder, SortPlace } from '../../domain/filter.ts';
import { isRefusal, quoted, refuse, type Refusal } from '../reasons.ts';
import { fromBytes, linesOf, toBytes } from './limits.ts';
import { isOneByte, notExact, parseOptions, readsFile } from './options.ts';

const table = {
  switches: 'nrfbhusVgMRdizcCm',
  valued: 'ktoST',
  long: {
    'numeric-sort': 'n',
    reverse: 'r',
    'ignore-case': 'f',
    'ignore-leading-blanks': 'b',
    'human-numeric-sort': 'h',
    unique: 'u',
    stable: 's',
    'version-sort': 'V',
    'general-numeric-sort': 'g',
    'month-sort': 'M',
    'random-sort': 'R',
    key: 'k',
    'field-separator': 't',
    output: 'o',
  },
};

export function compileSort(words: readonly string[]): Filter | Refusal {
  const parsed = parseOptions('sort', words, table);
  if (isRefusal(parsed)) return parsed;
  let letters = '';
  let separator: string | undefined;
  const keys: SortKey[] = [];
  for (const { letter, value } of parsed.options) {
    if (letter === 'o') return refuse('writes-file', '`sort -o` writes a file.');
    if ('STm'.includes(letter)) return notExact(`\`sort -${letter}\` is not compiled.`);
    if (letter === 't') {
      if (separator !== undefined && separator !== value) return refuse('malformed', 'sort has two separators.');
      if (!isOneByte(value)) return refuse('malformed', `${quoted(value)} is not one character for sort -t.`);
      separator = value;
    } else if (letter === 'k') {
      const key = keyOf(value);
      if (isRefusal(key)) return key;
      keys.push(key);
    } else letters += letter;
  }
  if (parsed.operands.some((operand) => operand !== '-')) return readsFile('sort', parsed.operands[0] ?? '');
  const order = orderOf(letters.replaceAll(/[us]/g, ''));
  if (isRefusal(order)) return order;
  return {
    program: 'sort',
    ...order,
    keys,
    ...(separator !== undefined && { separator }),
    ...(letters.includes('u') && { unique: true as const }),
    ...(letters.includes('s') && { stable: true as const }),
  };
}

function orderOf(letters: string): SortOrder | Refusal {
  const strange = /[^nrfbh]/.exec(letters)?.[0];
  if (strange !== undefined) return notExact(`\`sort -${strange}\` is not compiled: it orders in a way of its own.`);
  if (letters.includes('n') && letters.includes('h')) return refuse('malformed', 'sort takes one of -n and -h.');
  return {
    ...(letters.includes('n') && { by: 'number' as const }),
    ...(letters.includes('h') && { by: 'human' as const }),
    ...(letters.includes('r') && { reverse: true as const }),
    ...(letters.includes('f') && { ignoreCase: true as const }),
    ...(letters.includes('b') && { skipBlanks: true as const }),
  };
}

/** `F[.C][OPTS][,F[.C][OPTS]]` */
function keyOf(text: string): SortKey | Refusal {
  const match = /^(\d{1,6})(?:\.(\d{1,6}))?([a-zA-Z]*)(?:,(\d{1,6})(?:\.(\d{1,6}))?([a-zA-Z]*))?$/.exec(text);
  const malformed = refuse('malformed', `${quoted(text)} is not a key of sort.`);
  if (!match) return malformed;
  const [, field = '', character = '1', letters = '', toField, toCharacter = '0', toLetters = ''] = match;
  if (Number(field) === 0 || Number(character) === 0 || Number(toField ?? 1) === 0) return malformed;
  const order = orderOf(letters.replaceAll('b', '') + toLetters.replaceAll('b', ''));
  if (isRefusal(order)) return order;
  const to: SortPlace | undefined =
    toField === undefined ? undefined : { field: Number(toField), character: Number(toCharacter) };
  return {
    ...order,
    from: { field: Number(field), character: Number(character) },
    ...(to && { to }),
    ...(letters.includes('b') && { skipBlanks: true as const }),
    ...(toLetters.includes('b') && { skipBlanksAtEnd: true as const }),
  };
}

type Compare = (a: string, b: string) => number;

export function runSort(filter: SortFilter, text: string): string {
  const lines = linesOf(toBytes(text));
  const plain = Object.keys(orderOnly(filter)).length === 0;
  // A key without options of its own takes those of the whole.
  const keys: readonly SortKey[] =
    filter.keys.length === 0 && !plain
      ? [{ ...orderOnly(filter), from: { field: 1, character: 1 } }]
      : filter.keys.map((key) => (isBare(key) ? inherit(key, filter) : key));
  const compares = keys.map((key) => compareBy(key, filter.separator));
  const byKeys: Compare = (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
  const last: Compare = (a, b) => (filter.reverse ? byBytes(b, a) : byBytes(a, b));
  const exact = filter.unique === true || filter.stable === true;
  const compare: Compare = compares.length === 0 ? last : exact ? byKeys : (a, b) => byKeys(a, b) || last(a, b);
  lines.sort(compare);
  const kept = filter.unique
    ? lines.filter((line, index) => index === 0 || compare(lines[index - 1] ?? '', line) !== 0)
    : lines;
  return fromBytes('sort', kept.map((line) => `${line}\n`).join(''));
}

const orderOnly = ({ by, reverse, ignoreCase, skipBlanks }: SortOrder): SortOrder => ({
  ...(by && { by }),
  ...(reverse && { reverse }),
  ...(ignoreCase && { ignoreCase }),
  ...(skipBlanks && { skipBlanks }),
});
const isBare = (key: SortKey): boolean => Object.keys(orderOnly(key)).length === 0 && !key.skipBlanksAtEnd;
const inherit = (key: SortKey, filter: SortFilter): SortKey => ({
  ...key,
  ...orderOnly(filter),
  ...(filter.skipBlanks && { skipBlanksAtEnd: true as const }),
});

const byBytes: Compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function compareBy(key: SortKey, separator: string | undefined): Compare {
  const whole = key.from.field === 1 && key.from.character === 1 && !key.to && !key.skipBlanks;
  const part = (line: string): string => (whole ? line : partOf(line, key, separator));
  const sign = key.reverse ? -1 : 1;
  if (key.by === 'number') return (a, b) => sign * compareNumbers(part(a), part(b));
  if (key.by === 'human') return (a, b) => sign * compareHuman(part(a), part(b));
  const fold = (line: string): string => (key.ignoreCase ? line.replace(/[a-z]+/g, (run) => run.toUpperCase()) : line);
  return (a, b) => sign * byBytes(fold(part(a)), fold(part(b)));
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t';

/** The part of a line that a key names. */
function partOf(line: string, key: SortKey, separator: string | undefined): string {
  let begin = placeOf(line, key.from.field - 1, separator);
  if (key.skipBlanks) begin = skipBlanks(line, begin);
  begin = Math.min(line.length, begin + key.from.character - 1);
  let end = line.length;
  if (key.to) {
    if (key.to.character === 0) end = endOfField(line, key.to.field, separator);
    else {
      end = placeOf(line, key.to.field - 1, separator);
      if (key.skipBlanksAtEnd) end = skipBlanks(line, end);
      end = Math.min(line.length, end + key.to.character);
    }
  }
  return line.slice(begin, Math.max(begin, end));
}

function skipBlanks(line: string, from: number): number {
  let at = from;
  while (at < line.length && isBlank(line.charAt(at))) at++;
  return at;
}

/** Where the field behind `count` fields begins; without a separator its leading blanks belong to it. */
function placeOf(line: string, count: number, separator: string | undefined): number {
  let at = 0;
  for (let field = 0; field < count && at < line.length; field++) {
    if (separator === undefined) at = endOfBlankField(line, at);
    else {
      const next = line.indexOf(separator, at);
      at = next === -1 ? line.length : next + 1;
    }
  }
  return at;
}

function endOfField(line: string, count: number, separator: string | undefined): number {
  const begin = placeOf(line, count - 1, separator);
  if (separator === undefined) return endOfBlankField(line, begin);
  const next = line.indexOf(separator, begin);
  return next === -1 ? line.length : next;
}

function endOfBlankField(line: string, from: number): number {
  let at = skipBlanks(line, from);
  while (at < line.length && !isBlank(line.charAt(at))) at++;
  return at;
}

const number = /^[ \t]*(-?)(\d*)(?:\.(\d*))?/;

type Parsed = {
  readonly negative: boolean;
  readonly whole: string;
  readonly fraction: string;
  readonly length: number;
};

/** A number of any length, by its digits. */
function parseNumber(text: string): Parsed {
  const [match = '', sign = '', whole = '', fraction = ''] = number.exec(text) ?? [];
  const digits = { whole: whole.replace(/^0+/, ''), fraction: fraction.replace(/0+$/, '') };
  const isZero = digits.whole === '' && digits.fraction === '';
  return { ...digits, negative: sign === '-' && !isZero, length: match.length };
}

const compareNumbers: Compare = (a, b) => compareParsed(parseNumber(a), parseNumber(b));

function compareParsed(a: Parsed, b: Parsed): number {
  if (a.negative !== b.negative) return a.negative ? -1 : 1;
  const order = a.whole.length - b.whole.length || byBytes(a.whole, b.whole) || byBytes(a.fraction, b.fraction);
  return a.negative ? -order : order;
}

/** `-h`: the sign, then the unit, then the number. */
function compareHuman(a: string, b: string): number {
  const [first, second] = [parseNumber(a), parseNumber(b)];
  return unitOf(a, first) - unitOf(b, second) || compareParsed(first, second);
}

function unitOf(text: string, parsed: Parsed): number {
  if (parsed.whole === '' && parsed.fraction === '') return 0;
  const order = ' KMGTPEZY'.indexOf(text.charAt(parsed.length).replace('k', 'K'));
  return order <= 0 ? 0 : parsed.negative ? -order : order;
}
