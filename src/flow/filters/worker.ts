/** Runs one filter in a thread of its own, which is ended when it takes too long. See run-filters.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Filter, FilterResult, JqFilter } from '../../domain/filter.ts';
import { OperationError } from '../../domain/errors.ts';
import { runFilter } from '../../runbook/filters/run.ts';

export type FilterRequest = { readonly filter: Exclude<Filter, JqFilter>; readonly text: string };
/** `stopped` is the message of a `filter-stopped`. */
export type FilterReply = { readonly result: FilterResult } | { readonly stopped: string };

// Given by run-filters.ts, which imports this type.
const { filter, text } = workerData as FilterRequest;
let reply: FilterReply;
try {
  reply = { result: runFilter(filter, text) };
} catch (error) {
  if (!(error instanceof OperationError)) throw error;
  reply = { stopped: error.message };
}
parentPort?.postMessage(reply);
