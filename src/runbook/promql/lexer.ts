/** The tokens of PromQL, as Prometheus 2.42's promql/parser/lex.go has them; less lenient in its rare spellings. */

export type Token = {
  readonly kind: 'word' | 'number' | 'duration' | 'string' | 'sign' | 'end';
  readonly text: string;
  /** Of a string: what it stands for. */
  readonly value: string;
  readonly at: number;
};

export class PromqlError extends Error {}

const signs = [
  '==',
  '!=',
  '=~',
  '!~',
  '<=',
  '>=',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '<',
  '>',
  '=',
  '@',
];
const durationText = /(?:\d+(?:ms|[smhdwy]))+(?![\w.])/y;
const numberText = /(?:0x[0-9a-f]{1,15}|(?:\d{1,30}(?:\.\d+)?|\.\d+)(?:e[+-]?\d{1,2})?)(?![\w.:])/iy;
const wordText = /[A-Za-z_:][\w:]*/y;
/** In braces a name holds no colon. */
const labelText = /[A-Za-z_]\w*/y;

export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let braces = false;
  let brackets = false;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const push = (kind: Token['kind'], taken: string, value = taken): void => {
    tokens.push({ kind, text: taken, value, at });
    at += taken.length;
  };
  while (at < text.length) {
    const blank = take(/(?:[ \t\r\n]+|#[^\n]*)+/y);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const char = text.charAt(at);
    if (char === '"' || char === "'" || char === '`') {
      const { length, value } = readString(text, at);
      push('string', text.slice(at, at + length), value);
      continue;
    }
    const sign = signs.find((each) => text.startsWith(each, at));
    const startsWord = /[A-Za-z_]/.test(char) || (char === ':' && !brackets && !braces);
    if (sign !== undefined && !startsWord) {
      if (sign === '{') braces = true;
      if (sign === '}') braces = false;
      if (sign === '[') brackets = true;
      if (sign === ']') brackets = false;
      push('sign', sign);
      continue;
    }
    const duration = braces ? undefined : take(durationText);
    const number = duration === undefined && !braces ? take(numberText) : undefined;
    const word = duration === undefined && number === undefined ? take(braces ? labelText : wordText) : undefined;
    if (duration !== undefined) push('duration', duration);
    else if (number !== undefined) push('number', number);
    else if (word !== undefined) push('word', word);
    else throw new PromqlError(`${JSON.stringify(char)} cannot stand there`);
  }
  push('end', '');
  return tokens;
}

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Go's escapes; a quote of the other kind cannot be escaped, and only backquotes may hold a line's end. */
function readString(text: string, start: number): { length: number; value: string } {
  const quote = text.charAt(start);
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === quote) return { length: at + 1 - start, value };
    if (quote === '`') {
      value += char;
      continue;
    }
    if (char === '\n') break;
    if (char !== '\\') {
      value += char;
      continue;
    }
    const next = text.charAt(at + 1);
    const plain = next === quote ? quote : Object.hasOwn(simple, next) ? simple[next] : undefined;
    if (plain !== undefined) {
      value += plain;
      at++;
      continue;
    }
    const coded = /^(?:([0-3][0-7]{2})|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))/.exec(
      text.slice(at + 1, at + 10),
    );
    const [whole = '', octal, ...hex] = coded ?? [];
    const code = octal === undefined ? parseInt(hex.find((each) => each !== undefined) ?? '', 16) : parseInt(octal, 8);
    if (!coded || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      throw new PromqlError(`a backslash before ${JSON.stringify(next)} means nothing in a string; write two`);
    }
    value += String.fromCodePoint(code);
    at += whole.length;
  }
  throw new PromqlError('a string has no end');
}
