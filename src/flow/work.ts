/**
 * How work gets done: claim the row, run its handler under a renewed lease, then settle in one transaction.
 *
 *   handler returns Settle → its writes and "done" (or "again in …") are one commit
 *   handler or settle fails → due again after a pause, with the reason; for good when it cannot help to repeat it
 *   it is not its turn      → due again when it is; that is no failure, is not counted and may happen for ever
 *   lease lost              → nothing of ours is committed; whoever took over does it all
 *
 * See domain/work.ts for the states.
 */
import { describeError, InvariantError, OperationError } from '../domain/errors.ts';
import type { Work, WorkKind } from '../domain/work.ts';
import type { Ledger, LedgerTransaction } from './ledger.ts';
import type { Failpoint, FailpointName, Log, Queue } from './ports.ts';
import { repeat } from './repeat.ts';

/** Writes the outcome. `againInMs` means not done yet (polling): the same work is due again after that time. */
type Settle = (tx: LedgerTransaction) => Promise<void | { readonly againInMs: number }>;

/** Does the work outside of any transaction; `signal` aborts when the lease was lost. May run twice. */
export type Handler = (work: Work, signal: AbortSignal) => Promise<Settle>;

const pauseMinMs = 1_000;
const pauseMaxMs = 60_000;
const unknownKindPauseMs = 2_000;
/**
 * Of errors that may pass: 20 attempts are about 15 minutes. What tells people goes on for a day, since a chat that is
 * away for an hour is no reason to lose a message; at a minute's pause that costs nobody anything. What comes round for
 * ever never ends.
 */
const attemptsUsual = 20;
const attemptsOf: Readonly<Partial<Record<WorkKind, number>>> = {
  'open-incident': 1_440,
  'furnish-channel': 1_440,
  'sync-pager': 1_440,
  'order-pager': 1_440,
  publish: 1_440,
  // Each enqueues the next one when it is done: given up once, the source would never be asked again.
  reconcile: Number.POSITIVE_INFINITY,
  retain: Number.POSITIVE_INFINITY,
};
/** For errors that nobody foresaw: they may pass, but a bug should not be repeated for long. */
const unforeseenAttemptsMax = 5;

/** Settling is committed here and not by the handler, so these places are here too. */
const afterCommit: Partial<Record<WorkKind, FailpointName>> = {
  'decide-plan': 'decide:after-commit',
  'apply-plan': 't2:after-commit',
};

/**
 * `perform(id)` never throws: it claims the work (nothing happens when it is done, not due, or taken),
 * does it, and records how it went.
 */
export function createWorker({
  ledger,
  handlers,
  log,
  failpoint = () => {},
  leaseMs = 20_000,
  renewEveryMs = leaseMs / 4,
  attemptsMax,
}: {
  ledger: Ledger;
  /** Work of a kind that is not here was made by a newer version: it is left to a process of that version. */
  handlers: Readonly<Partial<Record<WorkKind, Handler>>>;
  log: Log;
  failpoint?: Failpoint;
  leaseMs?: number;
  renewEveryMs?: number;
  /** For every kind; by default most have 20 and messages a day's worth. */
  attemptsMax?: number;
}): { readonly perform: (id: string) => Promise<void> } {
  async function carryOut(work: Work): Promise<void> {
    const handler = handlers[work.kind];
    if (!handler) {
      log.info(
        { workId: work.id, kind: work.kind },
        'work of a kind that this version does not know is left to another',
      );
      await ledger.transaction((tx) => tx.postponeWork(work, unknownKindPauseMs));
      return;
    }
    const lease = keepLease({ ledger, work, leaseMs, renewEveryMs, log });
    let settle: Settle;
    try {
      settle = await handler(work, lease.signal);
    } finally {
      lease.stop();
    }
    await ledger.transaction(async (tx) => {
      const again = await settle(tx);
      await (again ? tx.postponeWork(work, again.againInMs) : tx.completeWork(work));
    });
    const place = afterCommit[work.kind];
    if (place) failpoint(place);
  }

  async function recordFailure(work: Work, error: unknown): Promise<void> {
    const text = describeError(error);
    const fields = { err: error, workId: work.id, kind: work.kind, subject: work.subject, attempts: work.attempts };
    if (isOutOfTurn(error)) {
      const pauseMs = pauseOf(error, work.attempts);
      log.debug({ ...fields, pauseMs }, 'work waits for its turn');
      await ledger.transaction((tx) => tx.deferWork(work, pauseMs, text));
      return;
    }
    if (mayHelp(error, work.attempts, attemptsMax ?? attemptsOf[work.kind] ?? attemptsUsual)) {
      const pauseMs = pauseOf(error, work.attempts);
      log.warn({ ...fields, pauseMs }, 'work failed and will be tried again');
      await ledger.transaction((tx) => tx.postponeWork(work, pauseMs, text));
      return;
    }
    log.error(fields, 'work failed for good');
    await ledger.transaction(async (tx) => {
      await tx.failWork(work, text);
      await tx.journal({
        kind: 'work.failed',
        actor: 'firebreak',
        data: { work: work.id, kind: work.kind, subject: work.subject, attempts: work.attempts, error: text },
      });
    });
  }

  async function perform(id: string): Promise<void> {
    let work: Work | undefined;
    try {
      work = await ledger.claimWork(id, leaseMs);
    } catch (err) {
      log.warn({ err, workId: id }, 'could not claim work; the sweeper offers it again');
      return;
    }
    if (!work) return;
    try {
      await carryOut(work);
    } catch (error) {
      if (isLeaseLost(error)) {
        log.info({ workId: work.id, kind: work.kind }, 'work was taken over');
        return;
      }
      try {
        await recordFailure(work, error);
      } catch (err) {
        log.warn({ err, workId: work.id, kind: work.kind }, 'could not record a failure; the lease will run out');
      }
    }
  }

  return { perform };
}

