/** Resource quantities: `500m`, `16Gi`, `1e3`. */
export const quantityRule =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The amount in base units, or undefined when it is no quantity. */
export function parseQuantity(text: string | number): number | undefined {
  const parsed = /^([+-]?(?:\d+\.?\d*|\.\d+))((?:[eE][+-]?\d+)|[numkMGTPE]|[KMGTPE]i)?$/.exec(String(text));
  if (!parsed) return undefined;
  const [, digits = '', suffix = ''] = parsed;
  const factor = suffixes[suffix];
  return factor === undefined ? Number(digits + suffix) : Number(digits) * factor;
}

const binarySuffixes = ['Ei', 'Pi', 'Ti', 'Gi', 'Mi', 'Ki'] as const;

/** As the server prints a sum: CPUs in whole cores or thousandths, memory in the largest unit that is a whole number. */
export function formatQuantity(amount: number, resource: string): string {
  if (amount === 0) return '0';
  if (/memory|storage/.test(resource)) {
    const suffix = binarySuffixes.find((one) => Number.isInteger(amount / (suffixes[one] ?? 1)));
    return suffix === undefined ? String(amount) : `${amount / (suffixes[suffix] ?? 1)}${suffix}`;
  }
  const thousandths = Math.round(amount * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
