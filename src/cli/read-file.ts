import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { OperationError } from '../domain/errors.ts';
import type { Runbook } from '../domain/runbook.ts';
import { compileRunbook, runbookBytesMax } from '../runbook/compile.ts';
import { errorCode } from './error-code.ts';

/**
 * The text of a file, or as much of it as shows that it is too large: a device or a pipe may never end. `-` is what is
 * piped in.
 */
export async function readText(path: string): Promise<string> {
  const piped = path === '-' ? { fd: 0 } : {};
  return (await buffer(createReadStream(path, { end: runbookBytesMax, ...piped }))).toString('utf8');
}

/** A runbook that a command names, and what is in it. Throws `source-unavailable`. */
export async function compileNamed(path: string): Promise<Runbook> {
  try {
    return compileRunbook(await readText(path), { path });
  } catch (error) {
    const code = errorCode(error);
    if (!(error instanceof RangeError) && code === undefined) throw error;
    const text = error instanceof RangeError ? error.message : `${path} ${whyUnreadable(code ?? 'unreadable')}`;
    throw new OperationError('source-unavailable', text, { retryable: false, cause: error });
  }
}

/** The end of a sentence that begins with the path. */
function whyUnreadable(code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'is not there: correct the path.';
    case 'EISDIR':
      return 'is a folder: name the files in it, or give it to firebreak lint.';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user: change its permissions.';
    case 'ELOOP':
      return 'is a link that leads back to itself: correct the link.';
    default:
      return `cannot be read (${code}): look at the file and its disk.`;
  }
}
