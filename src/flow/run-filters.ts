/** The programs behind a read, one after the other, on the text that it would print. */
import { invariant } from '../domain/errors.ts';
import type { Filter, FilterResult, JqFilter, OpenFilter } from '../domain/filter.ts';
import { BudgetSpent, createBudget } from '../runbook/filters/budget.ts';
import { stopped } from '../runbook/filters/limits.ts';
import { runFilter } from '../runbook/filters/run.ts';
import type { FilterReply, FilterRequest } from './filters/worker.ts';
import { runJq } from './jq/run-jq.ts';
import { inThread } from './thread.ts';

/** What one filter may spend on the main thread, where everything else waits for it: some 0.2 s. */
const charactersMax = 2_000_000;
const timeMaxMs = 10_000;

/**
 * The exit code is the last program's, as it is for a pipe. Throws an `OperationError` (`filter-stopped`) when a filter
 * uses up its limits or could not be certain to print what the real program prints.
 */
export async function runFilters(
  filters: readonly (Filter | OpenFilter<string>)[],
  input: FilterResult,
  options: { signal?: AbortSignal; timeMs?: number } = {},
): Promise<FilterResult> {
  let result = input;
  for (const filter of filters) {
    invariant(filter.program !== 'open', 'a filter is compiled before it runs');
    result =
      filter.program === 'jq' ? await runJq(filter, result.text, options) : await runOwn(filter, result.text, options);
  }
  return result;
}

/** Most are done sooner than a thread has started; what is not is begun anew in one. */
function runOwn(
  filter: Exclude<Filter, JqFilter>,
  text: string,
  options: { signal?: AbortSignal; timeMs?: number },
): FilterResult | Promise<FilterResult> {
  try {
    return runFilter(filter, text, createBudget(charactersMax));
  } catch (error) {
    if (error instanceof BudgetSpent) return runApart({ filter, text }, options);
    throw error;
  }
}

async function runApart(
  request: FilterRequest,
  { signal, timeMs = timeMaxMs }: { signal?: AbortSignal; timeMs?: number },
): Promise<FilterResult> {
  const { program } = request.filter;
  // What worker.ts posts.
  const reply = (await inThread(new URL('./filters/worker.ts', import.meta.url), request, {
    signal,
    timeMs,
    megabytesMax: 512,
    late: `${program} did not come to an end in the time that a filter has.`,
  })) as FilterReply | undefined;
  if (!reply) throw stopped(`${program} asked for more memory than a filter has.`);
  if ('stopped' in reply) throw stopped(reply.stopped);
  return reply.result;
}
