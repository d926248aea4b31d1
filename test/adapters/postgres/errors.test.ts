import { describe, expect, it } from '@jest/globals';
import { toOperationError } from '../../../src/adapters/postgres/errors.ts';
import { InvariantError, OperationError } from '../../../src/domain/errors.ts';

const withCode = (code: string): Error =>
  Object.assign(new Error('password "hunter2" in row (1, secret)'), { code, detail: 'Key (key)=(secret)' });

describe('errors of the ledger', () => {
  it.each([
    ['40001', 'ledger-conflict', true],
    ['40P01', 'ledger-conflict', true],
    ['23505', 'ledger-conflict', true],
    ['55P03', 'ledger-conflict', true],
    ['08006', 'ledger-unavailable', true],
    ['53300', 'ledger-unavailable', true],
    ['57014', 'ledger-unavailable', true],
    ['57P01', 'ledger-unavailable', true],
    ['25P03', 'ledger-unavailable', true],
    ['25006', 'ledger-unavailable', true],
    ['ECONNREFUSED', 'ledger-unavailable', true],
    ['ECONNRESET', 'ledger-unavailable', true],
    ['28P01', 'ledger-unavailable', false],
    ['42P01', 'ledger-unavailable', false],
    ['42501', 'ledger-unavailable', false],
    ['22P02', 'ledger-conflict', false],
    ['23503', 'ledger-conflict', false],
  ])('translates %s to %s, retryable: %s, and shows nothing of the row', (code, expected, retryable) => {
    const cause = withCode(code);

    const error = toOperationError(cause);

    expect(error).toMatchObject({ code: expected, retryable, cause });
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).not.toMatch(/secret|hunter2/);
  });

  it.each([
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'timeout exceeded when trying to connect',
    'Query read timeout',
  ])('knows that %j means unavailable', (message) => {
    expect(toOperationError(new Error(message))).toMatchObject({ code: 'ledger-unavailable', retryable: true });
  });

  it('leaves alone what is ours or a bug of the flow', () => {
    for (const error of [
      new OperationError('lease-lost', 'gone', { retryable: true }),
      new InvariantError('never'),
      new TypeError('x is not a function'),
    ]) {
      expect(toOperationError(error)).toBe(error);
    }
    expect(toOperationError('text')).toBeInstanceOf(InvariantError);
  });
});
