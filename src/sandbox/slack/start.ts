import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { readBytes, readSent, readUpload } from './body.ts';
import * as cast from './cast.ts';
import { type Answer, createDelivery, type DeliveryKind, type DeliveryOptions } from './delivery.ts';
import { createEvents } from './events.ts';
import { createFaults, type Faults } from './faults.ts';
import { receiveUpload } from './methods/files.ts';
import { createPerson, type Person } from './person.ts';
import { createRateLimits, noRateLimits } from './rate-limits.ts';
import { createResponseUrls } from './response-urls.ts';
import { createSockets, type SocketControl } from './sockets.ts';
import { createTriggers } from './triggers.ts';
import { createSlackSentinels } from '../sentinels.ts';
import { type Truthy, waitForChange } from '../waiting.ts';
import { type ApiRequest, createWebApi } from './web-api.ts';
import { addChannel, createWorkspace, type JsonObject, type View, type Workspace } from './workspace.ts';

export interface SlackOptions {
  users?: readonly cast.UserSeed[];
  userGroups?: readonly cast.UserGroupSeed[];
  channels?: readonly cast.ChannelSeed[];
  /** Scopes of the bot token; the twelve that an incident app needs by default. */
  scopes?: readonly string[];
  /** Event subscriptions, such as `message.channels`; `app_home_opened` alone by default. */
  events?: readonly string[];
  botToken?: string;
  /** For Socket Mode. */
  appToken?: string;
  signingSecret?: string;
  rateLimits?: 'real' | 'off';
  /** How many seconds of rate limits and event retries pass in one second; 1 by default. */
  timeScale?: number;
  /** How long the Web API takes to answer, in milliseconds; 0 by default. */
  latencyMs?: number;
  /** How long Slack waits for the app's answer, in milliseconds; 3,000 by default. */
  answerMs?: number;
  /** Milliseconds since 1970: message timestamps, triggers, response URLs, signatures, rate limits. */
  now?: () => number;
  /** Words in what the app sends fail on purpose (sentinels.ts); off by default. */
  sentinels?: boolean;
  /** 0 (any free one) by default. */
  port?: number;
}

/** A workspace with one app installed, served on loopback. */
export interface SandboxSlack {
  /** For web-api's `slackApiUrl`, such as `http://127.0.0.1:4000/api/`. */
  apiUrl: string;
  botToken: string;
  /** For `apps.connections.open`. An app that opens a socket gets everything over sockets from then on. */
  appToken: string;
  signingSecret: string;
  sockets: SocketControl;
  workspace: Workspace;
  faults: Faults;
  /** Web API calls, the newest 2,000 at least, oldest first. */
  requests: readonly ApiRequest[];
  /** Calls back when a Web API call has its answer, or will never have one; until the returned function is called. */
  onAnswered(listener: (request: ApiRequest) => void): () => void;
  /** Every request to the app with its answer, oldest first; event retries too. */
  answers: readonly Answer[];
  /** Says where the app listens over HTTP, such as `http://127.0.0.1:3000/slack/events`. */
  connect(requestUrl: string): void;
  as(userId: string): Person;
  /** Sends a request as Slack would, or deliberately not as Slack would. */
  send(kind: DeliveryKind, payload: JsonObject, options?: DeliveryOptions): Promise<Answer>;
  /** Sends an event in its envelope, again if the app does not take it. */
  sendEvent(event: JsonObject & { type: string }, options?: DeliveryOptions & { eventId?: string }): Promise<Answer>;
  /** Sends the very bytes of an earlier request again. */
  replay(answer: Answer): Promise<Answer>;
  /** The modal in front of a person. */
  modal(userId: string): View | undefined;
  /** The home page that the app published to a person last. */
  home(userId: string): View | undefined;
  /** Resolves with the first truthy result of `look`, tried after every change; 5 s by default. */
  waitFor<Result>(look: (workspace: Workspace) => Result, deadlineMs?: number): Promise<Truthy<Result>>;
  stop(): Promise<void>;
}

const verificationToken = 'sandbox-verification-token';

