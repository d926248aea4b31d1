/** What `doctor` asks the queue's server. */
import { OperationError } from '../../domain/errors.ts';
import { connectRedis, endConnection } from './redis.ts';

export type QueueFacts = {
  /** `7.0.15`; Valkey says its own beside it. */
  readonly version: string;
  /** `noeviction` is the one under which no wake-up is thrown away; undefined when the server does not tell. */
  readonly evictionPolicy?: string;
};

const patienceMs = 5_000;

/** Throws `queue-unavailable`. */
export async function inspectQueue(redisUrl: string): Promise<QueueFacts> {
  const redis = connectRedis(redisUrl, { enableOfflineQueue: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined); // the commands below reject with the same
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), patienceMs);
  });
  try {
    const server = await Promise.race([redis.info('server', 'memory'), late]);
    const version = /^redis_version:(\S+)/m.exec(server)?.[1] ?? 'unknown';
    const evictionPolicy = /^maxmemory_policy:(\S+)/m.exec(server)?.[1];
    return { version, ...(evictionPolicy === undefined ? {} : { evictionPolicy }) };
  } catch (cause) {
    throw new OperationError('queue-unavailable', 'Redis does not answer at REDIS_URL.', { retryable: true, cause });
  } finally {
    clearTimeout(timer);
    endConnection(redis);
  }
}
