/** Everything a story needs: a Slack workspace, a cluster, alerts, and the app itself, all over their real protocols. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Database } from '../../src/adapters/postgres/connection.ts';
import { createLedger } from '../../src/adapters/postgres/ledger.ts';
import { createPace } from '../../src/adapters/slack/pace.ts';
import { type App, type AppOptions, startApp } from '../../src/app.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { silent } from '../ledger.ts';

/** A write that asked for an effect, as the API server's audit log has it. */
export type Write = { readonly auditId: string; readonly verb: string; readonly uri: string; readonly code: number };

export type StageCluster = {
  /** A file. */
  readonly kubeconfig: string;
  deployment(spec: {
    namespace: string;
    name: string;
    replicas: number;
    env?: Readonly<Record<string, string>>;
  }): Promise<void>;
  state(
    namespace: string,
    name: string,
  ): Promise<{
    replicas: number;
    env: Readonly<Record<string, string>>;
    restartedAt: string | undefined;
    ready: number;
  }>;
  /** Of the app alone, dry runs aside. */
  writes(): Promise<readonly Write[]>;
  close(): Promise<void>;
};

export type StageAlerts = {
  /** `connect` says where the app listens. */
  connect(webhookUrl: string, token: string): Promise<void>;
  fire(labels: Readonly<Record<string, string>>, annotations?: Readonly<Record<string, string>>): Promise<void>;
  resolve(labels: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
};

export type StageStores = { readonly database: Database; readonly redisUrl: string; close(): Promise<void> };

export type Stage = {
  readonly slack: SandboxSlack;
  readonly cluster: StageCluster;
  readonly alerts: StageAlerts;
  readonly ledger: Ledger;
  readonly database: Database;
  readonly config: Config;
  readonly app: App;
  /** Error and warning lines of the app so far. */
  complaints(): readonly string[];
  /** Stops the app and starts it again on the same stores. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

export const alertmanagerToken = 'stage-alertmanager-token';
/** Slack's limits pass this much faster, for the stand-in and for the app that paces itself by them. */
const slackTimeScale = 20;
const seed = (name: string): string => resolve(import.meta.dirname, '../fixtures/seeds', name);

export const stageConfig = (kubeconfig: string): string => `
clusters: { main: { kubeconfig: ${kubeconfig} } }
services:
  - name: largeforge
    match: { namespace: largeforge }
    cluster: main
    namespaces: [largeforge]
    runbooks: [${seed('004_e05e3c86e3c9dda8.txt')}]
    responders: { slack: [S0RESPOND] }
  - name: hdc
    match: { namespace: hdc }
    cluster: main
    namespaces: [hdc]
    runbooks: [${seed('000_e4b47e900712ad25.txt')}]
    aliases: { gpu-oom: cuda-out-of-memory, blue-green: blue-green-deployment }
    responders: { slack: [S0RESPOND] }
  - name: gaudi
    match: { namespace: gaudi3-scale }
    cluster: main
    namespaces: [gaudi3-scale]
    runbooks: [${seed('001_f36e29b53ece1579.txt')}]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;

export async function openStage(parts: {
  cluster: StageCluster;
  alerts: StageAlerts;
  stores: StageStores;
  /** How Slack comes in; over HTTP unless it says otherwise. */
  over?: 'http' | 'socket';
  options?: Partial<AppOptions>;
}): Promise<Stage> {
  const { cluster, alerts, stores } = parts;
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-stage-'));
  const file = join(folder, 'firebreak.yaml');
  writeFileSync(file, stageConfig(cluster.kubeconfig));
  const config = parseConfig(stageConfig(cluster.kubeconfig), file);
  const slack = await startSlack({ timeScale: slackTimeScale });
  const log = createRecordingLog();
  const start = async (port: number): Promise<App> =>
    startApp({
      config,
      database: stores.database,
      redisUrl: stores.redisUrl,
      slack: {
        token: slack.botToken,
        ...(parts.over === 'socket' ? { appToken: slack.appToken } : { signingSecret: slack.signingSecret }),
        apiUrl: slack.apiUrl,
        pace: createPace({ timeScale: slackTimeScale }),
      },
      alertmanagerToken,
      host: '127.0.0.1',
      port,
      roles: ['edge', 'worker'],
      log,
      sweepEveryMs: 500,
      queueEventsMax: 50,
      settleMs: 0,
      ...parts.options,
    });
  let app = await start(0);
  const connect = async (): Promise<void> => {
    slack.connect(`${app.url}/slack/events`);
    await alerts.connect(`${app.url}/webhooks/alertmanager`, alertmanagerToken);
  };
  await connect();
  return {
    slack,
    cluster,
    alerts,
    config,
    database: stores.database,
    ledger: createLedger({ db: stores.database, log: silent, onEnqueued: () => undefined }),
    get app() {
      return app;
    },
    complaints: () =>
      log.lines.filter(({ level }) => level === 'warn' || level === 'error').map((line) => JSON.stringify(line)),
    async restart() {
      const { port } = new URL(app.url);
      await app.stop();
      app = await start(Number(port));
    },
    async close() {
      await alerts.close();
      await app.stop();
      await slack.stop();
      await cluster.close();
      await stores.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything a person can read of a message. */
export function textOf(message: Message): string {
  const words: string[] = [message.text];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'text' && typeof inner === 'string') words.push(inner);
        else walk(inner);
      }
    }
  };
  walk(message.blocks ?? []);
  return words.join('\n');
}
