/**
 * Puts the demo together: the product, and around it the stand-ins, the stories and the page.
 *
 *   Slack, the setting, the page's server ──> the page answers ──> ledger, queue, Firebreak ──> ready
 *
 * The page comes first because an embedded PostgreSQL takes a few seconds to make; until Firebreak is ready the
 * stories that are started wait, and the page says so.
 */
import { performance } from 'node:perf_hooks';
import type { Database, LedgerConnection } from '../../adapters/postgres/connection.ts';
import { botScopes } from '../../adapters/slack/scopes.ts';
import type { Log } from '../../flow/ports.ts';
import { createFaultControl } from '../../sandbox/demo/faults.ts';
import { type DemoServer, startDemoServer } from '../../sandbox/demo/server.ts';
import { type SandboxSlack, startSlack } from '../../sandbox/slack/start.ts';
import { demoCommands } from './commands.ts';
import { createDemoJournal, type DemoJournal } from './journal-source.ts';
import { makeLedgerImage, openDemoLedger } from './ledger.ts';
import type { Program } from './program.ts';
import { UsageError } from '../usage.ts';
import { alertmanagerToken, cast, pagerDutyAccount, type Release, releaseAll, type Setting } from './setting.ts';
import { holdStories } from './while-starting.ts';

/** Rate limits recover faster than Slack's real ones, since a demo runs faster than an incident. */
const slackTimeScale = 20;
/** A worker that has ended keeps its work for this long; 20 s in earnest is a long time to look at a page. */
const leaseMs = 6_000;
const portsMax = 20;

export type DemoOptions<S extends Setting> = {
  /** Absent: no page. 0: any free port; a port that is taken gives way to the next free one. */
  readonly port?: number;
  /** The folder of a ledger that is kept. */
  readonly keep?: string | undefined;
  openSetting(parts: { readonly slack: SandboxSlack; readonly log: Log }): Promise<S>;
  /** One line for each part that is up. */
  readonly say?: (text: string) => void;
  /** Of Firebreak and of what tells it alerts; silent unless told. */
  readonly log?: Log;
};

export type Ready = { readonly program: Program; readonly database: Database };

export type Demo<S extends Setting> = {
  /** Undefined: there is no page. */
  readonly url: string | undefined;
  /** The port that was asked for is taken, so that the page is at another one. */
  readonly isElsewhere: boolean;
  readonly slack: SandboxSlack;
  readonly setting: S;
  readonly journal: DemoJournal;
  /** Firebreak listens. Rejects when it cannot be started. */
  readonly ready: Promise<Ready>;
  /** Drains Firebreak and ends everything. Safe to call at any time, and twice. */
  stop(): Promise<void>;
  /** For somebody who waits for it: ends what would outlive this process, and nothing else. */
  abandon(): Promise<void>;
};

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Resolves when the page answers. */
export async function startDemo<S extends Setting>(options: DemoOptions<S>): Promise<Demo<S>> {
  const { keep, log = silent } = options;
  const say = options.say ?? (() => undefined);
  const releases: Release[] = [];
  // The longest part of all.
  const image = makeLedgerImage();
  releases.push(() => image.stop());
  let ledger: Promise<LedgerConnection> | undefined;
  let stopping: Promise<void> | undefined;
  try {
    const slack = await startSlack({ timeScale: slackTimeScale, scopes: botScopes('public'), sentinels: true });
    releases.push(() => slack.stop());
    const setting = await options.openSetting({ slack, log });
    releases.push(() => setting.stop());
    const journal = createDemoJournal((id) => slack.workspace.users.get(id)?.realName);
    const stories = holdStories(setting.stories);
    let program: Program | undefined;
    const faults = createFaultControl({
      slack,
      kubernetes: setting.kubernetes,
      pagerduty: setting.pagerduty,
      restart() {
        program?.restart().catch((err: unknown) => {
          log.error({ err }, 'Firebreak could not be started again');
          stories.fail('Firebreak could not be started again. Stop the demo with Ctrl-C and start it anew.');
        });
      },
    });
    let page: { server: DemoServer; isElsewhere: boolean } | undefined;
    if (options.port !== undefined) {
      const host = { ...setting, slack, stories, faults, journal, commands: demoCommands(), cast };
      page = await listen(options.port, (port) => startDemoServer(host, { port }));
      const { server } = page;
      releases.push(() => server.stop());
    }

    const startRest = async (): Promise<Ready> => {
      const startedAt = performance.now();
      const took = (): string => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
      // Only now: the whole program takes a moment to load, and the page answers meanwhile.
      const { startEmbeddedRedis } = await import('../../adapters/bullmq/embedded-redis.ts');
      const redis = await startEmbeddedRedis();
      releases.push(() => redis.stop());
      const { startProgram } = await import('./program.ts');
      const { createPace } = await import('../../adapters/slack/pace.ts');
      const config = await setting.config();
      ledger = openDemoLedger(image, keep);
      const opened = await ledger;
      releases.push(() => opened.close());
      say(`PostgreSQL and Redis, embedded${keep === undefined ? '' : `; the ledger is in ${keep}`} (${took()})`);
      journal.open(opened.db);
      releases.push(() => journal.stop());
      setting.opened?.(opened.db);
      const started = await startProgram({
        config,
        database: opened.db,
        redisUrl: redis.url,
        queueEventsMax: 50,
        slack: {
          token: slack.botToken,
          signingSecret: slack.signingSecret,
          apiUrl: slack.apiUrl,
          pace: createPace({ timeScale: slackTimeScale }),
        },
        alertmanagerToken,
        ...pagerdutyOf(setting),
        leaseMs,
        log,
      });
      program = started;
      releases.push(() => started.stop());
      slack.connect(`${started.url}/slack/events`);
      setting.pagerduty?.connect(`${started.url}/webhooks/pagerduty`);
      setting.stories.connect(`${started.url}/webhooks/alertmanager`);
      say(`Firebreak, with its own door at ${started.url} (${took()})`);
      stories.release();
      return { program: started, database: opened.db };
    };
    const ready = startRest();
    ready.catch(() => stories.fail('Firebreak could not be started; the terminal says why.'));

    return {
      url: page?.server.url,
      isElsewhere: page?.isElsewhere ?? false,
      slack,
      setting,
      journal,
      ready,
      stop() {
        stopping ??= (async () => {
          await ready.catch(() => undefined);
          await releaseAll(releases);
        })();
        return stopping;
      },
      // Everything else ends with the process; a kept ledger has a lock beside it, and is better closed.
      abandon: async () => (keep === undefined ? undefined : (await ledger)?.close()),
    };
  } catch (error) {
    await releaseAll(releases);
    throw error;
  }
}

function pagerdutyOf({ pagerduty }: Setting) {
  if (!pagerduty) return {};
  const { token, apiUrl, webhookSecrets } = pagerduty;
  return { pagerduty: { token, apiUrl, webhookSecrets, from: pagerDutyAccount.from } };
}

async function listen(
  wanted: number,
  start: (port: number) => Promise<DemoServer>,
): Promise<{ server: DemoServer; isElsewhere: boolean }> {
  for (let port = wanted; ; port++) {
    try {
      return { server: await start(port), isElsewhere: port !== wanted };
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (isTaken && port - wanted < portsMax && port < 65_535) continue;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === '') throw error;
      throw new UsageError(`Port ${port} cannot be used (${code}). Choose another one with --port, or 0 for any.`);
    }
  }
}
