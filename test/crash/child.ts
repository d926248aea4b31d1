/**
 * The product in a process of its own, so that it can be killed: the real app on the stores that the environment names.
 * FAILPOINT ends it with SIGKILL the first time that place is reached.
 */
import { startEmbeddedRedis } from '../../src/adapters/bullmq/embedded-redis.ts';
import { openPostgres } from '../../src/adapters/postgres/connection.ts';
import { openEmbeddedPostgres } from '../../src/adapters/postgres/embedded.ts';
import { migrateLedger } from '../../src/adapters/postgres/migrations/migrate.ts';
import { createPace } from '../../src/adapters/slack/pace.ts';
import { startApp } from '../../src/app.ts';
import { untilStopped } from '../../src/cli/signals.ts';
import { readConfigFile } from '../../src/config.ts';
import type { FailpointName } from '../../src/flow/ports.ts';
import { createLog } from '../../src/log.ts';

const variable = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

const log = createLog({ level: 'info', to: 'stderr' });
const stopping = untilStopped();
const failpoint = (name: FailpointName): void => {
  if (name === process.env['FAILPOINT']) process.kill(process.pid, 'SIGKILL');
};
const databaseUrl = process.env['LEDGER_URL'];
const ledger = databaseUrl
  ? openPostgres({ url: databaseUrl, log })
  : await openEmbeddedPostgres({ directory: variable('LEDGER_DIRECTORY') });
await migrateLedger(ledger.db);
const redis = process.env['QUEUE_URL'] ? undefined : await startEmbeddedRedis();
const app = await startApp({
  config: await readConfigFile(variable('FIREBREAK_CONFIG')),
  database: ledger.db,
  redisUrl: redis?.url ?? variable('QUEUE_URL'),
  slack: {
    token: variable('SLACK_BOT_TOKEN'),
    signingSecret: variable('SLACK_SIGNING_SECRET'),
    apiUrl: variable('SLACK_API_URL'),
    // As the stand-in of survives.ts.
    pace: createPace({ timeScale: 50 }),
  },
  alertmanagerToken: variable('ALERTMANAGER_TOKEN'),
  host: '127.0.0.1',
  port: Number(variable('PORT')),
  roles: ['edge', 'worker'],
  log,
  failpoint,
  leaseMs: 1_500,
  sweepEveryMs: 300,
  queueEventsMax: 50,
  settleMs: 0,
});
process.stdout.write('ready\n');
await stopping;
await app.stop();
await redis?.stop();
await ledger.close();
