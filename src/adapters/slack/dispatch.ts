/**
 * One delivery from Slack → the listeners, whichever way it came in (receive.ts: HTTP, socket.ts: Socket Mode).
 *
 *   body → Bolt → a listener commits, then acks → `Dispatched` → HTTP answer or envelope acknowledgement
 *
 * An event is acknowledged by Bolt before its listener runs; here its answer waits for the listener, so that Slack
 * sends it again when it could not be recorded. Clicks, commands and forms are never sent again.
 */
import type { App, Receiver } from '@slack/bolt';
import { OperationError, describeError } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';
import type { SlackBody } from './slack-body.ts';

/** Slack gives up after 3 s (Slack documentation, "Handling user interaction", "Events API", "Using Socket Mode"). */
const answerWithinMs = 2_800;

/** What an ack may carry: nothing, text, or an object such as `response_action`. */
export type AckValue = string | object | undefined;

export type Dispatched =
  | { readonly kind: 'acknowledged'; readonly value: AckValue }
  /** It is not certain to be recorded. `retryable`: it may be when it is sent again. */
  | { readonly kind: 'failed'; readonly retryable: boolean; readonly text: string };

export type Delivery = {
  /** What the ledger knows it by; the same one a second time does nothing. */
  readonly deliveryKey: string;
  readonly retryNum?: number;
  readonly retryReason?: string;
};

export type Dispatcher = {
  /** For Bolt's constructor. */
  readonly receiver: Receiver;
  /** Never throws, and answers within Slack's 3 s; the listener may go on after that. */
  readonly dispatch: (body: SlackBody, delivery: Delivery) => Promise<Dispatched>;
  /** Resolves when every listener that began has ended. */
  readonly drain: () => Promise<void>;
};

export function createDispatcher({ log }: { log: Log }): Dispatcher {
  const running = new Set<Promise<void>>();
  let app: App | undefined;

  function dispatch(body: SlackBody, delivery: Delivery): Promise<Dispatched> {
    const to = app;
    if (!to) return Promise.resolve({ kind: 'failed', retryable: true, text: 'Firebreak is starting.' });
    const isEvent = body['event'] !== undefined;
    return new Promise<Dispatched>((resolve) => {
      let answered = false;
      const answer = (it: Dispatched) => {
        if (answered) return;
        answered = true;
        clearTimeout(timer);
        resolve(it);
      };
      const timer = setTimeout(() => {
        log.error({ type: body['type'] ?? body['command'] }, 'slack request was not answered in time');
        answer({ kind: 'failed', retryable: true, text: 'Firebreak did not finish in time.' });
      }, answerWithinMs);

      const listening: Promise<void> = to
        .processEvent({
          body,
          ...(delivery.retryNum ? { retryNum: delivery.retryNum } : {}),
          ...(delivery.retryReason === undefined ? {} : { retryReason: delivery.retryReason }),
          customProperties: { deliveryKey: delivery.deliveryKey },
          ack: async (value?: AckValue) => {
            if (!isEvent) answer({ kind: 'acknowledged', value });
          },
        })
        // Nobody listens to it (an old message's button, a new kind of event): Slack still wants to be answered.
        .then(() => answer({ kind: 'acknowledged', value: undefined }))
        .catch((error: unknown) => answer(troubled(error, answered)))
        .finally(() => running.delete(listening));
      running.add(listening);
    });
  }

  function troubled(error: unknown, answered: boolean): Dispatched {
    const cause = original(error);
    const retryable = cause instanceof OperationError && cause.retryable;
    const fields = { err: cause, answered };
    if (retryable) log.warn(fields, 'slack request could not be handled now');
    else log.error(fields, 'slack listener failed');
    return { kind: 'failed', retryable, text: `Firebreak could not handle this: ${describeError(cause)}` };
  }

  return {
    receiver: {
      init(it) {
        app = it;
      },
      // Whoever composes it starts the HTTP server and the sockets.
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    },
    dispatch,
    async drain() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** Bolt wraps what a listener throws. */
function original(error: unknown): unknown {
  if (error instanceof OperationError) return error;
  if (error instanceof Error && 'original' in error) return original(error.original);
  return error;
}
