/**
 * From an alert to its channel and card, with Slack at its real limits and 100 ms away.
 *
 *   ours  a webhook over HTTP → incident committed → queue → channel → card; then the runbook and its diagnosis
 *   peer  a script that makes the same Slack calls for the same incidents, one after the other, and sleeps when Slack
 *         says 429
 *
 * First incidents alone, one after the other (`ours`, `peer`, `ratio`: medians of time to the card, in `unit`). Then a
 * storm: incidents within a second, more than the 20 channels a minute that Slack gives (`storm…`); the script has a
 * workspace and limits of its own. In both: `limited` counts 429s, `lost` incidents without channel, card or all facts,
 * `repeated` messages that are there twice.
 *
 * `cardP50Ms`, `cardP95Ms` alert → card · `factsFirstMs`, `factsLastMs` card → first and last fact of the diagnosis
 * (medians), `factsLastP95Ms` · `storm.cardMs…` how long incidents of the storm wait for their card ·
 * `storm.withinAMinute` how many have one within a minute (20 is what Slack allows).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startKubernetes } from '../src/sandbox/kubernetes/start.ts';
import { type SandboxSlack, startSlack } from '../src/sandbox/slack/start.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webhookBody } from '../test/scenario/post-alerts.ts';
import { type Bench, median, round } from './bench.ts';
import { alertmanagerToken } from './bot-messages.ts';
import { type Bot, startBot } from './bot.ts';

const alone = 10;
const inStorm = 24;
const latencyMs = 100;
const patienceMs = 240_000;
/** Longer than the minute in which Slack counts. */
const restMs = 65_000;

const runbook = `# Bench

## Shop is slow

**Alert:** \`ShopSlow\`

**Diagnosis:**

\`\`\`bash
kubectl get pods
kubectl get deployments
kubectl logs deployment/web --tail=20
kubectl rollout status deployment/web
\`\`\`

**Resolution:**

\`\`\`bash
kubectl rollout restart deployment/web
\`\`\`
`;
const factsExpected = 4;

const configOf = (kubeconfig: string): string => `
clusters: { main: { kubeconfig: ${JSON.stringify(kubeconfig)} } }
services:
  - name: shop
    match: { namespace: shop }
    cluster: main
    namespaces: [shop]
    runbooks: [runbook.md]
    dashboard: https://grafana.example/shop
    responders: { slack: [S0RESPOND] }
policy:
  approvers: { slack: [S0SRE] }
`;

type Times = { readonly cardMs: number; readonly facts: readonly number[] };

