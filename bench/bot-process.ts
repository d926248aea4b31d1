/** The process of bot.ts: the app on its stores, which tells its parent what it passes and when it has nothing to do. */
import { sql } from 'kysely';
import { startEmbeddedRedis } from '../src/adapters/bullmq/embedded-redis.ts';
import { noPace } from '../src/adapters/slack/pace.ts';
import { startApp } from '../src/app.ts';
import { readConfigFile } from '../src/config.ts';
import type { Log } from '../src/flow/ports.ts';
import { eventually } from '../test/eventually.ts';
import { openTestLedger } from '../test/ledger.ts';
import { openRealLedger } from '../test/real/databases.ts';
import { realRedis } from '../test/scenario/real.ts';
import { alertmanagerToken, type FromBot, type ToBot } from './bot-messages.ts';

const tell = (message: FromBot): void => void process.send?.(message);
const complain = (level: string) => (fields: object, message: string) =>
  tell({ kind: 'complaint', line: JSON.stringify({ level, message, ...fields }) });
const log: Log = { debug() {}, info() {}, warn: complain('warn'), error: complain('error') };

const isRealLedger = Boolean(process.env['DATABASE_URL']);
const isRealQueue = Boolean(process.env['REDIS_URL']);
const ledger = await (isRealLedger ? openRealLedger() : openTestLedger());
const redis = await (isRealQueue ? realRedis() : embeddedRedis());
let stop = async (): Promise<void> => undefined;

async function start({ slackUrl, paced }: Extract<ToBot, { kind: 'start' }>): Promise<void> {
  const app = await startApp({
    config: await readConfigFile(process.argv[2] ?? ''),
    database: ledger.db,
    redisUrl: redis.url,
    // bot.ts sets both.
    slack: {
      token: process.env['SLACK_BOT_TOKEN'] ?? '',
      signingSecret: process.env['SLACK_SIGNING_SECRET'] ?? '',
      apiUrl: slackUrl,
      // As the stand-in of bot.ts.
      ...(paced ? {} : { pace: noPace }),
    },
    alertmanagerToken,
    host: '127.0.0.1',
    port: 0,
    roles: ['edge', 'worker'],
    log,
    failpoint: (name) => tell({ kind: 'passed', name, at: Number(process.hrtime.bigint()) / 1e6 }),
  });
  stop = () => app.stop();
  const stores = {
    ledger: isRealLedger ? 'postgres' : 'embedded',
    queue: isRealQueue ? 'redis' : 'embedded',
  } as const;
  tell({ kind: 'ready', url: app.url, stores });
}

async function tellWhenIdle(): Promise<void> {
  await eventually(
    'the bot is idle',
    async () => {
      const open = await sql<{ n: number }>`select count(*)::int as n from work
        where done_at is null and failed_at is null and kind <> 'expire-plan'
          and due_at < clock_timestamp() + interval '4 minutes'`.execute(ledger.db);
      return open.rows[0]?.n === 0;
    },
    60_000,
  );
  tell({ kind: 'idle' });
}

async function count(): Promise<void> {
  const counted = await sql<{ incidents: number; alerts: number }>`
    select (select count(*)::int from incident) as incidents, (select count(*)::int from alert) as alerts`.execute(
    ledger.db,
  );
  tell({ kind: 'counted', ...(counted.rows[0] ?? { incidents: 0, alerts: 0 }) });
}

async function end(): Promise<void> {
  await stop();
  await redis.close();
  await ledger.close();
  process.disconnect();
}

process.on('message', (message) => {
  // Only bot.ts is at the other end.
  const told = message as ToBot;
  const todo = {
    start: async () => (told.kind === 'start' ? start(told) : undefined),
    stop: end,
    count,
    'tell-when-idle': tellWhenIdle,
  };
  const done = todo[told.kind]();
  done.catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
// The parent ended without a word: leave nothing behind.
process.once('disconnect', () => void end().finally(() => process.exit()));

async function embeddedRedis(): Promise<{ url: string; close(): Promise<void> }> {
  const redis = await startEmbeddedRedis();
  return { url: redis.url, close: () => redis.stop() };
}
