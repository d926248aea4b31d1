import { describe } from '@jest/globals';
import { holdsQueueContract } from '../contracts/queue.ts';

describe('the queue on Redis', () => {
  holdsQueueContract(async () => ({
    url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379/9',
    maxLenEvents: 10_000,
    many: 5_000,
    close: async () => {},
  }));
});
