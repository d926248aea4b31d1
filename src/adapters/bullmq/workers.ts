import { Worker } from 'bullmq';
import type { Log } from '../../flow/ports.ts';
import { queueName, type Wake } from './queue.ts';
import { connectRedis, endConnection } from './redis.ts';

/** How long Redis may take to hear that we leave. */
const goodbyeMs = 1_000;

/**
 * Takes wakes from the queue and performs them, `concurrency` at a time. Whether there is anything to do is the
 * ledger's business, so a wake may come twice, late, or for work that is done.
 *
 * `close(drainMs)` takes no new wakes, waits for those under way for at most `drainMs`, and lets go of the rest: their
 * leases run out and somebody else does them.
 */
export function startWorkers({
  redisUrl,
  concurrency,
  perform,
  log,
  prefix = 'firebreak',
}: {
  redisUrl: string;
  concurrency: number;
  perform: (id: string) => Promise<void>;
  log: Log;
  prefix?: string;
}): { ready(): Promise<void>; close(drainMs: number): Promise<void> } {
  // BullMQ blocks on Redis while it waits for jobs and asks for a connection that never gives up.
  const connection = connectRedis(redisUrl, { maxRetriesPerRequest: null });
  let out = false;
  const report = (err: unknown): void => {
    if (!out) log.warn({ err }, 'workers cannot reach Redis; they go on trying');
    out = true;
  };
  connection.on('error', report);
  connection.on('ready', () => {
    if (out) log.info({}, 'workers reach Redis again');
    out = false;
  });
  const released = Promise.withResolvers<void>();
  const performed = async (id: string): Promise<void> => {
    try {
      await perform(id);
    } catch (err) {
      log.error({ err, workId: id }, 'performing work threw, which it never should');
    }
  };
  const worker = new Worker<Wake, void, 'wake'>(
    queueName,
    (job) => Promise.race([performed(job.data.id), released.promise]),
    {
      connection,
      prefix,
      concurrency,
      skipVersionCheck: true,
      lockDuration: 10_000,
      stalledInterval: 5_000,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  worker.on('error', report);

  return {
    async ready() {
      await worker.waitUntilReady();
    },
    async close(drainMs) {
      const closed = worker.close().catch(report);
      await atMost(drainMs, closed);
      // To BullMQ what is still under way is then done; the ledger knows better.
      released.resolve();
      await atMost(goodbyeMs, closed);
      await worker.disconnect().catch(report);
      endConnection(connection);
    },
  };
}

async function atMost(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
