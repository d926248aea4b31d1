import { Queue as BullQueue } from 'bullmq';
import type { Lane } from '../../domain/work.ts';
import type { Log, Queue } from '../../flow/ports.ts';
import { connectRedis, endConnection } from './redis.ts';

export const queueName = 'firebreak-work';
export type Wake = { readonly id: string };

/** In BullMQ no priority goes first, then 1 and up. */
const priorities = { decision: 0, status: 1, chatter: 2 } satisfies Record<Lane, number>;

/** Jobs in one round trip. */
const chunkSize = 1_000;

/**
 * The queue that wakes workers. Its jobs carry a work id and nothing else, are never retried, and leave no trace.
 *
 * `wake` never throws and takes at most `timeoutMs`: when Redis is away or slow it logs once for the outage, and the
 * sweeper finds the work. `maxLenEvents` bounds BullMQ's event stream (10,000; 50 on the embedded Redis, which copies
 * values on each write). `prefix` keeps several installations on one Redis apart.
 */
export function createQueue({
  redisUrl,
  log,
  prefix = 'firebreak',
  maxLenEvents = 10_000,
  timeoutMs = 1_000,
}: {
  redisUrl: string;
  log: Log;
  prefix?: string;
  maxLenEvents?: number;
  timeoutMs?: number;
}): Queue & { close(): Promise<void> } {
  // Without an offline queue a command fails at once while Redis is away, and does not hang until it is back.
  const connection = connectRedis(redisUrl, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  let out = false;
  const report = (err: unknown): void => {
    if (!out) log.warn({ err }, 'cannot reach Redis; the sweeper finds what it should have been told');
    out = true;
  };
  connection.on('error', report);
  const queue = new BullQueue<Wake, void, 'wake'>(queueName, {
    connection,
    prefix,
    skipVersionCheck: true,
    streams: { events: { maxLen: maxLenEvents } },
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', report);

  return {
    async wake(work) {
      // During an outage nobody waits; ioredis goes on connecting by itself.
      if (out && connection.status !== 'ready') return;
      for (let start = 0; start < work.length; start += chunkSize) {
        try {
          const jobs = work.slice(start, start + chunkSize).map(({ id, lane, delayMs }) => ({
            name: 'wake' as const,
            data: { id },
            opts: {
              ...(priorities[lane] > 0 && { priority: priorities[lane] }),
              ...(delayMs !== undefined && delayMs > 0 && { delay: Math.ceil(delayMs) }),
            },
          }));
          await within(timeoutMs, queue.addBulk(jobs));
          if (out) log.info({}, 'Redis is back');
          out = false;
        } catch (err) {
          report(err);
          return;
        }
      }
    },
    async close() {
      queue.off('error', report);
      queue.on('error', () => {});
      await Promise.allSettled([within(timeoutMs, queue.close())]);
      endConnection(connection);
    },
  };
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
