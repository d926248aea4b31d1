/**
 * YAML as kubectl writes it (go-yaml v2): keys in natural order, two spaces, lists not indented below their key,
 * long lines folded after column 80. A YAML library of ours would quote and fold otherwise.
 */
import type { Json } from '../../../domain/json.ts';
import { isList, isRecord } from '../live.ts';

const bestWidth = 80;

export function printYaml(value: Json): string {
  if (isRecord(value) && Object.keys(value).length > 0) return mapping(value, 0, '');
  if (isList(value) && value.length > 0) return sequence(value, 0, '');
  return `${scalar(value, 0, 0)}\n`;
}

/** `first` stands before the first line in the place of its indentation (`- `). */
function mapping(value: { readonly [key: string]: Json }, indent: number, first: string): string {
  let text = '';
  for (const [index, key] of Object.keys(value).sort(byNature).entries()) {
    const lead = index === 0 && first !== '' ? first : ' '.repeat(indent);
    const name = `${lead}${quoted(key, 0, 0, true)}:`;
    const item = value[key] ?? null;
    if (isRecord(item) && Object.keys(item).length > 0) text += `${name}\n${mapping(item, indent + 2, '')}`;
    else if (isList(item) && item.length > 0) text += `${name}\n${sequence(item, indent, '')}`;
    else text += `${name} ${scalar(item, indent + 2, length(name) + 1)}\n`;
  }
  return text;
}

function sequence(items: readonly Json[], indent: number, first: string): string {
  let text = '';
  for (const [index, item] of items.entries()) {
    const lead = `${index === 0 && first !== '' ? first : ' '.repeat(indent)}- `;
    if (isRecord(item) && Object.keys(item).length > 0) text += mapping(item, indent + 2, lead);
    else if (isList(item) && item.length > 0) text += sequence(item, indent + 2, lead);
    else text += `${lead}${scalar(item, indent + 2, lead.length)}\n`;
  }
  return text;
}

function scalar(value: Json, indent: number, column: number): string {
  if (typeof value === 'string') return quoted(value, indent, column, false);
  if (isList(value)) return '[]';
  return isRecord(value) ? '{}' : String(value);
}

/** Which style go-yaml chooses for a text. */
function quoted(text: string, indent: number, column: number, isKey: boolean): string {
  const shape = analyze(text);
  if (text.includes('\n') && !isKey && shape.blockAllowed) return literal(text, indent);
  const resolves = text.includes('\n') ? false : looksTyped(text);
  if (!text.includes('\n') && !resolves && shape.plainAllowed) return fold(text, { indent, column, isKey, quote: '' });
  if (!text.includes('\n') && !resolves && shape.singleAllowed) {
    return `'${fold(text, { indent, column: column + 1, isKey, quote: "'" })}'`;
  }
  return `"${fold(text, { indent, column: column + 1, isKey, quote: '"' })}"`;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}

type Place = {
  readonly indent: number;
  readonly column: number;
  readonly isKey: boolean;
  readonly quote: '' | "'" | '"';
};