const isLeaseLost = (error: unknown): boolean => error instanceof OperationError && error.code === 'lease-lost';

/** The other side has limits, and nothing happened: neither a failure of the work nor of the other side. */
const isOutOfTurn = (error: unknown): boolean =>
  error instanceof OperationError && (error.code === 'chat-rate-limited' || error.code === 'pager-rate-limited');

function mayHelp(error: unknown, attempts: number, attemptsMax: number): boolean {
  if (error instanceof InvariantError) return false;
  if (error instanceof OperationError) return error.retryable && attempts < attemptsMax;
  return attempts < Math.min(unforeseenAttemptsMax, attemptsMax);
}

/** 1, 2, 4 … 60 s, or what the other side asked for. */
function pauseOf(error: unknown, attempts: number): number {
  const asked = error instanceof OperationError ? error.retryAfterMs : undefined;
  return asked ?? Math.min(pauseMaxMs, pauseMinMs * 2 ** Math.max(0, attempts - 1));
}

/** Renews until `stop`. A lease that could not be renewed for its whole length counts as lost. */
function keepLease({
  ledger,
  work,
  leaseMs,
  renewEveryMs,
  log,
}: {
  ledger: Ledger;
  work: Work;
  leaseMs: number;
  renewEveryMs: number;
  log: Log;
}): { readonly signal: AbortSignal; stop(): void } {
  const lost = new AbortController();
  let renewedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const renew = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      if (await ledger.renewWork(work, leaseMs)) renewedAt = startedAt;
      else lose();
    } catch (err) {
      log.warn({ err, workId: work.id }, 'could not renew a lease');
      if (performance.now() - renewedAt >= leaseMs) lose();
    }
    plan();
  };
  const plan = (): void => {
    if (!stopped && !lost.signal.aborted) timer = setTimeout(() => void renew(), renewEveryMs);
  };
  const lose = (): void => {
    lost.abort(
      new OperationError('lease-lost', `The lease on work ${work.id} (${work.kind}) was lost.`, { retryable: true }),
    );
  };

  plan();
  return {
    signal: lost.signal,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/**
 * Every `everyMs`, and once at the start, tells the queue of due work that nobody has claimed: whatever a queue lost,
 * and what a killed process had claimed, comes back here. `stop` waits for a sweep that is under way.
 */
export function startSweeper({
  ledger,
  queue,
  everyMs = 3_000,
  limit = 500,
  log,
}: {
  ledger: Ledger;
  queue: Queue;
  everyMs?: number;
  limit?: number;
  log: Log;
}): () => Promise<void> {
  let failing = false;

  const sweep = async (): Promise<void> => {
    try {
      const due = await ledger.dueWork(limit);
      if (due.length > 0) await queue.wake(due);
      if (failing) log.info({}, 'the sweeper works again');
      failing = false;
    } catch (err) {
      if (!failing) log.warn({ err }, 'the sweeper cannot ask the ledger for due work; it goes on trying');
      failing = true;
    }
  };
  return repeat(sweep, everyMs);
}