export const incident: Bench = async () => {
  const kubernetes = await startKubernetes();
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-incident-'));
  try {
    kubernetes.world.deployment({ namespace: 'shop', name: 'web', image: 'workload:v1', replicas: 3 });
    await kubernetes.settle();
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubernetes.kubeconfig());
    const bot = await startBot({ config: configOf(kubeconfig), runbook, slack: { latencyMs } });
    try {
      return await measure(bot);
    } finally {
      await bot.close();
    }
  } finally {
    await kubernetes.stop();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function measure(bot: Bot) {
  const { slack } = bot;
  const single: Times[] = [];
  const scriptSingle: number[] = [];
  const peer = await startSlack({ latencyMs });
  try {
    for (let turn = 0; turn < alone; turn += 1) {
      const name = `alone-${turn}`;
      const firedAt = await fire(bot, name);
      single.push(await timesOf(slack, turn + 1, firedAt));
      await bot.idle();
      scriptSingle.push((await script(peer, [name]))[0] ?? Number.NaN);
    }
  } finally {
    await peer.stop();
  }
  const limitedAlone = limitedOf(slack);
  // The script has its storm while Slack's minute passes for the bot.
  const scripted = scriptStorm();
  scripted.catch(() => undefined);
  await pause(restMs);

  const firedAt = await Promise.all(Array.from({ length: inStorm }, (_, at) => fire(bot, `storm-${at}`)));
  const earliest = Math.min(...firedAt);
  // Which of them got which number is chance; all were fired within a moment.
  const numbers = Array.from({ length: inStorm }, (_, at) => alone + at + 1);
  const storm = await Promise.all(numbers.map((number) => timesOf(slack, number, earliest)));
  const scriptCards = await scripted;

  const cards = single.map(({ cardMs }) => cardMs);
  const [ours, theirs] = [median(cards), median(scriptSingle)];
  const stormCards = storm.map(({ cardMs }) => cardMs);
  return {
    ours: round(ours),
    peer: round(theirs),
    ratio: round(ours / theirs, 3),
    unit: 'ms',
    cardP50Ms: round(ours),
    cardP95Ms: round(percentile(cards, 0.95)),
    factsFirstMs: round(median(single.map(({ cardMs, facts }) => Math.min(...facts) - cardMs))),
    factsLastMs: round(median(single.map(({ cardMs, facts }) => Math.max(...facts) - cardMs))),
    factsLastP95Ms: round(
      percentile(
        single.map(({ cardMs, facts }) => Math.max(...facts) - cardMs),
        0.95,
      ),
    ),
    limited: limitedAlone,
    rounds: alone,
    latencyMs,
    storm: {
      incidents: inStorm,
      cardP50Ms: round(median(stormCards)),
      cardP95Ms: round(percentile(stormCards, 0.95)),
      cardWorstMs: round(Math.max(...stormCards)),
      withinAMinute: stormCards.filter((ms) => ms <= 60_000).length,
      factsLastWorstMs: round(Math.max(...storm.flatMap(({ facts }) => facts))),
      limited: limitedOf(slack) - limitedAlone,
      scriptCardP50Ms: round(median(scriptCards)),
      scriptCardWorstMs: round(Math.max(...scriptCards)),
      ratioP50: round(median(stormCards) / median(scriptCards), 3),
    },
    lost: alone + inStorm - numbersOf(slack).length,
    repeated: repeatedIn(slack),
    complaints: bot.complaints().length,
    ...bot.stores,
  };
}

/** Posts one alert as Alertmanager does, of a group of its own; gives when, in milliseconds since 1970. */
async function fire(bot: Bot, group: string): Promise<number> {
  const firedAt = Date.now();
  const labels = { alertname: 'ShopSlow', namespace: 'shop', severity: 'critical', group };
  const answer = await fetch(`${bot.url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${alertmanagerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(webhookBody([{ labels, startsAt: new Date(firedAt).toISOString() }], group)),
  });
  if (answer.status !== 202) throw new Error(`The webhook was answered with ${answer.status}: ${await answer.text()}`);
  return firedAt;
}

const channelOf = (slack: SandboxSlack, number: number) =>
  [...slack.workspace.channels.values()].find(({ name }) => name.startsWith(`inc-${number}-`));
const keysIn = (slack: SandboxSlack, number: number) =>
  (channelOf(slack, number)?.messages ?? []).flatMap(({ ts, metadata }) =>
    metadata ? [{ key: String(metadata.event_payload['key']), atMs: Number(ts) * 1000 }] : [],
  );
const numbersOf = (slack: SandboxSlack): readonly string[] =>
  [...slack.workspace.channels.values()].flatMap(({ name }) => /^inc-(\d+)-/.exec(name)?.[1] ?? []);

/** Waits until card and facts are there. A message's time is when Slack took it. */
async function timesOf(slack: SandboxSlack, number: number, firedAt: number): Promise<Times> {
  const of = (kind: string) =>
    keysIn(slack, number).flatMap(({ key, atMs }) => (key.startsWith(`${kind}:`) ? [atMs - firedAt] : []));
  await slack.waitFor(() => of('incident').length > 0 && of('step').length >= factsExpected, patienceMs);
  return { cardMs: of('incident')[0] ?? Number.NaN, facts: of('step') };
}

function repeatedIn(slack: SandboxSlack): number {
  const keys = numbersOf(slack).flatMap((number) => keysIn(slack, Number(number)).map(({ key }) => key));
  return keys.length - new Set(keys).size;
}

const limitedOf = (slack: SandboxSlack): number => slack.requests.filter(({ status }) => status === 429).length;

async function scriptStorm(): Promise<readonly number[]> {
  const slack = await startSlack({ latencyMs });
  try {
    return await script(
      slack,
      Array.from({ length: inStorm }, (_, at) => `storm-${at}`),
    );
  } finally {
    await slack.stop();
  }
}

/** All that is done for an incident, in a row; gives how long each waited for its card. */
async function script(slack: SandboxSlack, names: readonly string[]): Promise<readonly number[]> {
  const startedAt = Date.now();
  const ask = async (method: string, args: object): Promise<{ ts?: string; channel?: { id: string } }> => {
    for (;;) {
      const answer = await fetch(`${slack.apiUrl}${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(args),
      });
      // The stand-in answers as Slack documents it.
      if (answer.status !== 429) return (await answer.json()) as { ts?: string; channel?: { id: string } };
      await answer.text();
      await pause(Number(answer.headers.get('retry-after')) * 1000);
    }
  };
  const waits: number[] = [];
  for (const name of names) {
    const made = await ask('conversations.create', { name: `inc-${name}` });
    const channel = made.channel?.id ?? '';
    const { ts } = await ask('chat.postMessage', { channel, text: 'card' });
    waits.push(Date.now() - startedAt);
    await ask('conversations.invite', { channel, users: 'U0ALICE,U0BOB,U0CAROL' });
    await ask('pins.add', { channel, timestamp: ts });
    await ask('conversations.setTopic', { channel, topic: name });
    await ask('bookmarks.add', { channel_id: channel, title: 'Dashboard', type: 'link', link: 'https://g.example' });
    await ask('chat.postMessage', { channel, text: 'runbook' });
    for (let fact = 0; fact < factsExpected; fact += 1) await ask('chat.postMessage', { channel, text: 'fact' });
  }
  return waits;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
