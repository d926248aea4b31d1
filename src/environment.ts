/**
 * The environment → settings. Secrets come only from here, and no message ever repeats one. A secret that is set but
 * empty refuses to start: a forgotten value must not switch an integration, or a check, silently off.
 */
import { OperationError } from './domain/errors.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type Environment = {
  readonly databaseUrl?: string;
  /** The owner of the tables, when another role serves. */
  readonly migrationsUrl?: string;
  readonly redisUrl?: string;
  /** 127.0.0.1 unless HOST says otherwise; in a container, HOST=0.0.0.0 makes the port reachable. */
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  readonly configPath: string;
  readonly logLevel: LogLevel;
  readonly slackBotToken?: string;
  readonly slackSigningSecret?: string;
  /** For Socket Mode. */
  readonly slackAppToken?: string;
  /** Ends in `/`. Absent: Slack's own. */
  readonly slackApiUrl?: string;
  readonly alertmanagerToken?: string;
  readonly pagerdutyToken?: string;
  /** The e-mail address of the PagerDuty user that changes are made as. */
  readonly pagerdutyFrom?: string;
  /** Several during rotation. */
  readonly pagerdutyWebhookSecrets: readonly string[];
  readonly pagerdutyApiUrl?: string;
};

/** What `serve` cannot do without. */
export type ServeEnvironment = Environment & {
  readonly databaseUrl: string;
  readonly slackBotToken: string;
} & ({ readonly slackSigningSecret: string } | { readonly slackAppToken: string });

type Variables = Readonly<Record<string, string | undefined>>;

const logLevels: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'] satisfies LogLevel[];
const isLogLevel = (text: string): text is LogLevel => logLevels.includes(text);

const isHttpUrl = (text: string): boolean => URL.canParse(text) && /^https?:\/\//.test(text);

