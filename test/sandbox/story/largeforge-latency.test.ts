import { describe, expect, it } from '@jest/globals';
import { largeforgeDown } from '../../../src/sandbox/story/largeforge-down.ts';
import { largeforgeLatency } from '../../../src/sandbox/story/largeforge-latency.ts';
import { type Rehearsal, rehearse } from './rehearsal.ts';

const app = 'largeforge-inference';
const { namespace, signal } = largeforgeLatency;
const replicasOf = ({ kubernetes }: Rehearsal) => kubernetes.world.get('deployments', namespace, app)?.spec.replicas;

describe('slow inference', () => {
  it('is quick until the load rises, and then ever slower, with a queue in its logs', async () => {
    const stage = await rehearse(largeforgeLatency);

    const calm = Math.max(...stage.pass(60));
    stage.running.start();
    const [pod] = stage.pods(app);
    const [soon, later] = [stage.after(10), stage.after(30)];

    expect(calm).toBeLessThan(signal.limit / 2);
    expect(soon).toBeGreaterThan(signal.limit);
    expect(later).toBeGreaterThan(soon);
    expect(pod && (await stage.logs(pod))).toMatch(/requests wait in the queue/);
  });

  it('is over with five replicas, and begins again with two', async () => {
    const stage = await rehearse(largeforgeLatency);
    stage.running.start();
    stage.pass(30);

    stage.scale(app, 5);
    const solved = stage.after(40);
    stage.scale(app, 2);

    expect(solved).toBeLessThan(signal.limit / 2);
    expect(stage.after(30)).toBeGreaterThan(signal.limit);
  });

  it('is not over with three, which serve less than is asked for', async () => {
    const stage = await rehearse(largeforgeLatency);
    stage.running.start();
    stage.pass(30);

    stage.scale(app, 3);

    expect(Math.min(...stage.pass(120))).toBeGreaterThan(signal.limit);
  });

  it('gets worse while a restart replaces the replicas, and not better afterwards', async () => {
    const stage = await rehearse(largeforgeLatency);
    stage.running.start();
    const before = stage.after(60);

    stage.restart(app);
    const during = stage.pass(30);

    expect(Math.max(...during)).toBeGreaterThan(before * 1.5);
    expect(stage.after(60)).toBe(before);
  });

  it.each([
    [12, 8],
    [1, 2],
  ])('is brought back within the autoscaler’s bounds from %i to %i replicas', async (asked, kept) => {
    const stage = await rehearse(largeforgeLatency);
    stage.running.start();
    stage.pass(10);

    stage.scale(app, asked);
    stage.pass(20);

    expect(replicasOf(stage)).toBe(kept);
    expect(stage.pods(app)).toHaveLength(kept);
  });

  it('is as at the start after a reset', async () => {
    const stage = await rehearse(largeforgeLatency);
    stage.running.start();
    stage.pass(30);
    stage.scale(app, 8);
    stage.restart(app);
    stage.pass(10);

    stage.running.reset();

    expect(Math.max(...stage.pass(60))).toBeLessThan(signal.limit / 2);
    expect(replicasOf(stage)).toBe(2);
  });

  it('does not notice that an expert is down', async () => {
    const stage = await rehearse(largeforgeLatency, largeforgeDown);

    stage.scale('largeforge-expert', 0);

    expect(Math.max(...stage.pass(30))).toBeLessThan(signal.limit / 2);
  });
});
