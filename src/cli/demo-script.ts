/** What `firebreak demo --script` runs: the program on embedded stores and stand-ins, and the story that uses it. */
import { resolve } from 'node:path';
import { startEmbeddedRedis } from '../adapters/bullmq/embedded-redis.ts';
import { openEmbeddedPostgres } from '../adapters/postgres/embedded.ts';
import { migrateLedger } from '../adapters/postgres/migrations/migrate.ts';
import { createPace } from '../adapters/slack/pace.ts';
import { startApp } from '../app.ts';
import { type Config, parseConfig } from '../config.ts';
import type { Log } from '../flow/ports.ts';
import type { SandboxKubernetes } from '../sandbox/kubernetes/start.ts';
import { startSlack } from '../sandbox/slack/start.ts';
import { startGpuCluster } from '../sandbox/story/gpu-cluster.ts';
import { tellGpuStory } from '../sandbox/story/gpu-story.ts';
import { StoryBroken } from '../sandbox/story/stage.ts';
import type { Teller } from '../sandbox/story/teller.ts';
import { showProof } from './demo-proof.ts';
import { UsageError } from './usage.ts';

/** Runbook paths below are relative to it. */
const root = resolve(import.meta.dirname, '../..');
const alertmanagerToken = 'demo-alertmanager-token';

const configText = `
services:
  - name: hdc
    match: { namespace: hdc }
    namespaces: [hdc]
    runbooks: [runbooks/hdc-toolkit.md]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;

type Started = { readonly teller: Teller; readonly keep: string | undefined; readonly log: Log };

/** Starts everything, tells the story, and stops everything. Gives the exit code. */
export async function tellScript({ teller, keep }: Omit<Started, 'log'>): Promise<number> {
  const releases: (() => Promise<void>)[] = [];
  const complaints: string[] = [];
  try {
    await tell({ teller, keep, log: complaintsInto(complaints) }, releases);
    return 0;
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error;
    teller.blank();
    teller.failure(`The story broke off after ${teller.elapsed()}.\n${error.message}`);
    if (complaints.length > 0) teller.failure(['Firebreak’s own warnings and errors:', ...complaints].join('\n'));
    return 1;
  } finally {
    for (const close of releases.splice(0).toReversed()) await close();
  }
}

async function tell({ teller, keep, log }: Started, releases: (() => Promise<void>)[]): Promise<void> {
  teller.say('starting embedded PostgreSQL and Redis …');
  const ledger = await openLedger(keep);
  releases.push(() => ledger.close());
  if (keep !== undefined) closeOnSignal(ledger);
  await migrateLedger(ledger.db);
  const redis = await startEmbeddedRedis();
  releases.push(() => redis.stop());
  teller.say('starting the stand-ins for Slack and Kubernetes …');
  // Rate limits recover faster than Slack's real ones, since the story runs faster than an incident.
  const timeScale = 20;
  const slack = await startSlack({ timeScale });
  releases.push(() => slack.stop());
  const cluster = await startGpuCluster();
  releases.push(() => cluster.kubernetes.stop());
  teller.say('starting Firebreak …');
  const app = await startApp({
    config: configFor(cluster.kubernetes),
    database: ledger.db,
    redisUrl: redis.url,
    slack: {
      token: slack.botToken,
      signingSecret: slack.signingSecret,
      apiUrl: slack.apiUrl,
      pace: createPace({ timeScale }),
    },
    alertmanagerToken,
    host: '127.0.0.1',
    port: 0,
    roles: ['edge', 'worker'],
    log,
  });
  releases.push(() => app.stop());
  slack.connect(`${app.url}/slack/events`);
  teller.say(`Firebreak listens on ${app.url}, loopback only. Ready after ${teller.elapsed()}.`);

  await tellGpuStory({
    slack,
    cluster,
    teller,
    webhookUrl: `${app.url}/webhooks/alertmanager`,
    token: alertmanagerToken,
  });

  await teller.chapter('The record, to check rather than to believe');
  // What waits for its seal is sealed on the way out. A second stop does nothing.
  await app.stop();
  await showProof({ teller, database: ledger.db, kubernetes: cluster.kubernetes });
  if (keep !== undefined) teller.item('ledger', `kept in ${keep}`);
  teller.item('time', `${teller.elapsed()} in all`);
  teller.blank();
  teller.say('Next: npm run --silent firebreak -- compile FILE… says what your own runbooks compile to.');
}

async function openLedger(keep: string | undefined): ReturnType<typeof openEmbeddedPostgres> {
  try {
    return await openEmbeddedPostgres(keep === undefined ? {} : { directory: keep });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (keep === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new UsageError(`The ledger cannot be kept in ${keep} (${code}). Name a folder that you may write to.`);
  }
}

/** Without --keep there is nothing to clean up, so a signal ends the process by itself, at once. */
function closeOnSignal(ledger: { close(): Promise<void> }): void {
  const close = (): void => {
    const end = (): never => process.exit(130);
    setTimeout(end, 1_000);
    ledger.close().then(end, end);
  };
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
}

/** The kubeconfig goes in as text, so that no file is left behind whatever ends this process. */
function configFor(kubernetes: SandboxKubernetes): Config {
  const config = parseConfig(configText, resolve(root, 'the demo’s own firebreak.yaml'));
  const main = { kubeconfigText: kubernetes.kubeconfig('hdc'), context: 'sandbox' };
  return { ...config, clusters: { main } };
}

/** Firebreak's own log stays quiet unless the story breaks off. */
function complaintsInto(lines: string[]): Log {
  const complain = (fields: object, message: string): void => {
    const err = 'err' in fields ? fields.err : undefined;
    lines.push(err instanceof Error ? `${message}: ${err.message.split('\n', 1)[0]}` : message);
  };
  return { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
}
