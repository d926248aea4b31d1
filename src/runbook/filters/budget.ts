/**
 * What a filter may spend where others wait for it. Without a clock: counted are characters looked at, about 100 ns each
 * at worst. A filter keeps nothing, so what did not come to its end here runs again in a thread: src/flow/filters/.
 */
import type { RE2JS } from 're2js';

export type Budget = {
  /** Throws `BudgetSpent` when it is too much. */
  readonly spend: (characters: number) => void;
  /** A search through as many characters; large patterns take longer for each. */
  readonly scan: (pattern: RE2JS, characters: number) => void;
};

/** Caught in src/flow/run-filters.ts; no person sees it. */
export class BudgetSpent extends Error {}

export function createBudget(charactersMax: number): Budget {
  let spent = 0;
  const spend = (characters: number): void => {
    spent += characters;
    if (spent > charactersMax) throw new BudgetSpent('the budget of a filter is spent');
  };
  return { spend, scan: (pattern, characters) => spend((characters + 4) * weightOf(pattern)) };
}

/** For a thread, which is ended by its time. */
export const unlimited: Budget = { spend: () => undefined, scan: () => undefined };

const weights = new WeakMap<RE2JS, number>();

/** At least as many as the states that may be held at a time, over 16. */
function weightOf(pattern: RE2JS): number {
  const known = weights.get(pattern);
  if (known !== undefined) return known;
  // Single characters are written by their numbers.
  const source = pattern.pattern().replace(/\\x\{[0-9a-f]+\}/g, 'x');
  let repeats = 1;
  for (const [, from = '', to = ''] of source.matchAll(/\{(\d+),?(\d*)\}/g)) repeats *= Number(to || from) + 1;
  const weight = 1 + Math.ceil((source.length / 16) * Math.min(repeats, 1000));
  weights.set(pattern, weight);
  return weight;
}
