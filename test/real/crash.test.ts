import { describe, it } from '@jest/globals';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { failpointNames } from '../../src/flow/ports.ts';
import { holdsThroughDeathAt } from '../crash/survives.ts';
import { silent } from '../ledger.ts';
import { realCluster, realRedis } from '../scenario/real.ts';
import { createDatabase } from './databases.ts';

/** The same story on real PostgreSQL, Redis and Kubernetes, with one death at a time. */
describe('one change on the real things, with one death', () => {
  it.each(failpointNames)(
    'at %s happens once, is told once, and loses nothing',
    async (name) => {
      const cluster = await realCluster(['hdc']);
      const database = await createDatabase();
      const redis = await realRedis();
      try {
        await cluster.deployment({ namespace: 'hdc', name: 'hdc-toolkit', replicas: 2 });
        await holdsThroughDeathAt([name], {
          cluster,
          env: { LEDGER_URL: database.url, QUEUE_URL: redis.url },
          openLedger: async () => openPostgres({ url: database.url, log: silent }),
        });
      } finally {
        await redis.close();
        await database.drop();
        await cluster.close();
      }
    },
    180_000,
  );
});
