import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { coverageDocument, coverageFile, coverageOfSeeds, share } from './coverage.ts';

describe('the coverage of the seeds', () => {
  it('is what docs/coverage.md says (node test/coverage.ts writes it)', () => {
    expect(readFileSync(coverageFile, 'utf8')).toBe(coverageDocument());
  });

  it('is at least 90 % of the kubectl commands that the contract leaves to the compiler', () => {
    const { compilable, actions } = share(coverageOfSeeds().flatMap(({ units }) => units));

    expect(compilable).toBeGreaterThan(100);
    expect(actions / compilable).toBeGreaterThanOrEqual(0.9);
  });
});
