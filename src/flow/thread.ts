/** One piece of work in a thread of its own, without environment, which is ended when it takes too long. */
import { Worker } from 'node:worker_threads';
import { stopped } from '../runbook/filters/limits.ts';

export type ThreadOptions = {
  readonly signal: AbortSignal | undefined;
  readonly timeMs: number;
  /** Of its heap. */
  readonly megabytesMax: number;
  /** What a person is told when its time is over. */
  readonly late: string;
};

/**
 * What the program posts; undefined when it ended without, as when its memory is used up. Throws `filter-stopped` when its
 * time is over, and the signal's reason when that is aborted.
 */
export async function inThread(
  program: URL,
  request: unknown,
  { signal, timeMs, megabytesMax, late }: ThreadOptions,
): Promise<unknown> {
  signal?.throwIfAborted();
  const worker = new Worker(program, {
    workerData: request,
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: megabytesMax },
  });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const timer = setTimeout(() => reject(stopped(late)), timeMs);
  const aborted = (): void =>
    reject(signal?.reason instanceof Error ? signal.reason : stopped('The read was called off.'));
  signal?.addEventListener('abort', aborted, { once: true });
  worker.once('message', resolve);
  worker.once('error', () => resolve(undefined));
  worker.once('exit', () => resolve(undefined));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}
