/**
 * Webhook subscriptions, version 3 ("Webhooks: Behavior"):
 *
 *   event → one queue for each subscription and resource → attempt → 2xx: delivered
 *                                                         5xx, 429, no answer: again later, up to 48 h; the queue waits
 *                                                         any other answer: dropped
 *
 * Three drops in a row disable the subscription for 24 h: what it has queued is dropped, and what happens meanwhile.
 */
import type { Clock } from '../kubernetes/clock.ts';
import type { Account, JsonObject } from './account.ts';
import { exchange } from '../exchange.ts';
import type { Publish } from './incidents.ts';
import { keepNewest } from '../newest.ts';
import { signWebhook } from './signature.ts';
import { userReference } from './wire.ts';

/** The body of a webhook. */
export interface WebhookBody {
  event: JsonObject & { id: string; event_type: string; resource_type: string; occurred_at: string };
}

export interface Subscription {
  id: string;
  url: string;
  /** Two while a secret is being rotated. */
  secrets: string[];
  active: boolean;
  /** Undefined: the whole account. */
  service: string | undefined;
  /** Drops in a row. */
  drops: number;
  disabledUntilMs: number | undefined;
}

/** How a request differs from an honest one; for forged and repeated requests in tests. */
export interface SendOptions {
  /** Replaces the signature header; `none` leaves it out. */
  signature?: string;
  /** Signs with these. */
  secrets?: readonly string[];
  /** Replaces the bytes that are sent; the signature still covers the honest ones. */
  sentBody?: string;
  headers?: Record<string, string>;
}

/** One request to the app with its answer. */
export interface Attempt {
  subscription: string;
  body: WebhookBody;
  /** 1 is the first; each of one delivery carries the same `x-webhook-id`. */
  number: number;
  status: number;
  failure: 'timeout' | 'connection' | undefined;
  answer: string;
  elapsedMs: number;
  sent: { headers: Record<string, string>; body: string };
}

export interface Webhooks {
  subscriptions: Map<string, Subscription>;
  /** The newest thousands of events, delivered or not, oldest first. */
  events: WebhookBody[];
  /** The newest thousands of requests to the app, oldest first. */
  attempts: Attempt[];
  /** What was given up, oldest first. */
  dropped: { subscription: string; body: WebhookBody }[];
  publish: Publish;
  subscribe(url: string, options?: { service?: string; secrets?: string[] }): Subscription;
  enable(subscription: Subscription): void;
  isDisabled(subscription: Subscription): boolean;
  ping(subscription: Subscription): void;
  /** One request, outside of every queue. */
  send(subscription: Subscription, body: WebhookBody, options?: SendOptions): Promise<Attempt>;
  /** The very bytes of an earlier request again. */
  replay(attempt: Attempt): Promise<Attempt>;
  /** Nothing is queued. */
  isIdle(): boolean;
  stop(): void;
}

interface Queued {
  body: WebhookBody;
  webhookId: string;
  attempts: number;
  sinceMs: number;
}

const hoursMs = 3_600_000;
const dropsMax = 3;

