/**
 * The only file that builds adapters. Everything that is acquired pushes its release on a list; `stop` runs it
 * backwards: first the front door closes, then workers drain, then connections end.
 */
import type { Reach, Remotes } from './flow/reach.ts';
import type { Service } from './domain/policy.ts';
import { Registry } from 'prom-client';
import { alertmanagerRoute } from './adapters/alertmanager/route.ts';
import { createAlertmanagerSource } from './adapters/alertmanager/source.ts';
import { createQueue } from './adapters/bullmq/queue.ts';
import { startWorkers } from './adapters/bullmq/workers.ts';
import { createDocker } from './adapters/docker/docker.ts';
import { createHttpProbe } from './adapters/http-probe/probe.ts';
import { operationsRoutes } from './adapters/http/operations.ts';
import { startHttp } from './adapters/http/server.ts';
import { connectCluster } from './adapters/kubernetes/cluster.ts';
import { createPager } from './adapters/pagerduty/pager.ts';
import { pagerdutyRoute } from './adapters/pagerduty/route.ts';
import { createLedger } from './adapters/postgres/ledger.ts';
import { startSealer } from './adapters/postgres/journal.ts';
import type { Database } from './adapters/postgres/connection.ts';
import { createPrometheus } from './adapters/prometheus/source.ts';
import { createRunbookFiles } from './adapters/runbook-files/runbook-files.ts';
import type { Pace } from './adapters/slack/pace.ts';
import { createSlack } from './adapters/slack/slack.ts';
import { compilePolicyOf, type Config } from './config.ts';
import { invariant, OperationError } from './domain/errors.ts';
import type { WorkKind } from './domain/work.ts';
import { createDrawHome, keepHomesDrawn } from './flow/home/draw-home.ts';
import { createSightOf } from './flow/home/sight.ts';
import { createApplyPlan } from './flow/apply-plan.ts';
import { createDecidePlan } from './flow/decide-plan.ts';
import { createDiagnose } from './flow/diagnose.ts';
import { createInteractions } from './flow/gestures/interactions.ts';
import { createExpirePlan } from './flow/keep-time.ts';
import { createMembership } from './flow/membership.ts';
import { createOnCall } from './flow/pager/on-call.ts';
import { createFurnishChannel, createOpenIncident } from './flow/open-incident.ts';
import { createOrderPager } from './flow/pager/order-pager.ts';
import { createPagerUserOf, createSenderOf } from './flow/pager/pager-sender.ts';
import type { Clock, Cluster, Failpoint, Log, Pager, World } from './flow/ports.ts';
import { createPostRunbook } from './flow/post-runbook.ts';
import { createProposePlan } from './flow/propose-plan.ts';
import { createRetain, retainWork } from './flow/retain.ts';
import { createPublish } from './flow/publish.ts';
import { createReceiveAlert } from './flow/receive-alert.ts';
import { createReceivePage } from './flow/receive-page.ts';
import { createReconcile } from './flow/reconcile/reconcile.ts';
import { forgetSources } from './flow/reconcile/forget-sources.ts';
import { createHeardSlack, createReconcileChat, slackSocketSource } from './flow/reconcile/reconcile-chat.ts';
import { createSyncPager } from './flow/pager/sync-pager.ts';
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
  readonly slack: {
    readonly token: string;
    /** Slack comes in over HTTP. At least one of the two. */
    readonly signingSecret?: string;
    /** Slack comes in over Socket Mode. */
    readonly appToken?: string;
    readonly apiUrl?: string;
    /** Slack's own limits unless a stand-in has others. */
    readonly pace?: Pace;
  };
  /** Absent: POST /webhooks/alertmanager is off. */
  readonly alertmanagerToken?: string;
  /** Absent: PagerDuty is neither heard nor told. */
  readonly pagerduty?: {
    /** Of the REST API. Absent: PagerDuty is heard only. */
    readonly token?: string;
    /** The e-mail address of the PagerDuty user in whose name things are done. */
    readonly from?: string;
    /** None: POST /webhooks/pagerduty is off. */
    readonly webhookSecrets: readonly string[];
    /** PagerDuty's own unless told. */
    readonly apiUrl?: string;
  };
  readonly host: string;
  readonly port: number;
  readonly roles: readonly Role[];
  readonly log: Log;
  /** Crash tests end the process here. */
  readonly failpoint?: Failpoint;
  /** How long a worker may hold work without renewing; a crash test shortens it. */
  readonly leaseMs?: number;
  readonly sweepEveryMs?: number;
  /** How long a container without a readiness probe has to run before a verification counts it; stand-ins need no time. */
  readonly settleMs?: number;
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
    const stored = createLedger({
      db: parts.database,
      log,
      onCommitted: (what) => metrics.committed(what),
      async onEnqueued(work) {
        failpoint('wake:before');
        await queue.wake(work);
        failpoint('wake:after');
      },
    });
    const ledger = keepHomesDrawn(stored, world.clock);
    if (roles.includes('worker')) held.push(startSealer({ db: parts.database, log, intervalMs: 500 }));
    const metrics = createMetrics({ registry, ledger, log });

    const clusters = new Map<string, Cluster>();
    for (const [name, settings] of Object.entries(config.clusters)) {
      const cluster = connectCluster({
        name,
        log,
        execReads: config.reach.exec,
        settleMs: parts.settleMs,
        ...settings,
      });
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
      onCall: (call) => metrics.called(call),
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
    const pager = pagerOf(parts);
    const runbooks = createRunbookFiles({
      root: config.root,
      log,
      policyOf: (service) => compilePolicyOf(config, service),
    });
    const { people } = config;
    const onCall = createOnCall({ pager, people, clock: world.clock });
    const membership = createMembership({ directory, policy, log, onCall });
    const senderOf = createSenderOf({ pager, directory, onCall, services, people, log });
    const pagerUserOf = createPagerUserOf({ pager, directory, people });
    const views = createViews({ services, policy, asksPager: pager !== undefined });
    const publish = createPublish({ ...world, ledger, chat, views });
    const remotes = new Map(services.map(({ name }) => [name, remotesOf(config, name, world.clock, held)]));
    const reachOf = (service: Service): Reach => ({
      ...remotes.get(service.name),
      cluster: clusterOf(service.cluster),
    });
    const shared = { ...world, ledger, reachOf, membership, runbooks, chat, pager, publish };
    const sightOf = createSightOf({ services, membership, privateChannels: config.slack.visibility === 'private' });
    const interactions = createInteractions({ ...shared, sightOf, pagerUserOf });

    if (roles.includes('worker')) {
      const channelPrefix = config.slack.channelPrefix;
      const reconcile = createReconcile({
        ...shared,
        alertSources: new Map(config.alertmanagers.map((url) => [url, createAlertmanagerSource({ url })])),
        people,
        ...config.pagerduty,
      });
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
        'draw-home': createDrawHome({ ...shared, directory, sightOf, onCall }),
        retain: createRetain({ ledger, days: config.retention.days, log }),
        'reconcile-chat': createReconcileChat({ ledger, chat }),
        reconcile: reconcile.handler,
        'sync-pager': createSyncPager({ ...shared, senderOf }),
        'order-pager': createOrderPager({ ...shared, directory, senderOf }),
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
      await ledger.transaction((tx) => tx.enqueue(retainWork));
      await ledger.transaction(async (tx) => {
        const asked = reconcile.work.map(({ subject }) => subject);
        await forgetSources(tx, asked);
        for (const first of reconcile.work) await tx.enqueue(first);
      });
      held.push(startSweeper({ ledger, queue, everyMs: parts.sweepEveryMs ?? 3_000, limit: 500, log }));
    }

    const receiveAlert = createReceiveAlert({ ...world, ledger });
    const receivePage = createReceivePage({ ...world, ledger, people: config.people });
    const webhookSecrets = parts.pagerduty?.webhookSecrets ?? [];
    const edge = roles.includes('edge');
    const { socket } = slack;
    if (edge && socket) metrics.watchSlack(() => socket.state());
    // Slack comes in over HTTP now: that no socket was open in this time will be no gap.
    if (edge && !socket) await ledger.transaction((tx) => tx.forgetSources([slackSocketSource]));
    const http = await startHttp({
      host: parts.host,
      port: parts.port,
      log,
      observe: (answer) => metrics.answered(answer),
      routes: [
        ...operationsRoutes({ registry, ready: () => metrics.ready() }),
        ...(edge && slack.route ? [slack.route] : []),
        ...(edge && parts.alertmanagerToken
          ? [alertmanagerRoute({ token: parts.alertmanagerToken, receive: receiveAlert, log })]
          : []),
        ...(edge && webhookSecrets.length > 0
          ? [pagerdutyRoute({ secrets: webhookSecrets, receive: receivePage, log })]
          : []),
      ],
    });
    held.push(() => http.close(drainMs));
    if (edge && socket) {
      held.push(() => socket.close());
      await socket.start(createHeardSlack({ ledger }));
    }
    log.info({ url: http.url, roles, services: services.length }, 'firebreak is ready');
    return http.url;
  }
}

/** What firebreak.yaml gives a service besides its cluster. */
function remotesOf(config: Config, service: string, clock: Clock, held: (() => Promise<void> | void)[]): Remotes {
  const { http, prometheus, docker } = config.integrations[service] ?? {};
  const engine = docker && createDocker({ host: docker.host, clock });
  if (engine) held.push(() => engine.close());
  return {
    ...(http && { http: createHttpProbe({ policy: http }) }),
    ...(prometheus !== undefined && { prometheus: createPrometheus({ url: prometheus }) }),
    ...(engine && { docker: engine }),
  };
}

function pagerOf({ pagerduty, log }: AppOptions): Pager | undefined {
  if (!pagerduty?.token) return undefined;
  const { token, from, apiUrl } = pagerduty;
  return createPager({ token, ...(from ? { from } : {}), ...(apiUrl ? { apiUrl } : {}), log });
}
