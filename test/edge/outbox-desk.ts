/**
 * The outbox alone, on the embedded ledger and Slack's stand-in with its limits on: no queue, so that due work is done
 * as soon as it is due, eight at a time as the workers do. A message shows its key and its revision.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { createPace } from '../../src/adapters/slack/pace.ts';
import type { SlackCallObserver } from '../../src/adapters/slack/client.ts';
import { createSlack } from '../../src/adapters/slack/slack.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { createMembership } from '../../src/flow/membership.ts';
import { messageKey } from '../../src/flow/messages.ts';
import { newId } from '../../src/flow/new-id.ts';
import { createFurnishChannel, createOpenIncident } from '../../src/flow/open-incident.ts';
import type { World } from '../../src/flow/ports.ts';
import { createPublish } from '../../src/flow/publish.ts';
import { createWorker } from '../../src/flow/work.ts';
import { startSlack } from '../../src/sandbox/slack/start.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { openTestLedger, silent } from '../ledger.ts';
import { policy, service } from '../flow/alerts.ts';

const workersMax = 8;
const lookEveryMs = 10;
const callTimeoutMs = 1_000;

export type OutboxDesk = Awaited<ReturnType<typeof openOutboxDesk>>;

/** @param timeScale how much faster Slack's limits pass than they do at Slack */
export async function openOutboxDesk({ timeScale }: { timeScale: number }) {
  const opened = await openTestLedger();
  const { ledger, db } = opened;
  const sandbox = await startSlack({ timeScale });
  const calls: Parameters<SlackCallObserver>[0][] = [];
  const slack = await createSlack({
    token: sandbox.botToken,
    signingSecret: sandbox.signingSecret,
    apiUrl: sandbox.apiUrl,
    people: {},
    interactions: () => {
      throw new Error('nobody clicks here');
    },
    // Slack's margin of a second shrinks with the scale to less than a busy machine's delays; so the pace is kept for a
    // Slack that is slower by a twentieth.
    pace: createPace({ timeScale: timeScale * 0.95 }),
    onCall: (call) => void calls.push(call),
    callTimeoutMs,
    log: silent,
  });
  const services = [service('shop', { dashboard: 'https://grafana.example/shop' })];
  const world: World = {
    services,
    policy,
    clock: { now: () => new Date() },
    newId,
    log: silent,
    failpoint: () => undefined,
  };
  const { chat, directory } = slack;
  const membership = createMembership({ directory, policy, log: silent });
  const publish = createPublish({
    ...world,
    ledger,
    chat,
    views: async (_, { key, revision }) => ({ kind: 'notice', text: `${key} r${revision}.` }),
  });
  const parts = { ...world, ledger, chat, membership, channelPrefix: 'inc' };
  const worker = createWorker({
    ledger,
    log: silent,
    handlers: {
      'open-incident': createOpenIncident(parts),
      'furnish-channel': createFurnishChannel(parts),
      'post-runbook': async () => async () => undefined,
      publish: publish.handler,
    },
  });

  const ended = new AbortController();
  const running = new Set<Promise<void>>();
  const taken = new Set<string>();
  async function work(): Promise<void> {
    while (!ended.signal.aborted) {
      // What failed would be due again in seconds; what waits for its turn keeps to it.
      await sql`update work set due_at = clock_timestamp()
        where attempts > 0 and claimed_by is null and done_at is null and failed_at is null and due_at > clock_timestamp()
      `.execute(db);
      for (const { id } of await ledger.dueWork(workersMax * 2)) {
        if (taken.has(id) || running.size >= workersMax) continue;
        taken.add(id);
        const performed = worker.perform(id).finally(() => {
          taken.delete(id);
          running.delete(performed);
        });
        running.add(performed);
      }
      await pause(lookEveryMs);
    }
    await Promise.all(running);
  }
  const working = work();

  const openWork = async (): Promise<number> => {
    const rows = await db
      .selectFrom('work')
      .select('id')
      .where('doneAt', 'is', null)
      .where('failedAt', 'is', null)
      .execute();
    return rows.length;
  };

  return {
    ledger,
    db,
    sandbox,
    publish,
    chat,
    /** What the adapter said of every call, oldest first. */
    calls,

    /** Ends with the incident's row; its channel and card follow. */
    openIncident: (title: string): Promise<Incident> =>
      ledger.transaction(async (tx) => {
        const incident = await tx.insertIncident({
          id: newId('inc'),
          key: newId('key'),
          service: 'shop',
          title,
          severity: 'P1',
          state: 'open',
          openedAt: await tx.now(),
        });
        await tx.enqueue({
          kind: 'open-incident',
          subject: incident.id,
          lane: 'status',
          serial: `incident:${incident.id}`,
        });
        return incident;
      }),
    cardOf: (incident: Incident) =>
      eventually(
        `incident ${incident.number} has a card`,
        () => ledger.transaction((tx) => tx.message(messageKey.incident(incident.id))),
        30_000,
      ),
    idle: (deadlineMs: number) => eventually('everything is done', async () => (await openWork()) === 0, deadlineMs),
    /** Of our messages only, by key, in the order in which they are in the channel. */
    shown: (channel: string): { key: string; message: Message }[] =>
      (sandbox.workspace.channels.get(channel)?.messages ?? []).flatMap((message) =>
        message.metadata ? [{ key: String(message.metadata.event_payload['key']), message }] : [],
      ),
    async close(): Promise<void> {
      ended.abort();
      await working;
      await slack.close();
      await sandbox.stop();
      await opened.close();
    },
  };
}
