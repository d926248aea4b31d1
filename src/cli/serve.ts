/** `firebreak serve [--role edge,worker]` */
import { startEmbeddedRedis } from '../adapters/bullmq/embedded-redis.ts';
import { openPostgres } from '../adapters/postgres/connection.ts';
import { grantToServingRole } from '../adapters/postgres/migrations/grants.ts';
import { migrateLedger } from '../adapters/postgres/migrations/migrate.ts';
import { type AppOptions, type Role, startApp } from '../app.ts';
import { readConfigFile } from '../config.ts';
import { readServeEnvironment, secretsOf } from '../environment.ts';
import { createLog } from '../log.ts';
import { untilStopped } from './signals.ts';
import { parseFlags, UsageError } from './usage.ts';

const help = `Usage: firebreak serve [--role edge,worker]

Runs the bot. An edge receives Slack's, Alertmanager's and PagerDuty's requests; a worker does the work. Both by default.

Needs   DATABASE_URL, SLACK_BOT_TOKEN, and SLACK_SIGNING_SECRET (Slack over HTTP: POST /slack/events) or
        SLACK_APP_TOKEN (Slack over Socket Mode: no public address needed), or both
Takes   REDIS_URL (unset: a queue inside this process, enough for one; several processes should share a server),
        FIREBREAK_CONFIG (./firebreak.yaml), HOST (127.0.0.1), PORT (3000), ALERTMANAGER_TOKEN, LOG_LEVEL (info),
        SLACK_API_URL, FIREBREAK_MIGRATIONS_URL (the tables' owner; DATABASE_URL's role is then granted what it needs)
PagerDuty in:  PAGERDUTY_WEBHOOK_SECRETS (of webhook subscriptions to POST /webhooks/pagerduty; several with commas)
          out: PAGERDUTY_TOKEN (a REST API key), PAGERDUTY_FROM (e-mail address of the PagerDuty user it acts as),
               PAGERDUTY_API_URL (https://api.eu.pagerduty.com for accounts in Europe)

SIGTERM and SIGINT drain: requests and work under way are finished, the rest stays in the ledger.
`;

const roles: readonly string[] = ['edge', 'worker'] satisfies Role[];
const isRole = (text: string): text is Role => roles.includes(text);

export const serve = {
  help,
  async run(args: string[]): Promise<number> {
    const { values } = parseFlags({ args, options: { role: { type: 'string' } } });
    const wanted = (values.role ?? 'edge,worker').split(',').map((role) => role.trim());
    const unknown = wanted.find((role) => !isRole(role));
    if (unknown !== undefined)
      throw new UsageError(`--role takes edge, worker or both, not ${JSON.stringify(unknown)}.`);

    const environment = readServeEnvironment(process.env);
    const log = createLog({ level: environment.logLevel, to: 'stdout', secrets: secretsOf(environment) });
    const config = await readConfigFile(environment.configPath);
    await migrate({ owner: environment.migrationsUrl, serving: environment.databaseUrl, log });
    const ledger = openPostgres({ url: environment.databaseUrl, log });
    const queue = await findQueue(environment.redisUrl, log);
    const options: AppOptions = {
      config,
      database: ledger.db,
      redisUrl: queue.url,
      ...(queue.eventsMax ? { queueEventsMax: queue.eventsMax } : {}),
      slack: {
        token: environment.slackBotToken,
        ...(environment.slackSigningSecret ? { signingSecret: environment.slackSigningSecret } : {}),
        ...(environment.slackAppToken ? { appToken: environment.slackAppToken } : {}),
        ...(environment.slackApiUrl ? { apiUrl: environment.slackApiUrl } : {}),
      },
      ...(environment.alertmanagerToken ? { alertmanagerToken: environment.alertmanagerToken } : {}),
      pagerduty: {
        webhookSecrets: environment.pagerdutyWebhookSecrets,
        ...(environment.pagerdutyToken ? { token: environment.pagerdutyToken } : {}),
        ...(environment.pagerdutyFrom ? { from: environment.pagerdutyFrom } : {}),
        ...(environment.pagerdutyApiUrl ? { apiUrl: environment.pagerdutyApiUrl } : {}),
      },
      host: environment.host,
      port: environment.port,
      roles: wanted.filter(isRole),
      log,
    };
    try {
      const app = await startApp(options);
      const signal = await untilStopped();
      log.info({ signal }, 'draining');
      await app.stop();
    } finally {
      await queue.stop();
      await ledger.close();
    }
    log.info({}, 'stopped');
    return 0;
  },
};

type FoundQueue = { readonly url: string; readonly eventsMax?: number; stop(): Promise<void> };

async function findQueue(redisUrl: string | undefined, log: AppOptions['log']): Promise<FoundQueue> {
  if (redisUrl) return { url: redisUrl, stop: async () => undefined };
  log.info({}, 'REDIS_URL is not set: the queue lives in this process, which is enough for one');
  return { ...(await startEmbeddedRedis()), eventsMax: 50 };
}

/** Exported for its test: on a large ledger it takes minutes. */
export async function migrate(urls: {
  owner: string | undefined;
  serving: string;
  log: AppOptions['log'];
}): Promise<void> {
  const owner = openPostgres({ url: urls.owner ?? urls.serving, log: urls.log, connectionsMax: 1, unhurried: true });
  const role = decodeURIComponent(new URL(urls.serving).username);
  try {
    await migrateLedger(owner.db);
    const apart = urls.owner !== undefined && decodeURIComponent(new URL(urls.owner).username) !== role;
    if (apart && role !== '') await grantToServingRole(owner.db, role);
  } finally {
    await owner.close();
  }
}
