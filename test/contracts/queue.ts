/** What the queue that wakes workers must do, on any Redis. Each test has a prefix of its own. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Queue as BullQueue } from 'bullmq';
import { createQueue, queueName } from '../../src/adapters/bullmq/queue.ts';
import { startWorkers } from '../../src/adapters/bullmq/workers.ts';
import { eventually } from '../eventually.ts';
import { silent } from '../ledger.ts';

export type RedisUnderTest = {
  readonly url: string;
  readonly maxLenEvents: number;
  /** How many wakes at once it has to bear. */
  readonly many: number;
  close(): Promise<void>;
};

export function holdsQueueContract(open: () => Promise<RedisUnderTest>): void {
  let redis: RedisUnderTest;
  beforeAll(async () => {
    redis = await open();
  });
  afterAll(() => redis.close());

  /** A queue whose keys are removed at the end. */
  const withQueue = async (
    run: (parts: {
      queue: ReturnType<typeof createQueue>;
      work: (perform: (id: string) => Promise<void>, concurrency?: number) => ReturnType<typeof startWorkers>;
      bull: BullQueue;
    }) => Promise<void>,
  ): Promise<void> => {
    const prefix = `firebreak-test-${randomUUID()}`;
    const { url: redisUrl, maxLenEvents } = redis;
    const queue = createQueue({ redisUrl, log: silent, prefix, maxLenEvents });
    const bull = new BullQueue(queueName, { connection: { url: redisUrl }, prefix, skipVersionCheck: true });
    const started: ReturnType<typeof startWorkers>[] = [];
    try {
      await run({
        queue,
        bull,
        work: (perform, concurrency = 1) => {
          const workers = startWorkers({ redisUrl, concurrency, perform, log: silent, prefix });
          started.push(workers);
          return workers;
        },
      });
    } finally {
      for (const workers of started) await workers.close(100);
      await queue.close();
      await bull.obliterate({ force: true });
      await bull.close();
    }
  };

  it('wakes in the order of lanes, and within a lane in the order of waking', () =>
    withQueue(async ({ queue, work }) => {
      await queue.wake([
        { id: '1', lane: 'chatter' },
        { id: '2', lane: 'status' },
        { id: '3', lane: 'decision' },
        { id: '4', lane: 'status' },
      ]);
      await queue.wake([{ id: '5', lane: 'decision' }]);
      const seen: string[] = [];

      work(async (id) => void seen.push(id));

      await eventually('all five', () => seen.length === 5);
      expect(seen).toEqual(['3', '5', '2', '4', '1']);
    }));

  it('wakes later what has a delay', () =>
    withQueue(async ({ queue, work }) => {
      const seen: [id: string, at: number][] = [];
      const workers = work(async (id) => void seen.push([id, performance.now()]));
      await workers.ready();
      const start = performance.now();

      await queue.wake([
        { id: 'later', lane: 'decision', delayMs: 300 },
        { id: 'now', lane: 'chatter', delayMs: 0 },
      ]);

      await eventually('both', () => seen.length === 2);
      expect(seen.map(([id]) => id)).toEqual(['now', 'later']);
      expect((seen[1]?.[1] ?? 0) - start).toBeGreaterThanOrEqual(290);
    }));

  it('wakes twice for an id that is told twice, and keeps nothing afterwards', () =>
    withQueue(async ({ queue, work, bull }) => {
      const seen: string[] = [];
      await queue.wake([{ id: '7', lane: 'status' }]);
      await queue.wake([{ id: '7', lane: 'status' }]);

      work(async (id) => void seen.push(id));

      await eventually('both', () => seen.length === 2);
      await eventually('nothing is left', async () => {
        const counts = await bull.getJobCounts();
        return Object.values(counts).every((count) => count === 0);
      });
      expect(seen).toEqual(['7', '7']);
    }));

  it('goes on after a perform that throws', () =>
    withQueue(async ({ queue, work, bull }) => {
      const seen: string[] = [];
      work(async (id) => {
        seen.push(id);
        if (id === 'bad') throw new Error('on purpose');
      });

      await queue.wake([
        { id: 'bad', lane: 'decision' },
        { id: 'good', lane: 'status' },
      ]);

      await eventually('both', () => seen.length === 2);
      await eventually('nothing is left', async () => (await bull.getJobCountByTypes('active', 'failed')) === 0);
      expect(seen).toEqual(['bad', 'good']);
    }));

  it('wakes for many ids at once, several workers sharing them', () =>
    withQueue(async ({ queue, work }) => {
      const ids = Array.from({ length: redis.many }, (_, index) => String(index));
      const seen: string[] = [];
      work(async (id) => void seen.push(id), 8);
      work(async (id) => void seen.push(id), 8);

      await queue.wake(ids.map((id) => ({ id, lane: 'status' })));
      await queue.wake([]);

      await eventually('all of them', () => seen.length >= ids.length, 25_000);
      expect(seen.toSorted()).toEqual(ids.toSorted());
    }));

  it('waits at its close for what is under way', () =>
    withQueue(async ({ queue, work }) => {
      let finish = (): void => {};
      let [started, finished] = [false, false];
      const workers = work(async () => {
        started = true;
        await new Promise<void>((resolve) => (finish = resolve));
        finished = true;
      });
      await queue.wake([{ id: '1', lane: 'status' }]);
      await eventually('it has started', () => started);

      const closed = workers.close(10_000);
      finish();
      await closed;

      expect(finished).toBe(true);
    }));

  it('lets go of what does not end in time', () =>
    withQueue(async ({ queue, work }) => {
      let started = false;
      const workers = work(() => {
        started = true;
        return new Promise(() => {});
      });
      await queue.wake([{ id: '1', lane: 'status' }]);
      await eventually('it has started', () => started);
      const start = performance.now();

      await workers.close(50);

      expect(performance.now() - start).toBeLessThan(5_000);
    }));

  it('neither throws nor waits long nor floods the log while Redis is away, and works when it is back', async () => {
    const gate = await openGate(redis.url);
    const warnings: object[] = [];
    const prefix = `firebreak-test-${randomUUID()}`;
    const queue = createQueue({
      redisUrl: gate.url,
      log: { ...silent, warn: (fields) => void warnings.push(fields) },
      prefix,
      maxLenEvents: redis.maxLenEvents,
    });
    const bull = new BullQueue(queueName, { connection: { url: redis.url }, prefix, skipVersionCheck: true });
    const wake = () => queue.wake([{ id: '1', lane: 'status' }]);
    const waiting = () => bull.getJobCountByTypes('wait', 'prioritized');
    try {
      await wake();
      expect(warnings).toEqual([]);
      expect(await waiting()).toBe(1);

      await gate.shut();
      const start = performance.now();
      await wake();
      await wake();
      await wake();
      const tookMs = performance.now() - start;
      await eventually('it was logged', () => warnings.length > 0);
      expect(tookMs).toBeLessThan(3_000);

      await gate.open();
      await eventually('a wake arrives', async () => {
        await wake();
        return (await waiting()) >= 2;
      });
      expect(warnings).toHaveLength(1);
    } finally {
      await queue.close();
      await bull.obliterate({ force: true });
      await bull.close();
      await gate.shut();
    }
  });
}

/** A door in front of a server: shut, it drops everybody and lets nobody in. */
async function openGate(target: string): Promise<{ url: string; shut(): Promise<void>; open(): Promise<void> }> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let at = 0;
  const open = async (): Promise<void> => {
    const listening = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => listening.listen(at, '127.0.0.1', resolve));
    const address = listening.address();
    if (address && typeof address === 'object') at = address.port;
    server = listening;
  };
  await open();
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(at);
  return {
    url: url.href,
    open,
    async shut() {
      const closed = new Promise((resolve) => server?.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
