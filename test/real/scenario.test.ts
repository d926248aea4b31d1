import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { sql } from 'kysely';
import { queueName } from '../../src/adapters/bullmq/queue.ts';
import type { Channel } from '../../src/sandbox/slack/workspace.ts';
import { eventually } from '../eventually.ts';
import { castOf } from '../scenario/cast.ts';
import { realAlerts, realCluster, realStores } from '../scenario/real.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { tellsTheStory } from '../scenario/story.ts';

tellsTheStory('the real things', async () =>
  openStage({
    cluster: await realCluster(['largeforge', 'hdc', 'gaudi3-scale']),
    alerts: realAlerts(),
    stores: await realStores(),
  }),
);

describe('when a part of it goes away', () => {
  const restartCommand = 'kubectl rollout restart deployment/largeforge-inference';
  let stage: Stage;
  let stores: Awaited<ReturnType<typeof realStores>>;
  let queue: Queue;
  let cast: ReturnType<typeof castOf>;
  let channel: Channel;
  /** What the app does when it reaches this place; set by a test. */
  let atDecision: (() => void) | undefined;

  beforeAll(async () => {
    const cluster = await realCluster(['largeforge']);
    stores = await realStores();
    queue = new Queue(queueName, { connection: { url: stores.redisUrl }, prefix: 'firebreak' });
    stage = await openStage({
      cluster,
      alerts: realAlerts(),
      stores,
      options: { failpoint: (name) => (name === 'decide:before-commit' ? atDecision?.() : undefined) },
    });
    cast = castOf(stage);
    // Each pod takes this long to become ready, so a rollout lasts long enough to see.
    const env = { START_DELAY: '3s' };
    await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2, env });
    await stage.alerts.fire({ alertname: 'HighErrorRate', namespace: 'largeforge', severity: 'critical' });
    channel = await cast.channel('inc-1-');
  }, 180_000);

  afterAll(async () => {
    await queue?.close();
    await stage?.close();
  }, 60_000);

  const runs = async () => {
    const found = await sql<{ id: string; outcome: string | null; verification: string | null }>`
      select id, outcome, verification from run order by started_at`.execute(stage.database);
    return found.rows;
  };

  it('resumes watching a rollout after a restart, and writes nothing again', async () => {
    await cast.useStep('U0ALICE', channel, restartCommand);
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'restart'));
    await eventually('it rolls out', async () => (await runs())[0]?.verification === 'watching', 60_000);

    await stage.restart();
    const onStart = await runs();
    const run = await cast.run(channel, 'Verified');

    const { ready } = await stage.cluster.state('largeforge', 'largeforge-inference');
    const writes = await stage.cluster.writes();
    expect(onStart).toEqual([expect.objectContaining({ outcome: 'succeeded', verification: 'watching' })]);
    expect(await runs()).toEqual([{ ...onStart[0], verification: 'passed' }]);
    expect(ready).toBe(2);
    expect(writes).toEqual([expect.objectContaining({ verb: 'patch', code: 200 })]);
    expect(channel.messages.filter((message) => keyOf(message) === keyOf(run))).toHaveLength(1);
  }, 180_000);

  it('goes on from the ledger when Redis forgets everything between the approval and the change', async () => {
    const writesBefore = (await stage.cluster.writes()).length;
    await cast.useStep('U0ALICE', channel, restartCommand);
    const plan = await cast.plan(channel, 'restart');
    // Nobody takes work from the queue any more once this vote is counted, so the approved plan waits in it.
    let paused: Promise<void> | undefined;
    atDecision = () => {
      paused ??= queue.pause();
    };
    await cast.approve('U0BOB', channel, plan);
    await eventually('the plan is approved', async () => (await approvedPlans()) === 2, 60_000);
    await paused;
    await eventually('the queue holds its wake', async () => (await queue.count()) > 0, 60_000);
    const runsBefore = await runs();

    await stores.redis.flush();
    await eventually('it is carried out', async () => (await runs())[1]?.outcome === 'succeeded', 60_000);
    await eventually('it is verified', async () => (await runs())[1]?.verification === 'passed', 60_000);

    expect(runsBefore).toHaveLength(1);
    expect(await stage.cluster.writes()).toHaveLength(writesBefore + 1);
  }, 180_000);

  it('lost no write and complained about nothing', async () => {
    const attempts = await sql<{ auditId: string }>`select audit_id from attempt`.execute(stage.database);

    const writes = await stage.cluster.writes();

    expect(writes.map(({ auditId }) => auditId).toSorted()).toEqual(
      attempts.rows.map(({ auditId }) => auditId).toSorted(),
    );
    expect(stage.complaints().filter((line) => line.includes('"error"'))).toEqual([]);
  });

  async function approvedPlans(): Promise<number> {
    const found = await sql<{ n: number }>`select count(*)::int as n from plan where state = 'approved'`.execute(
      stage.database,
    );
    return found.rows[0]?.n ?? 0;
  }
});

const keyOf = (message: Channel['messages'][number]): unknown => message.metadata?.event_payload['key'];
