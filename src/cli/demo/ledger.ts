/** The demo's ledger: an embedded PostgreSQL, in memory or in a folder that somebody wants to keep. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LedgerConnection } from '../../adapters/postgres/connection.ts';
import { openEmbeddedPostgres } from '../../adapters/postgres/embedded.ts';
import { invariant } from '../../domain/errors.ts';
import { errorCode } from '../error-code.ts';
import { UsageError } from '../usage.ts';

const newLedgerMsMax = 120_000;

export type LedgerImage = { files(): Promise<ArrayBuffer>; stop(): Promise<void> };

/** Starts at once to make the files of a new ledger, in a thread of its own. */
export function makeLedgerImage(): LedgerImage {
  // Flags of the main process mean nothing to it and some are refused in threads.
  const thread = new Worker(new URL('./ledger-image-thread.ts', import.meta.url), { execArgv: [] });
  // `once` rejects with the thread's error when it cannot start.
  const message = once(thread, 'message', { signal: AbortSignal.timeout(newLedgerMsMax) });
  // Whoever stops before asks no more.
  message.catch(() => undefined);
  return {
    async files() {
      const [files] = await message;
      invariant(files instanceof ArrayBuffer, 'The thread of the ledger’s image gave no bytes.');
      return files;
    },
    async stop() {
      await thread.terminate();
    },
  };
}

/** @param keep a new or empty folder; absent: in memory */
export async function openDemoLedger(files: ArrayBuffer, keep: string | undefined): Promise<LedgerConnection> {
  try {
    return await openEmbeddedPostgres({
      image: new Blob([files]),
      ...(keep === undefined ? {} : { directory: keep }),
    });
  } catch (error) {
    const code = errorCode(error);
    if (keep === undefined || code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new UsageError(`The ledger cannot be kept in ${keep} (${code}). Name a folder that you may write to.`);
  }
}
