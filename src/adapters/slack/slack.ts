/** Slack put together: the Web API behind our ports, and the listeners behind one HTTP route, sockets, or both. */
import { App } from '@slack/bolt';
import { invariant } from '../../domain/errors.ts';
import type { Interactions } from '../../flow/interactions.ts';
import type { Chat, Clock, Directory, Log } from '../../flow/ports.ts';
import type { Route } from '../http/server.ts';
import { createChat } from './chat.ts';
import { bridgeLogger, createSlackCall } from './client.ts';
import type { SlackCall, SlackCallObserver } from './client.ts';
import { createDirectory } from './directory.ts';
import type { PeopleMap } from './directory.ts';
import { askWhoWeAre } from './identity.ts';
import { listenToButtons } from './listeners/buttons.ts';
import { listenToCommands } from './listeners/commands.ts';
import { listenToEvents } from './listeners/events.ts';
import { listenToIncidentForm } from './listeners/incident-form.ts';
import { listenToModals } from './listeners/modals.ts';
import { listenToPagerForm } from './listeners/pager-form.ts';
import { createDispatcher } from './dispatch.ts';
import { noPace } from './pace.ts';
import type { Pace } from './pace.ts';
import { slackRoute } from './receive.ts';
import { createSlackSocket } from './socket.ts';
import type { SlackSocket } from './socket.ts';

export type Slack = {
  /** `POST /slack/events`, for the HTTP server. With a signing secret. */
  readonly route?: Route;
  /** Not started. With an app-level token. */
  readonly socket?: SlackSocket;
  readonly chat: Chat;
  readonly directory: Directory;
  /** Throws `chat-unavailable` until Slack has said it. */
  readonly botUserId: string;
  /** Waits for listeners that go on after their answer. */
  readonly close: () => Promise<void>;
};

/**
 * Asks Slack who we are, and is then ready for requests. `interactions` is called at each gesture, so it may be built
 * from the `chat` that is returned here. Throws `config-invalid` when the token is refused. While Slack is away it is
 * asked again; until it answers, requests that come from Slack are answered 503 and ours to it throw a retryable
 * `chat-unavailable`.
 */
export async function createSlack(options: {
  token: string;
  /** To receive over HTTP. At least one of the two. */
  signingSecret?: string;
  /** To receive over Socket Mode: `xapp-…`. */
  appToken?: string;
  /** Slack's own unless a test or the demo says otherwise. */
  apiUrl?: string;
  /** From firebreak.yaml. */
  people: PeopleMap;
  /** Incident channels are private (`slack.visibility`). */
  privateChannels?: boolean;
  interactions: () => Interactions;
  /** Slack's own limits unless a stand-in has others. */
  pace?: Pace;
  /** Told of every call of the Web API. Must not throw. */
  onCall?: SlackCallObserver;
  /** How long Slack may take to answer; 5 s. */
  callTimeoutMs?: number;
  clock?: Clock;
  log: Log;
}): Promise<Slack> {
  const { token, signingSecret, appToken, apiUrl = 'https://slack.com/api/', people, interactions, log } = options;
  const clock = options.clock ?? { now: () => new Date() };
  invariant(signingSecret !== '', 'an empty signing secret would let everybody in');
  invariant(signingSecret !== undefined || appToken !== undefined, 'Slack comes in by HTTP, by sockets, or by both');
  const asked = createSlackCall({
    token,
    apiUrl,
    ...(options.pace ? { pace: options.pace } : {}),
    ...(options.onCall ? { onCall: options.onCall } : {}),
    ...(options.callTimeoutMs === undefined ? {} : { timeoutMs: options.callTimeoutMs }),
    log,
  });
  const identity = await askWhoWeAre({ call: asked, apiUrl, log });
  const { whoWeAre } = identity;
  const call: SlackCall = async (...args) => {
    whoWeAre();
    return asked(...args);
  };
  const chat = createChat({
    call,
    whoWeAre,
    privateChannels: options.privateChannels ?? false,
    log,
  });
  const directory = createDirectory({ call, whoWeAre, people, clock });
  const { receiver, dispatch: toListeners, drain } = createDispatcher({ log });
  const dispatch: typeof toListeners = (body, delivery) =>
    identity.isKnown()
      ? toListeners(body, delivery)
      : Promise.resolve({ kind: 'failed', retryable: true, text: 'Firebreak waits for Slack’s API. Try again.' });

  const app = new App({
    receiver,
    // Asked above; without this Bolt asks again on the first request.
    authorize: async () => {
      const { botUserId, botId } = whoWeAre();
      return { botToken: token, botUserId, ...(botId ? { botId } : {}) };
    },
    deferInitialization: true,
    convoStore: false,
    // Our own joins are recorded like all events, and nothing listens to messages.
    ignoreSelf: false,
    clientOptions: { slackApiUrl: apiUrl, retryConfig: { retries: 0 }, timeout: 5_000, rejectRateLimitedCalls: true },
    logger: bridgeLogger(log),
  });
  app.error(async (error) => {
    // The dispatcher logs it once and answers Slack accordingly.
    throw error;
  });
  const listening = { interactions, chat, call, log };
  listenToCommands(app, listening);
  listenToButtons(app, listening);
  listenToModals(app, listening);
  listenToIncidentForm(app, listening);
  listenToPagerForm(app, listening);
  listenToEvents(app, listening);
  await app.init();
  identity.keepAsking();

  const socket = (withToken: string): SlackSocket => {
    // Sockets have a back-off of their own, and wait as long as Slack's 429 says.
    const open = createSlackCall({ token: withToken, apiUrl, pace: noPace, log });
    return createSlackSocket({
      // A socket that is open says that people are heard, so none is opened before we can answer them.
      call: async (...args) => {
        await identity.ask();
        return open(...args);
      },
      dispatch,
      clock,
      log,
    });
  };

  return {
    ...(signingSecret === undefined ? {} : { route: slackRoute({ signingSecret, dispatch, clock, log }) }),
    ...(appToken === undefined ? {} : { socket: socket(appToken) }),
    chat,
    directory,
    get botUserId() {
      return whoWeAre().botUserId;
    },
    async close() {
      await identity.close();
      await drain();
    },
  };
}
