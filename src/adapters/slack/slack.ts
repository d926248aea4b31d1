/** Slack put together: the Web API behind our ports, and the listeners behind one HTTP route. */
import { App } from '@slack/bolt';
import { z } from 'zod';
import { OperationError, invariant } from '../../domain/errors.ts';
import type { Interactions } from '../../flow/interactions.ts';
import type { Chat, Clock, Directory, Log } from '../../flow/ports.ts';
import type { Route } from '../http/server.ts';
import { createChat } from './chat.ts';
import { bridgeLogger, createSlackCall } from './client.ts';
import type { SlackCall } from './client.ts';
import { createDirectory } from './directory.ts';
import type { PeopleMap } from './directory.ts';
import { SlackRejection } from './errors.ts';
import { listenToButtons } from './listeners/buttons.ts';
import { listenToCommands } from './listeners/commands.ts';
import { listenToEvents } from './listeners/events.ts';
import { listenToModals } from './listeners/modals.ts';
import { createSlackReceiver } from './receive.ts';

export type Slack = {
  /** `POST /slack/events`, for the HTTP server. */
  readonly route: Route;
  readonly chat: Chat;
  readonly directory: Directory;
  readonly botUserId: string;
  readonly teamId: string;
  /** Waits for listeners that go on after their answer. */
  readonly close: () => Promise<void>;
};

const Identity = z.object({ user_id: z.string(), team_id: z.string(), bot_id: z.string().optional() });

/**
 * Asks Slack who we are, and is then ready for requests. `interactions` is called at each gesture, so it may be built
 * from the `chat` that is returned here. Throws `config-invalid` when the token is refused, and a retryable
 * `chat-unavailable` when Slack cannot be asked.
 */
export async function createSlack(options: {
  token: string;
  signingSecret: string;
  /** Slack's own unless a test or the demo says otherwise. */
  apiUrl?: string;
  /** From firebreak.yaml. */
  people: PeopleMap;
  /** Incident channels are private (`slack.visibility`). */
  privateChannels?: boolean;
  interactions: () => Interactions;
  clock?: Clock;
  log: Log;
}): Promise<Slack> {
  const { token, signingSecret, apiUrl = 'https://slack.com/api/', people, interactions, log } = options;
  const clock = options.clock ?? { now: () => new Date() };
  invariant(signingSecret !== '', 'an empty signing secret would let everybody in');
  const call = createSlackCall({ token, apiUrl, log });
  const identity = await whoAmI(call, apiUrl);
  const botUserId = identity.user_id;
  const chat = createChat({ call, botUserId, privateChannels: options.privateChannels ?? false, log });
  const directory = createDirectory({ call, homeTeam: identity.team_id, people, clock });
  const { receiver, route, drain } = createSlackReceiver({ signingSecret, clock, log });

  const app = new App({
    receiver,
    // Asked above once; without this Bolt asks again on the first request.
    authorize: async () => ({ botToken: token, botUserId, ...(identity.bot_id ? { botId: identity.bot_id } : {}) }),
    deferInitialization: true,
    convoStore: false,
    // Our own joins are recorded like all events, and nothing listens to messages.
    ignoreSelf: false,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: 5_000, rejectRateLimitedCalls: true },
    logger: bridgeLogger(log),
  });
  app.error(async (error) => {
    // The receiver logs it once and answers Slack accordingly.
    throw error;
  });
  const listening = { interactions, chat, call, log };
  listenToCommands(app, listening);
  listenToButtons(app, listening);
  listenToModals(app, listening);
  listenToEvents(app, listening);
  await app.init();

  return { route, chat, directory, botUserId, teamId: identity.team_id, close: drain };
}

async function whoAmI(call: SlackCall, apiUrl: string): Promise<z.infer<typeof Identity>> {
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
      {
        retryable: true,
        cause,
      },
    );
  }
}
