import { createHmac } from 'node:crypto';

/**
 * `x-slack-signature` by Slack's "Verifying requests from Slack": `v0=` and the HMAC-SHA256, in hex, of
 * `v0:<timestamp>:<raw body>`.
 *
 * @param timestamp seconds since 1970, as sent in `x-slack-request-timestamp`
 */
export function signRequest(signingSecret: string, timestamp: number, rawBody: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${rawBody}`).digest('hex')}`;
}
