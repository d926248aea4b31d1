import type { Ledger } from '../../src/flow/ledger.ts';
import type { Offered } from '../ledger.ts';

export type LedgerUnderTest = {
  readonly ledger: Ledger;
  readonly offers: readonly Offered[];
  close(): Promise<void>;
};
