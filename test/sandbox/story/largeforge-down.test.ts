import { describe, expect, it } from '@jest/globals';
import { largeforgeDown } from '../../../src/sandbox/story/largeforge-down.ts';
import { largeforgeLatency } from '../../../src/sandbox/story/largeforge-latency.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';

const app = 'largeforge-expert';
const [badNode, goodNode] = ['largeforge-expert-1', 'largeforge-expert-2'];
const { namespace, signal } = largeforgeDown;

const nodesOf = (stage: Rehearsal): string[] => stage.pods(app).map(({ spec }) => spec.nodeName ?? 'none');
const cordon = ({ kubernetes }: Rehearsal, node: string, value = true): void => {
  kubernetes.world.change('nodes', '', node, (found) => ({ ...found, spec: { ...found.spec, unschedulable: value } }));
};
async function deletePods(stage: Rehearsal, count: number): Promise<void> {
  for (const { metadata } of stage.pods(app).slice(0, count)) {
    const url = `${stage.kubernetes.url}/api/v1/namespaces/${namespace}/pods/${metadata.name}`;
    await fetch(url, { method: 'DELETE' });
  }
}

describe('an expert that is down', () => {
  it('serves until its node loses the GPUs; the node stays ready and tells why', async () => {
    const stage = await rehearse(largeforgeDown);
    const since = () =>
      stage.kubernetes.world
        .get('nodes', '', badNode)
        ?.status.conditions.find(({ type }) => type === 'GPUDriverHealthy')?.lastTransitionTime;

    const calm = Math.max(...stage.pass(30));
    stage.running.start();
    const broken = stage.after(10);

    expect([calm, broken]).toEqual([0, 3]);
    expect(broken).toBeGreaterThan(signal.limit);
    expect(nodesOf(stage)).toEqual([badNode, badNode, badNode]);
    const [pod] = stage.pods(app);
    expect(pod?.status.containerStatuses?.[0]).toMatchObject({ state: { waiting: { reason: 'CrashLoopBackOff' } } });
    expect(pod && (await stage.logs(pod))).toContain('no CUDA device');
    const node = stage.kubernetes.world.get('nodes', '', badNode);
    expect(node?.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    expect(node?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'GPUDriverHealthy', status: 'False', reason: 'DriverMismatch' }),
    );
    // The node is half a minute old, and the trouble younger.
    expect(since()).toBe('2026-01-05T09:00:30Z');
  });

  it.each<[string, (stage: Rehearsal) => Promise<void> | void]>([
    ['a restart', (stage) => stage.restart(app)],
    ['deleted pods', (stage) => deletePods(stage, 3)],
    ['a cordon', (stage) => cordon(stage, badNode)],
    ['fewer replicas', (stage) => stage.scale(app, 0)],
  ])('is not helped by %s alone', async (_, change) => {
    const stage = await rehearse(largeforgeDown);
    stage.running.start();
    stage.pass(10);

    await change(stage);
    const values = stage.pass(60);

    expect(Math.min(...values)).toBeGreaterThan(signal.limit);
    expect(nodesOf(stage).filter((node) => node !== badNode)).toEqual([]);
  });

  it.each<[string, (stage: Rehearsal) => Promise<void> | void]>([
    ['restarted', (stage) => stage.restart(app)],
    ['ended one by one', (stage) => deletePods(stage, 3)],
  ])('is over when the node is cordoned and its pods are %s', async (_, change) => {
    const stage = await rehearse(largeforgeDown);
    stage.running.start();
    stage.pass(10);

    cordon(stage, badNode);
    await change(stage);
    const solved = stage.after(20);

    expect(solved).toBe(0);
    expect(new Set(nodesOf(stage))).toEqual(new Set([goodNode]));
  });

  it('comes back when the cordon is undone and the pods start anew', async () => {
    const stage = await rehearse(largeforgeDown);
    stage.running.start();
    stage.pass(10);
    cordon(stage, badNode);
    stage.restart(app);
    stage.pass(20);

    cordon(stage, badNode, false);
    const undone = stage.after(20);
    await deletePods(stage, 3);

    expect(undone).toBe(0);
    expect(stage.after(20)).toBeGreaterThan(signal.limit);
  });

  it('is as at the start after a reset, and can be told again, wherever its pods are', async () => {
    const stage = await rehearse(largeforgeDown);
    stage.running.start();
    stage.pass(10);
    cordon(stage, badNode);
    stage.restart(app);
    stage.pass(20);

    stage.running.reset();
    const calm = Math.max(...stage.pass(20).slice(-10));
    const node = stage.kubernetes.world.get('nodes', '', badNode);
    stage.running.start();
    const again = stage.after(20);

    expect([calm, again]).toEqual([0, 3]);
    expect(node?.spec.unschedulable).toBeUndefined();
    expect(node?.spec.taints?.map(({ key }) => key)).toEqual(['pool']);
    expect(node?.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'GPUDriverHealthy', status: 'True' }),
    );
  });

  it('heals at once when it is reset without being solved, however long it has crashed', async () => {
    const stage = await rehearse(largeforgeDown);
    stage.running.start();
    stage.pass(150);

    stage.running.reset();

    expect(stage.after(5)).toBe(0);
  });

  it('does not notice that inference is slow', async () => {
    const stage = await rehearse(largeforgeDown, largeforgeLatency);

    stage.scale('largeforge-inference', 8);

    expect(Math.max(...stage.pass(30))).toBe(0);
  });
});
