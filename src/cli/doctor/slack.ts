import { inspectAppToken, inspectBotToken } from '../../adapters/slack/inspect.ts';
import { botScopes } from '../../adapters/slack/scopes.ts';
import type { Config } from '../../config.ts';
import type { Environment } from '../../environment.ts';
import { checking, clockFinding, fail, type Finding, off, ok, warn } from './finding.ts';

const unreachable = 'Check that this machine reaches slack.com over HTTPS, and SLACK_API_URL when it is set.';

export async function checkSlack(environment: Environment, config: Config | undefined): Promise<readonly Finding[]> {
  return [
    ...(await checkBotToken(environment, config?.slack.visibility === 'private')),
    ...checkSigningSecret(environment),
    ...(await checkAppToken(environment)),
  ];
}

async function checkBotToken(environment: Environment, privateChannels: boolean): Promise<readonly Finding[]> {
  const { slackBotToken: token, slackApiUrl: apiUrl } = environment;
  const about = 'Slack bot token';
  const where = 'from the app’s “OAuth & Permissions” page';
  if (token === undefined)
    return [fail(about, 'SLACK_BOT_TOKEN is not set', `Set it to the bot token (xoxb-…) ${where}.`)];
  return checking(about, unreachable, async () => {
    const facts = await inspectBotToken({ token, ...(apiUrl === undefined ? {} : { apiUrl }) });
    if (facts.kind === 'refused') {
      return [
        fail(
          about,
          `Slack refuses it (${facts.code})`,
          `Set SLACK_BOT_TOKEN to the bot token of the installed app, ${where}.`,
        ),
      ];
    }
    const findings: Finding[] = [ok(about, `bot ${facts.botUser} in ${facts.team}`)];
    const missing =
      facts.scopes &&
      botScopes(privateChannels ? 'private' : 'public').filter((scope) => !facts.scopes?.includes(scope));
    if (missing === undefined) {
      findings.push(
        warn('Slack scopes', 'Slack does not say which the token has', 'Compare them with `firebreak manifest`.'),
      );
    } else if (missing.length > 0) {
      findings.push(
        fail(
          'Slack scopes',
          `missing: ${missing.join(', ')}`,
          'Add them on the app’s “OAuth & Permissions” page (or give it the output of `firebreak manifest`) and install it again.',
        ),
      );
    } else findings.push(ok('Slack scopes', 'all that are needed'));
    return [...findings, ...(facts.now ? clockFinding('Slack', facts.now, new Date()) : [])];
  });
}

/** Slack tells nobody whether a secret is right; its form is all that can be checked from here. */
function checkSigningSecret({ slackSigningSecret: secret, slackAppToken }: Environment): readonly Finding[] {
  const about = 'Slack signing secret';
  if (secret === undefined) {
    return slackAppToken === undefined
      ? [
          fail(
            about,
            'neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set, so Slack cannot reach the bot',
            'Set the signing secret (HTTP; “Basic Information” page) or an app-level token (Socket Mode; no public address needed).',
          ),
        ]
      : [off(about, 'not needed: Slack comes in over Socket Mode')];
  }
  return /^[0-9a-f]{32}$/.test(secret)
    ? [ok(about, 'is set; the first command in Slack shows whether it is the right one')]
    : [warn(about, 'is not 32 hex digits, as Slack’s are', 'Copy it again from the app’s “Basic Information” page.')];
}

async function checkAppToken({ slackAppToken: token, slackApiUrl: apiUrl }: Environment): Promise<readonly Finding[]> {
  const about = 'Slack Socket Mode';
  if (token === undefined) return [off(about, 'SLACK_APP_TOKEN is not set: Slack has to reach POST /slack/events')];
  return checking(about, unreachable, async () => {
    const refused = await inspectAppToken({ token, ...(apiUrl === undefined ? {} : { apiUrl }) });
    return refused === undefined
      ? [ok(about, 'a socket may be opened')]
      : [
          fail(
            about,
            `Slack opens no socket (${refused})`,
            'Turn Socket Mode on for the app, and set SLACK_APP_TOKEN to an app-level token (xapp-…) with connections:write.',
          ),
        ];
  });
}
