/**
 * 10,000 alerts in 60 s from the two peers of a highly available Alertmanager, into the whole bot.
 *
 *   ours  every webhook is sent when its time has come, whether or not earlier ones were answered, and its time counts
 *         from then; the second peer sends the same up to 400 ms later
 *   peer  the same webhooks, at the same pace for a third of the time, to a bare HTTP server that writes each body as one row
 *
 * `ours` and `peer` are the p99 of the answer in `unit`. `lost` counts alerts that are not in the ledger at the end,
 * `duplicates` incidents beyond one for each group, `refused` webhooks that were not answered with 2xx, `rssMb` the most
 * memory that the bot's process ever held (with the embedded ledger that holds the database too).
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type Bench, median, round } from './bench.ts';
import { alertmanagerToken } from './bot-messages.ts';
import { startBot } from './bot.ts';

const groups = 50;
const webhooks = 1_000;
const alertsEach = 10;
const seconds = 60;
const peerSeconds = 20;
const copyLateMaxMs = 400;

type Webhook = { readonly atMs: number; readonly body: string };
type Answers = { readonly tookMs: readonly number[]; readonly refused: number };

export const ingest: Bench = async () => {
  const bot = await startBot({ config, runbook: '# Bench\n\n## Nothing\n\nLook at it.\n' });
  try {
    const ours = await send(`${bot.url}/webhooks/alertmanager`, schedule(seconds));
    const { alerts, incidents } = await bot.count();
    const rssMb = peakMemoryMb(bot.pid);
    const peer = await measurePeer();
    const [p99, peerP99] = [quantile(ours.tookMs, 0.99), quantile(peer.tookMs, 0.99)];
    return {
      ours: round(p99),
      peer: round(peerP99),
      ratio: round(p99 / peerP99, 3),
      unit: 'ms',
      p50Ms: round(median(ours.tookMs)),
      p99Ms: round(p99),
      worstMs: round(Math.max(...ours.tookMs)),
      lost: webhooks * alertsEach - alerts,
      duplicates: incidents - groups,
      refused: ours.refused,
      rssMb,
      alerts: webhooks * alertsEach,
      webhooks: ours.tookMs.length,
      seconds,
      ...bot.stores,
    };
  } finally {
    await bot.close();
  }
};

const config = `
clusters: { main: {} }
services:
  - name: shop
    match: { namespace: shop }
    namespaces: [shop]
    runbooks: [runbook.md]
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;

/** Both peers' webhooks of a run that lasts as long, in order of time. */
function schedule(lasts: number): Webhook[] {
  const count = (webhooks * lasts) / seconds;
  const sent: Webhook[] = [];
  for (let index = 0; index < count; index += 1) {
    const atMs = (index / count) * lasts * 1000;
    const body = JSON.stringify(webhook(index, 0));
    // Each peer says its own address, so that no two bodies are the same bytes.
    const copy = JSON.stringify(webhook(index, 1));
    // Spread, and the same in every run.
    sent.push({ atMs, body }, { atMs: atMs + ((index * 137) % copyLateMaxMs), body: copy });
  }
  return sent.toSorted((a, b) => a.atMs - b.atMs);
}

const startsAt = new Date().toISOString();

function webhook(index: number, peer: number) {
  const group = index % groups;
  const groupLabels = { alertname: `Bench${group}` };
  const alerts = Array.from({ length: alertsEach }, (_, place) => {
    const labels = { ...groupLabels, namespace: 'shop', severity: 'warning', pod: `web-${index}-${place}` };
    return {
      status: 'firing',
      labels,
      annotations: { summary: `web-${index}-${place} answers slowly, and this says so in as many words as usual` },
      startsAt,
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus.monitoring:9090/graph?g0.expr=up',
      fingerprint: (index * alertsEach + place).toString(16).padStart(16, '0'),
    };
  });
  return {
    version: '4',
    groupKey: `{}:{alertname="Bench${group}"}`,
    truncatedAlerts: 0,
    status: 'firing',
    receiver: 'firebreak',
    groupLabels,
    commonLabels: groupLabels,
    commonAnnotations: {},
    externalURL: `http://alertmanager-${peer}.monitoring:9093`,
    alerts,
  };
}

async function send(url: string, planned: readonly Webhook[]): Promise<Answers> {
  const dispatcher = new Agent({ connections: 64 });
  const headers = { authorization: `Bearer ${alertmanagerToken}`, 'content-type': 'application/json' };
  const tookMs: number[] = [];
  let refused = 0;
  const began = performance.now();
  const post = async ({ atMs, body }: Webhook): Promise<void> => {
    const answer = await request(url, { method: 'POST', headers, body, dispatcher });
    await answer.body.dump();
    tookMs.push(performance.now() - began - atMs);
    if (answer.statusCode > 299) refused += 1;
  };
  const underWay: Promise<void>[] = [];
  for (const one of planned) {
    const early = began + one.atMs - performance.now();
    if (early > 0) await pause(early);
    underWay.push(post(one));
  }
  await Promise.all(underWay);
  await dispatcher.close();
  return { tookMs, refused };
}

async function measurePeer(): Promise<Answers> {
  const child = fork(join(import.meta.dirname, 'ingest-peer.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (address) => {
      if (typeof address === 'string') resolve(address);
    });
    child.once('exit', () => reject(new Error('The bare server ended.')));
  });
  const answers = await send(url, schedule(peerSeconds));
  child.disconnect();
  await ended;
  return answers;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Linux's own count of the most that was resident; 0 where there is none. */
function peakMemoryMb(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return round(Number(kib ?? 0) / 1024, 0);
  } catch {
    return 0;
  }
}
