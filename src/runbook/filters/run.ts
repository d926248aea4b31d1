/** Runs one filter on text. jq, which is not ours, runs in src/flow/jq/. */
import type { Filter, FilterResult, JqFilter } from '../../domain/filter.ts';
import { runAwk } from './awk/run.ts';
import { type Budget, unlimited } from './budget.ts';
import { runColumn } from './column.ts';
import { runCut } from './cut.ts';
import { runHeadTail } from './head-tail.ts';
import { runGrep } from './run-grep.ts';
import { runSed } from './sed.ts';
import { runSort } from './sort.ts';
import { runTr } from './tr.ts';
import { runUniq, runWc } from './uniq-wc.ts';
import { runCat, runNl, runRev, runTac } from './whole-text.ts';

/**
 * Throws an `OperationError` (`filter-stopped`) when the text cannot be filtered exactly or within the limits, and
 * `BudgetSpent` when more than the budget is needed.
 */
export function runFilter(filter: Exclude<Filter, JqFilter>, text: string, budget: Budget = unlimited): FilterResult {
  budget.spend(text.length);
  if (filter.program === 'grep') return runGrep(filter, text, budget);
  if (filter.program === 'awk') return runAwk(filter, text, budget);
  if (filter.program === 'sed') return runSed(filter, text, budget);
  return { text: textOf(filter, text, budget), exitCode: 0 };
}

type Plain = Exclude<Filter, { program: 'grep' | 'awk' | 'sed' | 'jq' }>;

/** Programs that always succeed. */
function textOf(filter: Plain, text: string, budget: Budget): string {
  switch (filter.program) {
    case 'head':
    case 'tail':
      return runHeadTail(filter, text);
    case 'sort':
      // Each line is compared about as often as there are bits in their number.
      budget.spend(32 * text.length * (1 + filter.keys.length));
      return runSort(filter, text);
    case 'uniq':
      return runUniq(filter, text);
    case 'wc':
      return runWc(filter.counts, text);
    case 'cut':
      budget.spend(text.length * filter.ranges.length);
      return runCut(filter, text);
    case 'tr':
      return runTr(filter, text);
    case 'column':
      return runColumn(filter, text, budget);
    case 'nl':
      return runNl(filter, text);
    case 'tac':
      return runTac(text);
    case 'rev':
      return runRev(text);
    case 'cat':
      return runCat(filter, text);
  }
}
