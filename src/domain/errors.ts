/**
 * Three kinds of trouble, kept apart (see docs/architecture.md):
 * expected outcomes are values; operating failures are `OperationError`; bugs are `invariant`.
 */

/** What can go wrong outside this process. Each adapter translates its library's errors into one of these, once. */
export type OperationCode =
  | 'config-invalid'
  | 'ledger-unavailable'
  | 'ledger-conflict'
  | 'queue-unavailable'
  | 'chat-rate-limited'
  | 'chat-ambiguous'
  | 'chat-rejected'
  /** Somebody deleted the message. */
  | 'chat-message-gone'
  /** The channel is archived. */
  | 'chat-channel-gone'
  | 'chat-unavailable'
  | 'pager-rate-limited'
  | 'pager-ambiguous'
  | 'pager-rejected'
  | 'pager-unavailable'
  | 'cluster-unavailable'
  | 'cluster-denied'
  | 'cluster-not-found'
  | 'cluster-rejected'
  /** firebreak.yaml does not say where to go. */
  | 'not-configured'
  /** A filter behind a read used up its time or space, or its text is none that it can filter exactly. */
  | 'filter-stopped'
  | 'lease-lost'
  | 'source-unavailable';

export class OperationError extends Error {
  readonly code: OperationCode;
  /** Whether doing the same thing again later can succeed. */
  readonly retryable: boolean;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: OperationCode,
    message: string,
    options: { retryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = 'OperationError';
    this.code = code;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A broken promise of our own code. The work fails and is never continued. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** One sentence for a log or a person; never a library's raw body, which may echo payloads, headers and secrets. */
export function describeError(error: unknown): string {
  if (error instanceof OperationError || error instanceof InvariantError) return error.message;
  return 'an unexpected error; the log has the details';
}
