import { describe, expect, it } from '@jest/globals';
import { OperationError } from '../src/domain/errors.ts';
import { readEnvironment, readServeEnvironment, secretsOf } from '../src/environment.ts';

const serving = {
  DATABASE_URL: 'postgres://firebreak:hunter2@db/firebreak',
  SLACK_BOT_TOKEN: 'xoxb-1-2-abc',
  SLACK_SIGNING_SECRET: '8f742231b10e8888abcd99yyyzzz85a5',
};

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OperationError && error.code === 'config-invalid') return error.message;
    throw error;
  }
  throw new Error('this environment was accepted');
}

describe('the environment', () => {
  it('has defaults that listen on this machine alone', () => {
    expect(readEnvironment({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      configPath: './firebreak.yaml',
      logLevel: 'info',
      pagerdutyWebhookSecrets: [],
    });
  });

  it('reads every variable', () => {
    const environment = readEnvironment({
      ...serving,
      REDIS_URL: 'rediss://redis:6380',
      HOST: '::',
      PORT: '0',
      FIREBREAK_CONFIG: '/etc/firebreak.yaml',
      SLACK_APP_TOKEN: 'xapp-1',
      SLACK_API_URL: 'http://127.0.0.1:9/api',
      ALERTMANAGER_TOKEN: 'am-token',
      PAGERDUTY_TOKEN: 'pd-token',
      PAGERDUTY_FROM: 'bot@example.com',
      PAGERDUTY_WEBHOOK_SECRETS: 'new, old',
      PAGERDUTY_API_URL: 'http://127.0.0.1:8',
      LOG_LEVEL: 'debug',
    });

    expect(environment).toEqual({
      databaseUrl: serving.DATABASE_URL,
      redisUrl: 'rediss://redis:6380',
      host: '::',
      port: 0,
      configPath: '/etc/firebreak.yaml',
      logLevel: 'debug',
      slackBotToken: 'xoxb-1-2-abc',
      slackSigningSecret: serving.SLACK_SIGNING_SECRET,
      slackAppToken: 'xapp-1',
      slackApiUrl: 'http://127.0.0.1:9/api/',
      alertmanagerToken: 'am-token',
      pagerdutyToken: 'pd-token',
      pagerdutyFrom: 'bot@example.com',
      pagerdutyWebhookSecrets: ['new', 'old'],
      pagerdutyApiUrl: 'http://127.0.0.1:8',
    });
    expect(secretsOf(environment)).toEqual(
      expect.arrayContaining([
        'xoxb-1-2-abc',
        serving.SLACK_SIGNING_SECRET,
        'xapp-1',
        'am-token',
        'pd-token',
        'new',
        'old',
      ]),
    );
  });

  it('counts the passwords inside addresses as secrets, but for those that are too short to hide', () => {
    const environment = readEnvironment({
      DATABASE_URL: 'postgres://firebreak:p%40ssw0rd@db/firebreak',
      FIREBREAK_MIGRATIONS_URL: 'postgres://owner@db/firebreak',
      REDIS_URL: 'redis://:abc@redis:6379',
    });

    expect(secretsOf(environment)).toEqual(['p@ssw0rd']);
  });

  it.each([
    'DATABASE_URL',
    'REDIS_URL',
    'SLACK_BOT_TOKEN',
    'SLACK_SIGNING_SECRET',
    'SLACK_APP_TOKEN',
    'ALERTMANAGER_TOKEN',
    'PAGERDUTY_TOKEN',
    'PAGERDUTY_WEBHOOK_SECRETS',
  ])('refuses %s when it is set but empty, in one sentence that names it', (name) => {
    for (const empty of ['', '  ', '\n']) {
      expect(messageOf(() => readServeEnvironment({ ...serving, [name]: empty }))).toBe(
        `${name} is set but empty: give it its value, or unset it.`,
      );
    }
  });

  it.each<[string, string, RegExp]>([
    ['SLACK_BOT_TOKEN', 'xoxb-secret-1\n', /^SLACK_BOT_TOKEN has blanks/],
    ['SLACK_BOT_TOKEN', 'xapp-secret-1', /^SLACK_BOT_TOKEN must be the bot token/],
    ['DATABASE_URL', 'mysql://me:secret@db', /^DATABASE_URL must be a PostgreSQL address/],
    ['REDIS_URL', 'http://me:secret@redis', /^REDIS_URL must be a Redis address/],
    ['PAGERDUTY_WEBHOOK_SECRETS', 'secret,,', /^PAGERDUTY_WEBHOOK_SECRETS has an empty entry/],
    ['PORT', '70000', /^PORT must be a port/],
    ['PORT', '-1', /^PORT must be a port/],
    ['HOST', 'a b', /^HOST must be/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL must be one of debug, info, warn, error, silent/],
    ['SLACK_API_URL', 'ftp://slack', /^SLACK_API_URL must be an http or https address/],
    ['PAGERDUTY_FROM', 'bot', /^PAGERDUTY_FROM must be the e-mail address/],
  ])('refuses a wrong %s (%j) without printing it', (name, value, expected) => {
    const message = messageOf(() => readEnvironment({ [name]: value }));

    expect(message).toMatch(expected);
    expect(message).not.toContain('secret-1');
    expect(message).not.toContain('secret@');
  });

  it('names everything that is wrong at once', () => {
    expect(messageOf(() => readEnvironment({ ALERTMANAGER_TOKEN: '', PORT: 'x' })).split('\n')).toHaveLength(2);
  });
});

describe('the environment of serve', () => {
  it('is complete with a database, a bot token and a signing secret', () => {
    expect(readServeEnvironment(serving)).toMatchObject({ databaseUrl: serving.DATABASE_URL, port: 3000 });
  });

  it('is complete with an app-level token and no signing secret', () => {
    const environment = readServeEnvironment({
      ...serving,
      SLACK_SIGNING_SECRET: undefined,
      SLACK_APP_TOKEN: 'xapp-1-secret',
    });

    expect(environment).toMatchObject({ slackAppToken: 'xapp-1-secret' });
    expect(environment).not.toHaveProperty('slackSigningSecret');
  });

  it('keeps both ways in, when both are set', () => {
    const environment = readServeEnvironment({ ...serving, SLACK_APP_TOKEN: 'xapp-1-secret' });

    expect(environment).toMatchObject({
      slackAppToken: 'xapp-1-secret',
      slackSigningSecret: serving.SLACK_SIGNING_SECRET,
    });
  });

  it.each(['DATABASE_URL', 'SLACK_BOT_TOKEN', 'SLACK_SIGNING_SECRET'])('needs %s', (name) => {
    expect(messageOf(() => readServeEnvironment({ ...serving, [name]: undefined }))).toMatch(
      new RegExp(`^${name} is not set: `),
    );
  });

  it('names both ways in when there is neither', () => {
    const message = messageOf(() => readServeEnvironment({ ...serving, SLACK_SIGNING_SECRET: undefined }));

    expect(message).toContain('SLACK_APP_TOKEN');
  });

  it.each(['xoxb-a-bot-token', 'xoxp-a-user-token'])(
    'refuses %s as the app-level token, without repeating it',
    (token) => {
      const message = messageOf(() => readServeEnvironment({ ...serving, SLACK_APP_TOKEN: token }));

      expect(message).toContain('SLACK_APP_TOKEN must be an app-level token (xapp-…)');
      expect(message).not.toContain(token);
    },
  );
});
