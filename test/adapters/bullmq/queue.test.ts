import { describe } from '@jest/globals';
import { startEmbeddedRedis } from '../../../src/adapters/bullmq/embedded-redis.ts';
import { holdsQueueContract } from '../../contracts/queue.ts';

describe('the queue on the embedded Redis', () => {
  holdsQueueContract(async () => {
    const redis = await startEmbeddedRedis();
    return { url: redis.url, maxLenEvents: 50, many: 100, close: () => redis.stop() };
  });
});
