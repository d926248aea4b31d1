/** What stories change under pods that run already. */
import { describe, expect, it } from '@jest/globals';
import { startSandbox } from './sandbox.ts';

describe('a pod whose cause to crash is gone', () => {
  it('does not crash any more when it was about to, and is ready', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    let isBroken = true;
    world.onPod(() => (isBroken ? { fate: 'crash', runMs: 1_000 } : { fate: 'ready' }));
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1' });
    const pod = () => world.pods('shop', { app: 'web' })[0];
    const status = () => pod()?.status.containerStatuses?.[0];
    for (let waited = 0; waited < 2_000 && status()?.state.running === undefined; waited += 100) sandbox.advance(100);
    const before = structuredClone(status());

    isBroken = false;
    world.reconsider('shop', pod()?.metadata.name ?? '');
    sandbox.advance(60_000);

    expect(before).toMatchObject({ ready: false, state: { running: expect.anything() } });
    expect(status()).toMatchObject({ ready: true, restartCount: 0, lastState: {}, state: before?.state ?? {} });
  });
});

describe('a condition of a node', () => {
  it('is as old as its status, not as its words', async () => {
    const sandbox = await startSandbox({ startAt: Date.UTC(2026, 0, 5, 9) });
    const { world } = sandbox;
    const tell = (status: string, message: string) =>
      world.setCondition('node-1', { type: 'DiskHealthy', status, reason: 'Checked', message });
    const since = () => {
      const found = world.get('nodes', '', 'node-1')?.status.conditions.filter(({ type }) => type === 'DiskHealthy');
      return found?.map(({ lastTransitionTime, message }) => [lastTransitionTime, message]);
    };

    tell('True', 'fine');
    sandbox.advance(60_000);
    tell('True', 'still fine');
    const steady = since();
    sandbox.advance(60_000);
    tell('False', 'broken');

    expect(steady).toEqual([['2026-01-05T09:00:00Z', 'still fine']]);
    expect(since()).toEqual([['2026-01-05T09:02:00Z', 'broken']]);
  });
});

describe('usage', () => {
  it('that is said again as it was is no news', async () => {
    const sandbox = await startSandbox();
    const { world } = sandbox;
    world.deployment({ namespace: 'shop', name: 'web', image: 'shop/web:v1' });
    await sandbox.settle();
    const [pod] = world.pods('shop', { app: 'web' });
    const use = (cpu: string) => world.setUsage('shop', pod?.metadata.name ?? '', { cpu, memory: '1Gi' });
    let news = 0;
    world.onChange(() => (news += 1));

    use('100m');
    use('100m');
    use('0.1');
    use('200m');

    expect(news).toBe(2);
  });
});
