import { createHmac } from 'node:crypto';

/** `X-PagerDuty-Signature` by "Webhooks: Verifying Signatures": one `v1=` for each secret, with commas between. */
export function signWebhook(secrets: readonly string[], rawBody: string): string {
  return secrets.map((secret) => `v1=${createHmac('sha256', secret).update(rawBody).digest('hex')}`).join(',');
}
