import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { OperationError } from '../../domain/errors.ts';
import { errorCode } from './errors.ts';

/** Directories that this process has open: a pid of our own in the file is otherwise a stale one of the last start. */
const opened = new Set<string>();

/**
 * Takes `<directory>.pid` for this process and gives its release. Throws `ledger-unavailable`, not retryable, when
 * another live process holds it; a file of a process that is gone is taken over.
 */
export function lockDirectory(directory: string): () => void {
  const file = `${directory}.pid`;
  if (opened.has(directory)) throw refuse(directory, file, process.pid);
  mkdirSync(dirname(directory), { recursive: true });
  for (let tries = 0; !create(file); tries++) {
    const owner = Number(readFileSync(file, 'utf8'));
    if (tries > 3 || (owner !== process.pid && isAlive(owner))) throw refuse(directory, file, owner);
    rmSync(file, { force: true });
  }
  opened.add(directory);
  return () => {
    opened.delete(directory);
    rmSync(file, { force: true });
  };
}

/** False when the file exists. */
function create(file: string): boolean {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return errorCode(error) === 'EPERM';
  }
}

const refuse = (directory: string, file: string, pid: number): OperationError =>
  new OperationError(
    'ledger-unavailable',
    `The embedded ledger in ${directory} is in use by process ${pid}. Stop that one first; if it is not Firebreak, delete ${file}.`,
    { retryable: false },
  );
