/** A change whose pods crash: the thread says why and what undo would do, the card says what to do next. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import { castOf } from '../scenario/cast.ts';
import { embeddedStores, postedAlerts, sandboxCluster } from '../scenario/embedded.ts';
import { openStage, type Stage, textOf } from '../scenario/stage.ts';

const sentence =
  'New pod hdc-gpu-\\S+ does not stay up: CrashLoopBackOff, exit 3 after [3-9] restarts; last log line "no answer from postgres://hdc:\\(masked\\)@db/hdc"; [12] old pods? still serves?';

describe('a change that does not work', () => {
  let stage: Stage;
  let cast: ReturnType<typeof castOf>;
  beforeAll(async () => {
    const cluster = await sandboxCluster({ backOffMs: 100 });
    stage = await openStage({ cluster, alerts: postedAlerts(), stores: await embeddedStores() });
    cast = castOf(stage);
    await cluster.deployment({ namespace: 'hdc', name: 'hdc-gpu', replicas: 2, env: { HDC_GPU_BATCH_SIZE: '100' } });
    cluster.kubernetes.world.onPod((pod) =>
      pod.spec.containers[0]?.env?.some(({ value }) => value === '50')
        ? { fate: 'crash', exitCode: 3, logs: ['no answer from postgres://hdc:hunter2@db/hdc'] }
        : undefined,
    );
  }, 60_000);
  afterAll(() => stage?.close(), 60_000);

  it('is told with its evidence, and its undo is the next step; once it is undone, nothing is left to do about it', async () => {
    await stage.alerts.fire({ alertname: 'GpuWorkersFailing', namespace: 'hdc', severity: 'warning' });
    const channel = await cast.channel('inc-1-');
    const cardSays = (words: string) =>
      cast.message(
        channel,
        `a card that says ${words}`,
        (text, message) => cast.isMessageOf('incident')(text, message) && text.includes(words),
      );
    await cast.command('U0ALICE', channel, '/runbook', 'gpu-oom');
    await cast.useStep('U0ALICE', channel, 'HDC_GPU_BATCH_SIZE=50');
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'HDC_GPU_BATCH_SIZE'));

    const run = await cast.run(channel, 'Verification failed');
    await cardSays('The last change did not work: New pod hdc-gpu-');
    const button = run.blocks
      ?.flatMap((block) => (Array.isArray(block['elements']) ? block['elements'] : []))
      .find((element) => JSON.stringify(element).includes(actionIds.undo));

    expect(textOf(run)).toMatch(new RegExp(`❌ \\*Verification failed:\\* ${sentence}`));
    expect(textOf(run)).toContain('↩️ *Undo* would ');
    expect(textOf(run)).not.toContain('hunter2');
    expect(button).toMatchObject({ style: 'primary' });

    await cast.undo('U0ALICE', channel, run);
    await cast.approve('U0BOB', channel, await cast.plan(channel, 'Undo'));
    await cast.run(channel, 'Verified');
    await cast.message(
      channel,
      'a card that says nothing of it any more',
      (text, message) => cast.isMessageOf('incident')(text, message) && !text.includes('did not work'),
    );
    expect((await stage.cluster.state('hdc', 'hdc-gpu')).env['HDC_GPU_BATCH_SIZE']).toBe('100');
  }, 120_000);
});
