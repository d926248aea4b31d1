import { type Kysely, sql } from 'kysely';
import type { Ledger, LedgerTransaction } from '../../flow/ledger.ts';
import type { Log } from '../../flow/ports.ts';
import { alerts } from './alerts.ts';
import { attempts } from './attempts.ts';
import { captures } from './captures.ts';
import { deliveries } from './deliveries.ts';
import { freezes } from './freezes.ts';
import { homes } from './homes.ts';
import { toOperationError } from './errors.ts';
import { incidents } from './incidents.ts';
import { journal } from './journal.ts';
import { messages, writeTouches } from './messages.ts';
import { pages } from './pages.ts';
import { plans } from './plans.ts';
import { postings } from './postings.ts';
import { proposals } from './proposals.ts';
import { readings } from './readings.ts';
import { prune } from './retention.ts';
import { runbooks } from './runbooks.ts';
import { runs } from './runs.ts';
import type { Schema } from './schema.ts';
import { sources } from './sources.ts';
import type { Committed, Offer, Pending, Scope } from './transaction.ts';
import { votes } from './votes.ts';
import { lockNames, shareName, work, workClaims, writeWork } from './work.ts';

/**
 * The ledger on PostgreSQL (`openPostgres`) or PGlite (`openEmbeddedPostgres`), after `migrateLedger`.
 *
 * `onEnqueued` hears of work after the commit that made it, or that made it the next in line. It is not awaited, and
 * when it fails that is logged and nothing else: the sweeper finds the work.
 *
 * A connection that is lost during COMMIT leaves open whether it was committed; the caller gets a retryable
 * `ledger-unavailable`, and every flow may be repeated.
 */
export function createLedger({
  db,
  onEnqueued,
  onCommitted = () => undefined,
  log,
}: {
  db: Kysely<Schema>;
  onEnqueued: (work: readonly Offer[]) => void | Promise<void>;
  /** Must not throw. */
  onCommitted?: (what: Committed) => void;
  log: Log;
}): Ledger {
  const offer = async (work: readonly Offer[]): Promise<void> => {
    try {
      await onEnqueued(work);
    } catch (err) {
      log.warn({ err, count: work.length }, 'could not offer work to the queue; the sweeper will');
    }
  };
  const claims = workClaims(db);

  return {
    async transaction(run) {
      const committed: Committed = { journaled: [], accepted: [] };
      const pending: Pending = { enqueued: [], touched: new Map(), serials: new Set(), offers: [], committed };
      try {
        const result = await db.transaction().execute(async (db) => {
          const result = await run(statements({ db, pending }));
          const publishing = await writeTouches(db, pending.touched);
          pending.offers.push(...(await writeWork(db, [...pending.enqueued, ...publishing], pending.serials)));
          return result;
        });
        if (pending.offers.length > 0) void offer(pending.offers);
        onCommitted(committed);
        return result;
      } catch (error) {
        throw toOperationError(error);
      }
    },
    claimWork: (id, leaseMs) => translated(() => claims.claimWork(id, leaseMs)),
    renewWork: (work, leaseMs) => translated(() => claims.renewWork(work, leaseMs)),
    dueWork: (limit) => translated(() => claims.dueWork(limit)),
    backlog: () => translated(() => claims.backlog()),
    outbox: () => translated(() => claims.outbox()),
    prune: (keep) => translated(() => prune(db, keep)),
  };
}

const statements = (scope: Scope): LedgerTransaction => ({
  async now() {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(scope.db);
    return rows[0]?.now ?? new Date(Number.NaN);
  },
  lock: (name, hold) =>
    hold === 'shared' ? shareName(scope.db, `lock:${name}`) : lockNames(scope.db, [`lock:${name}`]),
  ...deliveries(scope),
  ...incidents(scope),
  ...alerts(scope),
  ...pages(scope),
  ...freezes(scope),
  ...homes(scope),
  ...sources(scope),
  ...runbooks(scope),
  ...postings(scope),
  ...readings(scope),
  ...proposals(scope),
  ...plans(scope),
  ...votes(scope),
  ...runs(scope),
  ...attempts(scope),
  ...captures(scope),
  ...messages(scope),
  ...work(scope),
  ...journal(scope),
});

async function translated<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw toOperationError(error);
  }
}
