import { randomUUID } from 'node:crypto';
import { exchange } from '../exchange.ts';
import { signRequest } from './signature.ts';
import type { Acknowledgement, Envelope, Sockets } from './sockets.ts';
import type { JsonObject, Workspace } from './workspace.ts';

/**
 * What is sent: `event` is JSON (an `event_callback` envelope), `interaction` a form with one `payload`,
 * `command` a form.
 */
export type DeliveryKind = 'event' | 'interaction' | 'command';

/** How a request differs from an honest one; for forged, old and repeated requests in tests. */
export interface DeliveryOptions {
  /** Seconds since 1970; the signature covers it. Now by default. */
  timestamp?: number;
  /** Replaces the signature; `none` leaves the header out. */
  signature?: string;
  /** Signs with another secret. */
  signingSecret?: string;
  /** Replaces the bytes that are sent; the signature still covers the honest ones. */
  sentBody?: string;
  headers?: Record<string, string>;
  /** Sends the very same bytes this many times more, one after another. */
  duplicate?: number;
  /** Over Socket Mode: sends it under an id that was used before. */
  envelopeId?: string;
  retry?: { num: number; reason: 'http_timeout' | 'http_error' | 'connection_failed' };
}

/** The app's answer to one request, with what was sent. */
export interface Answer {
  kind: DeliveryKind;
  payload: JsonObject;
  /** 0 when none came: see `failure`. */
  status: number;
  body: string;
  elapsedMs: number;
  failure: 'operation_timeout' | 'connection_failed' | undefined;
  /** Over Socket Mode the body is the envelope, and there are no headers. */
  sent: { headers: Record<string, string>; body: string };
  /** The answers to the repeats asked for with `duplicate`. */
  duplicates: Answer[];
}

/** Nobody said yet where the app listens, and it has opened no socket either. */
export class AppUnknown extends Error {}

export interface Delivery {
  /** Where the app listens. */
  connect: (requestUrl: string) => void;
  send: (kind: DeliveryKind, payload: JsonObject, options?: DeliveryOptions) => Promise<Answer>;
  /** Sends exactly these bytes again. */
  replay: (answer: Answer) => Promise<Answer>;
  /** Every answer so far, oldest first. */
  answers: Answer[];
  /** Breaks off what is under way. */
  stop(): void;
}

/**
 * Delivers over a socket when the app has one open, or had one; else by HTTP.
 *
 * @param answerMs how long to wait for the app's answer in milliseconds (3,000 at Slack)
 */
