/** `POST /webhooks/alertmanager`: who sends it, is it well-formed, one call into the flow, an answer. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { invariant } from '../../domain/errors.ts';
import type { Log } from '../../flow/ports.ts';
import type { ReceiveAlert } from '../../flow/receive-alert.ts';
import { jsonAnswer, refusal } from '../http/server.ts';
import type { Route } from '../http/server.ts';
import { parseAlertGroup } from './payload.ts';

const bodyLimitBytes = 32 * 1024 * 1024;
/** A parsed body takes several times its size, so bodies over this are handled one at a time. */
const largeBodyBytes = 4 * 1024 * 1024;

/**
 * Alertmanager gives up on every 4xx and tries 5xx again, so only what can never be accepted is a 4xx.
 * `token` is what `Authorization: Bearer …` carries, or the password of basic auth. `receive` commits before it
 * resolves; `delivery.key` is the SHA-256 in hex of the raw body: identical bytes are a repeat and may be skipped,
 * while two HA peers' bodies may differ and are ordered by event time.
 */
export function alertmanagerRoute(options: { token: string; receive: ReceiveAlert; log: Log }): Route {
  const { receive, log } = options;
  invariant(options.token !== '', 'an empty Alertmanager token would let everybody in');
  const expected = sha256(options.token);
  let largeInFlight = 0;

  return {
    method: 'POST',
    path: '/webhooks/alertmanager',
    bodyLimitBytes,
    async handle({ headers, rawBody, remote }) {
      const token = presentedToken(headers.authorization);
      // Digests have one length, so that the comparison tells nothing about the token's.
      if (token === undefined || !timingSafeEqual(sha256(token), expected)) {
        log.warn({ remote, presented: token !== undefined }, 'alertmanager request refused: wrong or no token');
        return refusal(
          401,
          'The token is missing or wrong: set http_config.authorization.credentials in Alertmanager to ALERTMANAGER_TOKEN.',
          { 'www-authenticate': 'Bearer realm="firebreak"' },
        );
      }
      const large = rawBody.length > largeBodyBytes;
      if (large && largeInFlight > 0) {
        return refusal(503, 'Another large notification is being handled; send this again in a moment.', {
          'retry-after': '1',
        });
      }
      largeInFlight += large ? 1 : 0;
      try {
        const parsed = await parseAlertGroup(rawBody);
        if (parsed.kind === 'malformed') {
          log.warn({ remote, why: parsed.why }, 'alertmanager notification is malformed and will not be sent again');
          return refusal(400, `Not an Alertmanager webhook of version 4. ${parsed.why}`);
        }
        const received = await receive(parsed.group, { key: sha256(rawBody).toString('hex') });
        return jsonAnswer(202, { accepted: parsed.group.alerts.length, ...received });
      } finally {
        largeInFlight -= large ? 1 : 0;
      }
    },
  };
}

const sha256 = (of: string | Buffer): Buffer => createHash('sha256').update(of).digest();

/** Of `Bearer <token>` or `Basic base64(anyone:<token>)`. */
function presentedToken(header: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +([^ ]+) *$/i.exec(header ?? '') ?? [];
  if (!scheme || !value) return undefined;
  if (scheme.toLowerCase() === 'bearer') return value;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : decoded.slice(colon + 1);
}
