import type { Answer } from '../slack/delivery.ts';

/** What a person is told when the app did not take what Slack sent; undefined when it did. */
export function failureOf({ status, failure }: Pick<Answer, 'status' | 'failure'>): string | undefined {
  if (failure === 'operation_timeout') return 'operation_timeout: the app did not answer within 3 seconds. Try again.';
  if (failure === 'connection_failed') return 'connection_failed: Slack could not reach the app. Try again.';
  return status === 200 ? undefined : `http_service_error: the app answered with status ${status}. Try again.`;
}
