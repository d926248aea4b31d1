/** PagerDuty's error answers (developer.pagerduty.com, "REST API: Errors"). */

const messages = {
  1001: 'Incident Already Resolved',
  1002: 'Incident Already Acknowledged',
  1003: 'Invalid Status Provided',
  1006: 'Cannot Escalate',
  1007: 'Assigned To User Not Found',
  1008: 'Requester User Not Found',
  1014: 'Escalation Policy Not Found',
  1020: 'Invalid Priority',
  2000: 'An internal error has occurred. PagerDuty team has been notified.',
  2001: 'Invalid Input Provided',
  2004: "Invalid time values in 'since' and/or 'until' parameters",
  2005: 'Invalid Query Date Range',
  2006: 'Authentication failed',
  2020: 'Rate Limit Exceeded',
  2100: 'Not Found',
} as const;
type ErrorCode = keyof typeof messages;

const statuses: Partial<Record<ErrorCode, number>> = { 2000: 500, 2006: 401, 2020: 429, 2100: 404 };

/** Thrown to answer `{ error: { message, code, errors? } }`; the HTTP status follows from the code, 400 unless told. */
export class PagerDutyRefusal extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: readonly string[];

  constructor(code: ErrorCode, errors: readonly string[] = []) {
    super(messages[code]);
    this.code = code;
    this.status = statuses[code] ?? 400;
    this.errors = errors;
  }

  body(): object {
    const { message, code, errors } = this;
    return { error: { message, code, ...(errors.length > 0 ? { errors } : {}) } };
  }
}
