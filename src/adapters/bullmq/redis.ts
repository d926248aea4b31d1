import { Redis, type RedisOptions } from 'ioredis';

/** `redis://[user:password@]host:port/db`, or `rediss://`. Reconnects for ever, at most 2 s apart. */
export function connectRedis(
  url: string,
  options: Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest'>,
): Redis {
  return new Redis(url, {
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(2_000, times * 100),
    ...options,
  });
}

/** Disconnecting what has ended already arms a 2 s timer in ioredis that nothing clears. */
export function endConnection(connection: Redis): void {
  if (connection.status !== 'end') connection.disconnect();
}
