/**
 * `POST /slack/events`: commands, interactions and events over HTTP. Our server owns the socket and the raw bytes; a
 * small Bolt receiver hands over what was verified, so that Bolt parses, routes to listeners and acknowledges.
 *
 *   raw bytes → guard (401) → form or JSON → Bolt → a listener commits, then acks → the ack is the answer
 *
 * An event is acknowledged by Bolt before its listener runs; here its answer waits for the listener, so that Slack
 * sends it again when it could not be recorded. Clicks, commands and forms are never sent again.
 */
import type { App, Receiver } from '@slack/bolt';
import { OperationError, describeError } from '../../domain/errors.ts';
import type { Clock, Log } from '../../flow/ports.ts';
import { jsonAnswer, refusal } from '../http/server.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http/server.ts';
import { deliveryKeyOf, verifySlackRequest } from './guard.ts';
import { parseSlackBody } from './slack-body.ts';
import type { SlackBody } from './slack-body.ts';

const bodyLimitBytes = 1024 * 1024;
/** Slack gives up after 3 s (Slack documentation, "Handling user interaction", "Events API"). */
const answerWithinMs = 2_800;

export type SlackReceiver = {
  readonly receiver: Receiver;
  readonly route: Route;
  /** Resolves when every listener that began has ended; they go on after their answer. */
  readonly drain: () => Promise<void>;
};

/** What an ack may carry: nothing, text, or an object such as `response_action`. */
type AckValue = string | object | undefined;

const sentences = {
  missing: 'The headers x-slack-request-timestamp and x-slack-signature are missing or malformed.',
  'too-old': "The request is older than 5 minutes. If it is genuine, check this machine's clock.",
  'too-new': "The request is from the future. If it is genuine, check this machine's clock.",
  forged: 'The signature does not match. Check SLACK_SIGNING_SECRET.',
} as const;

export function createSlackReceiver(options: { signingSecret: string; clock: Clock; log: Log }): SlackReceiver {
  const { signingSecret, clock, log } = options;
  const running = new Set<Promise<void>>();
  let app: App | undefined;

  async function handle({ headers, rawBody, remote }: HttpRequest): Promise<HttpAnswer> {
    const signature = one(headers['x-slack-signature']);
    const verdict = verifySlackRequest({
      signingSecret,
      timestamp: one(headers['x-slack-request-timestamp']),
      signature,
      rawBody,
      now: clock.now().getTime(),
    });
    if (verdict !== 'ok' || signature === undefined) {
      const why = verdict === 'ok' ? 'missing' : verdict;
      log.warn({ why, remote }, 'slack request refused');
      return refusal(401, sentences[why]);
    }
    const body = parseSlackBody(one(headers['content-type']), rawBody);
    if (!body) return refusal(400, 'The body is neither JSON nor a form as Slack sends them.');
    if (body['type'] === 'url_verification') return jsonAnswer(200, { challenge: body['challenge'] });
    if (body['ssl_check'] === '1') return { status: 200 };
    if (!app) return refusal(503, 'Firebreak is starting.', { 'retry-after': '1' });
    return await dispatch(app, body, {
      deliveryKey: typeof body['event_id'] === 'string' ? body['event_id'] : deliveryKeyOf(signature),
      retryNum: Number(one(headers['x-slack-retry-num']) ?? 0),
      retryReason: one(headers['x-slack-retry-reason']),
    });
  }

  function dispatch(
    to: App,
    body: SlackBody,
    delivery: { deliveryKey: string; retryNum: number; retryReason: string | undefined },
  ): Promise<HttpAnswer> {
    const isEvent = body['event'] !== undefined;
    return new Promise<HttpAnswer>((resolve) => {
      let answered = false;
      const answer = (it: HttpAnswer) => {
        if (answered) return;
        answered = true;
        clearTimeout(timer);
        resolve(it);
      };
      const timer = setTimeout(() => {
        log.error({ type: body['type'] ?? body['command'] }, 'slack request was not answered in time');
        answer(refusal(503, 'Firebreak did not finish in time.', { 'retry-after': '1' }));
      }, answerWithinMs);

      const listening: Promise<void> = to
        .processEvent({
          body,
          ...(delivery.retryNum > 0 ? { retryNum: delivery.retryNum } : {}),
          ...(delivery.retryReason === undefined ? {} : { retryReason: delivery.retryReason }),
          customProperties: { deliveryKey: delivery.deliveryKey },
          ack: async (value?: AckValue) => {
            if (!isEvent) answer(acknowledged(value));
          },
        })
        // Nobody listens to it (an old message's button, a new kind of event): Slack still wants a 200.
        .then(() => answer({ status: 200 }))
        .catch((error: unknown) => answer(troubled(error, answered)))
        .finally(() => running.delete(listening));
      running.add(listening);
    });
  }

  function troubled(error: unknown, answered: boolean): HttpAnswer {
    const cause = original(error);
    const retryable = cause instanceof OperationError && cause.retryable;
    const fields = { err: cause, answered };
    if (retryable) log.warn(fields, 'slack request could not be handled now');
    else log.error(fields, 'slack listener failed');
    return refusal(retryable ? 503 : 500, `Firebreak could not handle this: ${describeError(cause)}`);
  }

  return {
    receiver: {
      init(it) {
        app = it;
      },
      // The HTTP server is started by whoever composes it.
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    },
    route: { method: 'POST', path: '/slack/events', bodyLimitBytes, handle },
    async drain() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function acknowledged(value: AckValue): HttpAnswer {
  if (value === undefined || value === '') return { status: 200 };
  if (typeof value === 'string') {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: value };
  }
  return jsonAnswer(200, value);
}

/** Bolt wraps what a listener throws. */
function original(error: unknown): unknown {
  if (error instanceof OperationError) return error;
  if (error instanceof Error && 'original' in error) return original(error.original);
  return error;
}

/** A header that came twice is not Slack's. */
const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
