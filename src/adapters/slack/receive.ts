/**
 * `POST /slack/events`: commands, interactions and events over HTTP. Our server owns the socket and the raw bytes:
 *
 *   raw bytes → guard (401) → form or JSON → dispatch (dispatch.ts) → its outcome is the HTTP answer
 */
import type { Clock, Log } from '../../flow/ports.ts';
import { jsonAnswer, refusal } from '../http/server.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http/server.ts';
import type { AckValue, Dispatched, Dispatcher } from './dispatch.ts';
import { deliveryKeyOf, verifySlackRequest } from './guard.ts';
import { parseSlackBody } from './slack-body.ts';

const bodyLimitBytes = 1024 * 1024;
/** Also written into the manifest. */
export const slackEventsPath = '/slack/events';

const sentences = {
  missing: 'The headers x-slack-request-timestamp and x-slack-signature are missing or malformed.',
  'too-old': "The request is older than 5 minutes. If it is genuine, check this machine's clock.",
  'too-new': "The request is from the future. If it is genuine, check this machine's clock.",
  forged: 'The signature does not match. Check SLACK_SIGNING_SECRET.',
} as const;

export function slackRoute(options: {
  signingSecret: string;
  dispatch: Dispatcher['dispatch'];
  clock: Clock;
  log: Log;
}): Route {
  const { signingSecret, dispatch, clock, log } = options;

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
    const retryReason = one(headers['x-slack-retry-reason']);
    const outcome = await dispatch(body, {
      deliveryKey: typeof body['event_id'] === 'string' ? body['event_id'] : deliveryKeyOf(signature),
      retryNum: Number(one(headers['x-slack-retry-num']) ?? 0),
      ...(retryReason === undefined ? {} : { retryReason }),
    });
    return answerFor(outcome);
  }

  return { method: 'POST', path: slackEventsPath, bodyLimitBytes, handle };
}

function answerFor(outcome: Dispatched): HttpAnswer {
  if (outcome.kind === 'acknowledged') return acknowledged(outcome.value);
  return outcome.retryable ? refusal(503, outcome.text, { 'retry-after': '1' }) : refusal(500, outcome.text);
}

function acknowledged(value: AckValue): HttpAnswer {
  if (value === undefined || value === '') return { status: 200 };
  if (typeof value === 'string') {
    return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: value };
  }
  return jsonAnswer(200, value);
}

/** A header that came twice is not Slack's. */
const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
