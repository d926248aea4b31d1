/**
 * Everything that PagerDuty or the way to it can answer, translated once.
 *
 *   what came back                 to a read            to a write
 *   429                            pager-rate-limited   pager-rate-limited (nothing happened)
 *   any other 4xx, as JSON         pager-rejected       pager-rejected
 *   never connected                pager-unavailable    pager-unavailable (nothing happened)
 *   5xx, 408, no answer in time,
 *   an answer that is not JSON     pager-unavailable    pager-ambiguous (it may have happened)
 *
 * Messages are ours: PagerDuty's body and the page of a proxy may repeat what was sent.
 */
import { OperationError } from '../../domain/errors.ts';

/** A read changes nothing, so that a lost answer to it is no doubt. */
export type Intent = 'read' | 'write';

/** What to tell people about the codes that they can mend ("REST API: Errors"). */
const advice: Readonly<Record<number, string>> = {
  1001: 'the page is already resolved',
  1002: 'the page is already acknowledged',
  1006: 'its escalation policy has no such level',
  1007: 'it does not know the person to assign. Is the account still there?',
  1008: 'it does not know in whose name it was asked. Set PAGERDUTY_FROM (or `people:` in firebreak.yaml) to the e-mail address of a PagerDuty user',
  1011: 'this page cannot be reassigned',
  1014: 'the escalation policy is gone',
  1015: 'nobody is on call for its escalation policy',
  1018: 'the PagerDuty user in whose name it was asked may not do this',
  1019: 'the page was merged into another one',
  2006: 'the token is wrong. Set PAGERDUTY_TOKEN to a REST API key of the account',
  2010: 'the key may not do this. Give Firebreak a REST API key that is not read-only',
  2012: 'the account has expired',
  2014: 'the account lacks an ability that this needs',
  2100: 'there is no such thing in this account',
};
const adviceByStatus: Readonly<Record<number, string>> = {
  401: 'the token is wrong. Set PAGERDUTY_TOKEN to a REST API key of the account',
  402: 'the account lacks an ability that this needs',
  403: 'the key may not do this. Give Firebreak a REST API key that is not read-only',
  404: 'there is no such thing in this account',
};

/** PagerDuty understood and said no; certainly nothing happened. */
export class PagerRejection extends OperationError {
  readonly status: number;
  /** PagerDuty's own, 0 when it gave none. */
  readonly pagerCode: number;

  constructor(operation: string, answer: { status: number; pagerCode: number }) {
    const { status, pagerCode } = answer;
    const why = advice[pagerCode] ?? adviceByStatus[status] ?? `HTTP ${status}`;
    const code = pagerCode === 0 ? '' : ` (code ${pagerCode})`;
    super('pager-rejected', `PagerDuty refused ${operation}: ${why}${code}.`, { retryable: false });
    this.status = status;
    this.pagerCode = pagerCode;
  }
}

/** Without a header, most of a window of a minute ("REST API Rate Limits" says that one may come without). */
const unknownWaitMs = 30_000;
const waitMaxMs = 5 * 60_000;

/** @param seconds the headers `retry-after` and `ratelimit-reset` as they came */
export function rateLimited(operation: string, seconds: readonly (string | undefined)[]): OperationError {
  const said = seconds.filter((text) => text !== undefined && /^\d{1,6}$/.test(text)).map(Number);
  const waitMs = said.length > 0 ? Math.max(1, ...said) * 1_000 : unknownWaitMs;
  return new OperationError('pager-rate-limited', `PagerDuty's rate limit is reached (${operation}).`, {
    retryable: true,
    retryAfterMs: Math.min(waitMs, waitMaxMs),
  });
}

/** No answer that says anything: what it means depends on whether something was asked to be done. */
export function unanswered(operation: string, intent: Intent, what: string, cause?: unknown): OperationError {
  return intent === 'read'
    ? new OperationError('pager-unavailable', `PagerDuty ${what} (${operation}).`, { retryable: true, cause })
    : new OperationError('pager-ambiguous', `PagerDuty ${what} (${operation}); it may have happened.`, {
        retryable: true,
        cause,
      });
}

/** Codes of node for trouble that comes before a request is sent. */
const beforeSending =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT)/;

/** For what the library rejects with when there is no answer. */
export function translateFailure(operation: string, intent: Intent, error: unknown, timedOut: boolean): OperationError {
  if (timedOut) return unanswered(operation, intent, 'did not answer in time', error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (beforeSending.test(code)) {
    return new OperationError('pager-unavailable', `PagerDuty cannot be reached (${operation}): ${code}.`, {
      retryable: true,
      cause: error,
    });
  }
  return unanswered(operation, intent, 'did not answer, or its answer was lost', error);
}