/** Breaks at a single space once the line is longer than 80 characters. */
function fold(text: string, { indent, column, isKey, quote }: Place): string {
  const chars = Array.from(text);
  let out = '';
  let at = column;
  let spaces = false;
  const newLine = (): void => {
    out += `\n${' '.repeat(indent)}`;
    at = indent;
  };
  for (const [index, char] of chars.entries()) {
    if (char !== ' ') {
      const written = quote === "'" && char === "'" ? "''" : quote === '"' ? escaped(char) : char;
      out += written;
      at += length(written);
      spaces = false;
      continue;
    }
    const next = chars[index + 1];
    const inside = quote === '' || (index > 0 && index < chars.length - 1);
    const foldable = !isKey && !spaces && at > bestWidth && inside && (quote === '"' || next !== ' ');
    if (foldable) {
      newLine();
      if (quote === '"' && next === ' ') {
        out += '\\';
        at++;
      }
    } else {
      out += ' ';
      at++;
    }
    spaces = true;
  }
  return out;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\u000b': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const isBreak = char === '\n' || char === '\r' || code === 0x85 || code === 0x2028 || code === 0x2029;
  if (isPrintable(code) && !isBreak && char !== '"' && char !== '\\') return char;
  const short = shortEscapes[char];
  if (short !== undefined) return short;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

const isPrintable = (code: number): boolean =>
  code === 0x0a ||
  (code >= 0x20 && code <= 0x7e) ||
  (code >= 0xa0 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff);

type Shape = { readonly plainAllowed: boolean; readonly singleAllowed: boolean; readonly blockAllowed: boolean };

/** libyaml's analysis of a scalar in block context. */
function analyze(text: string): Shape {
  if (text === '') return { plainAllowed: true, singleAllowed: true, blockAllowed: false };
  const special = Array.from(text).some((char) => !isPrintable(char.codePointAt(0) ?? 0));
  const spaceBreak = / [\n\r\u0085\u2028\u2029]/.test(text);
  const breakSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const breaks = /[\n\r\u0085\u2028\u2029]/.test(text);
  const edges = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/.test(text);
  const indicators =
    /^(---|\.\.\.|[#,[\]{}&*!|>'"%@`])/.test(text) ||
    /^[-?:](\s|$)/.test(text) ||
    /.:(\s|$)/s.test(text) ||
    /\s#/.test(text);
  return {
    plainAllowed: !(edges || breakSpace || spaceBreak || special || breaks || indicators),
    singleAllowed: !(breakSpace || spaceBreak || special),
    blockAllowed: !(text.endsWith(' ') || spaceBreak || special),
  };
}

const words = new Set(
  'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL .nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF <<'.split(
    ' ',
  ),
);
const integer = /^[-+]?(0|[1-9]\d*|0[0-7]+|0o[0-7]+|0x[0-9a-f]+|0b[01]+)$/i;
const float = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const base60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const timestamps = [
  /^\d{4}-\d\d?-\d\d?$/,
  /^\d{4}-\d\d?-\d\d?[Tt]\d\d?:\d\d?:\d\d?(\.\d+)?([Zz]|[-+]\d\d:\d\d)?$/,
  /^\d{4}-\d\d?-\d\d? \d\d?:\d\d?:\d\d?(\.\d+)?$/,
];

/** Whether YAML 1.1 would read the bare text as something else than a text. */
function looksTyped(text: string): boolean {
  if (text === '' || words.has(text) || base60.test(text)) return true;
  if (text.startsWith('.')) return float.test(text);
  if (!/^[-+0-9]/.test(text)) return false;
  const digits = text.replaceAll('_', '');
  return integer.test(digits) || float.test(digits) || timestamps.some((form) => form.test(text));
}

/** go-yaml's order of keys: letters after other characters, runs of digits as numbers. */
function byNature(a: string, b: string): number {
  const as = Array.from(a);
  const bs = Array.from(b);
  for (let at = 0; at < as.length && at < bs.length; at++) {
    const x = as[at] ?? '';
    const y = bs[at] ?? '';
    if (x === y) continue;
    const xLetter = /\p{L}/u.test(x);
    const yLetter = /\p{L}/u.test(y);
    if (xLetter && yLetter) return x < y ? -1 : 1;
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    const zeros = (x === '0' || y === '0') && hasNumberBefore(as, at) ? '1' : '';
    const xs = zeros + digitsFrom(as, at);
    const ys = zeros + digitsFrom(bs, at);
    if (Number(xs) !== Number(ys)) return Number(xs) - Number(ys);
    if (xs.length !== ys.length) return xs.length - ys.length;
    return x < y ? -1 : 1;
  }
  return as.length - bs.length;
}

function hasNumberBefore(chars: readonly string[], at: number): boolean {
  for (let index = at - 1; index >= 0 && /\d/.test(chars[index] ?? ''); index--) if (chars[index] !== '0') return true;
  return false;
}

function digitsFrom(chars: readonly string[], at: number): string {
  let digits = '';
  for (let index = at; /^\d$/.test(chars[index] ?? ''); index++) digits += chars[index];
  return digits;
}

const length = (text: string): number => Array.from(text).length;