export function createWebhooks(parts: {
  account: Account;
  clock: Clock;
  secrets: readonly string[];
  /** `hold`: events are only recorded, and the test sends them. */
  deliver: 'queue' | 'hold';
  /** For the app's answer, in milliseconds. */
  answerMs: number;
  /** Before the first retry, in milliseconds; doubles with each, up to 60 times as long. */
  retryMs: number;
}): Webhooks {
  const { account, clock } = parts;
  const subscriptions: Webhooks['subscriptions'] = new Map();
  const events: WebhookBody[] = [];
  const attempts: Attempt[] = [];
  const dropped: Webhooks['dropped'] = [];
  /** By subscription and resource. */
  const queues = new Map<string, Queued[]>();
  const stopped = new AbortController();
  let lastEvent = 0;

  const isDisabled = ({ disabledUntilMs }: Subscription) =>
    disabledUntilMs !== undefined && clock.now() < disabledUntilMs;

  function newBody(event: Omit<Parameters<Publish>[0], 'resource' | 'service'>): WebhookBody {
    lastEvent += 1;
    const { type, agent, data } = event;
    return {
      event: {
        id: `01SBX${String(lastEvent).padStart(21, '0')}`,
        event_type: type,
        resource_type: type.split('.')[0] ?? type,
        occurred_at: new Date(clock.now()).toISOString(),
        agent: userReference(account, agent),
        client: agent ? { name: 'PagerDuty' } : null,
        data,
      },
    };
  }

  async function post(
    url: string,
    attempt: Pick<Attempt, 'subscription' | 'body' | 'number' | 'sent'>,
  ): Promise<Attempt> {
    const startMs = performance.now();
    const signals = { timeout: AbortSignal.timeout(parts.answerMs), stopped: stopped.signal };
    const { status, failure, body: answer } = await exchange(url, attempt.sent, signals);
    return { ...attempt, status, failure, answer, elapsedMs: performance.now() - startMs };
  }

  async function alone(made: Promise<Attempt>): Promise<Attempt> {
    const attempt = await made;
    keepNewest(attempts, attempt);
    account.changed();
    return attempt;
  }

  function attemptOf(
    subscription: Subscription,
    { body, webhookId, number }: { body: WebhookBody; webhookId: string; number: number },
    options: SendOptions = {},
  ): Promise<Attempt> {
    const text = JSON.stringify(body);
    const signature = options.signature ?? signWebhook(options.secrets ?? subscription.secrets, text);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'PagerDuty-Webhook/V3.0',
      'x-webhook-id': webhookId,
      'x-webhook-subscription': subscription.id,
      ...(signature === 'none' ? {} : { 'x-pagerduty-signature': signature }),
      ...options.headers,
    };
    const sent = { headers, body: options.sentBody ?? text };
    return post(subscription.url, { subscription: subscription.id, body, number, sent });
  }

  function drop(subscription: Subscription, queue: Queued[]): void {
    const lost = queue.shift();
    if (lost) keepNewest(dropped, { subscription: subscription.id, body: lost.body });
    subscription.drops += 1;
    if (subscription.drops < dropsMax) return;
    subscription.disabledUntilMs = clock.now() + 24 * hoursMs;
    for (const [key, waiting] of queues) {
      if (!key.startsWith(`${subscription.id}/`)) continue;
      for (const { body } of waiting.splice(0)) keepNewest(dropped, { subscription: subscription.id, body });
    }
  }

  /** Until the clock says so, or the stand-in stops. */
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const stop = () => {
        callOff();
        resolve();
      };
      const callOff = clock.wakeAt(clock.now() + ms, () => {
        stopped.signal.removeEventListener('abort', stop);
        resolve();
      });
      stopped.signal.addEventListener('abort', stop);
    });

  async function work(key: string, subscription: Subscription, queue: Queued[]): Promise<void> {
    for (let head = queue[0]; head !== undefined && !stopped.signal.aborted; head = queue[0]) {
      head.attempts += 1;
      const attempt = await attemptOf(subscription, { ...head, number: head.attempts });
      keepNewest(attempts, attempt);
      const { status } = attempt;
      const temporary = status === 0 || status >= 500 || status === 429;
      let wait: Promise<void> | undefined;
      // Another queue's third drop may have emptied this one meanwhile.
      if (queue[0] === head) {
        if (status >= 200 && status < 300) {
          subscription.drops = 0;
          queue.shift();
        } else if (temporary && clock.now() - head.sinceMs < 48 * hoursMs) {
          wait = pause(parts.retryMs * Math.min(2 ** (head.attempts - 1), 60));
        } else {
          drop(subscription, queue);
        }
      }
      // Last, so that whoever waits for this attempt finds the clock set for the next one.
      account.changed();
      await wait;
    }
    queues.delete(key);
    account.changed();
  }

  function enqueue(subscription: Subscription, resource: string, body: WebhookBody): void {
    if (isDisabled(subscription)) {
      keepNewest(dropped, { subscription: subscription.id, body });
      return;
    }
    const key = `${subscription.id}/${resource}`;
    const queue = queues.get(key) ?? [];
    queue.push({ body, webhookId: account.nextId('wh', 12), attempts: 0, sinceMs: clock.now() });
    if (queues.has(key)) return;
    queues.set(key, queue);
    void work(key, subscription, queue);
  }

  return {
    subscriptions,
    events,
    attempts,
    dropped,
    isDisabled,
    publish({ resource, service, ...event }) {
      const body = newBody(event);
      keepNewest(events, body);
      if (parts.deliver === 'hold') return;
      for (const subscription of subscriptions.values()) {
        const wanted = subscription.service === undefined || subscription.service === service;
        if (subscription.active && wanted) enqueue(subscription, resource, body);
      }
    },
    subscribe(url, { service, secrets = [...parts.secrets] } = {}) {
      const id = account.nextId('PW', 7);
      const made: Subscription = {
        id,
        url,
        secrets,
        active: true,
        service,
        drops: 0,
        disabledUntilMs: undefined,
      };
      subscriptions.set(id, made);
      account.changed();
      return made;
    },
    enable(subscription) {
      subscription.disabledUntilMs = undefined;
      subscription.drops = 0;
      account.changed();
    },
    ping(subscription) {
      const body = newBody({
        type: 'pagey.ping',
        agent: undefined,
        data: { message: 'Hello from your friend Pagey!', type: 'ping' },
      });
      keepNewest(events, body);
      if (parts.deliver === 'queue') enqueue(subscription, body.event.id, body);
    },
    send: (subscription, body, options) =>
      alone(attemptOf(subscription, { body, webhookId: account.nextId('wh', 12), number: 1 }, options)),
    replay(attempt) {
      const subscription = subscriptions.get(attempt.subscription);
      if (!subscription) throw new Error(`There is no webhook subscription ${attempt.subscription} any more.`);
      return alone(post(subscription.url, { ...attempt, number: attempt.number + 1 }));
    },
    isIdle: () => queues.size === 0,
    stop: () => stopped.abort(),
  };
}
