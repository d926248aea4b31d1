/** What the statements of one transaction share. */
import type { Transaction, UpdateResult } from 'kysely';
import { invariant } from '../../domain/errors.ts';
import type { Lane, NewWork } from '../../domain/work.ts';
import type { Schema } from './schema.ts';

/** What the queue is told after the commit. */
export type Offer = { readonly id: string; readonly lane: Lane; readonly delayMs?: number };

/**
 * Work and touches wait here until the function has returned and are then written in one order for everybody, in as
 * few statements as can be: rows are locked late and never crosswise, so transactions do not deadlock on them.
 */
export type Pending = {
  readonly enqueued: NewWork[];
  /** Message key → the most urgent lane asked for. */
  readonly touched: Map<string, Lane>;
  /** Serials of which a work ended here: the next in line is offered. */
  readonly serials: Set<string>;
  readonly offers: Offer[];
  readonly committed: Committed;
};

/** What a transaction added, for those who count. */
export type Committed = {
  /** Kinds of journal entries. */
  readonly journaled: string[];
  /** Sources of deliveries that were accepted. */
  readonly accepted: string[];
};

export type Scope = { readonly db: Transaction<Schema>; readonly pending: Pending };

/** An update by id that finds no row is a bug of the caller. */
export function expectOne(result: UpdateResult, what: string): void {
  invariant(result.numUpdatedRows === 1n, `${what} is not in the ledger.`);
}

/** Whether a patch says anything. */
export const hasKeys = (patch: object): boolean => Object.values(patch).some((value) => value !== undefined);
