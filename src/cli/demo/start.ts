/**
 * Puts the demo together: the product, and around it the stand-ins, the stories and the page.
 *
 *   Slack, the setting, the page's server ──> the page answers ──> ledger, queue, Firebreak ──> ready
 *
 * The page comes first because an embedded PostgreSQL takes a few seconds to make; until Firebreak is ready the
 * stories that are started wait, and the page says so.
 */
import { randomBytes } from 'node:crypto';
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
import { errorCode } from '../error-code.ts';
import { UsageError } from '../usage.ts';
import { cast, type Given, pagerDutyAccount, type Release, releaseAll, type Setting } from './setting.ts';
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
  /** What is done here is done in earnest: the page wants a key that is drawn for this start. */
  readonly isReal?: boolean | undefined;
  openSetting(given: Given): Promise<S>;
  /** One line for each part that is up. */
  readonly say?: (text: string) => void;
  /** Of Firebreak and of what tells it alerts; silent unless told. */
  readonly log?: Log;
};

export type Ready = { readonly program: Program; readonly database: Database };

export type Demo<S extends Setting> = {
  /** To open, with the key when there is one. Undefined: there is no page. */
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

/** Everybody on this machine reaches the ports on loopback, so what Firebreak trusts is drawn anew for each start. */
const drawSecret = (): string => randomBytes(24).toString('hex');

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
    const slack = await startSlack({
      timeScale: slackTimeScale,
      scopes: botScopes('public'),
      sentinels: true,
      botToken: `xoxb-${drawSecret()}`,
      appToken: `xapp-${drawSecret()}`,
      signingSecret: drawSecret(),
    });
    releases.push(() => slack.stop());
    const alertmanagerToken = drawSecret();
    const setting = await options.openSetting({ slack, log, alertmanagerToken });
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
      const key = options.isReal ? drawSecret() : undefined;
      page = await listen(options.port, (port) => startDemoServer(host, { port, key }));
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
      const files = await image.files();
      await image.stop();
      // From here on there may be something to close.
      ledger = openDemoLedger(files, keep);
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
        // A container of the stand-in that is going to crash is never ready before.
        ...(options.isReal === true ? {} : { settleMs: 0 }),
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

/** Exported for its test. Tries the port that is wanted and up to 20 more. */
export async function listen<Server>(
  wanted: number,
  start: (port: number) => Promise<Server>,
): Promise<{ server: Server; isElsewhere: boolean }> {
  for (let port = wanted; ; port++) {
    try {
      return { server: await start(port), isElsewhere: port !== wanted };
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      const isLast = port - wanted >= portsMax || port >= 65_535;
      if (code === 'EADDRINUSE' && !isLast) continue;
      const what =
        port === wanted ? `Port ${port} cannot be used (${code}).` : `Ports ${wanted} to ${port} cannot be used.`;
      throw new UsageError(`${what} Choose another one with --port, or 0 for any.`);
    }
  }
}
