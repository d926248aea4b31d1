/**
 * Who sent a webhook (PagerDuty documentation, "Webhooks: Verifying Signatures"): `X-PagerDuty-Signature` holds one
 * `v1=<hex>` for each secret of the subscription, HMAC-SHA256 of the raw body. Several are there while a secret is being
 * rotated, on either side.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A subscription has one secret, two while it is rotated; more than this is not looked at. */
const signaturesMax = 8;

/** True when one of the header's signatures is that of one of the secrets. Takes as long whichever it is. */
export function isSigned(header: string | undefined, rawBody: Buffer, secrets: readonly string[]): boolean {
  const presented = (header ?? '')
    .split(',', signaturesMax)
    .map((part) => /^v1=([0-9a-f]{64})$/i.exec(part.trim())?.[1])
    .filter((hex) => hex !== undefined)
    .map((hex) => Buffer.from(hex, 'hex'));
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(rawBody).digest());
  const same = presented.flatMap((one) => expected.map((other) => timingSafeEqual(one, other)));
  return same.includes(true);
}
