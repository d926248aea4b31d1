/** One way to call Slack's Web API: no hidden retries, a time-out on every call, answers parsed, errors translated. */
import { LogLevel, WebClient } from '@slack/web-api';
import type { Logger } from '@slack/web-api';
import { z } from 'zod';
import { OperationError } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';
import { SlackRejection, translateSlackError } from './errors.ts';

const callTimeoutMs = 5_000;

/**
 * Calls `method` and parses the answer. Codes in `fine` mean that what was asked for is already so; the answer is then
 * `undefined`. Throws `chat-rate-limited`, `chat-ambiguous` or `chat-rejected`.
 */
export type SlackCall = <T>(
  method: string,
  args: Readonly<Record<string, unknown>>,
  answer: z.ZodType<T>,
  fine?: readonly string[],
) => Promise<T | undefined>;

export function createSlackCall(options: { token: string; apiUrl: string; log: Log }): SlackCall {
  const client = new WebClient(options.token, {
    slackApiUrl: options.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: callTimeoutMs,
    allowAbsoluteUrls: false,
    logger: bridgeLogger(options.log),
  });
  return async (method, args, answer, fine = []) => {
    let result: unknown;
    try {
      result = await client.apiCall(method, { ...args });
    } catch (error) {
      const translated = translateSlackError(method, error);
      if (translated instanceof SlackRejection && fine.includes(translated.slackCode)) return undefined;
      throw translated;
    }
    const parsed = answer.safeParse(result);
    if (parsed.success) return parsed.data;
    throw new OperationError('chat-ambiguous', `Slack answered ${method} in a form that is not documented.`, {
      retryable: true,
      cause: parsed.error,
    });
  };
}

/** For calls whose answer is not looked at. */
export const Anything = z.unknown();

/**
 * Slack's libraries log what they also throw, and their debug lines carry bodies: warnings become debug lines with
 * the first words only, and debug is dropped.
 */
export function bridgeLogger(log: Log): Logger {
  const firstWords = (parts: readonly unknown[]) => String(parts[0]).slice(0, 200);
  return {
    debug() {},
    info: (...parts) => log.debug({ slack: firstWords(parts) }, 'slack library'),
    warn: (...parts) => log.debug({ slack: firstWords(parts) }, 'slack library warning'),
    error: (...parts) => log.warn({ slack: firstWords(parts) }, 'slack library error'),
    setLevel() {},
    getLevel: () => LogLevel.INFO,
    setName() {},
  };
}
