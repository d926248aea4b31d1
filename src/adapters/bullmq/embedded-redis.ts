import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { invariant } from '../../domain/errors.ts';

/**
 * A Redis for the demo and for tests: a RESP server in a worker thread, on loopback, in memory only, which is right for
 * a queue that the ledger can rebuild. Create queues on it with `maxLenEvents: 50`.
 *
 * In a thread of its own it neither takes the main thread's time nor keeps the process alive.
 */
export async function startEmbeddedRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  // Flags of the main process (a test runner's, say) mean nothing to it and some are refused in threads.
  const thread = new Worker(new URL('./embedded-redis-thread.ts', import.meta.url), { execArgv: [] });
  // `once` rejects with the thread's error when it cannot start.
  const [address] = await once(thread, 'message', { signal: AbortSignal.timeout(10_000) });
  thread.unref();
  const { host, port } = address as { host: unknown; port: unknown };
  invariant(typeof host === 'string' && typeof port === 'number', 'The embedded Redis said no address.');
  return {
    url: `redis://${host}:${port}`,
    stop: async () => {
      await thread.terminate();
    },
  };
}
