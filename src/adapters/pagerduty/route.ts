/** `POST /webhooks/pagerduty`: who sends it, what it says, one call into the flow, an answer. */
import { invariant } from '../../domain/errors.ts';
import type { PageEvent } from '../../domain/page.ts';
import type { Log } from '../../flow/ports.ts';
import { jsonAnswer, refusal } from '../http/server.ts';
import type { HttpAnswer, Route } from '../http/server.ts';
import { parsePageEvent } from './payload.ts';
import { isSigned } from './signature.ts';

export const webhookPath = '/webhooks/pagerduty';

/** PagerDuty drops what is larger than 256 KB ("Webhooks: Behavior", Size Limit), so this is not from PagerDuty. */
const bodyLimitBytes = 1024 * 1024;
/** Events that are being recorded; an incident has its next one sent when this one is answered. */
const inFlightMax = 64;
/** PagerDuty waits for 5 s. */
const answerWithinMs = 4_000;

/**
 * PagerDuty sends again what is answered with 5xx or not at all, for two days and in order. It drops what any 4xx
 * answers, and three drops in a row switch the subscription off for a day: so a correctly signed body is never a 4xx.
 * `receive` commits before it resolves and may see one event several times; `delivery.key` is the event's signed id.
 */
export function pagerdutyRoute(options: {
  /** Of the webhook subscriptions that deliver here; several while one is rotated. */
  secrets: readonly string[];
  receive: (event: PageEvent, delivery: { key: string }) => Promise<unknown>;
  log: Log;
  now?: () => Date;
  /** Milliseconds. */
  answerWithin?: number;
}): Route {
  const { secrets, receive, log, now = () => new Date() } = options;
  invariant(secrets.length > 0 && !secrets.includes(''), 'an empty webhook secret would let everybody in');
  let inFlight = 0;

  return {
    method: 'POST',
    path: webhookPath,
    bodyLimitBytes,
    async handle({ headers, rawBody, remote }) {
      const presented = headers['x-pagerduty-signature'];
      if (!isSigned(typeof presented === 'string' ? presented : undefined, rawBody, secrets)) {
        log.warn({ remote, presented: presented !== undefined }, 'pagerduty request refused: wrong or no signature');
        return refusal(
          401,
          'The signature is missing or wrong: set PAGERDUTY_WEBHOOK_SECRETS to the secret of this webhook subscription.',
        );
      }
      if (inFlight >= inFlightMax) return later('Firebreak is recording as many events as it can; send this again.');

      const { event, problem } = parsePageEvent(rawBody, now());
      if (problem !== undefined) {
        log.warn({ eventId: event.id, type: event.type, problem }, 'pagerduty event is not as documented');
      }
      inFlight += 1;
      const received = receive(event, { key: event.id }).finally(() => (inFlight -= 1));
      const answer = await inTime(received, options.answerWithin ?? answerWithinMs);
      if (answer === 'late') {
        received.catch((err: unknown) => log.warn({ err, eventId: event.id }, 'pagerduty event failed after its time'));
        log.warn({ eventId: event.id, type: event.type }, 'pagerduty event was not recorded in time');
        return later('Recording this takes too long; send it again.');
      }
      return jsonAnswer(202, { accepted: event.type });
    },
  };
}

const later = (sentence: string): HttpAnswer => refusal(503, sentence, { 'retry-after': '5' });

/** Rejects as `work` does; `late` when it has not ended by then. */
async function inTime(work: Promise<unknown>, withinMs: number): Promise<'done' | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs);
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
