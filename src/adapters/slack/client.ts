/**
 * One way to call Slack's Web API: each call in its turn (pace.ts), no hidden retries, a time-out, answers parsed, errors
 * translated.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { LogLevel, WebClient } from '@slack/web-api';
import type { Logger } from '@slack/web-api';
import { z } from 'zod';
import { OperationError } from '../../domain/errors.ts';
import type { Lane } from '../../domain/work.ts';
import type { Log } from '../../flow/ports.ts';
import { SlackRejection, translateSlackError } from './errors.ts';
import { createPace } from './pace.ts';
import type { Pace, PacedCall } from './pace.ts';

const timeoutUsualMs = 5_000;
/** A turn that comes this soon is waited for; for a later one the caller should not be kept, who may hold a lease. */
const waitMaxMs = 250;

/** How a call stands in line. */
export type Turn = {
  /** `decision` when it is not said: then somebody waits for it. */
  readonly lane?: Lane | undefined;
  /** What asks again for the same thing has the same key; by default what the arguments are about. */
  readonly key?: string;
  /** Runs when the call has its turn, before anything is sent; what it throws ends the call. */
  readonly beforeSend?: (() => Promise<void>) | undefined;
};

/**
 * Calls `method` and parses the answer. Codes in `fine` mean that what was asked for is already so; the answer is then
 * `undefined`. Throws `chat-rate-limited` (certainly nothing happened; `retryAfterMs` is when it is this call's turn),
 * `chat-ambiguous`, or `chat-rejected` and its kin (errors.ts).
 */
export type SlackCall = <T>(
  method: string,
  args: Readonly<Record<string, unknown>>,
  answer: z.ZodType<T>,
  fine?: readonly string[],
  turn?: Turn,
) => Promise<T | undefined>;

/**
 * How a call ended. `postponed`: it was not its turn, and nothing was sent; `rate-limited`: Slack answered 429;
 * `ambiguous`: it may have happened. `tookMs` is from asking for the turn.
 */
type SlackCallOutcome = 'ok' | 'refused' | 'rate-limited' | 'ambiguous' | 'postponed';
export type SlackCallObserver = (call: {
  readonly method: string;
  readonly lane: Lane;
  readonly outcome: SlackCallOutcome;
  readonly tookMs: number;
}) => void;

export function createSlackCall(options: {
  token: string;
  apiUrl: string;
  pace?: Pace;
  timeoutMs?: number;
  /** Must not throw. */
  onCall?: SlackCallObserver;
  log: Log;
}): SlackCall {
  const { pace = createPace(), onCall } = options;
  const client = new WebClient(options.token, {
    slackApiUrl: options.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.timeoutMs ?? timeoutUsualMs,
    allowAbsoluteUrls: false,
    logger: bridgeLogger(options.log),
  });

  async function takeTurn(asking: PacedCall): Promise<void> {
    let waitMs = pace.ask(asking, performance.now());
    if (waitMs > 0 && waitMs <= waitMaxMs) {
      await pause(waitMs);
      waitMs = pace.ask(asking, performance.now());
    }
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new OperationError('chat-rate-limited', `Slack's limits leave room for ${asking.method} in ${seconds} s.`, {
      retryable: true,
      retryAfterMs: waitMs,
    });
  }

  return async (method, args, answer, fine = [], turn = {}) => {
    const asking = inLine(method, args, turn);
    const startedAt = performance.now();
    const ended = (outcome: SlackCallOutcome): void =>
      onCall?.({ method, lane: asking.lane, outcome, tookMs: performance.now() - startedAt });
    try {
      await takeTurn(asking);
    } catch (error) {
      ended('postponed');
      throw error;
    }
    await turn.beforeSend?.();
    let result: unknown;
    try {
      result = await client.apiCall(method, { ...args });
    } catch (error) {
      const translated = translateSlackError(method, error);
      const { code, retryAfterMs } = translated;
      if (code === 'chat-rate-limited') pace.stop(asking, retryAfterMs ?? 0, performance.now());
      ended(outcomes[code] ?? 'ambiguous');
      if (translated instanceof SlackRejection && fine.includes(translated.slackCode)) return undefined;
      throw translated;
    }
    const parsed = answer.safeParse(result);
    ended(parsed.success ? 'ok' : 'ambiguous');
    if (parsed.success) return parsed.data;
    throw new OperationError('chat-ambiguous', `Slack answered ${method} in a form that is not documented.`, {
      retryable: true,
      cause: parsed.error,
    });
  };
}

const outcomes: Readonly<Partial<Record<OperationError['code'], SlackCallOutcome>>> = {
  'chat-rate-limited': 'rate-limited',
  'chat-rejected': 'refused',
  'chat-message-gone': 'refused',
  'chat-channel-gone': 'refused',
};

/** What most calls are about: a channel, and something in it. */
const subjects = ['ts', 'timestamp', 'name', 'link', 'user', 'user_id', 'usergroup', 'view_id', 'trigger_id'] as const;

function inLine(method: string, args: Readonly<Record<string, unknown>>, turn: Turn): PacedCall {
  const text = (name: string): string | undefined => (typeof args[name] === 'string' ? args[name] : undefined);
  const channel = text('channel') ?? text('channel_id');
  const about = turn.key ?? subjects.map((name) => text(name) ?? '').join(' ');
  return { method, channel, lane: turn.lane ?? 'decision', key: `${channel ?? ''} ${about}` };
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
