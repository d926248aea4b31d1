/**
 * Everything that Slack's client can throw, translated once.
 *
 * Ambiguous is what may have happened: no answer, a broken answer, or Slack's own trouble. Whoever sends a message
 * reads the channel's history before sending it again (web-api's own retries made three posts of one, so they are off).
 */
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { type OperationCode, OperationError } from '../../domain/errors.ts';

/** Codes of an answered call in which Slack says that it was not the caller's fault. */
const slackTrouble = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'accesslimited',
]);
const rateCodes = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);
/** What to do about the codes that a person can mend. */
const advice: Readonly<Record<string, string>> = {
  invalid_auth: 'Set SLACK_BOT_TOKEN to the bot token of an installed app.',
  not_authed: 'Set SLACK_BOT_TOKEN.',
  account_inactive: 'The app was removed from the workspace; install it again.',
  token_revoked: 'The token was revoked; install the app again and set SLACK_BOT_TOKEN.',
  token_expired: 'The token expired; set SLACK_BOT_TOKEN to a new one.',
  missing_scope: 'Give the app the scopes of the manifest and install it again.',
  not_in_channel: 'Invite the bot to the channel.',
  channel_not_found: 'The channel is gone, or the bot is not in it.',
  is_archived: 'The channel is archived; unarchive it.',
  restricted_action: "A workspace setting forbids this; ask the workspace's administrator.",
};

/** Codes about something that people have taken away. */
const gone: Readonly<Record<string, OperationCode>> = {
  message_not_found: 'chat-message-gone',
  is_archived: 'chat-channel-gone',
  is_inactive: 'chat-channel-gone',
};

/** Waits without a Retry-After are a guess at Slack's one-minute windows. */
const unknownWaitMs = 5_000;

export function translateSlackError(method: string, error: unknown): OperationError {
  if (error instanceof OperationError) return error;
  if (error instanceof WebAPIRateLimitedError) return rateLimited(method, error.retryAfter * 1000, error);
  if (error instanceof WebAPIPlatformError) return rejected(method, error.data.error, error);
  if (error instanceof WebAPIHTTPError && error.statusCode < 500) {
    return new OperationError('chat-rejected', `Slack answered ${method} with HTTP ${error.statusCode}.`, {
      retryable: false,
      cause: error,
    });
  }
  // The client gives a 429 without a readable Retry-After as a bare Error.
  if (error instanceof Error && error.message.startsWith('Retry header did not contain')) {
    return rateLimited(method, unknownWaitMs, error);
  }
  return ambiguous(method, 'did not answer in time, or its answer was lost', error);
}

function rejected(method: string, code: string, cause: unknown): OperationError {
  if (rateCodes.has(code)) return rateLimited(method, unknownWaitMs, cause);
  // The client puts a body that is not JSON where the code belongs: a proxy's page, never to be shown.
  if (!/^[a-z0-9_]{1,80}$/.test(code)) return ambiguous(method, 'answered with something that is not JSON', cause);
  if (slackTrouble.has(code)) return ambiguous(method, `had trouble of its own (${code})`, cause);
  const next = advice[code];
  return new SlackRejection(method, code, next ? ` ${next}` : '', cause);
}

/** Slack understood and said no; `slackCode` is its `error` field. */
export class SlackRejection extends OperationError {
  readonly slackCode: string;

  constructor(method: string, slackCode: string, next: string, cause: unknown) {
    super(gone[slackCode] ?? 'chat-rejected', `Slack refused ${method}: ${slackCode}.${next}`, {
      retryable: false,
      cause,
    });
    this.slackCode = slackCode;
  }
}

function rateLimited(method: string, retryAfterMs: number, cause: unknown): OperationError {
  return new OperationError('chat-rate-limited', `Slack's rate limit for ${method} is reached.`, {
    retryable: true,
    retryAfterMs,
    cause,
  });
}

function ambiguous(method: string, what: string, cause: unknown): OperationError {
  return new OperationError('chat-ambiguous', `Slack ${what} (${method}); it may have happened.`, {
    retryable: true,
    cause,
  });
}
