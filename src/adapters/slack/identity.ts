/**
 * Who we are in Slack (`auth.test`): asked at the start, and again until it is known.
 *
 *   start → known
 *         → the token is refused: `config-invalid`, nothing is started
 *         → Slack is away: unknown, asked again after 1, 2, 4 … 30 s → known
 *
 * While it is unknown, everything that needs Slack throws a retryable `chat-unavailable` before anything is sent.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { describeError, invariant, OperationError } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';
import type { SlackCall } from './client.ts';
import { SlackRejection } from './errors.ts';

const backOffMinMs = 1_000;
const backOffMaxMs = 30_000;

const Identity = z
  .object({
    user_id: z.string(),
    team_id: z.string(),
    bot_id: z.string().optional(),
    /** Where links to messages begin, such as `https://acme.slack.com/`. */
    url: z.url().optional(),
  })
  .transform(({ user_id: botUserId, team_id: teamId, bot_id: botId, url: workspaceUrl }) => ({
    botUserId,
    teamId,
    botId,
    workspaceUrl,
  }));
type Identity = z.infer<typeof Identity>;

/** Throws `chat-unavailable` while it is unknown. */
export type WhoWeAre = () => Identity;

export type AskedIdentity = {
  readonly whoWeAre: WhoWeAre;
  /** Asks now when it is unknown, one question for all who ask at the same time. Throws as `askWhoWeAre` does. */
  readonly ask: () => Promise<Identity>;
  readonly isKnown: () => boolean;
  /** Asks again until it is known or closed. */
  readonly keepAsking: () => void;
  readonly close: () => Promise<void>;
};

/** Asks once. Throws `config-invalid` when the token is refused; that Slack cannot be asked now is no error. */
export async function askWhoWeAre(options: { call: SlackCall; apiUrl: string; log: Log }): Promise<AskedIdentity> {
  const { call, apiUrl, log } = options;
  const closing = new AbortController();
  let known: Identity | undefined;
  let asking: Promise<Identity> | undefined;
  let keeping: Promise<void> = Promise.resolve();
  let askedToWaitMs = 0;

  const ask = (): Promise<Identity> => {
    if (known) return Promise.resolve(known);
    asking ??= authTest(call, apiUrl)
      .then((identity) => {
        known = identity;
        return identity;
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };

  async function askUntilKnown(): Promise<void> {
    let refused = false;
    for (let failures = 1; ; failures++) {
      const waitMs = Math.max(Math.min(backOffMaxMs, backOffMinMs * 2 ** Math.min(failures - 1, 10)), askedToWaitMs);
      await pause(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return;
      try {
        await ask();
        log.info({ failures }, 'slack says who we are; what waited for it goes on');
        return;
      } catch (error) {
        askedToWaitMs = waitOf(error);
        // The start is long over: what comes in meanwhile is worth more than an end of the process.
        const isRefusal = error instanceof OperationError && error.code === 'config-invalid';
        const fields = { why: describeError(error), failures };
        if (isRefusal && !refused) log.error(fields, 'slack refuses the bot token; it is asked again');
        else log.debug(fields, 'slack still cannot be asked who we are');
        refused = isRefusal;
      }
    }
  }

  try {
    await ask();
  } catch (error) {
    if (!(error instanceof OperationError) || !error.retryable) throw error;
    askedToWaitMs = waitOf(error);
    log.warn(
      { why: describeError(error) },
      'slack is away; webhooks are accepted, and slack is asked until it answers',
    );
  }

  return {
    ask,
    isKnown: () => known !== undefined,
    whoWeAre() {
      if (known) return known;
      throw new OperationError('chat-unavailable', 'Slack has not answered since Firebreak started.', {
        retryable: true,
      });
    },
    keepAsking() {
      if (!known) keeping = askUntilKnown();
    },
    async close() {
      closing.abort();
      await keeping;
    },
  };
}

async function authTest(call: SlackCall, apiUrl: string): Promise<Identity> {
  try {
    const identity = await call('auth.test', {}, Identity);
    invariant(identity, 'auth.test has no codes that are fine');
    return identity;
  } catch (cause) {
    if (cause instanceof SlackRejection) {
      throw new OperationError(
        'config-invalid',
        `Slack refuses SLACK_BOT_TOKEN (${cause.slackCode}). Set it to the bot token of the installed app, xoxb-….`,
        { retryable: false, cause },
      );
    }
    throw new OperationError(
      'chat-unavailable',
      `Slack cannot be asked who we are at ${apiUrl}. Is it reachable from here?`,
      { retryable: true, retryAfterMs: waitOf(cause), cause },
    );
  }
}

const waitOf = (error: unknown): number => (error instanceof OperationError ? (error.retryAfterMs ?? 0) : 0);