/** Throws `OperationError('config-invalid')` with one sentence for each variable that cannot be used. */
export function readEnvironment(env: Variables): Environment {
  const problems: string[] = [];

  /** Set but empty is refused; so are blanks around it, which a copied token often has. */
  function secret(name: string, { is, what }: { is?: RegExp; what?: string } = {}): string | undefined {
    const value = env[name];
    if (value === undefined) return undefined;
    if (value.trim() === '') problems.push(`${name} is set but empty: give it its value, or unset it.`);
    else if (value.trim() !== value) problems.push(`${name} has blanks before or after its value: remove them.`);
    else if (is !== undefined && !is.test(value)) problems.push(`${name} must be ${what}.`);
    else return value;
    return undefined;
  }

  /** Set but empty counts as unset. */
  function plain(name: string, is: (text: string) => boolean, what: string): string | undefined {
    const value = env[name]?.trim();
    if (value === undefined || value === '') return undefined;
    if (is(value)) return value;
    problems.push(`${name} must be ${what}.`);
    return undefined;
  }

  const port = plain('PORT', (text) => /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535, 'a port from 0 to 65535');
  const level = plain('LOG_LEVEL', isLogLevel, `one of ${logLevels.join(', ')}`);
  const slackApiUrl = plain('SLACK_API_URL', isHttpUrl, 'an http or https address');
  const webhookSecrets =
    secret('PAGERDUTY_WEBHOOK_SECRETS')
      ?.split(',')
      .map((part) => part.trim()) ?? [];
  if (webhookSecrets.includes('')) {
    problems.push('PAGERDUTY_WEBHOOK_SECRETS has an empty entry: write the secrets with one comma between them.');
  }
  const optional = {
    databaseUrl: secret('DATABASE_URL', {
      is: /^postgres(ql)?:\/\//,
      what: 'a PostgreSQL address such as postgres://user@host/firebreak',
    }),
    migrationsUrl: secret('FIREBREAK_MIGRATIONS_URL', {
      is: /^postgres(ql)?:\/\//,
      what: 'a PostgreSQL address of the role that owns the tables',
    }),
    redisUrl: secret('REDIS_URL', { is: /^rediss?:\/\//, what: 'a Redis address such as redis://host:6379' }),
    slackBotToken: secret('SLACK_BOT_TOKEN', {
      is: /^(?!xapp-|xoxp-)/,
      what: 'the bot token of the app (xoxb-…), not a user or app-level token',
    }),
    slackSigningSecret: secret('SLACK_SIGNING_SECRET'),
    slackAppToken: secret('SLACK_APP_TOKEN', {
      is: /^(?!xoxb-|xoxp-)/,
      what: 'an app-level token (xapp-…) with the scope connections:write, not a bot or user token',
    }),
    slackApiUrl: slackApiUrl?.replace(/\/*$/, '/'),
    alertmanagerToken: secret('ALERTMANAGER_TOKEN'),
    pagerdutyToken: secret('PAGERDUTY_TOKEN'),
    pagerdutyFrom: plain(
      'PAGERDUTY_FROM',
      (text) => /^[^\s@]+@[^\s@]+$/.test(text),
      'the e-mail address of a PagerDuty user',
    ),
    pagerdutyApiUrl: plain('PAGERDUTY_API_URL', isHttpUrl, 'an http or https address'),
  };
  const host = plain('HOST', (text) => /^[A-Za-z0-9.:-]+$/.test(text), 'a host name or an address to listen on');
  refuse(problems);
  return {
    ...defined(optional),
    host: host ?? '127.0.0.1',
    port: port === undefined ? 3000 : Number(port),
    configPath: env['FIREBREAK_CONFIG'] || './firebreak.yaml',
    logLevel: level !== undefined && isLogLevel(level) ? level : 'info',
    pagerdutyWebhookSecrets: webhookSecrets,
  };
}

/** `readEnvironment`, plus what `serve` needs. */
export function readServeEnvironment(env: Variables): ServeEnvironment {
  const environment = readEnvironment(env);
  const { databaseUrl, slackBotToken, slackSigningSecret, slackAppToken } = environment;
  if (databaseUrl !== undefined && slackBotToken !== undefined) {
    const found = { ...environment, databaseUrl, slackBotToken };
    if (slackSigningSecret !== undefined) return { ...found, slackSigningSecret };
    if (slackAppToken !== undefined) return { ...found, slackAppToken };
  }
  const problems: string[] = [];
  if (databaseUrl === undefined) {
    problems.push(
      'DATABASE_URL is not set: serve keeps everything in PostgreSQL, so name a database, such as postgres://user@host/firebreak.',
    );
  }
  if (slackBotToken === undefined) {
    problems.push(
      'SLACK_BOT_TOKEN is not set: give it the bot token (xoxb-…) from the Slack app’s “OAuth & Permissions” page.',
    );
  }
  if (slackSigningSecret === undefined && slackAppToken === undefined) {
    problems.push(
      'SLACK_SIGNING_SECRET is not set: give it the signing secret from the Slack app’s “Basic Information” page, or set SLACK_APP_TOKEN to an app-level token (xapp-…) for Socket Mode.',
    );
  }
  return refuse(problems, 'unmet');
}

/** The values that must not appear in any output, for the log's redaction. */
export function secretsOf(environment: Environment): readonly string[] {
  const { slackBotToken, slackSigningSecret, slackAppToken, alertmanagerToken, pagerdutyToken } = environment;
  return [
    slackBotToken,
    slackSigningSecret,
    slackAppToken,
    alertmanagerToken,
    pagerdutyToken,
    ...environment.pagerdutyWebhookSecrets,
    ...[environment.databaseUrl, environment.migrationsUrl, environment.redisUrl].map(passwordIn),
  ].filter((value) => value !== undefined);
}

/** Of an address; one of a few characters would blacken half of every line. */
function passwordIn(url: string | undefined): string | undefined {
  const password = url === undefined ? undefined : URL.parse(url)?.password;
  return password !== undefined && password.length >= 6 ? decodeURIComponent(password) : undefined;
}

function refuse(problems: readonly string[], unmet: 'unmet'): never;
function refuse(problems: readonly string[]): void;
function refuse(problems: readonly string[], unmet?: 'unmet'): void {
  if (problems.length === 0 && unmet === undefined) return;
  throw new OperationError('config-invalid', problems.join('\n'), { retryable: false });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Leaves out the keys whose value is undefined. */
function defined<T extends object>(values: T): Defined<T> {
  // Object.fromEntries forgets the keys' types; nothing but undefined values was left out.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
