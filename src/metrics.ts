/** What /metrics and /readyz say. Names follow Prometheus' conventions: base units, `_total` for counters. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SlackCallObserver } from './adapters/slack/client.ts';
import type { WorkKind } from './domain/work.ts';
import type { Ledger } from './flow/ledger.ts';
import type { Log } from './flow/ports.ts';
import type { Handler } from './flow/work.ts';

/** The ledger is asked at most this long before /readyz says no. */
const readyTimeoutMs = 2_000;

export type Metrics = {
  /** Handlers that are counted and timed. */
  timed(handlers: Record<WorkKind, Handler>): Record<WorkKind, Handler>;
  /** What a transaction committed. */
  committed(what: { readonly journaled: readonly string[]; readonly accepted: readonly string[] }): void;
  /** A call of Slack. */
  called: SlackCallObserver;
  /** An answer of the HTTP server; `path` is one of its routes'. */
  answered(answer: { readonly path: string; readonly status: number; readonly tookMs: number }): void;
  /** Asked at each scrape, for Slack over Socket Mode. */
  watchSlack(
    state: () => { readonly sockets: number; readonly lastGap?: { readonly from: Date; readonly to: Date } },
  ): void;
  /**
   * Whether the ledger answers, and nothing else: while Redis or Slack is away work only waits, and the webhooks of the
   * others have to come in.
   */
  ready(): Promise<{ ok: boolean; reason?: string }>;
};

export function createMetrics({ registry, ledger, log }: { registry: Registry; ledger: Ledger; log: Log }): Metrics {
  // The default of 10 ms would be most of what an idle process does.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
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
  const journaled = new Counter({
    name: 'firebreak_journal_entries_total',
    help: 'Journal entries that this process committed, by kind: incidents opened, plans approved, how runs ended …',
    labelNames: ['kind'],
    registers,
  });
  const accepted = new Counter({
    name: 'firebreak_deliveries_total',
    help: 'Requests accepted for the first time by this process, by source.',
    labelNames: ['source'],
    registers,
  });
  const acceptedAt = new Gauge({
    name: 'firebreak_delivery_timestamp_seconds',
    help: 'When this process last accepted a request, by source: time() minus this is how long a source is silent.',
    labelNames: ['source'],
    registers,
  });
  const sourceChecked = new Gauge({
    name: 'firebreak_source_checked_timestamp_seconds',
    help: 'Until when everything that a source said is known to be in the ledger, by source.',
    labelNames: ['source'],
    registers,
    async collect() {
      const checks = await ledger
        .transaction((tx) => tx.sourceChecks())
        .catch((err: unknown) => {
          log.warn({ err }, 'the source checks could not be read');
          return [];
        });
      for (const { source, checkedAt } of checks) {
        // A mark of one outage (pager-subscription.ts), which nobody asks again: it would look like a silent source.
        if (!source.startsWith('pagerduty:enabled:')) sourceChecked.set({ source }, checkedAt.getTime() / 1000);
      }
    },
  });
  const answers = new Histogram({
    name: 'firebreak_http_request_duration_seconds',
    help: 'Time from the first byte of a request to its answer, by route and status.',
    labelNames: ['path', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const slackCalls = new Counter({
    name: 'firebreak_slack_calls_total',
    help: 'Calls of Slack by method, lane and outcome; `rate-limited` is Slack’s 429, `postponed` was not sent because it was not its turn.',
    labelNames: ['method', 'lane', 'outcome'],
    registers,
  });
  const slackCallTimes = new Histogram({
    name: 'firebreak_slack_call_duration_seconds',
    help: 'Time that Slack took to answer, by method; calls that were postponed are not in it.',
    labelNames: ['method'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const waiting = new Gauge({
    name: 'firebreak_outbox_waiting',
    help: 'Messages whose newest state is not in Slack yet, by lane.',
    labelNames: ['lane'],
    registers,
    async collect() {
      const outbox = await ledger.outbox().catch((err: unknown) => {
        log.warn({ err }, 'the outbox could not be read');
        return [];
      });
      for (const lane of outbox) {
        waiting.set({ lane: lane.lane }, lane.waiting);
        outboxLag.set({ lane: lane.lane }, lane.oldestMs / 1000);
      }
    },
  });
  const outboxLag = new Gauge({
    name: 'firebreak_outbox_lag_seconds',
    help: 'Age of the oldest message whose newest state is not in Slack yet, by lane.',
    labelNames: ['lane'],
    registers,
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

    committed(what) {
      for (const kind of what.journaled) journaled.inc({ kind });
      for (const source of what.accepted) {
        accepted.inc({ source });
        acceptedAt.setToCurrentTime({ source });
      }
    },

    called({ method, lane, outcome, tookMs }) {
      slackCalls.inc({ method, lane, outcome });
      if (outcome !== 'postponed') slackCallTimes.observe({ method }, tookMs / 1000);
    },

    answered({ path, status, tookMs }) {
      answers.observe({ path, status: String(status) }, tookMs / 1000);
    },

    watchSlack(state) {
      const sockets = new Gauge({
        name: 'firebreak_slack_sockets',
        help: 'Open Socket Mode sockets of this process.',
        registers: [],
        collect() {
          this.set(state().sockets);
        },
      });
      const gapEnd = new Gauge({
        name: 'firebreak_slack_gap_end_timestamp_seconds',
        help: 'When the last time ended in which no process listened to Slack, as far as this one found it; 0: none.',
        registers: [],
        collect() {
          this.set((state().lastGap?.to.getTime() ?? 0) / 1000);
        },
      });
      for (const gauge of [sockets, gapEnd]) registry.registerMetric(gauge);
    },

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
