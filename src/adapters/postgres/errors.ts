/**
 * The one place where what pg, PGlite and the pool throw becomes an `OperationError`. The sentences never carry the
 * server's own text, which may echo values.
 * Codes: PostgreSQL documentation, "Appendix A. PostgreSQL Error Codes".
 */
import { types } from 'node:util';
import { InvariantError, OperationError } from '../../domain/errors.ts';

const sqlState = /^[0-9A-Z]{5}$/;
const socketErrors = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET)/;
/** pg and pg-pool have no codes for these (pg 8.23, client.js and pg-pool/index.js). */
const lostConnection =
  /connection terminated|connection error|not queryable|timeout exceeded when trying to connect|query read timeout|timeout expired|cannot use a pool after calling end|driver has already been destroyed/i;

/** Another transaction won; doing it all again can succeed. */
const conflicts = new Set(['40001', '40P01', '55P03', '23505']);
/** Classes 08, 53 and 58, shutdowns, time-outs, and a standby that answers in place of the primary. */
const unavailable = /^(08|53|58)|^(57014|57P01|57P02|57P03|57P05|25P02|25P03|25P04|25006)$/;

/** The `code` that Node and pg put on errors; empty when there is none. */
export function errorCode(error: unknown): string {
  const known = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
  return known ? String(error.code) : '';
}

/** Gives back what is already of ours; translates everything else. */
export function toOperationError(error: unknown): OperationError | InvariantError | Error {
  if (error instanceof OperationError || error instanceof InvariantError) return error;
  // Not instanceof: errors of Node's own sockets belong to another realm when code runs in a vm context.
  if (!types.isNativeError(error)) return new InvariantError('Something that is no error was thrown.');
  const code = errorCode(error);
  if (conflicts.has(code)) {
    return new OperationError('ledger-conflict', 'Somebody else changed the same thing in the ledger at that moment.', {
      retryable: true,
      cause: error,
    });
  }
  if (
    socketErrors.test(code) ||
    lostConnection.test(error.message) ||
    (sqlState.test(code) && unavailable.test(code))
  ) {
    return new OperationError(
      'ledger-unavailable',
      'The ledger (PostgreSQL) cannot be reached or did not answer in time. It is asked again by itself.',
      { retryable: true, cause: error },
    );
  }
  if (code === '28P01' || code === '28000' || code === '3D000') {
    return new OperationError(
      'ledger-unavailable',
      'The ledger (PostgreSQL) refused to let us in. Check user, password and database in DATABASE_URL.',
      { retryable: false, cause: error },
    );
  }
  if (code === '42P01' || code === '42703' || code === '42501') {
    return new OperationError(
      'ledger-unavailable',
      'The ledger lacks a table, a column or a right that this version needs. Run the migrations as its owner and check the grants of the serving role.',
      { retryable: false, cause: error },
    );
  }
  if (sqlState.test(code)) {
    return new OperationError('ledger-conflict', `The ledger refused a statement (SQLSTATE ${code}).`, {
      retryable: false,
      cause: error,
    });
  }
  return error;
}
