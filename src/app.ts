/**
 * The only file that builds adapters. Everything that is acquired pushes its release on a list; `stop` runs it
 * backwards: first the front door closes, then workers drain, then connections end.
 */
import { Registry } from 'prom-client';
import { alertmanagerRoute } from './adapters/alertmanager/route.ts';
import { createQueue } from './adapters/bullmq/queue.ts';
import { startWorkers } from './adapters/bullmq/workers.ts';
import { operationsRoutes } from './adapters/http/operations.ts';
import { startHttp } from './adapters/http/server.ts';
import { connectCluster } from './adapters/kubernetes/cluster.ts';
import { createLedger } from './adapters/postgres/ledger.ts';
import { startSealer } from './adapters/postgres/journal.ts';
import type { Database } from './adapters/postgres/connection.ts';
import { createRunbookFiles } from './adapters/runbook-files/runbook-files.ts';
import { createSlack } from './adapters/slack/slack.ts';
import type { Config } from './config.ts';
import { invariant, OperationError } from './domain/errors.ts';
import type { WorkKind } from './domain/work.ts';
import { createApplyPlan } from './flow/apply-plan.ts';
import { createDecidePlan } from './flow/decide-plan.ts';
import { createDiagnose } from './flow/diagnose.ts';
import { createInteractions } from './flow/gestures/interactions.ts';
import { createExpirePlan } from './flow/keep-time.ts';
import { createMembership } from './flow/membership.ts';
import { createFurnishChannel, createOpenIncident } from './flow/open-incident.ts';
import type { Cluster, Failpoint, Log, World } from './flow/ports.ts';
import { createPostRunbook } from './flow/post-runbook.ts';
import { createProposePlan } from './flow/propose-plan.ts';
import { createPublish } from './flow/publish.ts';
import { createReceiveAlert } from './flow/receive-alert.ts';
import { createVerifyPlan } from './flow/verify-plan.ts';
import { createViews } from './flow/views.ts';
import { createWorker, type Handler, startSweeper } from './flow/work.ts';
import { createMetrics } from './metrics.ts';
import { newId } from './flow/new-id.ts';

export type Role = 'edge' | 'worker';

export type AppOptions = {
  readonly config: Config;
  /** A migrated ledger database; the caller opened it and closes it after `stop`. */
  readonly database: Database;
  readonly redisUrl: string;
  /** Entries kept in the queue's event stream; an embedded Redis copies them on each write, so it wants 50. */
  readonly queueEventsMax?: number;
  readonly slack: { readonly token: string; readonly signingSecret: string; readonly apiUrl?: string };
  /** Absent: POST /webhooks/alertmanager is off. */
  readonly alertmanagerToken?: string;
  readonly host: string;
  readonly port: number;
  readonly roles: readonly Role[];
  readonly log: Log;
  /** Crash tests end the process here. */
  readonly failpoint?: Failpoint;
  /** How long a worker may hold work without renewing; a crash test shortens it. */
  readonly leaseMs?: number;
  readonly sweepEveryMs?: number;
};

export type App = { readonly url: string; stop(): Promise<void> };

const drainMs = 10_000;

export async function startApp(options: AppOptions): Promise<App> {
  const { config, log, roles } = options;
  const releases: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const release of releases.splice(0).toReversed()) {
      try {
        await release();
      } catch (err) {
        log.warn({ err }, 'something could not be released; the rest is');
      }
    }
  };
  try {
    return { url: await build(options, releases), stop };
  } catch (error) {
    await stop();
    log.info({ roles }, 'start given up');
    throw error;
  }

  async function build(parts: AppOptions, held: (() => Promise<void> | void)[]): Promise<string> {
    const failpoint: Failpoint = parts.failpoint ?? (() => undefined);
    const { services, policy } = config;
    const world: World = { services, policy, clock: { now: () => new Date() }, newId, log, failpoint };
    const registry = new Registry();

    const queue = createQueue({
      redisUrl: parts.redisUrl,
      log,
      ...(parts.queueEventsMax ? { maxLenEvents: parts.queueEventsMax } : {}),
    });
    held.push(() => queue.close());
    const ledger = createLedger({
      db: parts.database,
      log,
      async onEnqueued(work) {
        failpoint('wake:before');
        await queue.wake(work);
        failpoint('wake:after');
      },
    });
    if (roles.includes('worker')) held.push(startSealer({ db: parts.database, log, intervalMs: 500 }));
    const metrics = createMetrics({ registry, ledger, log });

    const clusters = new Map<string, Cluster>();
    for (const [name, settings] of Object.entries(config.clusters)) {
      const cluster = connectCluster({ name, log, ...settings });
      held.push(() => cluster.close());
      clusters.set(name, cluster);
    }
    const clusterOf = (name: string): Cluster => {
      const cluster = clusters.get(name);
      if (!cluster)
        throw new OperationError('config-invalid', `no cluster ${name} in firebreak.yaml`, { retryable: false });
      return cluster;
    };

    const slack = await createSlack({
      ...parts.slack,
      people: config.people,
      privateChannels: config.slack.visibility === 'private',
      interactions: () => {
        invariant(interactions, 'requests come after the start');
        return interactions;
      },
      log,
    });
    held.push(() => slack.close());
    const { chat, directory } = slack;
    const runbooks = createRunbookFiles({ root: config.root, log });
    const membership = createMembership({ directory, policy, log });
    const views = createViews({ services, policy });
    const publish = createPublish({ ...world, ledger, chat, views });
    const shared = { ...world, ledger, clusterOf, membership, runbooks, chat, publish };
    const interactions = createInteractions(shared);

    if (roles.includes('worker')) {
      const channelPrefix = config.slack.channelPrefix;
      const handlers: Record<WorkKind, Handler> = {
        'open-incident': createOpenIncident({ ...shared, channelPrefix }),
        'furnish-channel': createFurnishChannel({ ...shared, channelPrefix }),
        'post-runbook': createPostRunbook(shared),
        'read-step': createDiagnose(shared),
        'propose-plan': createProposePlan(shared),
        'decide-plan': createDecidePlan(shared),
        'apply-plan': createApplyPlan(shared),
        'verify-plan': createVerifyPlan(shared),
        'expire-plan': createExpirePlan(),
        publish: publish.handler,
      };
      const worker = createWorker({
        ledger,
        handlers: metrics.timed(handlers),
        log,
        failpoint,
        leaseMs: parts.leaseMs ?? 20_000,
      });
      const workers = startWorkers({
        redisUrl: parts.redisUrl,
        concurrency: 8,
        perform: (id) => worker.perform(id),
        log,
      });
      held.push(() => workers.close(drainMs));
      held.push(startSweeper({ ledger, queue, everyMs: parts.sweepEveryMs ?? 3_000, limit: 500, log }));
    }

    const receiveAlert = createReceiveAlert({ ...world, ledger });
    const edge = roles.includes('edge');
    const http = await startHttp({
      host: parts.host,
      port: parts.port,
      log,
      routes: [
        ...operationsRoutes({ registry, ready: () => metrics.ready() }),
        ...(edge ? [slack.route] : []),
        ...(edge && parts.alertmanagerToken
          ? [alertmanagerRoute({ token: parts.alertmanagerToken, receive: receiveAlert, log })]
          : []),
      ],
    });
    held.push(() => http.close(drainMs));
    log.info({ url: http.url, roles, services: services.length }, 'firebreak is ready');
    return http.url;
  }
}
