/**
 * Resource quantities that are added and printed again. Exact: sums of binary fractions would show as
 * `100.00000001m`. The printed form follows Kubernetes' canonical one: the largest suffix that leaves no fraction,
 * binary for what was written in binary, decimal for less than 1,024 and for what is no whole number.
 */

/** Billionths, the smallest part that Kubernetes keeps. */
export type Amount = { readonly nano: bigint; readonly style: 'decimal' | 'binary' | 'exponent' };
export type Amounts = ReadonlyMap<string, Amount>;

const nanoDigits = 9;
const nanos = 10n ** BigInt(nanoDigits);
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const form = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

export const noAmount: Amount = { nano: 0n, style: 'decimal' };

/** `100m`, `1.5Gi`, `1e3`; what is finer than a billionth is rounded up. Undefined when the text is no quantity. */
export function parseAmount(text: string): Amount | undefined {
  const [, sign = '', whole = '', fraction = '', power, suffix = ''] =
    (text.length > 60 ? null : form.exec(text)) ?? [];
  if (whole + fraction === '') return undefined;
  const binary = binarySuffixes.indexOf(suffix);
  const base = binary > 0 ? 1024n ** BigInt(binary) : 1n;
  const tens =
    nanoDigits -
    fraction.length +
    (power === undefined ? (binary > 0 ? 0 : 3 * (decimalSuffixes.indexOf(suffix) - 3)) : Number(power));
  const digits = BigInt(whole + fraction) * base;
  const size = tens >= 0 ? digits * 10n ** BigInt(tens) : divideUp(digits, 10n ** BigInt(-tens));
  return {
    nano: sign === '-' ? -size : size,
    style: power !== undefined ? 'exponent' : binary > 0 ? 'binary' : 'decimal',
  };
}

/** Nothing at all takes the other's style. */
export const addAmounts = (a: Amount, b: Amount): Amount => ({
  nano: a.nano + b.nano,
  style: a.nano === 0n ? b.style : a.style,
});

export function printAmount({ nano, style }: Amount): string {
  if (nano === 0n) return '0';
  if (style === 'binary' && nano % nanos === 0n && (nano <= -1024n * nanos || nano >= 1024n * nanos)) {
    let number = nano / nanos;
    let steps = 0;
    for (; number % 1024n === 0n && steps < binarySuffixes.length - 1; steps++) number /= 1024n;
    return `${number}${binarySuffixes[steps] ?? ''}`;
  }
  let number = nano;
  let steps = 0;
  for (; number % 1000n === 0n && steps < decimalSuffixes.length - 1; steps++) number /= 1000n;
  const power = 3 * (steps - 3);
  return style === 'exponent'
    ? `${number}${power === 0 ? '' : `e${power}`}`
    : `${number}${decimalSuffixes[steps] ?? ''}`;
}

/** Whole units, rounded up as Kubernetes does. */
export const wholeUnits = ({ nano }: Amount): bigint => divideUp(nano, nanos);
/** The same in whole units, rounded up, in another style. */
export const wholeAmount = (amount: Amount, style: Amount['style']): Amount => ({
  nano: wholeUnits(amount) * nanos,
  style,
});
/** Thousandths, rounded up. */
export const thousandths = ({ nano }: Amount): bigint => divideUp(nano, nanos / 1000n);

/** Away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return value / by + (rest === 0n ? 0n : rest > 0n ? 1n : -1n);
}

/** What Go makes of a share of nothing, and kubectl prints. */
const shareOfNothing = '-9223372036854775808';

/** `25` for 1 of 4: a percentage without its fraction. */
export function percentage(part: bigint, whole: bigint): string {
  const share = (Number(part) / Number(whole)) * 100;
  return Number.isFinite(share) ? String(Math.trunc(share)) : shareOfNothing;
}
