/** What /metrics and /readyz say. Names follow Prometheus' conventions: base units, `_total` for counters. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkKind } from './domain/work.ts';
import type { Ledger } from './flow/ledger.ts';
import type { Log } from './flow/ports.ts';
import type { Handler } from './flow/work.ts';

/** The ledger is asked at most this long before /readyz says no. */
const readyTimeoutMs = 2_000;

export type Metrics = {
  /** Handlers that are counted and timed. */
  timed(handlers: Record<WorkKind, Handler>): Record<WorkKind, Handler>;
  /** Whether the ledger answers; Redis may be away, work only waits then. */
  ready(): Promise<{ ok: boolean; reason?: string }>;
};

export function createMetrics({ registry, ledger, log }: { registry: Registry; ledger: Ledger; log: Log }): Metrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const duration = new Histogram({
    name: 'firebreak_work_duration_seconds',
    help: 'Time from claiming work to handing over its result, by kind and whether the handler threw.',
    labelNames: ['kind', 'result'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
    registers,
  });
  const claimed = new Counter({
    name: 'firebreak_work_claimed_total',
    help: 'Claims of work, re-claims after a lapsed lease included.',
    labelNames: ['kind'],
    registers,
  });
  const due = new Gauge({
    name: 'firebreak_work_due',
    help: 'Work that is due and not claimed, by lane.',
    labelNames: ['lane'],
    registers,
    async collect() {
      const backlog = await ledger.backlog().catch((err: unknown) => {
        log.warn({ err }, 'the backlog could not be read');
        return undefined;
      });
      for (const lane of backlog ?? []) {
        due.set({ lane: lane.lane }, lane.due);
        oldest.set({ lane: lane.lane }, lane.oldestMs / 1000);
      }
    },
  });
  const oldest = new Gauge({
    name: 'firebreak_work_lag_seconds',
    help: 'Age of the oldest due work, by lane.',
    labelNames: ['lane'],
    registers,
  });

  const timed =
    (kind: WorkKind, handler: Handler): Handler =>
    async (work, signal) => {
      claimed.inc({ kind });
      const end = duration.startTimer({ kind });
      try {
        const settle = await handler(work, signal);
        end({ result: 'settled' });
        return settle;
      } catch (error) {
        end({ result: 'threw' });
        throw error;
      }
    };

  return {
    timed: (handlers) =>
      // The keys are those of the record that came in.
      Object.fromEntries(
        Object.entries(handlers).map(([kind, handler]) => [kind, timed(kind as WorkKind, handler)]),
      ) as Record<WorkKind, Handler>,

    async ready() {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('timeout')), readyTimeoutMs);
      });
      try {
        await Promise.race([ledger.transaction((tx) => tx.now()), timeout]);
        return { ok: true };
      } catch {
        return { ok: false, reason: 'the ledger (PostgreSQL) does not answer; check DATABASE_URL and the server' };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
