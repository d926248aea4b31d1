import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock, realClock } from '../kubernetes/clock.ts';
import {
  type Account,
  createAccount,
  type EscalationPolicy,
  type Incident,
  type Service,
  type User,
} from './account.ts';
import * as cast from './cast.ts';
import { createEnqueue } from './events-api.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIncidents, type Trigger } from './incidents.ts';
import { createPerson, type Person } from './person.ts';
import { createRateLimit } from './rate-limits.ts';
import { type AuditEntry, createRestApi, readJson } from './rest-api.ts';
import { createPagerDutySentinels } from '../sentinels.ts';
import { type Truthy, waitForChange } from '../waiting.ts';
import {
  type Attempt,
  createWebhooks,
  type SendOptions,
  type Subscription,
  type WebhookBody,
  type Webhooks,
} from './webhooks.ts';

export interface PagerDutyOptions {
  users?: readonly User[];
  services?: readonly Service[];
  escalationPolicies?: readonly EscalationPolicy[];
  /** Of an account API key. */
  token?: string;
  /** What new subscriptions sign with. */
  webhookSecrets?: readonly string[];
  /** `hold` records events and delivers none: the test sends `events` in the order it likes. `queue` by default. */
  deliver?: 'queue' | 'hold';
  /** Requests of the REST API a minute; 960 by default. */
  requestsPerMinute?: number;
  /** How long PagerDuty waits for the app's answer, in milliseconds; 5,000 by default. */
  answerMs?: number;
  /** Wait before the first retry of a webhook, in milliseconds; 10,000 by default. */
  retryMs?: number;
  /** Timestamps, rate limits, retries and the day a subscription stays disabled. */
  clock?: Clock;
  /** Words in notes and titles fail on purpose (sentinels.ts); off by default. */
  sentinels?: boolean;
  /** 0 (any free one) by default. */
  port?: number;
}

/** A PagerDuty account, served on loopback. */
export interface SandboxPagerDuty {
  /** Of the REST API, and of `POST /v2/enqueue`; without a slash at its end. */
  apiUrl: string;
  token: string;
  webhookSecrets: readonly string[];
  account: Account;
  faults: Faults;
  webhooks: Webhooks;
  /** The newest thousands of REST requests, oldest first. */
  audit: readonly AuditEntry[];
  /** The newest thousands of events, oldest first. */
  events: readonly WebhookBody[];
  /** The newest thousands of webhook requests to the app with their answers, oldest first. */
  attempts: readonly Attempt[];
  /** Subscribes an address, such as `http://127.0.0.1:3000/webhooks/pagerduty`, to the account or to one service. */
  connect(url: string, options?: { service?: string; secrets?: string[] }): Subscription;
  /** By a rule or an integration: without an agent. */
  trigger(trigger?: Trigger): Incident;
  as(userId: string): Person;
  /** What rules, integrations and time do. */
  automation: Person;
  /** The incident as it is now. */
  incident(id: string): Incident;
  /** One request to the first (or that) subscription, outside of every queue; honest or deliberately not. */
  send(body: WebhookBody, options?: SendOptions & { to?: Subscription }): Promise<Attempt>;
  replay(attempt: Attempt): Promise<Attempt>;
  /** Sends `pagey.ping` to the first (or that) subscription. */
  ping(to?: Subscription): void;
  /** Resolves when everything that happened is delivered or dropped; 5 s by default. */
  delivered(deadlineMs?: number): Promise<void>;
  /** Resolves with the first truthy result of `look`, tried after every change; 5 s by default. */
  waitFor<Result>(look: () => Result, deadlineMs?: number): Promise<Truthy<Result>>;
  stop(): Promise<void>;
}

const bodyBytesMax = 512 * 1024;

/** Starts a PagerDuty account on 127.0.0.1. */
export async function startPagerDuty(options: PagerDutyOptions = {}): Promise<SandboxPagerDuty> {
  const clock = options.clock ?? realClock;
  const now = () => clock.now();
  const token = options.token ?? 'sandbox-pagerduty-token';
  const webhookSecrets = options.webhookSecrets ?? ['sandbox-webhook-secret'];
  const account = createAccount({
    users: options.users ?? cast.defaultUsers,
    services: options.services ?? cast.defaultServices,
    escalationPolicies: options.escalationPolicies ?? cast.defaultEscalationPolicies,
    priorities: cast.defaultPriorities,
    now,
  });
  const titleOf = (id: string) => account.incidents.get(id)?.title;
  const faults = createFaults(options.sentinels ? createPagerDutySentinels(titleOf) : undefined);
  const webhooks = createWebhooks({
    account,
    clock,
    secrets: webhookSecrets,
    deliver: options.deliver ?? 'queue',
    answerMs: options.answerMs ?? 5_000,
    retryMs: options.retryMs ?? 10_000,
  });
  const incidents = createIncidents({ account, publish: webhooks.publish });
  const rateLimit = createRateLimit(options.requestsPerMinute ?? 960, now);
  const restApi = createRestApi({ account, incidents, webhooks, faults, rateLimit, token });
  const enqueue = createEnqueue({ account, incidents, rateLimit: createRateLimit(120, now) });

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const bytes = await readBytes(request);
    if (request.method === 'POST' && url.pathname === '/v2/enqueue') {
      const { status, body } = enqueue(readJson(bytes));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      return;
    }
    restApi.answer(request, response, url, bytes);
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`The stand-in for PagerDuty failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The stand-in for PagerDuty got no TCP port.');

  function subscription(wanted: Subscription | undefined): Subscription {
    const found = wanted ?? [...webhooks.subscriptions.values()][0];
    if (!found) throw new Error('The stand-in for PagerDuty does not know where the app listens; call connect(url).');
    return found;
  }
  const waitFor: SandboxPagerDuty['waitFor'] = (look, deadlineMs = 5_000) =>
    waitForChange(
      { name: 'PagerDuty', state: account, onChange: (listener) => account.onChange(listener) },
      look,
      deadlineMs,
    );

  return {
    apiUrl: `http://127.0.0.1:${address.port}`,
    token,
    webhookSecrets,
    account,
    faults,
    webhooks,
    audit: restApi.audit,
    events: webhooks.events,
    attempts: webhooks.attempts,
    connect: (url, subscribing) => webhooks.subscribe(url, subscribing),
    trigger: (trigger = {}) => incidents.trigger(trigger),
    automation: createPerson(account, incidents, undefined),
    as(userId) {
      const user = account.users.get(userId);
      if (!user) throw new Error(`There is no user ${userId} in the stand-in for PagerDuty.`);
      return createPerson(account, incidents, user);
    },
    incident(id) {
      const incident = account.incidents.get(id);
      if (!incident) throw new Error(`There is no incident ${id} in the stand-in for PagerDuty.`);
      return incident;
    },
    send: (body, { to, ...rest } = {}) => webhooks.send(subscription(to), body, rest),
    replay: (attempt) => webhooks.replay(attempt),
    ping: (to) => webhooks.ping(subscription(to)),
    async delivered(deadlineMs) {
      await waitFor(() => webhooks.isIdle(), deadlineMs);
    },
    waitFor,
    async stop() {
      webhooks.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > bodyBytesMax) throw new Error('The request body is larger than the stand-in for PagerDuty takes.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
