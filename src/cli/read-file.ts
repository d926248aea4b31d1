import { readFile } from 'node:fs/promises';
import { OperationError } from '../domain/errors.ts';
import { errorCode } from './error-code.ts';

/** A file that a command names. Throws `source-unavailable`. */
export async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const text = `${path} cannot be read (${errorCode(error) ?? 'unreadable'}).`;
    throw new OperationError('source-unavailable', text, { retryable: false, cause: error });
  }
}
