import { describe } from '@jest/globals';
import { holdsLedgerContract } from '../../contracts/ledger.ts';
import { openTestLedger } from '../../ledger.ts';

describe('the ledger on the embedded PostgreSQL', () => {
  holdsLedgerContract(() => openTestLedger());
});
