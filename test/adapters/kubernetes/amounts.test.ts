import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addAmounts,
  noAmount,
  parseAmount,
  percentage,
  printAmount,
  thousandths,
  wholeUnits,
} from '../../../src/adapters/kubernetes/read/amounts.ts';

const amount = (text: string) => parseAmount(text) ?? noAmount;

describe('amounts', () => {
  it.each([
    ['0', '0'],
    ['0Gi', '0'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1.5', '1500m'],
    ['0.5Gi', '512Mi'],
    ['1024Ki', '1Mi'],
    ['1500Ki', '1500Ki'],
    ['1023', '1023'],
    ['1000Ki', '1000Ki'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['2000', '2k'],
    ['1e3', '1e3'],
    ['12E', '12E'],
    ['5e0', '5'],
    ['0.1Gi', '107374182400m'],
    ['1638187529n', '1638187529n'],
    ['0.1n', '1n'],
    ['-250m', '-250m'],
    ['.5', '500m'],
    ['5.', '5'],
  ])('%s is printed as %s', (written, printed) => {
    expect(printAmount(amount(written))).toBe(printed);
  });

  it.each(['', 'm', '.', '1x', '1 Gi', '0x10', '1e', '1e3Ki', 'NaN', '١', '1'.repeat(100)])(
    '%j is no amount',
    (text) => {
      expect(parseAmount(text)).toBeUndefined();
    },
  );

  it('add without loss, in the style of the first that is something', () => {
    const sum = (...texts: string[]): string => printAmount(texts.map(amount).reduce(addAmounts, noAmount));

    expect(sum('100m', '200m', '0.7')).toBe('1');
    expect(sum('64Mi', '100M')).toBe('167108864');
    expect(sum('64Mi', '64Mi')).toBe('128Mi');
    expect(sum('1G', '1Gi')).toBe('2073741824');
  });

  it('are rounded up to what they are counted in', () => {
    expect([thousandths(amount('1.0001')), wholeUnits(amount('1.0001')), wholeUnits(amount('-0.5'))]).toEqual([
      1001n,
      2n,
      -1n,
    ]);
  });

  it.each<[bigint, bigint, string]>([
    [1n, 4n, '25'],
    [1n, 3n, '33'],
    [5n, 4n, '125'],
    [0n, 4n, '0'],
    [0n, 0n, '-9223372036854775808'],
    [1n, 0n, '-9223372036854775808'],
  ])('%s of %s is %s percent', (part, whole, share) => {
    expect(percentage(part, whole)).toBe(share);
  });

  it('mean the same after printing', () => {
    const suffix = fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e2', 'e-3');
    fc.assert(
      fc.property(fc.nat(), fc.nat(999), suffix, (whole, part, unit) => {
        const read = amount(`${whole}.${part}${unit}`);

        expect(amount(printAmount(read)).nano).toBe(read.nano);
      }),
    );
  });
});
