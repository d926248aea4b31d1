/** printf as C has it, for awk's values. Source of the rules: POSIX, "File Format Notation" and awk's `printf`. */
import { stopped } from '../limits.ts';
import { toNumber, type Value } from './values.ts';

const directive = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?([a-zA-Z%])/y;
const widthMax = 10_000;

export function format(template: string, values: readonly Value[], toText: (value: Value) => string): string {
  let used = 0;
  const next = (): Value => {
    if (used >= values.length) throw stopped('printf of awk has fewer values than its format asks for.');
    return values[used++];
  };
  let out = '';
  for (let at = 0; at < template.length; at++) {
    const percent = template.indexOf('%', at);
    out += template.slice(at, percent === -1 ? template.length : percent);
    if (percent === -1) break;
    directive.lastIndex = percent;
    const match = directive.exec(template);
    if (!match) throw stopped('printf of awk has a format that is read in several ways.');
    const [whole, flags = '', widthText, precisionText, letter = ''] = match;
    at = percent + whole.length - 1;
    if (letter === '%') {
      if (whole !== '%%') throw stopped('printf of awk has a format that is read in several ways.');
      out += '%';
      continue;
    }
    let left = flags.includes('-');
    let width = widthText === '*' ? Math.trunc(toNumber(next())) : Number(widthText ?? 0);
    if (width < 0) {
      left = true;
      width = -width;
    }
    let precision =
      precisionText === undefined
        ? undefined
        : precisionText === '*'
          ? Math.trunc(toNumber(next()))
          : Number(precisionText || 0);
    if (precision !== undefined && precision < 0) precision = undefined;
    if (width > widthMax || (precision ?? 0) > 100) throw stopped('printf of awk asks for a width that is too large.');
    const value = next();
    const body = bodyOf(letter, value, { flags, precision, toText });
    const zeros =
      flags.includes('0') && !left && !/[sc]/.test(letter) && !(precision !== undefined && /[dioxXu]/.test(letter));
    out += pad(body, { width, left, zeros });
  }
  return out;
}

function pad(body: string, { width, left, zeros }: { width: number; left: boolean; zeros: boolean }): string {
  const missing = width - Array.from(body).length;
  if (missing <= 0) return body;
  if (left) return body + ' '.repeat(missing);
  if (!zeros) return ' '.repeat(missing) + body;
  const sign = /^(?:[-+ ]?0[xX]|[-+ ])?/.exec(body)?.[0] ?? '';
  return sign + '0'.repeat(missing) + body.slice(sign.length);
}

type How = {
  readonly flags: string;
  readonly precision: number | undefined;
  readonly toText: (value: Value) => string;
};

function bodyOf(letter: string, value: Value, { flags, precision, toText }: How): string {
  switch (letter) {
    case 's': {
      const text = toText(value);
      return precision === undefined ? text : Array.from(text).slice(0, precision).join('');
    }
    case 'c': {
      // A field that looks like a number is one to some awks, and nothing is a NUL byte to some.
      if (typeof value === 'string' && value !== '') return Array.from(value)[0] ?? '';
      if (typeof value !== 'number' || value < 1 || value > 127)
        throw stopped('printf %c of awk is read in several ways for this number.');
      return String.fromCharCode(Math.trunc(value));
    }
    case 'd':
    case 'i':
      return integer(Math.trunc(numberFor(value)), { flags, precision });
    case 'o':
    case 'x':
    case 'X':
    case 'u': {
      const number = Math.trunc(numberFor(value));
      if (number < 0 || flags.includes('#')) throw stopped(`printf %${letter} of awk is read in several ways here.`);
      const digits = number.toString(letter === 'o' ? 8 : letter === 'u' ? 10 : 16).padStart(precision ?? 1, '0');
      return letter === 'X' ? digits.toUpperCase() : digits;
    }
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G': {
      if (flags.includes('#')) throw stopped('printf of awk with # is not run.');
      const number = toNumber(value);
      const body = floating(letter, Math.abs(number), precision ?? 6);
      const isNegative = number < 0 || Object.is(number, -0);
      return signOf(isNegative, flags) + body;
    }
    default:
      throw stopped(`printf of awk has the unknown format %${letter}.`);
  }
}

const signOf = (negative: boolean, flags: string): string =>
  negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';

/** Awks stop at different sizes of whole numbers. */
function numberFor(value: Value): number {
  const number = toNumber(value);
  if (!(Math.abs(number) <= 2 ** 53))
    throw stopped('printf of awk came to a number too large to be printed the same everywhere.');
  return number;
}

function integer(number: number, { flags, precision }: { flags: string; precision: number | undefined }): string {
  const digits = number === 0 && precision === 0 ? '' : String(Math.abs(number)).padStart(precision ?? 1, '0');
  return signOf(number < 0, flags) + digits;
}

/** A number that is not negative, as C prints it. */
function floating(letter: string, number: number, precision: number): string {
  if (!Number.isFinite(number))
    throw stopped('awk came to a number that is printed in several ways (infinite, or none).');
  const upper = letter === letter.toUpperCase();
  const text =
    letter.toLowerCase() === 'f'
      ? fixed(number, precision)
      : letter.toLowerCase() === 'e'
        ? exponential(number, precision)
        : general(number, precision === 0 ? 1 : precision);
  return upper ? text.toUpperCase() : text;
}

/** Halves go to the even digit, as in C; JavaScript rounds them up. `longest` shows every digit there is. */
function halfToEven(rounded: string, longest: string, digits: number): string {
  const point = longest.indexOf('.');
  const kept = digits === 0 ? longest.slice(0, point) : longest.slice(0, point + 1 + digits);
  const isHalf = /^50*$/.test(longest.slice(point + 1 + digits));
  return isHalf && /[02468]$/.test(kept) ? kept : rounded;
}

function fixed(number: number, precision: number): string {
  // Beyond it toFixed changes to an exponent.
  if (number >= 1e21) throw stopped('awk came to a number too large to be printed the same everywhere.');
  return precision >= 100 ? number.toFixed(100) : halfToEven(number.toFixed(precision), number.toFixed(100), precision);
}

function exponential(number: number, precision: number): string {
  const [rounded = '', exponent = ''] = number.toExponential(precision).split('e');
  const [longest = '', longExponent] = number.toExponential(100).split('e');
  const digits = exponent === longExponent && precision < 100 ? halfToEven(rounded, longest, precision) : rounded;
  const [sign, size] = [exponent.startsWith('-') ? '-' : '+', exponent.replace(/^[+-]/, '')];
  return `${digits}e${sign}${size.padStart(2, '0')}`;
}

/** %g: the shorter of %e and %f, without zeros at the end. */
function general(number: number, precision: number): string {
  const text = exponential(number, precision - 1);
  const exponent = Number(text.split('e')[1]);
  if (exponent < -4 || exponent >= precision) {
    return text.replace(/(\.\d*?)0*e/, (_, digits: string) => `${digits === '.' ? '' : digits}e`);
  }
  const plain = fixed(number, Math.max(0, precision - 1 - exponent));
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}
