/** The stage on the real things: Debian's Alertmanager, PostgreSQL and Redis; see real-cluster.ts for Kubernetes. */
import { Redis } from 'ioredis';
import { type RealAlertmanager, startAlertmanager } from '../real/alertmanager.ts';
import { openRealLedger } from '../real/databases.ts';
import type { StageAlerts, StageStores } from './stage.ts';

export function realAlerts(): StageAlerts {
  let alertmanager: RealAlertmanager | undefined;
  const running = (): RealAlertmanager => {
    if (!alertmanager) throw new Error('connect() says where the alerts go; call it first.');
    return alertmanager;
  };
  return {
    async connect(webhookUrl, token) {
      await alertmanager?.stop();
      alertmanager = await startAlertmanager({ webhookUrl, token, groupBy: ['alertname', 'namespace'] });
    },
    fire: (labels, annotations = {}) => running().fire([{ labels, annotations }]),
    resolve: (labels) => running().resolve([{ labels }]),
    async close() {
      await alertmanager?.stop();
    },
  };
}

export type RealStores = StageStores & {
  /** Takes everything from the Redis database that the app uses, as a restart without persistence would. */
  flushRedis(): Promise<void>;
};

export async function realStores(): Promise<RealStores> {
  const ledger = await openRealLedger();
  const redis = await claimRedisDatabase();
  return {
    database: ledger.db,
    redisUrl: redis.url,
    flushRedis: () => redis.flush(),
    async close() {
      await redis.release();
      await ledger.close();
    },
  };
}

/** Long enough for any suite; then a database that a killed suite had is free again. */
const claimSeconds = 900;
const claimKey = 'firebreak-test:claimed';

/** A numbered database of the Redis at REDIS_URL that was empty and is now this suite's. */
async function claimRedisDatabase(): Promise<{ url: string; flush(): Promise<void>; release(): Promise<void> }> {
  const server = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  // 0 is what everybody uses who does not choose; Redis has 16 unless configured otherwise.
  for (let number = 15; number > 0; number -= 1) {
    const url = new URL(server);
    url.pathname = `/${number}`;
    const redis = new Redis(url.href);
    const claim = () => redis.set(claimKey, process.pid, 'EX', claimSeconds, 'NX');
    if ((await redis.dbsize()) > 0 || (await claim()) !== 'OK') {
      redis.disconnect();
      continue;
    }
    return {
      url: url.href,
      async flush() {
        await redis.multi().flushdb().set(claimKey, process.pid, 'EX', claimSeconds).exec();
      },
      async release() {
        await redis.flushdb();
        redis.disconnect();
      },
    };
  }
  throw new Error(`None of the databases 1 to 15 of ${server} is empty. Empty one that nobody needs.`);
}
