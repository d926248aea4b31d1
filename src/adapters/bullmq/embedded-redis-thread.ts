/** The worker thread of embedded-redis.ts. */
import { parentPort } from 'node:worker_threads';
import { createRedisServer } from 'js-redis-server';

const server = await createRedisServer({ port: 0, logger: { error: () => {} } });
parentPort?.postMessage({ host: server.host, port: server.port });
