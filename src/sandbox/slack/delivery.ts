import { request as httpRequest } from 'node:http';
import { signRequest } from './signature.ts';
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
  sent: { headers: Record<string, string>; body: string };
  /** The answers to the repeats asked for with `duplicate`. */
  duplicates: Answer[];
}

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

/** @param answerMs how long to wait for the app's answer in milliseconds (3,000 at Slack) */
export function createDelivery(workspace: Workspace, signingSecret: string, answerMs: number): Delivery {
  let requestUrl: string | undefined;
  const answers: Answer[] = [];
  const stopped = new AbortController();

  async function post(kind: DeliveryKind, payload: JsonObject, sent: Answer['sent']): Promise<Answer> {
    if (requestUrl === undefined) {
      throw new Error('The stand-in for Slack does not know where the app listens; call connect(requestUrl) first.');
    }
    const startMs = performance.now();
    const heard = await exchange(requestUrl, sent, { timeout: AbortSignal.timeout(answerMs), stopped: stopped.signal });
    const answer: Answer = { kind, payload, ...heard, elapsedMs: performance.now() - startMs, sent, duplicates: [] };
    answers.push(answer);
    workspace.changed();
    return answer;
  }

  return {
    answers,
    connect(url) {
      requestUrl = url;
    },
    async send(kind, payload, options = {}) {
      const { duplicate = 0, sentBody } = options;
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
    replay: (answer) => post(answer.kind, answer.payload, answer.sent),
    stop: () => stopped.abort(),
  };
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

/** One HTTP exchange on a connection of its own, so that a stopping app is not kept open. */
function exchange(
  url: string,
  sent: Answer['sent'],
  { timeout, stopped }: { timeout: AbortSignal; stopped: AbortSignal },
): Promise<Pick<Answer, 'status' | 'body' | 'failure'>> {
  return new Promise((resolve) => {
    const fail = () => {
      const failure = timeout.aborted ? 'operation_timeout' : 'connection_failed';
      resolve({ status: 0, body: '', failure });
    };
    const headers = { ...sent.headers, 'content-length': String(Buffer.byteLength(sent.body)) };
    const signal = AbortSignal.any([timeout, stopped]);
    const request = httpRequest(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), failure: undefined });
      });
    });
    request.on('error', fail);
    request.end(sent.body);
  });
}
