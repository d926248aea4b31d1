/**
 * The story of one change, while the process is killed under it. People and Alertmanager do what they do when nobody
 * answers: they try again. Afterwards the invariants of docs/architecture.md are checked against the API server's audit
 * log and what stands in Slack.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { sql } from 'kysely';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import type { LedgerConnection } from '../../src/adapters/postgres/connection.ts';
import { sealJournal } from '../../src/adapters/postgres/journal.ts';
import { verifyJournal } from '../../src/adapters/postgres/verify-journal.ts';
import type { FailpointName } from '../../src/flow/ports.ts';
import { type SandboxSlack, startSlack } from '../../src/sandbox/slack/start.ts';
import type { Channel, Message } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { webhookBody } from '../scenario/post-alerts.ts';
import { alertmanagerToken, type StageCluster, stageConfig, textOf } from '../scenario/stage.ts';
import { type Mortal, startMortal } from './mortal.ts';

const storyMs = 150_000;

export type MortalWorld = {
  readonly cluster: StageCluster;
  /** LEDGER_URL or LEDGER_DIRECTORY, and QUEUE_URL. */
  readonly env: Readonly<Record<string, string>>;
  /** After the process has ended. */
  openLedger(): Promise<LedgerConnection>;
};

export async function holdsThroughDeathAt(names: readonly FailpointName[], world: MortalWorld): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-crash-'));
  const config = join(folder, 'firebreak.yaml');
  writeFileSync(config, stageConfig(world.cluster.kubeconfig));
  const slack = await startSlack({ timeScale: 50 });
  const mortal = await startMortal(names, {
    ...world.env,
    FIREBREAK_CONFIG: config,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    ALERTMANAGER_TOKEN: alertmanagerToken,
  });
  slack.connect(`${mortal.url}/slack/events`);
  try {
    const channel = await tell({ slack, mortal, world }).catch((error: unknown) => {
      const told = [...slack.workspace.channels.values()].flatMap(({ messages }) =>
        messages.map((message) => textOf(message).slice(0, 150)),
      );
      throw new Error(
        ['died at', ...mortal.deaths, 'the story stopped; Slack shows', ...told, mortal.log()].join('\n'),
        { cause: error },
      );
    });
    await mortal.stop();
    expect(mortal.deaths).toEqual(names);
    expectOneOfEach(slack, channel);
    await holdsInvariants(world);
  } finally {
    await mortal.stop().catch(() => undefined);
    await slack.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Scene = { slack: SandboxSlack; mortal: Mortal; world: MortalWorld };

async function tell({ slack, mortal, world }: Scene): Promise<Channel> {
  const find = <T>(look: () => T) => slack.waitFor(look, storyMs);
  const messageOf = (
    channel: Channel,
    kind: string,
    holds: (text: string) => boolean = () => true,
  ): Message | undefined =>
    channel.messages.findLast(
      (message) => String(message.metadata?.event_payload['key']).startsWith(`${kind}:`) && holds(textOf(message)),
    );
  const press = (user: string, channel: Channel, message: Message, what: { action: string; value?: string }) =>
    insist(
      `${user} presses ${what.action}`,
      async () => (await slack.as(user).click({ channel: channel.id, ts: message.ts }, what)).status === 200,
    );

  const startsAt = new Date().toISOString();
  const labels = { alertname: 'HDC_HighErrorRate', namespace: 'hdc', severity: 'critical' };
  await insist('Alertmanager delivers', () => deliver(mortal.url, webhookBody([{ labels, startsAt }])));
  const channel = await find(() => [...slack.workspace.channels.values()].find(({ name }) => name.startsWith('inc-')));
  const command = 'HDC_CIRCUIT_BREAKER_ENABLED=true';
  const card = await find(() => messageOf(channel, 'posting', (text) => text.includes(command)));
  const step = card.blocks?.find((block) => JSON.stringify(block).includes(command) && 'accessory' in block)?.[
    'accessory'
  ] as { value: string; action_id: string };
  await press('U0ALICE', channel, card, { action: step.action_id, value: step.value });

  const isOpen = (): Message | undefined => {
    const found = messageOf(channel, 'proposal');
    return found && JSON.stringify(found.blocks).includes(actionIds.approve) ? found : undefined;
  };
  const plan = await find(isOpen);
  await insist('U0BOB approves', async () => {
    if (!isOpen()) return true;
    const { status } = await slack
      .as('U0BOB')
      .click({ channel: channel.id, ts: plan.ts }, { action: actionIds.approve });
    return status === 200;
  });
  await find(() => messageOf(channel, 'run', (text) => text.includes('Verified')));
  await eventually('the change is on the cluster', async () => {
    const { env } = await world.cluster.state('hdc', 'hdc-toolkit');
    return env['HDC_CIRCUIT_BREAKER_ENABLED'] === 'true';
  });
  return channel;
}

/** As a person or a retrying sender does, until it is answered; bounded. */
async function insist(what: string, act: () => Promise<boolean>): Promise<void> {
  await eventually(what, async () => act().catch(() => false), storyMs);
}

async function deliver(url: string, body: object): Promise<boolean> {
  const answer = await fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${alertmanagerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status === 202;
}

function expectOneOfEach(slack: SandboxSlack, channel: Channel): void {
  const channels = [...slack.workspace.channels.values()].filter(
    ({ name, isArchived }) => name.startsWith('inc-') && !isArchived,
  );
  const keys = channel.messages.flatMap(({ metadata }) => metadata?.event_payload['key'] ?? []);
  expect(channels).toHaveLength(1);
  expect(keys).toEqual([...new Set(keys)]);
  expect(channel.pins).toHaveLength(1);
}

async function holdsInvariants(world: MortalWorld): Promise<void> {
  const writes = await world.cluster.writes();
  const ledger = await world.openLedger();
  const { db } = ledger;
  try {
    const attempts = await sql<{ auditId: string; runId: string }>`select audit_id, run_id from attempt`.execute(db);
    const runs = await sql<{
      id: string;
      outcome: string | null;
      verification: string | null;
    }>`select id, outcome, verification from run`.execute(db);
    const votes = await sql<{ voter: string }>`select voter from vote where verdict = 'approve' and counted`.execute(
      db,
    );
    const pending = await sql<{
      kind: string;
    }>`select kind from work where done_at is null and failed_at is null and kind not in ('expire-plan', 'publish', 'retain', 'reconcile')`.execute(
      db,
    );
    const captures = await sql<{ runId: string; pods: readonly object[] }>`select run_id, pods from capture`.execute(
      db,
    );
    const deliveries = await sql<{ source: string }>`select source from delivery`.execute(db);
    const recorded = new Set(attempts.rows.map(({ auditId }) => auditId));

    expect(writes.filter(({ code }) => code < 300)).toHaveLength(1); // I1
    expect(votes.rows).toEqual([{ voter: 'U0BOB' }]); // I2
    expect(pending.rows).toEqual([]); // I3; a redraw may wait for the next start, and some work comes again for ever
    expect(runs.rows).toEqual([expect.objectContaining({ outcome: 'succeeded', verification: 'passed' })]); // I4, I5
    expect(writes.every(({ auditId }) => recorded.has(auditId))).toBe(true); // I6
    expect(deliveries.rows.map(({ source }) => source)).toEqual(expect.arrayContaining(['alertmanager', 'slack'])); // I7
    // The change replaces both pods: what they leave behind is kept, once.
    expect(captures.rows).toEqual([{ runId: runs.rows[0]?.id, pods: [expect.anything(), expect.anything()] }]);
    await sealJournal(db);
    expect(await verifyJournal(db)).toMatchObject({ ok: true });
  } finally {
    await ledger.close();
  }
}