export function createDelivery(
  workspace: Workspace,
  { signingSecret, answerMs, sockets }: { signingSecret: string; answerMs: number; sockets: Sockets },
): Delivery {
  let requestUrl: string | undefined;
  const answers: Answer[] = [];
  const stopped = new AbortController();

  async function keep(
    kind: DeliveryKind,
    payload: JsonObject,
    sent: Answer['sent'],
    exchange: Promise<Pick<Answer, 'status' | 'body' | 'failure'>>,
  ): Promise<Answer> {
    const startMs = performance.now();
    const heard = await exchange;
    const answer: Answer = { kind, payload, ...heard, elapsedMs: performance.now() - startMs, sent, duplicates: [] };
    answers.push(answer);
    workspace.changed();
    return answer;
  }

  function post(kind: DeliveryKind, payload: JsonObject, sent: Answer['sent']): Promise<Answer> {
    if (requestUrl === undefined) {
      throw new AppUnknown(
        'The stand-in for Slack does not know where the app listens; call connect(requestUrl) first.',
      );
    }
    const signals = { timeout: AbortSignal.timeout(answerMs), stopped: stopped.signal };
    return keep(kind, payload, sent, inSlacksWords(exchange(requestUrl, sent, signals)));
  }

  function overSocket(kind: DeliveryKind, payload: JsonObject, envelope: Envelope): Promise<Answer> {
    const acknowledged =
      sockets.deliver(envelope, answerMs) ?? Promise.resolve({ failure: 'connection_failed' } as const);
    const sent = { headers: {}, body: JSON.stringify(envelope) };
    return keep(
      kind,
      payload,
      sent,
      acknowledged.then((ack) => answerOf(envelope, ack)),
    );
  }

  return {
    answers,
    connect(url) {
      requestUrl = url;
    },
    async send(kind, payload, options = {}) {
      const { duplicate = 0, sentBody } = options;
      if (sockets.used()) {
        const envelope = envelopeFor(kind, payload, options);
        const first = await overSocket(kind, payload, envelope);
        for (let time = 0; time < duplicate; time += 1)
          first.duplicates.push(await overSocket(kind, payload, envelope));
        return first;
      }
      const body = encode(kind, payload);
      const headers = headersFor(kind, body, options, {
        signingSecret: options.signingSecret ?? signingSecret,
        timestamp: options.timestamp ?? Math.floor(workspace.now() / 1000),
      });
      const sent = { headers, body: sentBody ?? body };
      const answer = await post(kind, payload, sent);
      for (let time = 0; time < duplicate; time += 1) answer.duplicates.push(await post(kind, payload, sent));
      return answer;
    },
    replay: (answer) =>
      sockets.used()
        ? // It was written by `overSocket`.
          overSocket(answer.kind, answer.payload, JSON.parse(answer.sent.body) as Envelope)
        : post(answer.kind, answer.payload, answer.sent),
    stop: () => stopped.abort(),
  };
}

const envelopeTypes = { event: 'events_api', interaction: 'interactive', command: 'slash_commands' } as const;

/** Commands, forms and option lists take an answer with the acknowledgement; clicks and events do not. */
function envelopeFor(kind: DeliveryKind, payload: JsonObject, { envelopeId, retry }: DeliveryOptions): Envelope {
  const answerable = kind === 'command' || ['view_submission', 'block_suggestion'].includes(String(payload.type));
  return {
    envelope_id: envelopeId ?? randomUUID(),
    type: envelopeTypes[kind],
    payload,
    accepts_response_payload: answerable,
    ...(kind === 'event' ? { retry_attempt: retry?.num ?? 0, retry_reason: retry?.reason ?? '' } : {}),
  };
}

/** As an HTTP answer would have said it. A payload that nobody asked for is not looked at. */
function answerOf(
  envelope: Envelope,
  { payload, failure }: Acknowledgement,
): Pick<Answer, 'status' | 'body' | 'failure'> {
  const body = payload !== undefined && envelope.accepts_response_payload ? JSON.stringify(payload) : '';
  return { status: failure ? 0 : 200, body, failure };
}

function encode(kind: DeliveryKind, payload: JsonObject): string {
  if (kind === 'event') return JSON.stringify(payload);
  const fields =
    kind === 'interaction'
      ? { payload: JSON.stringify(payload) }
      : Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, String(value)]));
  return new URLSearchParams(fields).toString();
}

function headersFor(
  kind: DeliveryKind,
  body: string,
  options: DeliveryOptions,
  key: { signingSecret: string; timestamp: number },
): Record<string, string> {
  const signature = options.signature ?? signRequest(key.signingSecret, key.timestamp, body);
  return {
    'content-type': kind === 'event' ? 'application/json' : 'application/x-www-form-urlencoded',
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(key.timestamp),
    ...(signature === 'none' ? {} : { 'x-slack-signature': signature }),
    ...(options.retry
      ? { 'x-slack-retry-num': String(options.retry.num), 'x-slack-retry-reason': options.retry.reason }
      : {}),
    ...options.headers,
  };
}

const failures = { timeout: 'operation_timeout', connection: 'connection_failed' } as const;

async function inSlacksWords(
  exchanged: ReturnType<typeof exchange>,
): Promise<Pick<Answer, 'status' | 'body' | 'failure'>> {
  const { failure, ...answer } = await exchanged;
  return { ...answer, failure: failure && failures[failure] };
}
