/** Redis wakes, the ledger knows: what is lost with Redis is time. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startEmbeddedRedis } from '../../src/adapters/bullmq/embedded-redis.ts';
import { openTestLedger, type TestLedger } from '../ledger.ts';
import { castOf } from '../scenario/cast.ts';
import { postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage } from '../scenario/stage.ts';
import { openRelay } from './relay.ts';

const labels = (alertname: string) => ({ alertname, namespace: 'largeforge', severity: 'critical' });

describe('while Redis', () => {
  let opened: TestLedger;
  let redis: Awaited<ReturnType<typeof startEmbeddedRedis>>;
  let relay: Awaited<ReturnType<typeof openRelay>>;
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  beforeAll(async () => {
    opened = await openTestLedger();
    redis = await startEmbeddedRedis();
    relay = await openRelay(redis.url);
    const stores = {
      database: opened.db,
      redisUrl: relay.url,
      close: async () => {
        await relay.close();
        await redis.stop();
        await opened.close();
      },
    };
    stage = await openStage({ cluster: await sandboxCluster(), alerts: postedAlerts(), stores });
    cast = castOf(stage);
    await stage.cluster.deployment({ namespace: 'largeforge', name: 'largeforge-inference', replicas: 2 });
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  const restart = 'kubectl rollout restart deployment/largeforge-inference';

  it('is away, alerts and clicks are taken, and are worked on when another Redis is there that knows nothing', async () => {
    await stage.alerts.fire(labels('HighErrorRate'));
    const channel = await cast.channel('inc-1-');
    await cast.useStep('U0ALICE', channel, restart);
    const plan = await cast.plan(channel, 'restart');
    const before = (await stage.cluster.writes()).length;

    relay.away();
    await redis.stop();
    await cast.approve('U0BOB', channel, plan);
    await stage.alerts.fire(labels('PodCrashLooping'));
    const incidents = await opened.db.selectFrom('incident').select('number').execute();
    const votes = await opened.db.selectFrom('vote').select('voter').execute();
    expect(incidents.map(({ number }) => number)).toEqual([1, 2]);
    expect(votes).toEqual([{ voter: 'U0BOB' }]);

    redis = await startEmbeddedRedis();
    relay.restore(redis.url);
    await cast.channel('inc-2-');
    await cast.run(channel, 'Verified');
    expect((await stage.cluster.writes()).slice(before)).toHaveLength(1);
  }, 90_000);

  it('forgets everything in the middle, all that was asked for happens, once', async () => {
    const client = new Redis(redis.url);
    const channel = await cast.channel('inc-1-');
    await cast.useStep('U0ALICE', channel, restart);
    const plan = await cast.plan(channel, 'restart');
    const before = (await stage.cluster.writes()).length;

    await cast.approve('U0BOB', channel, plan);
    await client.flushall();
    await stage.alerts.fire(labels('DiskFull'));
    await client.flushall();

    await cast.channel('inc-3-');
    await stage.slack.waitFor(
      () => channel.messages.filter((message) => cast.isMessageOf('run')('', message)).length === 2,
      60_000,
    );
    await cast.run(channel, 'Verified');
    await expect(stage.cluster.writes()).resolves.toHaveLength(before + 1);
    client.disconnect();
  }, 90_000);
});