/** Starts a Slack workspace on 127.0.0.1. */
export async function startSlack(options: SlackOptions = {}): Promise<SandboxSlack> {
  const now = options.now ?? Date.now;
  const timeScale = options.timeScale ?? 1;
  const botToken = options.botToken ?? 'xoxb-sandbox-bot-token';
  const appToken = options.appToken ?? 'xapp-sandbox-app-token';
  const signingSecret = options.signingSecret ?? 'sandbox-signing-secret';
  const workspace = seedWorkspace(options, now);

  let origin = '';
  const triggers = createTriggers(now);
  const faults = createFaults(options.sentinels ? createSlackSentinels() : undefined);
  const responseUrls = createResponseUrls(workspace, () => origin);
  const sockets = createSockets({ appId: workspace.app.id, changed: () => workspace.changed() });
  const delivery = createDelivery(workspace, { signingSecret, answerMs: options.answerMs ?? 3000, sockets });
  const subscriptions = options.events ?? ['app_home_opened'];
  const events = createEvents({ workspace, delivery, subscriptions, timeScale, verificationToken });
  const webApi = createWebApi({
    workspace,
    triggers,
    faults,
    rateLimits: options.rateLimits === 'off' ? noRateLimits : createRateLimits(now, timeScale),
    scopes: new Set(options.scopes ?? cast.defaultScopes),
    botToken,
    appToken,
    socketUrl: () => sockets.ticket(origin),
    origin: () => origin,
  });
  const persons = new Map<string, Person>();

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const bytes = await readBytes(request);
    const [, area, id = ''] = url.pathname.split('/');
    if (area === 'api' && options.latencyMs) await pause(options.latencyMs);
    if (area === 'api') return webApi.answer(request, response, url, bytes);
    if (area === 'upload') {
      const taken = receiveUpload(workspace, id, await readUpload(request, bytes));
      response.writeHead(taken ? 200 : 400).end(taken ? `OK - ${bytes.length}` : 'no such upload, or another length');
      return;
    }
    if (area === 'response') {
      const { status, body } = responseUrls.use(id, await readSent(request, url, bytes));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      workspace.changed();
      return;
    }
    response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The stand-in for Slack failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The stand-in for Slack got no TCP port.');
  origin = `http://127.0.0.1:${address.port}`;

  return {
    apiUrl: `${origin}/api/`,
    botToken,
    appToken,
    signingSecret,
    sockets: sockets.control,
    workspace,
    faults,
    requests: webApi.requests,
    onAnswered: (listener) => webApi.onAnswered(listener),
    answers: delivery.answers,
    connect: delivery.connect,
    as(userId) {
      const user = workspace.users.get(userId);
      if (!user) throw new Error(`There is no user ${userId} in the stand-in for Slack.`);
      const person =
        persons.get(userId) ??
        createPerson({ workspace, delivery, events, triggers, responseUrls, verificationToken }, user);
      persons.set(userId, person);
      return person;
    },
    send: delivery.send,
    sendEvent: events.send,
    replay: delivery.replay,
    modal: (userId) => workspace.modals.get(userId)?.at(-1),
    home: (userId) => workspace.homes.get(userId),
    waitFor: (look, deadlineMs = 5000) =>
      waitForChange(
        { name: 'Slack', state: workspace, onChange: (listener) => workspace.onChange(listener) },
        look,
        deadlineMs,
      ),
    async stop() {
      events.stop();
      delivery.stop();
      sockets.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function seedWorkspace(options: SlackOptions, now: () => number): Workspace {
  const team = { id: 'T0SANDBOX', name: 'Sandbox', domain: 'sandbox' };
  const workspace = createWorkspace({ team, app: { id: 'A0FIREBREAK', botUserId: 'U0BOT', botId: 'B0BOT' }, now });
  const bot: cast.UserSeed = { id: 'U0BOT', name: 'firebreak', realName: 'Firebreak', isBot: true };
  for (const seed of [...(options.users ?? cast.defaultUsers), bot]) {
    workspace.users.set(seed.id, cast.completeUser(seed, team.id));
  }
  for (const seed of options.userGroups ?? cast.defaultUserGroups) {
    workspace.userGroups.set(seed.id, cast.completeUserGroup(seed));
  }
  const regulars = [...workspace.users.values()].filter(
    (user) => !user.isBot && !user.isRestricted && !user.isUltraRestricted && !user.isStranger,
  );
  for (const seed of options.channels ?? cast.defaultChannels) {
    const members = seed.members ?? regulars.map((user) => user.id);
    addChannel(workspace, { ...seed, creator: members[0] ?? 'U0BOT', members });
  }
  return workspace;
}
