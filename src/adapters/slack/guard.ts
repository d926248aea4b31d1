/** Is a request from Slack, and from now? (Slack documentation, "Verifying requests from Slack".) */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export type SlackVerdict = 'ok' | 'missing' | 'too-old' | 'too-new' | 'forged';

/** On both sides: Bolt 5.1 looks only at the past and took a time stamp from tomorrow. */
const signatureWindowMs = 5 * 60_000;

/**
 * Verifies `v0=` HMAC-SHA256 of `v0:{timestamp}:{raw body}` in constant time. `timestamp` and `signature` are the
 * headers `x-slack-request-timestamp` (seconds) and `x-slack-signature`; `now` is in milliseconds since 1970.
 * A replay inside the window verifies again: the ledger's delivery table knows it by `deliveryKeyOf`.
 */
export function verifySlackRequest(request: {
  signingSecret: string;
  timestamp: string | undefined;
  signature: string | undefined;
  rawBody: Buffer;
  now: number;
}): SlackVerdict {
  const { signingSecret, timestamp, signature, rawBody, now } = request;
  if (!timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) return 'missing';
  const ageMs = now - Number(timestamp) * 1000;
  if (ageMs > signatureWindowMs) return 'too-old';
  if (ageMs < -signatureWindowMs) return 'too-new';
  const expected = Buffer.from(
    `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(rawBody).digest('hex')}`,
  );
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? 'ok' : 'forged';
}

/** What a signed request is known by in the ledger. Only for a signature that was verified: then it has one spelling. */
export function deliveryKeyOf(signature: string): string {
  return createHash('sha256').update(signature).digest('hex');
}
